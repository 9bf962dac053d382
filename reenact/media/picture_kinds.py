"""Kinds of picture files, told by their first bytes; a file's name proves nothing.

The signatures are those of the formats' own standards, as the `file` command knows them too.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from reenact.media.files import translate_os_errors

Reader: TypeAlias = Literal["opencv", "ffmpeg", "nobody"]

_HEAD_BYTES = 512  # holds every signature, and the brands of a HEIF file


@dataclass(frozen=True, slots=True)
class PictureKind:
    """A kind of file that holds a picture, or is taken for one."""

    name: str
    """Name with its article, for people: "a JPEG picture"."""
    reader: Reader = "opencv"
    """Library that decodes it; "nobody" for kinds that are known only to be named."""
    may_move: bool = False
    """Whether such a file may hold a film that FFmpeg reads."""


JPEG = PictureKind("a JPEG picture")
PNG = PictureKind("a PNG picture", may_move=True)
WEBP = PictureKind("a WebP picture")
BMP = PictureKind("a BMP picture")
TIFF = PictureKind("a TIFF picture")
GIF = PictureKind("a GIF picture", may_move=True)
JPEG_2000 = PictureKind("a JPEG 2000 picture")
HEIC = PictureKind("a HEIC photograph", "ffmpeg")
AVIF = PictureKind("an AVIF picture", "ffmpeg", may_move=True)

_SIGNATURES = {
    rb"\xff\xd8\xff": JPEG,
    rb"\x89PNG\r\n\x1a\n": PNG,
    rb"RIFF....WEBP": WEBP,
    rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0": BMP,  # the length of the header that follows
    rb"GIF8[79]a": GIF,
    rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51": JPEG_2000,
    rb"II[*+]\0.{4}CR": PictureKind("a Canon raw photograph", "nobody"),
    rb"II[*+]\0|MM\0[*+]": TIFF,
    rb"FUJIFILMCCD-RAW|IIRO|IIRS|MMOR|IIU\0": PictureKind("a raw photograph", "nobody"),
    rb"....ftypcrx ": PictureKind("a Canon raw photograph", "nobody"),
    rb"\xff\x0a|\0\0\0\x0cJXL ": PictureKind("a JPEG XL picture", "nobody"),
    rb"8BPS": PictureKind("a Photoshop picture", "nobody"),
    rb"\x76\x2f\x31\x01": PictureKind("an OpenEXR picture", "nobody"),
    rb"#\?RADIANCE|#\?RGBE": PictureKind("a Radiance picture", "nobody"),
    rb"P[1-7]\s": PictureKind("a PNM picture", "nobody"),
    rb"qoif": PictureKind("a QOI picture", "nobody"),
    rb"DDS ": PictureKind("a DirectDraw picture", "nobody"),
    rb"\0\0[\x01\x02]\0[^\0]\0": PictureKind("an icon", "nobody"),
    rb"%PDF": PictureKind("a PDF document", "nobody"),
    rb"PK\x03\x04": PictureKind("a ZIP archive", "nobody"),
    rb"\0\x05\x16[\0\x07]": PictureKind("a companion that a Mac writes beside a file", "nobody"),
    rb"(?:\xef\xbb\xbf)?\s*<(?i:svg|\?xml|!doctype|html)": PictureKind(
        "a text of XML or HTML, such as an SVG drawing or a saved page", "nobody"
    ),
}
"""A pattern at a file's beginning, and the kind it proves; the first one that fits counts."""

_HEIF_BRANDS = {b"avif": AVIF, b"avis": AVIF} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), HEIC
)
"""Major brands of ISO/IEC 23008-12 and of AV1's binding to it."""


def read_picture_kind(path: Path) -> PictureKind | None:
    """The kind of picture in a file; None when it is none that is known, as a video is.

    Raises MediaError when the file cannot be read.
    """
    with (
        translate_os_errors(path, "cannot be read", "check the path"),
        path.open("rb") as file,
    ):
        return tell_picture_kind(file.read(_HEAD_BYTES))


def tell_picture_kind(head: bytes) -> PictureKind | None:
    """The kind of a file that begins with these bytes."""
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return AVIF if _names_avif(head) else _HEIF_BRANDS[head[8:12]]
    for pattern, kind in _SIGNATURES.items():
        if re.match(pattern, head, re.DOTALL):
            return kind
    return None


def _names_avif(head: bytes) -> bool:
    """Whether AVIF is among the brands that the file is compatible with."""
    brands = head[16 : int.from_bytes(head[:4])]
    return any(brands[at : at + 4] in (b"avif", b"avis") for at in range(0, len(brands), 4))
