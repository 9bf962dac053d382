"""Reader and writer of still pictures, RGB in memory."""

import re
from pathlib import Path

import cv2
import numpy as np

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors, whole_file
from reenact.media.picture_kinds import PictureKind, read_picture_kind
from reenact.media.picture_sizes import check_size, is_thumbnail, read_size
from reenact.media.video_heif import read_heif
from reenact.media.video_probe import probe_video
from reenact.types import Image

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
"""Endings of a picture's name, in lower case."""

_BEST = {  # no chroma subsampling (0x111111 is 4:4:4): it blurs lips and eyelids
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111],
}


def has_picture_name(path: Path) -> bool:
    """Whether a picture can be written under that name."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def read_picture(path: Path) -> Image:
    """The picture, (H, W, 3), upright (EXIF applied), without transparency; of a film, the first.

    Raises MediaError when the file is no picture, of a kind that is not read here, damaged, or of
    more than `MOST_PIXELS`.
    """
    kind = require_picture_kind(path)
    if kind.reader == "ffmpeg":
        return read_heif(path)
    with translate_os_errors(path, "cannot be read", "check the path"):
        data = path.read_bytes()
    if is_thumbnail(kind, data):
        raise MediaError(_refusal(path, "a raw photograph"))
    if (size := read_size(kind, data)) is not None:
        check_size(path, *size)
    picture = _decode(data)
    if picture is None:
        raise MediaError(
            f"{path} is not a picture that can be decoded: it begins like {kind.name} and is "
            "damaged, so give another copy"
        )
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def require_picture_kind(path: Path) -> PictureKind:
    """The kind of a picture that can be read. Raises MediaError for any other file."""
    kind = read_picture_kind(path)
    if kind is None:
        raise MediaError(f"{path} is not a picture: give a JPEG, PNG, HEIC, WebP or TIFF file")
    if kind.reader == "nobody":
        raise MediaError(_refusal(path, kind.name))
    return kind


def holds_film(path: Path) -> bool:
    """Whether the file holds more than one picture to show in turn: a video or an animation."""
    kind = read_picture_kind(path)
    if kind is None:
        return True
    if not kind.may_move:
        return False
    try:
        return probe_video(path).frames > 1
    except MediaError:
        return False


def _refusal(path: Path, name: str) -> str:
    return f"{path} is {name}, which cannot be read here: save it as JPEG or PNG"


def _decode(data: bytes) -> Image | None:
    """The picture in blue, green, red; None when OpenCV cannot make one of it."""
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # more pixels in a row than it takes, or too many in all
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def write_picture(path: Path, picture: Image) -> None:
    """Write (H, W, 3) in the format its name says, whole or not at all; raises OSError.

    Raises ValueError for a name that says no format.
    """
    suffix = path.suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise ValueError(f"{path} must end in {', '.join(PICTURE_SUFFIXES)}")
    _, data = cv2.imencode(suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), _BEST.get(suffix, []))
    with whole_file(path) as fresh:
        fresh.write_bytes(data.tobytes())


def list_pictures(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures of a folder, and all else in it; in the order of their names, 2 before 10.

    Hidden files are left out silently: what systems keep beside files, such as `._a.jpg`. Raises
    MediaError when there is no picture.
    """
    with translate_os_errors(folder, "cannot be read", "check the path"):
        entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    entries.sort(key=_natural_order)
    pictures: list[Path] = []
    others: list[Path] = []
    for path in entries:
        (pictures if path.is_file() and _is_picture(path) else others).append(path)
    if not pictures:
        raise MediaError(f"{folder} holds no picture: give one with JPEG, PNG, HEIC or WebP files")
    return pictures, others


def _is_picture(path: Path) -> bool:
    """Whether it is a picture by name, whatever is in it, or by content, whatever its name."""
    if has_picture_name(path):
        return True
    try:
        kind = read_picture_kind(path)
    except MediaError:
        return False
    return kind is not None and kind.reader != "nobody"


def _natural_order(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
