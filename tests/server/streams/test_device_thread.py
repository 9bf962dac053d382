import threading
import time

import pytest

from server.streams.device_thread import DeviceThread


class FakeJob:
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
def worker():  # type: ignore[no-untyped-def]
    made = DeviceThread("test")
    yield made
    made.close()


def finish(*jobs: FakeJob) -> None:
    end = time.monotonic() + 10
    while any(job.waiting for job in jobs):
        assert time.monotonic() < end
        time.sleep(0.005)


def test_streams_take_turns_and_each_is_first_in_turn(worker: DeviceThread) -> None:
    turns: list[str] = []
    jobs = [FakeJob(name, 6, turns) for name in "abc"]
    held = threading.Event()
    worker.call(held.wait)
    for job in jobs:
        worker.add(job)
    held.set()

    finish(*jobs)

    rounds = [turns[start : start + 3] for start in range(0, 18, 3)]
    assert all(sorted(one) == ["a", "b", "c"] for one in rounds)
    assert len({one[0] for one in rounds}) == 3


def test_calls_go_before_frames_and_run_on_one_thread(worker: DeviceThread) -> None:
    names = [worker.call(lambda: threading.current_thread().name).result() for _ in range(3)]

    assert set(names) == {"test"}


def test_an_error_of_a_call_is_the_callers(worker: DeviceThread) -> None:
    def fail() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        worker.call(fail).result()


def test_a_failing_stream_does_not_stop_the_others(worker: DeviceThread) -> None:
    turns: list[str] = []
    bad, good = FakeJob("bad", 3, turns, fails=True), FakeJob("good", 3, turns)
    worker.add(bad)
    worker.add(good)

    finish(bad, good)


def test_a_removed_stream_gets_no_more_turns(worker: DeviceThread) -> None:
    turns: list[str] = []
    job = FakeJob("a", 0, turns)
    worker.add(job)
    worker.remove(job)
    job.waiting = 5
    worker.wake()
    worker.call(lambda: None).result()

    assert turns == []


def test_a_closed_worker_takes_no_calls_and_closes_twice(worker: DeviceThread) -> None:
    worker.close()
    worker.close()

    with pytest.raises(RuntimeError, match="closed"):
        worker.call(lambda: None).result()
