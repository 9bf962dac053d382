"""Recorder of a room's pictures and sound, which stay together whatever the nets take.

Both are stamped by when their cause arrived: the driver's frame, the driver's packet of sound.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reenact.errors import MediaError
from server.sessions.recording_writer import RecordingWriter
from server.sessions.recordings import Recordings
from server.webrtc.yuv import Picture

logger = logging.getLogger(__name__)

JITTER_BUFFER_S = 0.08
"""Seconds after its packet that aiortc hands out sound: it waits for four more of 20 ms."""

_IDLE_S = 0.1
"""Seconds between two looks at whether the recording is over while nothing comes."""


class Recorder:
    """Writes an mp4 on a thread of its own; `show` and `hear` never block.

    The file appears under its name when it is whole. It ends itself when there is no more room or
    time, or when writing fails; what came until then is kept.
    """

    def __init__(self, recordings: Recordings, id: str, *, sound: bool = True) -> None:
        """Record session `id`. sound: whether there will be any. Raises RefusedError."""
        self.note: str | None = None
        """What is missing from it, as a phrase; None while nothing is."""
        self._recordings, self._id = recordings, id
        self._limits, self._sound = recordings.limits, sound
        self._waiting: queue.Queue[tuple[str, Any, float]] = queue.Queue(
            self._limits.frames_waiting
        )
        self._dropped = 0
        self._kept = False
        self._last = threading.Event()
        self._unfinished = recordings.begin(id)
        self.started = time.monotonic()
        """Its time zero, by time.monotonic()."""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether more is taken."""
        return not self._last.is_set()

    def show(self, picture: Picture) -> None:
        """Record a picture at the time at which its driver's frame came. Any thread."""
        self._put("video", picture.yuv, picture.arrived)

    def hear(self, frame: Any, arrived: float) -> None:
        """Record a frame of sound. Any thread."""
        self._put("audio", frame, arrived - JITTER_BUFFER_S)

    def close(self) -> Path:
        """Finish the file, which may take a second. Raises MediaError when nothing is kept."""
        self._last.set()
        self._thread.join(self._limits.close_s)
        if self._thread.is_alive():
            raise MediaError(
                f"the recording was not finished within {self._limits.close_s:g} s; "
                "the next start of the server does it"
            )
        if not self._kept:
            raise MediaError(f"nothing was recorded: {self.note or 'no picture came meanwhile'}")
        return self._recordings.path(self._id)

    def _put(self, kind: str, frame: Any, moment: float) -> None:
        if moment < self.started or not self.running:
            return
        if moment - self.started > self._limits.longest_s:
            self._end(f"a recording takes {self._limits.longest_s / 60:g} minutes at most")
            return
        try:
            self._waiting.put_nowait((kind, frame, moment))
        except queue.Full:
            self._dropped += 1

    def _end(self, note: str) -> None:
        self.note = self.note or note
        self._last.set()

    def _run(self) -> None:
        try:
            with RecordingWriter(self._unfinished.file, self.started, sound=self._sound) as writer:
                for kind, frame, moment in self._items():
                    (writer.show if kind == "video" else writer.hear)(frame, moment)
        except Exception as error:  # told to whoever closes
            logger.exception("a recording failed")
            self._end(f"it could not be written ({_reason(error)})")
        try:
            self._kept = self._unfinished.finish(self._recordings.path(self._id))
        except Exception as error:
            logger.exception("a recording cannot be finished")
            self._end(f"it could not be finished ({_reason(error)})")
        if self._dropped:
            self._end(f"{self._dropped} frames are missing, for which the server was too slow")

    def _items(self) -> Iterator[tuple[str, Any, float]]:
        """All that comes until the end, as long as there is room for it."""
        checked = time.monotonic()
        while self.running or not self._waiting.empty():
            with contextlib.suppress(queue.Empty):
                yield self._waiting.get(timeout=_IDLE_S)
            if time.monotonic() - checked > self._limits.check_s:
                checked = time.monotonic()
                if (full := self._recordings.reason_full()) is not None:
                    self._end(full)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
