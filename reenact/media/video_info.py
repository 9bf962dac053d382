"""Facts about a video file, as `probe_video` finds them before any picture is decoded."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """A sound stream that can be copied."""

    index: int
    """Its number among all streams of the file."""
    codec: str
    """FFmpeg's name of the codec, such as dts."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts about a whole video file, found without decoding it."""

    frames: int
    """Number of pictures that are shown; fewer come where some cannot be decoded."""
    time_base: Fraction
    """Seconds of one tick."""
    rate: Fraction
    """Frames a second on average: for people to read, never to compute times with."""
    tail: int
    """Ticks that the last picture lasts, 0 if the file does not say."""
    origin: int
    """Ticks to take off every stamp: 0, except where the container's clock starts anywhere."""
    stream: int = 0
    """Number of the film among all streams of the file."""
    step: int = 1
    """Ticks from a picture to the next where the file gives no times, above 0."""
    longest_step: int = 1
    """Most ticks from a picture to the next, above 0 unless times repeat."""
    has_decoding_times: bool = False
    """Whether the file gives times of decoding in place of those of showing, as AVI does."""
    sound: tuple[SoundTrack, ...] = ()
    """The sound streams that can be copied, in the file's order."""
    notes: tuple[str, ...] = ()
    """Sentences for the user about what of the file is left out."""
