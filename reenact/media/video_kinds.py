"""Kinds of video files, told by their first bytes: which of FFmpeg's readers may open a file.

FFmpeg left to itself also takes playlists, which open other files, and heaps of pictures. So the
reader is chosen here, from a list of those that read one file and nothing else.
"""

import re
from pathlib import Path

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors
from reenact.media.limits import HEAD_BYTES
from reenact.media.picture_kinds import tell_picture_kind

_BOXES = b"ftyp|moov|mdat|free|skip|wide|pnot|styp|moof|sidx|uuid|emsg|prft"  # of ISO 14496-12

_DEMUXERS = {
    b"....(?:" + _BOXES + b")": "mov",
    rb"\x1a\x45\xdf\xa3": "matroska",
    rb"RIFF....AVI[ \x19X]": "avi",
    rb"FLV\x01": "flv",
    rb"OggS": "ogg",
    rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
    rb"nut/multimedia container\0": "nut",
    rb"YUV4MPEG2 ": "yuv4mpegpipe",
    rb"GIF8[79]a": "gif",
    rb"\x89PNG\r\n\x1a\n.*acTL": "apng",
    rb"\0\0\x01\xba": "mpeg",
    rb"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01": "mxf",
    rb"\0\0\0\0\x01\xbc": "gxf",
    rb"\.RMF": "rm",
    rb"\xb7\xd8\x00\x20\x37\x49\xda\x11": "wtv",
    rb"\0?\0\0\x01[\x40\x42\x46]\x01": "hevc",  # a parameter set, or a delimiter
    rb"\0?\0\0\x01[\x09\x27\x47\x67]": "h264",
    rb".{0,2048}?(?:(?:G.{187}){5}|(?:G.{191}){5}|(?:G.{203}){5})": "mpegts",
}
"""A pattern at a file's beginning, and FFmpeg's name of the reader; the first that fits counts."""

_NAMES = {
    rb"ffconcat": "a list of other files (ffconcat)",
    rb"#EXTM3U": "a playlist (HLS)",
    rb"(?i:<MPD|<\?xml.*<MPD)": "a playlist (DASH)",
    rb"v=0\s": "an SDP text",
    rb"(?i:\[playlist\]|<asx|\[reference\]|<smil|rtsptext)": "a playlist",
    rb"RIFF....WAVE|ID3|\xff[\xf2\xf3\xfb]|fLaC|#!AMR": "a sound file",
    rb"[CFZ]WS": "a Flash film",
}
"""A pattern at the beginning of what is refused, spaces and byte order marks left out, and what
it is."""

_TEXT = {*range(0x20, 0x7F), *range(0x80, 0x100), *b"\t\n\r\f\x1b"}


def require_demuxer(path: Path) -> str:
    """FFmpeg's name of the reader for a file, by its content; raises MediaError for other files."""
    with (
        translate_os_errors(path, "cannot be read", "check the path"),
        path.open("rb") as file,
    ):
        head = file.read(HEAD_BYTES)
    for pattern, demuxer in _DEMUXERS.items():
        if re.match(pattern, head, re.DOTALL):
            return demuxer
    raise MediaError(
        f"{path} cannot be read as a video, for it is {_name(head)}: give a whole mp4, mov, mkv or "
        "webm file"
    )


def _name(head: bytes) -> str:
    if not head:
        return "empty"
    stripped = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, name in _NAMES.items():
        if re.match(pattern, stripped, re.DOTALL):
            return name
    kind = tell_picture_kind(head)
    if kind is not None:
        return kind.name
    return "a text" if _TEXT.issuperset(head) else "of no kind that is known"
