"""Capture on its own thread: always reading, so that nothing old waits in the camera's buffers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reenact.errors import MediaError
from reenact.live.newest import Newest
from reenact.live.statistics import Rate
from reenact.live.thread import PartThread
from reenact.types import Image
from reenact.webcam.camera import Capture

RETRY_S = (0.25, 0.5, 1.0, 2.0)
"""Seconds before each try to open a lost camera again; the last one from then on."""

GIVE_UP_S = 60.0
"""Seconds that a lost camera is waited for: time to plug it in again."""

RATE_S = 2.0
"""Seconds that rates of the webcam are taken over."""

_CLOSE_S = 2.0  # a hung driver must not keep the program from ending


@dataclass(frozen=True, slots=True, eq=False)
class CapturedFrame:
    """A camera's picture."""

    image: Image
    """(H, W, 3) uint8 RGB."""
    time: float
    """When it came, by time.monotonic()."""


class CaptureThread(PartThread):
    """Puts every picture of a camera into `newest`, which keeps the last.

    A camera that is lost is opened again.
    """

    def __init__(
        self,
        open_capture: Callable[[], Capture],
        *,
        say: Callable[[str], None],
        retry_s: Sequence[float] = RETRY_S,
        give_up_s: float = GIVE_UP_S,
    ) -> None:
        """open_capture: raises MediaError when it cannot. say: takes a sentence for the user."""
        super().__init__("camera", close_s=_CLOSE_S)
        self.newest: Newest[CapturedFrame] = Newest()
        """The newest picture."""
        self.rate = Rate(RATE_S)
        """Pictures a second, as measured."""
        self._open, self._say = open_capture, say
        self._retry_s, self._give_up_s = retry_s, give_up_s

    def work(self) -> None:
        self._read_all(self._open())
        while not self._stop.is_set():
            self._say(f"the camera is gone; waiting {self._give_up_s:g} s for it to come back")
            self._read_all(self._open_again())

    def _read_all(self, capture: Capture | None) -> None:
        """Read until the camera is lost, or the thread is to end."""
        if capture is None:
            return
        try:
            while not self._stop.is_set():
                image = capture.read()
                if image is None:
                    return
                self.newest.put(CapturedFrame(image, time.monotonic()))
                self.rate.tick()
        finally:
            capture.close()

    def _open_again(self) -> Capture | None:
        """The camera, or None when the thread is to end. Raises MediaError when it stays away."""
        lost, tries = time.monotonic(), 0
        while not self._stop.wait(self._retry_s[min(tries, len(self._retry_s) - 1)]):
            try:
                capture = self._open()
            except MediaError as error:
                if time.monotonic() - lost > self._give_up_s:
                    raise MediaError(
                        f"the camera did not come back within {self._give_up_s:g} s: {error}"
                    ) from error
                tries += 1
            else:
                self._say("the camera is back")
                return capture
        return None
