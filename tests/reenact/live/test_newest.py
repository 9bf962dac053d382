"""reenact/live/newest.py: one slot, the newest item wins."""

import threading

from reenact.live.newest import Newest


def test_the_newest_item_is_taken_once_and_the_others_are_counted() -> None:
    box: Newest[int] = Newest()
    for item in range(5):
        box.put(item)

    assert (box.take(), box.take(), box.dropped) == (4, None, 4)


def test_a_waiting_taker_is_woken_by_the_next_item() -> None:
    box: Newest[str] = Newest()
    threading.Timer(0.01, box.put, ["late"]).start()

    assert box.take(timeout_s=60) == "late"


def test_nothing_comes_within_the_time() -> None:
    box: Newest[str] = Newest()

    assert box.take(timeout_s=0.001) is None


def test_an_item_taken_in_time_is_not_dropped() -> None:
    box: Newest[int] = Newest()
    for item in range(3):
        box.put(item)
        assert box.take() == item

    assert (box.dropped, len(box)) == (0, 0)


def test_every_put_wakes() -> None:
    woken: list[int] = []
    box: Newest[str] = Newest(lambda: woken.append(len(box)))
    box.put("a")
    box.put("b")

    assert woken == [1, 1]
