"""What a pipeline is put together from: whatever finds a face and reads it."""

from typing import Any, Protocol, runtime_checkable

from reenact.presence import Values
from reenact.types import FaceCrop, Frame


class Aligner(Protocol):
    """Finds the driver's face; `reenact.face.align.FaceAligner` is one."""

    def align(self, frame: Frame) -> FaceCrop | None: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class Reader(Protocol):
    """Reads what a face does, as values of a `MotionCode` of the kind that the pack speaks.

    `reenact.face.expression.ExpressionReader` and `reenact.motion_reader.MotionReader` are such.
    """

    def read(self, face: FaceCrop, time: float) -> Values: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: dict[str, Any]) -> None: ...


@runtime_checkable
class LearningReader(Protocol):
    """A reader that learns how the driver's face rests."""

    def recalibrate(self) -> None: ...
