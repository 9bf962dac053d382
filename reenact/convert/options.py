"""What a conversion is told, what it needs and what it tells: plain data and one boundary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from reenact.media.preview import side_by_side
from reenact.types import Frame, Image

Layout = Literal["crop", "side-by-side"]


class FramePipeline(Protocol):
    """What makes the avatar's picture of a driver's frame; `reenact.pipeline.Pipeline` is one."""

    @property
    def status(self) -> str:
        """Of the last frame: "tracked" when a face was followed in it, anything else if not."""
        ...

    def __call__(self, frame: Frame) -> Frame: ...

    def state(self) -> dict[str, Any]:
        """All that later frames depend on, as plain JSON values (numbers, texts, lists, dicts)."""
        ...

    def restore(self, state: dict[str, Any]) -> None: ...

    def close(self) -> None: ...


class PipelineFactory(Protocol):
    """Opens a fresh pipeline. `still`: the pictures stand alone, so calibrate on none of them."""

    def __call__(self, *, still: bool) -> FramePipeline: ...


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """What to convert and how."""

    source: Path
    """A video, a picture (png, jpg, jpeg, webp, bmp), or a folder of pictures."""
    target: Path
    """Of the same kind as the source: .mp4/.m4v/.mov/.mkv, a picture, or a folder."""
    layout: Layout = "crop"
    """crop: only the avatar. side-by-side: the driver's frame left of it (shows the input)."""
    quality: int = 18
    """Of the video, H.264's constant rate factor: 0 lossless .. 51 worst."""
    preview: Path | None = None
    """Where to write a contact sheet (png or jpg) of driver and output; shows the input."""
    force: bool = False
    """Overwrite what is at the target."""
    progress: bool = True
    """Draw a progress bar on stderr."""
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    """What else the result depends on, such as {"pack": sha256, "identity": name}: a killed
    conversion is only gone on with when it had the same."""


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """What a conversion did."""

    target: Path
    frames: int
    """In the target."""
    faces: int
    """Frames in which a face was followed."""
    resumed_at: int
    """Frames taken over from a conversion that was stopped earlier."""
    seconds: float
    """That this run took."""
    notes: tuple[str, ...] = ()
    """Sentences worth showing to the user, such as names of pictures without a face."""

    @property
    def rate(self) -> float:
        """Frames a second of this run."""
        return (self.frames - self.resumed_at) / self.seconds


def laid_out(layout: Layout, driver: Image, picture: Image) -> Image:
    """What the target shows of a frame; the driver only when `layout` says so."""
    return side_by_side(driver, picture) if layout == "side-by-side" else picture
