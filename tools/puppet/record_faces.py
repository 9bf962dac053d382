"""The faces that the tests read: the photo puppet in known motions, as the tracker finds it.

python -m tools.puppet.record_faces      writes tests/golden/faces.npz and its pictures anew
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from reenact.face.align import FaceAligner
from reenact.media.pictures import write_picture
from reenact.types import EXPRESSION_AXES, FaceCrop, Frame, Image
from tools.puppet.warper import Puppet

TARGET = Path(__file__).parents[2] / "tests/golden"
CROP_PX = 32
"""Side of the crops, enough for nets that take the mean of large fields."""

ALONE: dict[str, tuple[float, ...]] = {
    "yaw": (-0.6, -0.4, 0.2, 0.4, 0.55, 0.6),
    "pitch": (-0.4, -0.25, 0.25, 0.4),
    "roll": (-0.3, 0.3),
    "jaw": (0.3, 0.5, 0.6, 0.8, 1.0),
    "smile": (-1.0, 0.4, 0.5, 0.8, 1.0),
    "pucker": (1.0,),
    "blink_left": (0.5, 1.0),
    "blink_right": (1.0,),
    "brow_left": (-1.0, 1.0),
    "brow_right": (-1.0, 1.0),
    "furrow": (1.0,),
    "gaze_x": (-1.0, 0.8, 1.0),
    "gaze_y": (-1.0, 1.0),
}
"""What each axis does while the others rest."""

TOGETHER: tuple[dict[str, float], ...] = (
    {"blink_left": 0.5, "blink_right": 0.5},
    {"blink_left": 1.0, "blink_right": 1.0},
    {"blink_left": 1.0, "blink_right": 1.0, "yaw": -0.6},
    {"blink_left": 1.0, "blink_right": 1.0, "yaw": 0.6},
    {"gaze_x": 0.5, "smile": 0.5},
)

MIRRORED: tuple[dict[str, float], ...] = (
    {},
    {"yaw": 0.4},
    {"roll": 0.3},
    {"gaze_x": 0.8},
    {"smile": 0.8},
    {"blink_left": 1.0},
    {"brow_left": 1.0},
)
"""Motions whose picture is also recorded as a mirror shows it."""

PICTURES: dict[str, dict[str, float]] = {"face.jpg": {}, "face-talking.jpg": {"jaw": 0.6}}


@dataclass(frozen=True, slots=True)
class Pose:
    """One recorded face."""

    motion: dict[str, float]
    """What the puppet does; axes that are not named rest."""
    mirrored: bool = False
    """Whether the picture is flipped before the tracker sees it."""

    def values(self) -> list[float]:
        return [self.motion.get(axis, 0.0) for axis in EXPRESSION_AXES]


def poses() -> Iterator[Pose]:
    yield Pose({})
    for axis, values in ALONE.items():
        yield from (Pose({axis: value}) for value in values)
    yield from (Pose(motion) for motion in TOGETHER)
    yield from (Pose(motion, mirrored=True) for motion in MIRRORED)


def main() -> None:
    puppet = Puppet()
    found = list(poses())
    faces = [find(draw(puppet, pose)) for pose in found]
    TARGET.mkdir(exist_ok=True)
    np.savez_compressed(
        TARGET / "faces.npz",
        motions=np.array([pose.values() for pose in found], np.float32),
        mirrored=np.array([pose.mirrored for pose in found]),
        landmarks=np.array([face.landmarks for face in faces], np.float32),
        crops=np.array([face.image for face in faces], np.uint8),
    )
    for name, motion in PICTURES.items():
        write_picture(TARGET / name, draw(puppet, Pose(motion)))


def draw(puppet: Puppet, pose: Pose) -> Image:
    picture = puppet.frame(np.array(pose.values(), np.float32))
    return np.ascontiguousarray(picture[:, ::-1]) if pose.mirrored else picture


def find(picture: Image) -> FaceCrop:
    """The face in a picture, as it is found without a past."""
    with FaceAligner(size=CROP_PX) as aligner:
        face = aligner.align(Frame(picture, 0, Fraction(1, 30)))
    if face is None:
        raise ValueError("the puppet must show a face in every pose: change the pose's motion")
    return face


if __name__ == "__main__":
    main()
