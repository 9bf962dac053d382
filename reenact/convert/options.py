"""Options and report of a conversion, and the layout of its pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from reenact.errors import MediaError
from reenact.media.preview import side_by_side
from reenact.pipeline import Pipeline
from reenact.types import Image

Layout: TypeAlias = Literal["crop", "side-by-side"]
Sound: TypeAlias = Literal["copy", "none"]

OpenPipeline: TypeAlias = Callable[[bool], Pipeline]
"""Opens a fresh pipeline. Its argument says whether the pictures stand alone, so that nothing is
learnt from one for the next."""


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """What to convert and how."""

    source: Path
    """A video, a picture of any kind that `read_picture` takes, or a folder of pictures."""
    target: Path
    """A file or folder to write, of the source's kind: .mp4/.m4v/.mov/.mkv, a picture, a folder."""
    layout: Layout = "crop"
    """crop: only the avatar. side-by-side: the driver's frame left of it (shows the input)."""
    quality: int = 18
    """Constant rate factor of H.264, 0 (lossless) to 51 (worst)."""
    sound: Sound = "copy"
    """copy: a video keeps every sound track, untouched. none: its sound is left out."""
    preview: Path | None = None
    """Where to write a contact sheet (png or jpg) of driver and output; shows the input."""
    force: bool = False
    """Whether to overwrite what is at the target."""
    progress: bool = True
    """Whether to draw a progress bar on stderr."""
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    """What else the result depends on, such as {"pack": sha256, "identity": name}. A killed
    conversion resumes only when this is unchanged."""


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """What a conversion did."""

    target: Path
    """The file or folder that was written."""
    frames: int
    """Number of frames in the target."""
    faces: int
    """Number of frames in which a face was followed."""
    resumed_at: int
    """Number of frames taken over from a conversion that was stopped earlier."""
    seconds: float
    """Time that this run took, seconds."""
    notes: tuple[str, ...] = ()
    """Sentences worth showing to the user, such as names of pictures without a face."""

    @property
    def rate(self) -> float:
        """Frames a second of this run."""
        return (self.frames - self.resumed_at) / self.seconds


def refuse_existing(output: Path, *, force: bool) -> None:
    """Raise MediaError when something is at `output` that may not be overwritten."""
    if output.exists() and not force:
        raise MediaError(f"{output} exists already: name another, or overwrite it with --force")


def lay_out(layout: Layout, driver: Image, picture: Image) -> Image:
    """The target's picture of a frame; it shows the driver only when `layout` says so."""
    return side_by_side(driver, picture) if layout == "side-by-side" else picture
