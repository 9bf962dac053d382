import threading
import time
from collections.abc import Iterator
from typing import cast

import pytest

from server.errors import RefusedError
from server.limits import Limits
from server.streams.device_thread import DeviceThread
from server.streams.stream import Stream


class FakeStream:
    """Has `waiting` frames; notes its turns in `turns`."""

    def __init__(self, name: str, waiting: int, turns: list[str], *, fails: bool = False) -> None:
        self.name, self.waiting, self.turns, self.fails = name, waiting, turns, fails

    def ready(self) -> bool:
        return self.waiting > 0

    def work(self) -> None:
        self.waiting -= 1
        self.turns.append(self.name)
        if self.fails:
            raise RuntimeError("on purpose")


@pytest.fixture
def device_thread() -> Iterator[DeviceThread]:
    made = DeviceThread("test")
    yield made
    made.close()


def finish(*streams: FakeStream) -> None:
    end = time.monotonic() + 10
    while any(stream.waiting for stream in streams):
        assert time.monotonic() < end
        time.sleep(0.005)


def test_streams_take_turns_and_each_is_first_in_turn(device_thread: DeviceThread) -> None:
    turns: list[str] = []
    streams = [FakeStream(name, 6, turns) for name in "abc"]
    held = threading.Event()
    device_thread.call(held.wait)
    for stream in streams:
        device_thread.add(cast(Stream, stream))
    held.set()

    finish(*streams)

    rounds = [turns[start : start + 3] for start in range(0, 18, 3)]
    assert all(sorted(one) == ["a", "b", "c"] for one in rounds)
    assert len({one[0] for one in rounds}) == 3


def test_calls_go_before_frames_and_run_on_one_thread(device_thread: DeviceThread) -> None:
    names = [device_thread.call(lambda: threading.current_thread().name).result() for _ in range(3)]

    assert set(names) == {"test"}


def test_an_error_of_a_call_is_the_callers(device_thread: DeviceThread) -> None:
    def fail() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        device_thread.call(fail).result()


def test_a_failing_stream_does_not_stop_the_others(device_thread: DeviceThread) -> None:
    turns: list[str] = []
    bad, good = FakeStream("bad", 3, turns, fails=True), FakeStream("good", 3, turns)
    device_thread.add(cast(Stream, bad))
    device_thread.add(cast(Stream, good))

    finish(bad, good)


def test_a_removed_stream_gets_no_more_turns(device_thread: DeviceThread) -> None:
    turns: list[str] = []
    stream = FakeStream("a", 0, turns)
    device_thread.add(cast(Stream, stream))
    device_thread.remove(cast(Stream, stream))
    stream.waiting = 5
    device_thread.wake()
    device_thread.call(lambda: None).result()

    assert turns == []


def test_once_closed_it_takes_no_calls_and_closes_twice(
    device_thread: DeviceThread,
) -> None:
    device_thread.close()
    device_thread.close()

    with pytest.raises(RuntimeError, match="closed"):
        device_thread.call(lambda: None).result()


def test_long_work_waits_until_no_frame_does(device_thread: DeviceThread) -> None:
    turns: list[str] = []
    stream = FakeStream("frame", 5, turns)
    held = threading.Event()
    device_thread.call(held.wait)
    done = device_thread.call_when_idle(lambda: turns.append("long work"))
    device_thread.add(cast(Stream, stream))
    held.set()
    done.result(10)

    assert turns == ["frame"] * 5 + ["long work"]


def test_only_so_much_long_work_waits(device_thread: DeviceThread) -> None:
    held = threading.Event()
    device_thread.call(held.wait)
    waiting = [device_thread.call_when_idle(lambda: None) for _ in range(Limits().spare_calls)]
    with pytest.raises(RefusedError, match="busy with live pictures") as refused:
        device_thread.call_when_idle(lambda: None)
    assert (refused.value.status, refused.value.retry_after_s) == (503, 10)

    waiting[0].cancel()  # its client left
    device_thread.call_when_idle(lambda: None)
    held.set()


def test_long_work_that_never_began_is_cancelled_at_the_end(device_thread: DeviceThread) -> None:
    held = threading.Event()
    device_thread.call(held.wait)
    waiting = device_thread.call_when_idle(lambda: None)
    threading.Timer(0.1, held.set).start()
    device_thread.close()

    assert waiting.cancelled()
