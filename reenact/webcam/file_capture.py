"""A video file in place of a camera, played at its own speed, again and again."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.types import Image

logger = logging.getLogger(__name__)

_LONGEST_WAIT_S = 1.0  # for the next picture, whatever the file says; closing may take so long


class FileCapture:
    """Gives each picture when its time has come, like a camera."""

    def __init__(self, path: Path) -> None:
        """Raises MediaError when `path` is no video."""
        self._path, self._info = path, probe_video(path)
        for note in self._info.notes:
            logger.warning(note)
        self._pictures = self._in_time()
        self._closed = threading.Event()

    def read(self) -> Image | None:
        return next(self._pictures)

    def close(self) -> None:
        self._closed.set()

    def _in_time(self) -> Iterator[Image]:
        note = logger.warning
        while True:
            due, last = time.monotonic(), None
            for frame in read_frames(self._path, self._info, note=note):
                step = 0.0 if last is None else frame.time - last
                due, last = due + min(step, _LONGEST_WAIT_S), frame.time
                self._closed.wait(max(due - time.monotonic(), 0.0))
                yield frame.image
            note = logger.debug  # once is enough
            self._closed.wait(float(self._info.tail * self._info.time_base))
