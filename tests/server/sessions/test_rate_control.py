"""A client sends about what becomes pictures, and leaves the device a little time."""

import time
from threading import Event
from typing import cast

import pytest

from server.sessions.rate_control import AIM, LoadMeter, RateControl
from server.streams.device_thread import DeviceThread
from server.streams.stream import Stream


@pytest.mark.parametrize(
    ("readings", "hints"),
    [
        ([(30, 0.5, 0)], [None]),
        ([(18, 1.0, 0.4)], [16]),
        ([(18, 1.0, 0.4), (16, 0.88, 0)], [16, None]),
        ([(18, 1.0, 0.4), (16, 0.6, 0)], [16, 23]),
        ([(18, 1.0, 0.4), (16, 0.4, 0)], [16, 30]),
        ([(18, 1.0, 0.4), (16, 0.85, 0)], [16, None]),
        ([(30, 1.0, 0), (30, 1.0, 0.02)], [None, None]),
        ([(18, 1.0, 0.4), (16, 1.0, 0), (16, 1.0, 0)], [16, None, None]),
        ([(2, 1.0, 0.9)], [10]),
        ([(15, 0.5, 0)], [None]),
        ([(0, 0.9, 0)], [None]),
        ([(0, 0.0, 0)], [None]),
    ],
    ids=["fast enough", "slow", "slow, obeyed", "recovers", "recovers wholly", "as good as before",
         "others keep the cores busy", "and later too", "very slow", "a slow camera",
         "nothing yet", "no camera"],
)  # fmt: skip
def test_a_client_is_asked_for_what_can_be_shown(
    readings: list[tuple[float, float, float]], hints: list[int | None]
) -> None:
    pacing = RateControl()

    assert [pacing.update(*reading) for reading in readings] == hints


@pytest.mark.parametrize("takes_s", [0.02, 0.04, 0.09])
def test_the_device_comes_to_work_the_share_that_is_aimed_at(takes_s: float) -> None:
    pacing, fps = RateControl(), 30.0

    for _ in range(5):
        shown = min(fps, 1 / takes_s)
        fps = pacing.update(shown, min(fps * takes_s, 1.0), 1 - shown / fps) or fps

    assert fps == 30 or abs(fps * takes_s - AIM) < 2 * takes_s


def test_a_meter_sees_the_device_thread_at_work() -> None:
    device, begun, go_on = DeviceThread("test"), Event(), Event()

    class BusyStream:
        done = False

        def ready(self) -> bool:
            return not self.done

        def work(self) -> None:
            begun.set()
            go_on.wait(10)
            self.done = True

    meter = LoadMeter(device)
    device.add(cast(Stream, BusyStream()))
    assert begun.wait(10)
    time.sleep(0.1)
    go_on.set()
    device.close()

    assert device.busy_s >= 0.1
    assert 0 < meter.read() <= 1
