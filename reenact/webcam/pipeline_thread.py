"""The pipeline's own thread of the webcam: the newest frame in, a picture out to all sinks.

Only pictures that the pipeline made are ever handed out.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction

import numpy as np

from engines.base import EngineError
from reenact.driving import Driving
from reenact.errors import ReenactError
from reenact.live.newest import Newest
from reenact.live.statistics import Rate
from reenact.live.thread import PartThread
from reenact.pipeline import Pipeline
from reenact.types import Frame, Image
from reenact.webcam.capture_thread import RATE_S, CapturedFrame
from reenact.webcam.sinks import OutputFrame, fit_into
from reenact.webcam.window import Key

STARVED_S = 0.5
"""Without a frame for so long, the pipeline is shown a black one: it holds, eases and idles."""

_BLACK_FPS = 30.0
_TICK = Fraction(1, 1_000_000)
_CLOSE_S = 10.0  # a frame that is being made, or a pipeline that is being opened


class PipelineThread(PartThread):
    """Runs one stream. What is public may be used from any thread."""

    def __init__(
        self,
        camera: Newest[CapturedFrame],
        open_pipeline: Callable[[Driving], Pipeline],
        people: Mapping[str, Callable[[], Driving]],
        inboxes: Sequence[Newest[OutputFrame]],
        size: tuple[int, int] | None = None,
        *,
        mirror: bool = False,
        starved_s: float = STARVED_S,
        say: Callable[[str], None],
    ) -> None:
        """open_pipeline: called on this thread. people: what loads the settings that drive each
        identity, by name, in the order of asking for the next; the first one to begin with.
        inboxes: of the sinks. size: (height, width) to fit pictures into. mirror: left to right.
        starved_s: see `STARVED_S`. say: takes a sentence for the user."""
        super().__init__("pipeline", close_s=_CLOSE_S)
        self.rate = Rate(RATE_S)
        """Pictures made a second."""
        self.status: str = "idle"
        """What the last picture shows."""
        self._names = deque(people)
        self.identity = self._names[0]
        """Name of the person who is shown."""
        self._camera, self._inboxes = camera, inboxes
        self._open, self._people = open_pipeline, people
        self._size, self._mirror, self._say = size, mirror, say
        self._starved_s, self._paused = starved_s, False
        self._keys: deque[Key] = deque(maxlen=16)
        self._zero = self._fed = time.monotonic()
        self._pts = -1
        self._dropped_before = 0
        self._black: Image = np.zeros((480, 640, 3), np.uint8)

    @property
    def dropped(self) -> int:
        """Frames of the camera that were never looked at, since the first picture."""
        return self._camera.dropped - self._dropped_before

    def press(self, key: Key) -> None:
        """Do what the key says, before the next frame."""
        self._keys.append(key)

    def work(self) -> None:
        with ExitStack() as owned:
            self._pipeline = self._open(self._people[self.identity]())
            owned.callback(self._pipeline.close)
            self._show(self._black, None)
            self._camera.take()
            self._dropped_before = self._camera.dropped
            while not self._stop.is_set():
                while self._keys:
                    self._do(self._keys.popleft())
                self._step(self._camera.take(1 / _BLACK_FPS))

    def _step(self, taken: CapturedFrame | None) -> None:
        if self._paused:
            return
        if taken is not None:
            self._black = np.zeros_like(taken.image)
            self._fed = time.monotonic()
            self._show(taken.image, taken.time)
        elif self._pipeline.status != "idle" and time.monotonic() - self._fed > self._starved_s:
            self._show(self._black, None)

    def _show(self, image: Image, taken: float | None) -> None:
        moment = time.monotonic() if taken is None else taken
        self._pts = max(int((moment - self._zero) / _TICK), self._pts + 1)
        picture = self._pipeline(Frame(image, self._pts, _TICK)).image
        self.status = self._pipeline.status
        if self._mirror:
            picture = np.ascontiguousarray(picture[:, ::-1])
        shown = OutputFrame(fit_into(picture, self._size), taken)
        for inbox in self._inboxes:
            inbox.put(shown)
        self.rate.tick()

    def _do(self, key: Key) -> None:
        if key == "pause":
            self._paused = not self._paused
        elif key == "mirror":
            self._mirror = not self._mirror
        elif key == "neutral":
            self._pipeline.recalibrate()
        elif key == "next":
            self._show_next_identity()

    def _show_next_identity(self) -> None:
        """Go over to the next identity, doing what the last one did; keep that one on failure."""
        self._names.rotate(-1)
        name = self._names[0]
        try:
            self._pipeline.change(self._people[name]())
        except (ReenactError, EngineError) as error:
            self._say(f"{name} cannot be shown: {error}")
            return
        self.identity = name
