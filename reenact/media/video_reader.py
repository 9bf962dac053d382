"""Reader of video files: every frame, upright, RGB, with its exact time.

The modules `video_*` are the only importers of PyAV outside the service.
"""

import logging
from collections.abc import Callable, Generator
from pathlib import Path

import av

from reenact.errors import MediaError
from reenact.media.video_colour import ToRgb
from reenact.media.video_info import VideoInfo
from reenact.media.video_streams import decode_pictures, open_video, translate_reading_errors
from reenact.media.video_times import mend_times
from reenact.types import Frame

logger = logging.getLogger(__name__)


def read_frames(
    path: Path, info: VideoInfo, *, skip: int = 0, note: Callable[[str], None] = logger.warning
) -> Generator[Frame, None, None]:
    """The frames of a probed file in order, all but the first `skip`.

    Pictures are upright (display matrix applied) and have square pixels. Decodes ahead on threads
    of its own, so that the caller may use every core. Pictures that cannot be decoded are left out,
    and `note` is told of them at the end. Raises MediaError when none can.
    """
    damage = _Damage(info.frames)
    with open_video(path, info.stream) as (container, video), translate_reading_errors(path):
        to_rgb = ToRgb(video)
        pictures = decode_pictures(container, video, on_damage=damage.add)
        stamped = ((_stamp(picture, info), picture) for picture in pictures)
        for index, (time, picture) in enumerate(mend_times(stamped, info.step)):
            damage.pass_by(float((time - info.origin) * info.time_base))
            if index >= skip:
                yield Frame(to_rgb(picture), time - info.origin, info.time_base)
    if damage.at is None:
        raise MediaError(f"{path} holds no frame that can be decoded: give an undamaged copy")
    if damage.is_found:
        note(damage.describe())


def _stamp(picture: av.VideoFrame, info: VideoInfo) -> int | None:
    """Of decoding, this is the time of the packet that released the picture; the last have none."""
    return picture.dts if info.has_decoding_times else picture.pts


class _Damage:
    """The pictures that could not be decoded: how many, and between which good ones."""

    def __init__(self, expected: int) -> None:
        self.at: float | None = None  # seconds of the last good picture
        self._missing = expected
        self._failures = 0
        self._first, self._last = 0.0, 0.0
        self._is_open = False

    @property
    def is_found(self) -> bool:
        return self._failures > 0

    def add(self) -> None:
        if not self._failures:
            self._first = self.at or 0.0
        self._failures += 1
        self._is_open = True

    def pass_by(self, time: float) -> None:
        """A good picture comes, at `time` seconds."""
        self.at = time
        self._missing -= 1
        if self._is_open:
            self._last, self._is_open = time, False

    def describe(self) -> str:
        end = "the end" if self._is_open else f"{self._last:.2f} seconds"
        return (
            f"the file is damaged from about {self._first:.2f} seconds to {end}: "
            f"{max(self._missing, 1)} pictures could not be decoded and are left out"
        )
