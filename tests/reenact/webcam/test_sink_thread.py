"""reenact/webcam/sink_thread.py: a steady rate, whatever comes and however slow the sink is."""

import threading
import time
from functools import partial

import numpy as np

from reenact.types import Image
from reenact.webcam.sink_thread import SinkThread
from reenact.webcam.sinks import MemorySink, OutputFrame
from tests.support.waiting import wait_until


def shown(number: int) -> OutputFrame:
    return OutputFrame(np.full((4, 6, 3), number, np.uint8), taken=time.monotonic())


def numbers(sink: MemorySink) -> list[int]:
    return [int(image[0, 0, 0]) for image in sink.images]


def has_shown(sink: MemorySink, number: int) -> bool:
    return number in numbers(sink)


class StuckSink(MemorySink):
    """Does not return from its first picture before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def write(self, image: Image, time: float) -> None:
        super().write(image, time)
        self.let_go.wait(60)


def test_last_picture_is_repeated_at_the_rate_asked_for() -> None:
    sink = MemorySink()
    thread = SinkThread(sink, fps=100)
    thread.start()
    thread.inbox.put(shown(7))
    wait_until(lambda: len(sink.images) >= 12)
    thread.close()

    assert set(numbers(sink)) == {7}
    assert (sink.size, sink.closed) == ((4, 6), True)
    # Each may be half a period before its turn, never sooner: a late one must not start a burst.
    turns = np.array(sink.times) * 100 - np.arange(len(sink.times))
    assert turns.min() >= -0.6


def test_new_picture_takes_the_place_of_the_last() -> None:
    sink = MemorySink()
    thread = SinkThread(sink, fps=200)
    thread.start()
    for number in range(5):
        thread.inbox.put(shown(number))
        wait_until(partial(has_shown, sink, number))
    thread.close()

    assert list(dict.fromkeys(numbers(sink))) == [0, 1, 2, 3, 4]


def test_delay_is_counted_once_for_each_picture() -> None:
    sink = MemorySink()
    thread = SinkThread(sink, fps=200)
    thread.start()
    thread.inbox.put(OutputFrame(shown(1).image, taken=time.monotonic() - 3600))
    wait_until(lambda: len(sink.images) > 3)
    thread.close()

    (p50, p95) = thread.delays.p50_p95_ms() or (0, 0)
    assert 3600e3 <= p50 == p95


def test_stuck_sink_holds_up_nobody_else() -> None:
    stuck, free = StuckSink(), MemorySink()
    threads = [SinkThread(stuck, fps=500), SinkThread(free, fps=500)]
    for thread in threads:
        thread.start()
    for number in range(20):
        for thread in threads:
            thread.inbox.put(shown(number))
        wait_until(partial(has_shown, free, number))
    stuck.let_go.set()
    for thread in threads:
        thread.close()

    assert list(dict.fromkeys(numbers(free))) == list(range(20))
    assert len(numbers(stuck)) <= 2


def test_failure_of_a_sink_is_kept_and_the_sink_closed() -> None:
    class Failing(MemorySink):
        def write(self, image: Image, time: float) -> None:
            raise OSError("no space left")

    sink = Failing()
    thread = SinkThread(sink, fps=100)
    thread.start()
    thread.inbox.put(shown(1))
    wait_until(lambda: thread.error is not None)

    assert str(thread.error) == "no space left"
    assert sink.closed


def test_sink_that_got_no_picture_is_never_opened() -> None:
    sink = MemorySink()
    thread = SinkThread(sink, fps=100)
    thread.start()
    thread.close()

    assert (sink.size, sink.closed) == (None, False)
