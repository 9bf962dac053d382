"""A driver's resting face, given as a picture of it."""

from fractions import Fraction
from pathlib import Path

from reenact.errors import NoFaceError
from reenact.face.align import FaceAligner
from reenact.media.pictures import read_picture
from reenact.types import FaceCrop, Frame


def read_neutral(picture: Path, *, landmarker: Path | None = None) -> FaceCrop:
    """The largest face of `picture`.

    Raises MediaError when it is no picture, NoFaceError when it shows no face.
    """
    frame = Frame(read_picture(picture), pts=0, time_base=Fraction(1))
    with FaceAligner(landmarker=landmarker) as aligner:
        face = aligner.align(frame)
    if face is None:
        raise NoFaceError(f"{picture} shows no face; give a picture of the driver at rest")
    return face
