"""Photographs of a person, as the files that a user gives: each one's face, and what to know."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from reenact.errors import NoFaceError
from reenact.face.align import SURE, FaceAligner, search_windows
from reenact.face.face_nets import FaceNets
from reenact.face.geometry import Square
from reenact.media.pictures import read_picture
from reenact.types import FaceCrop, Frame, Image

SMALL_PX = 128
"""A face smaller than this is half as large as the nets look at, and will come out vague."""


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """face: (256, 256, 3) uint8, in its FFHQ square. notes: sentences for the user."""

    face: Image
    notes: tuple[str, ...]


def read_photographs(
    paths: Sequence[Path], *, landmarker: Path | None = None
) -> tuple[Photograph, ...]:
    """The largest face of each picture, none knowing of the others.

    Raises MediaError when a file is no picture, NoFaceError when it shows no face.
    """
    with FaceAligner(landmarker=landmarker) as aligner, closing(FaceNets(landmarker)) as nets:
        return tuple(_photograph(path, aligner, nets) for path in paths)


def _photograph(path: Path, aligner: FaceAligner, nets: FaceNets) -> Photograph:
    picture = read_picture(path)
    aligner.reset()
    face = aligner.align(Frame(picture, pts=0, time_base=Fraction(1)))
    if face is None:
        raise NoFaceError(
            f"{path} shows no face; give a picture of one that looks at the camera, "
            "not too small in it"
        )
    notes = []
    if _count(picture, nets) > 1:
        notes.append(f"{path} shows several faces; the largest is taken")
    if size_of(face) < SMALL_PX:
        notes.append(
            f"the face in {path} is {size_of(face)} pixels high, below {SMALL_PX}; "
            "a larger one would come out sharper"
        )
    return Photograph(face.image, tuple(notes))


def size_of(face: FaceCrop) -> int:
    """Height or width of the face, whichever is more, in pixels of its frame."""
    points = face.landmarks[:, :2]
    return round(float((points.max(axis=0) - points.min(axis=0)).max()))


def _count(picture: Image, nets: FaceNets) -> int:
    """How many faces there are, none of them tiny."""
    whole, large, _ = search_windows(picture.shape[0], picture.shape[1])
    found: list[Square] = []
    for window in (*whole, *large):
        for face in nets.find(picture, window, score=SURE):
            if all(math.dist(face[:2], other[:2]) > float(other[3]) / 2 for other in found):
                found.append(face)
    return len(found)
