"""Measures how much a still face seems to move, and prints it beside the constants that come of it.

    python tools/measure_noise.py

A still photograph with fresh sensor noise in each frame goes through the tracker and the comparison
with its neutral face. For each axis: three standard deviations beside the knee of
`reenact.face.expression.KNEES`, and the speed of three standard deviations a frame, at 30 frames a
second, beside the speed that `reenact.smooth` takes for noise. Nothing is changed. Needs the
development extras.
"""

from fractions import Fraction

import cv2
import numpy as np

from reenact.axes import AXES
from reenact.face.align import FaceAligner
from reenact.face.comparison import compare
from reenact.face.expression import KNEES, without_side
from reenact.face.measures import FaceMeasures, measure
from reenact.smooth import constants_of
from reenact.types import EXPRESSION_AXES, Frame, Image
from tools.puppet.warper import Puppet, find_landmarks

FACE_WIDTH_PX = 100
"""Width of the face: about the smallest that a webcam shows of a person at a desk."""

SENSOR_NOISE = 5.0
"""Standard deviation of each pixel's noise, in grey levels. Chosen by hand: the grain that a webcam
shows in a dim room."""

FRAMES, WARM_UP = 150, 30
FPS = 30


def main() -> None:
    noise = noise_of_axes(read_still_face(small_face()))
    titles = f"{'deviation':>10}{'3 of it':>9}{'KNEE':>8}{'speed':>9}{'quiet':>8}{'difference':>12}"
    print(f"{'axis':17}{titles}")
    for axis, deviation in noise.items():
        knee, quiet, speed = (
            KNEES.get(without_side(axis), 0.0),
            constants_of(axis).quiet,
            3 * deviation * FPS,
        )
        row = f"{deviation:10.4f}{3 * deviation:9.3f}{knee:8.2f}{speed:9.2f}{quiet:8.2f}"
        print(f"{axis:17}{row}{speed / quiet - 1:+12.0%}")


def small_face() -> Image:
    """The neutral puppet, `FACE_WIDTH_PX` wide."""
    picture = Puppet().frame(np.zeros(len(EXPRESSION_AXES), np.float32))
    width = float(np.ptp(find_landmarks(picture)[:, 0]))
    size = (round(side * FACE_WIDTH_PX / width) for side in picture.shape[1::-1])
    return np.asarray(cv2.resize(picture, tuple(size), interpolation=cv2.INTER_AREA), np.uint8)


def read_still_face(picture: Image) -> list[FaceMeasures]:
    """What is measured in each frame of a stream that shows the picture, with its own noise."""
    rng = np.random.default_rng(0)
    measured = []
    with FaceAligner() as aligner:
        for index in range(FRAMES):
            grainy = picture + rng.normal(0, SENSOR_NOISE, picture.shape)
            image = np.clip(np.round(grainy), 0, 255).astype(np.uint8)
            face = aligner.align(Frame(image, index, Fraction(1, FPS)))
            if face is not None and index >= WARM_UP:
                measured.append(measure(face.landmarks))
    return measured


def noise_of_axes(measured: list[FaceMeasures]) -> dict[str, float]:
    """Standard deviation of each axis, compared with the mean of all frames."""
    neutral = FaceMeasures.of_numbers(np.mean([now.numbers() for now in measured], axis=0).tolist())
    read = [compare(now, neutral) for now in measured]
    return {axis: float(np.std([now[axis] for now in read])) for axis in AXES}


if __name__ == "__main__":
    main()
