"""Reader of video files: every frame, upright, RGB, with its exact time.

The modules `video_*` are the only importers of PyAV outside the service.
"""

import logging
from collections.abc import Callable, Generator
from pathlib import Path

import av

from reenact.errors import MediaError
from reenact.media.limits import MOST_FRAME_PIXELS
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
        raise MediaError(
            f"{path} holds no frame that can be decoded, of at most "
            f"{MOST_FRAME_PIXELS // 1_000_000} million pixels: give an undamaged or smaller copy"
        )
    if damage.is_found:
        note(damage.describe())


def _stamp(picture: av.VideoFrame, info: VideoInfo) -> int | None:
    """Of decoding, this is the time of the packet that released the picture; the last have none."""
    return picture.dts if info.has_decoding_times else picture.pts


class _Damage:
    """The pictures that could not be decoded: how many, and after which good one."""

    def __init__(self, expected: int) -> None:
        self.at: float | None = None  # seconds of the last good picture
        self.is_found = False
        self._missing = expected
        self._first = 0.0

    def add(self) -> None:
        if not self.is_found:
            self.is_found, self._first = True, self.at or 0.0

    def pass_by(self, time: float) -> None:
        """A good picture comes, at `time` seconds."""
        self.at = time
        self._missing -= 1

    def describe(self) -> str:
        found = f"the file is damaged after about {self._first:.2f} seconds"
        if self._missing < 1:
            return f"{found}: not all that comes then could be read"
        return f"{found}: {self._missing} of its pictures could not be decoded and are left out"
