"""Faces in still pictures: a driver's neutral picture, and photographs of a person to enrol."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from reenact.errors import MediaError, NoFaceError
from reenact.face.align import FaceAligner
from reenact.face.face_nets import FaceNets
from reenact.face.face_search import SURE
from reenact.face.fine_crop import cut_finely
from reenact.face.geometry import Square
from reenact.face.search_windows import search_windows
from reenact.face.triangle import resize
from reenact.media.pictures import read_picture
from reenact.types import FaceCrop, Frame, Image

FACE_PX = 256
"""Side of the face that the nets of enrolment read."""

SMALL_PX = 128
"""A face smaller than this is half as large as the nets look at, and will come out vague."""


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """One photograph of a person to enrol."""

    face: Image
    """(256, 256, 3), the face in its FFHQ square."""
    notes: tuple[str, ...]
    """Sentences for the user about what may spoil the result; empty when there is nothing."""


def find_face(picture: Image, aligner: FaceAligner | None = None) -> FaceCrop | None:
    """The largest face of a picture that belongs to no stream; None without a face.

    aligner: reset first, so that nothing it saw before matters; a new one when not given.
    """
    if aligner is None:
        with FaceAligner() as fresh:
            return find_face(picture, fresh)
    aligner.reset()
    return aligner.align(Frame(picture, pts=0, time_base=Fraction(1)))


def read_neutral(
    picture: Path, *, landmarker: Path | None = None, as_dlib: bool = False
) -> FaceCrop:
    """The largest face of `picture`, which shows the driver's neutral face.

    landmarker, as_dlib: those of the stream's aligner. Raises MediaError when it is no picture,
    NoFaceError when it shows no face.
    """
    with FaceAligner(landmarker=landmarker, as_dlib=as_dlib) as aligner:
        face = find_face(read_picture(picture), aligner)
    if face is None:
        raise NoFaceError(f"{picture} shows no face; give a picture of the driver's neutral face")
    return face


def read_photographs(
    paths: Sequence[Path], *, landmarker: Path | None = None
) -> tuple[Photograph, ...]:
    """The largest face of each picture, independent of the other pictures.

    Raises MediaError when a file is no picture, NoFaceError when it shows no face.
    """
    with (
        FaceAligner(landmarker=landmarker, as_dlib=True) as aligner,
        closing(FaceNets(landmarker)) as nets,
    ):
        return tuple(_read_photograph(path, aligner, nets) for path in paths)


def read_aligned(path: Path) -> Photograph:
    """The picture of a face that was cut out in its FFHQ square before; no face is looked for.

    Raises MediaError when the file is no picture, or is not square.
    """
    picture = read_picture(path)
    height, width = picture.shape[:2]
    if height != width:
        raise MediaError(
            f"{path} must be a square, the FFHQ square of a face, got {width} x {height} pixels; "
            "leave out --aligned to have the face found"
        )
    notes = []
    if height < FACE_PX:
        notes.append(
            f"{path} has {height} x {height} pixels, below {FACE_PX}; a larger one would come out "
            "sharper"
        )
    return Photograph(resize(picture, FACE_PX), tuple(notes))


def _read_photograph(path: Path, aligner: FaceAligner, nets: FaceNets) -> Photograph:
    picture = read_picture(path)
    face = find_face(picture, aligner)
    if face is None:
        raise NoFaceError(
            f"{path} shows no face; give a picture of one that looks at the camera and is not small"
        )
    notes = []
    if _count_faces(picture, nets) > 1:
        notes.append(f"{path} shows several faces; the largest is taken")
    if (size_px := _face_size(face)) < SMALL_PX:
        notes.append(
            f"the face in {path} is {size_px} pixels high, below {SMALL_PX}; "
            "a larger one would come out sharper"
        )
    return Photograph(cut_finely(picture, face.crop_from_frame, FACE_PX), tuple(notes))


def _face_size(face: FaceCrop) -> int:
    """Height or width of the face, whichever is more, in pixels of its frame."""
    points = face.landmarks[:, :2]
    return round(float((points.max(axis=0) - points.min(axis=0)).max()))


def _count_faces(picture: Image, nets: FaceNets) -> int:
    """The number of faces in the picture, except tiny ones."""
    whole, large, _ = search_windows(picture.shape[0], picture.shape[1])
    found: list[Square] = []
    for window in (*whole, *large):
        for face in nets.find(picture, window, score=SURE):
            if all(math.dist(face[:2], other[:2]) > float(other[3]) / 2 for other in found):
                found.append(face)
    return len(found)
