"""A sink's own thread: however slow it is, neither the pipeline nor another sink waits for it."""

import time

from reenact.live.newest import Newest
from reenact.live.statistics import Samples
from reenact.live.thread import PartThread
from reenact.webcam.sinks import FrameSink, OutputFrame

_CLOSE_S = 3.0
_POLL_S = 0.1  # between two looks of an idle thread at whether it is to end


class SinkThread(PartThread):
    """Writes the newest picture at a steady rate, and repeats the last while no new one comes.

    A new picture is written when it comes, up to half a period before or after its turn, so that a
    camera of the same rate is not held up.
    """

    def __init__(self, sink: FrameSink, fps: float) -> None:
        super().__init__("sink", close_s=_CLOSE_S)
        self.inbox: Newest[OutputFrame] = Newest()
        """The picture to write next; the newest wins."""
        self.delays = Samples()
        """Seconds from the camera's frame to its picture written."""
        self._sink, self._fps, self._period = sink, fps, 1 / fps

    def work(self) -> None:
        shown = None
        while shown is None:
            if self._stop.is_set():
                return
            shown = self.inbox.take(_POLL_S)
        try:
            height, width = shown.image.shape[:2]
            self._sink.open((height, width), self._fps)
            self._show_steadily(shown)
        finally:
            self._sink.close()

    def _show_steadily(self, shown: OutputFrame) -> None:
        start = due = time.monotonic()
        fresh = True
        while True:
            self._sink.write(shown.image, time.monotonic() - start)
            if fresh and shown.taken is not None:
                self.delays.add(time.monotonic() - shown.taken)
            due = max(due + self._period, time.monotonic() - self._period)
            if self._stop.wait(max(due - self._period / 2 - time.monotonic(), 0.0)):
                return
            newer = self.inbox.take(max(due + self._period / 2 - time.monotonic(), 0.0))
            fresh, shown = newer is not None, newer or shown
