"""Spelling of a sound track's language: each container has codes of its own for some languages."""

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
