"""Spelling of a track's language: containers have codes of their own, and for some none."""

import io
from fractions import Fraction

import av

_BIBLIOGRAPHIC = {
    "sqi": "alb", "hye": "arm", "eus": "baq", "mya": "bur", "zho": "chi", "ces": "cze",
    "nld": "dut", "fra": "fre", "kat": "geo", "deu": "ger", "ell": "gre", "isl": "ice",
    "mkd": "mac", "mri": "mao", "msa": "may", "fas": "per", "ron": "rum", "slk": "slo",
    "bod": "tib", "cym": "wel",
}  # fmt: skip
"""The older codes, which Matroska asks for, by the newer, which mp4 asks for: all languages that
have two in ISO 639-2."""

_QUICKTIME = _BIBLIOGRAPHIC | {
    "fra": "fra", "ces": "ces", "ron": "ron", "slk": "slk",
    "swe": "sve", "hrv": "hr ", "srp": "sr ", "fao": "fo ", "pan": "pa ", "gle": "iri",
}  # fmt: skip
"""FFmpeg's names for the Macintosh languages of .mov files, where they differ from the newer code;
with any other name the language is lost."""

_NEWER = {older: newer for newer, older in (_BIBLIOGRAPHIC | _QUICKTIME).items()} | {
    older: newer for newer, older in _BIBLIOGRAPHIC.items()
}


def spell_language(language: str, container_format: str) -> str:
    """`language`, a code of three letters from any container, as FFmpeg's muxer wants it."""
    newer = _NEWER.get(language, language)
    if container_format == "mp4":
        return newer
    codes = _QUICKTIME if container_format == "mov" else _BIBLIOGRAPHIC
    return codes.get(newer, newer)


def holds_language(language: str, container_format: str) -> bool:
    """Whether a container still says a track's language when it is read: FFmpeg itself is asked."""
    file, tick = io.BytesIO(), Fraction(1, 8000)
    with av.open(file, "w", format=container_format) as container:
        track = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        track.metadata["language"] = spell_language(language, container_format)
        packet = av.Packet(b"\0\0")
        packet.stream, packet.time_base = track, tick
        packet.pts, packet.dts, packet.duration = 0, 0, 1
        container.mux_one(packet)
    file.seek(0)
    with av.open(file) as written:
        kept = written.streams[0].metadata.get("language")
    return kept is not None and spell_language(kept, "mp4") == spell_language(language, "mp4")
