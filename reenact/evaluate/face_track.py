"""Face track: what two readers see of a face in a sequence of pictures, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reenact.evaluate.dlib_points import DlibReader
from reenact.evaluate.ratios import RATIOS, measure_ratios, points_of_mesh
from reenact.evaluate.signals import measure_signals
from reenact.face.head_pose import fit_head
from reenact.types import FaceCrop, Image

Numbers = npt.NDArray[np.float64]

READERS = ("dlib", "MediaPipe")
"""dlib's 68 points, as in the paper, and MediaPipe's at the same places: the product is driven by
the second, which alone would flatter it."""

POSE = ("yaw", "pitch", "roll")


@dataclass(frozen=True, slots=True, eq=False)
class FaceReading:
    """A face in one picture, in numbers; NaN where nothing is read."""

    ratios: Numbers
    """(2, 5): `RATIOS` by each of `READERS`."""
    pose: Numbers
    """(3,) degrees of `POSE`, in the signs of `reenact.face.head_pose`."""
    gaze: Numbers
    """(2,) ways of the irises to the picture's right and up, in widths of an eye."""
    points: Numbers
    """(68, 2) MediaPipe's points in distances of the outer corners of the eyes."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """A face in a sequence of N pictures, in numbers; NaN where nothing is read."""

    times: Numbers
    """(N,) seconds since the stream's zero."""
    ratios: Mapping[str, Numbers]
    """By name of a reader, (N, 5) `RATIOS`."""
    pose: Numbers
    """(N, 3) degrees of `POSE`."""
    gaze: Numbers
    """(N, 2) ways of the irises to the picture's right and up, in widths of an eye."""
    points: Numbers
    """(N, 68, 2) MediaPipe's points in distances of the outer corners of the eyes."""

    @classmethod
    def of(cls, times: Sequence[float], readings: Sequence[FaceReading]) -> "FaceTrack":
        """The readings one after another; at least one."""
        ratios = np.stack([reading.ratios for reading in readings])
        return cls(
            times=np.array(times),
            ratios={reader: ratios[:, index] for index, reader in enumerate(READERS)},
            pose=np.stack([reading.pose for reading in readings]),
            gaze=np.stack([reading.gaze for reading in readings]),
            points=np.stack([reading.points for reading in readings]),
        )

    def since(self, start_s: float) -> "FaceTrack":
        """The pictures from `start_s` on, in seconds after the first."""
        kept = self.times >= self.times[0] + start_s
        return FaceTrack(
            self.times[kept],
            {reader: numbers[kept] for reader, numbers in self.ratios.items()},
            self.pose[kept],
            self.gaze[kept],
            self.points[kept],
        )


NOTHING = FaceReading(
    np.full((len(READERS), len(RATIOS)), np.nan),
    np.full(len(POSE), np.nan),
    np.full(2, np.nan),
    np.full((68, 2), np.nan),
)
"""The reading of a picture without a face."""


def read_face(image: Image, face: FaceCrop | None, dlib: DlibReader) -> FaceReading:
    """The face of a picture by both readers. face: what our aligner found in it."""
    if face is None:
        return NOTHING
    mesh = face.landmarks
    points = points_of_mesh(mesh)
    by_dlib = dlib.read(image, points)
    signals, head = measure_signals(mesh), fit_head(mesh)
    return FaceReading(
        ratios=np.stack(
            [
                NOTHING.ratios[0] if by_dlib is None else measure_ratios(by_dlib),
                measure_ratios(points),
            ]
        ),
        pose=np.degrees([head.yaw, head.pitch, head.roll]),
        gaze=np.array([signals["gaze_x"], signals["gaze_y"]]),
        points=points / np.linalg.norm(points[45] - points[36]),
    )
