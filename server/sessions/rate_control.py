"""Rate control: the frames a second that a client should send, a few less than the device can do.

Each frame more is encoded, sent and decoded only to be dropped, often on the same cores; and at the
very edge frames queue for the device or for a core, which delays all that are shown.
"""

import time

import psutil

from server.streams.device_thread import DeviceThread

CHECK_S = 3.0
"""Between two checks: the window of the rates."""

MOST_FPS, LEAST_FPS = 30, 10
AIM = 0.88
"""Share of their time that the device, and all cores, should be at work."""

MANY = 0.03
"""Share of dropped frames from which on a client should slow down: cores that others keep busy are
no reason as long as every frame is shown."""

_SLACK_FPS = 1


class RateControl:
    """Rate control of one stream; `update` it each `CHECK_S`."""

    def __init__(self) -> None:
        self._hint = MOST_FPS

    def update(self, fps: float, busy: float, dropped: float) -> int | None:
        """A new most frames a second for the client, None while the last one stands.

        fps: pictures of this stream. busy: what a `LoadMeter` says; it is for all streams, which
        slow down and speed up together. dropped: share of its frames that were never shown.
        """
        if fps <= 0 or busy <= 0:
            return None
        hint = min(max(round(AIM * fps / min(busy, 1.0)), LEAST_FPS), MOST_FPS)
        slower, change = hint < self._hint, abs(hint - self._hint)
        if (slower and dropped < MANY) or change <= _SLACK_FPS * (hint != MOST_FPS):
            return None
        self._hint = hint
        return hint


class LoadMeter:
    """Load of the device thread and of the machine's cores."""

    def __init__(self, device_thread: DeviceThread) -> None:
        self._device_thread, self._before = device_thread, self._now(device_thread)

    def read(self) -> float:
        """The larger of both shares, 0..1, since the last reading."""
        before, self._before = self._before, self._now(self._device_thread)
        seconds, worked, busy, idle = (b - a for a, b in zip(before, self._before, strict=True))
        return max(worked / seconds, busy / (busy + idle or 1.0))

    @staticmethod
    def _now(device_thread: DeviceThread) -> tuple[float, float, float, float]:
        """Now, and seconds that the device thread worked, all cores worked, and all cores idled."""
        cores = psutil.cpu_times()
        idle = cores.idle + getattr(cores, "iowait", 0.0)
        return time.monotonic(), device_thread.busy_s, sum(cores) - idle, idle
