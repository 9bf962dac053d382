"""Reader and writer of still pictures, RGB in memory."""

import re
from pathlib import Path

import cv2
import numpy as np

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors, whole_file
from reenact.types import Image

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
"""Endings of a picture's name, in lower case."""

_BEST = {  # no chroma subsampling (0x111111 is 4:4:4): it blurs lips and eyelids
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111],
}


def is_picture(path: Path) -> bool:
    """Whether the name says that it is a picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def read_picture(path: Path) -> Image:
    """The picture, (H, W, 3), upright (EXIF applied), without transparency; raises MediaError."""
    with translate_os_errors(path, "cannot be read", "check the path"):
        data = np.fromfile(path, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise MediaError(f"{path} is not a picture: give a {', '.join(PICTURE_SUFFIXES)} file")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


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


def list_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their names, 2 before 10.

    Raises MediaError when there is none.
    """
    pictures = [path for path in folder.iterdir() if path.is_file() and is_picture(path)]
    if not pictures:
        raise MediaError(f"{folder} holds no picture: give one with {', '.join(PICTURE_SUFFIXES)}")
    return sorted(pictures, key=_natural_order)


def _natural_order(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
