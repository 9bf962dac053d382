"""The window on the desktop, and the keys pressed in it. It belongs to the main thread."""

import os
import platform
import time as clock
from typing import Literal, Protocol, TypeAlias

import cv2

from reenact.errors import MediaError
from reenact.live.newest import Newest
from reenact.live.statistics import Samples
from reenact.types import Image
from reenact.webcam.sinks import FrameSink, OutputFrame

TITLE = "reenact (AI)"

Key: TypeAlias = Literal["quit", "neutral", "mirror", "pause", "next"]

KEYS: dict[int, Key] = {
    ord("q"): "quit",
    27: "quit",  # Esc
    ord("n"): "neutral",
    ord("m"): "mirror",
    ord(" "): "pause",
    ord("i"): "next",
}

HELP = "keys: q quit, n learn your neutral face anew, m mirror, space pause, i next identity"


class KeyedSink(FrameSink, Protocol):
    """A sink that tells which keys were pressed."""

    def key(self) -> Key | None:
        """The key pressed since the last call."""
        ...


class Window:
    """A window, as a sink."""

    def __init__(self) -> None:
        """Raises MediaError where there is no display."""
        # Without a display OpenCV does not fail: it ends the process.
        if platform.system() == "Linux" and not os.environ.get("DISPLAY"):
            raise MediaError(
                "there is no display for the window: add --no-window, with --virtual-camera to "
                "send the pictures to other programs"
            )
        self._open = False

    def open(self, size: tuple[int, int], fps: float) -> None:
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(TITLE, size[1], size[0])
        self._open = True

    def write(self, image: Image, time: float) -> None:
        cv2.imshow(TITLE, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def key(self) -> Key | None:
        """The key that was pressed; also draws what was written. A closed window is "quit"."""
        if not self._open:
            return None
        code = cv2.waitKey(1)
        if cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1:
            return "quit"
        return KEYS.get(code & 0xFF) if code >= 0 else None

    def close(self) -> None:
        if self._open:
            cv2.destroyAllWindows()
            self._open = False


class WindowView:
    """Shows the newest picture in a window, on the main thread, as `SinkThread` does elsewhere."""

    def __init__(self, window: KeyedSink, fps: float) -> None:
        self.inbox: Newest[OutputFrame] = Newest()
        self.delays = Samples()
        self._window, self._fps = window, fps
        self._start: float | None = None

    def pump(self, timeout_s: float) -> Key | None:
        """Show the newest picture, if one comes within `timeout_s`; the key that was pressed."""
        shown = self.inbox.take(timeout_s)
        if shown is not None:
            if self._start is None:
                height, width = shown.image.shape[:2]
                self._window.open((height, width), self._fps)
                self._start = clock.monotonic()
            self._window.write(shown.image, clock.monotonic() - self._start)
        key = self._window.key()
        if shown is not None and shown.taken is not None:
            self.delays.add(clock.monotonic() - shown.taken)
        return key

    def close(self) -> None:
        self._window.close()
