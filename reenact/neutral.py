"""A driver's resting face, given as a picture of it."""

from fractions import Fraction
from pathlib import Path

from reenact.align import FaceAligner
from reenact.errors import NoFaceError
from reenact.expression import Neutral, neutral_of
from reenact.pictures import read_picture
from reenact.types import Frame


def read_neutral(picture: Path, *, landmarker: Path | None = None) -> Neutral:
    """How the largest face of `picture` rests.

    Raises MediaError when it is no picture, NoFaceError when it shows no face.
    """
    frame = Frame(read_picture(picture), pts=0, time_base=Fraction(1))
    with FaceAligner(landmarker=landmarker) as aligner:
        face = aligner.align(frame)
    if face is None:
        raise NoFaceError(f"{picture} shows no face; give a picture of the driver at rest")
    return neutral_of(face)
