"""A face is looked for ahead of its frame's turn, and found in its turn."""

import threading
from typing import Any

import pytest

from server.streams.ahead_aligner import AheadAligner
from server.streams.laps import Laps
from tests.support.fakes import driver_frame
from tests.support.live_rig import LiveAligner, studio


def aligner(*faces: bool) -> AheadAligner:
    return AheadAligner(LiveAligner(list(faces) or [True], 256), Laps())


def test_the_answer_of_before_is_the_one_of_its_turn() -> None:
    ahead = aligner(True, False)
    looks = [ahead.look(driver_frame(number)) for number in range(2)]

    found = []
    for number, look in enumerate(looks):
        ahead.next = look
        found.append(ahead.align(driver_frame(number)))

    assert found == [looks[0].face, None]
    assert looks[0].face is not None


def test_without_a_look_it_is_done_on_the_spot() -> None:
    assert aligner().align(driver_frame(0)) is not None


def test_an_answer_serves_once() -> None:
    ahead = aligner(True, False)
    ahead.next = ahead.look(driver_frame(0))

    assert ahead.align(driver_frame(0)) is not None
    assert ahead.align(driver_frame(1)) is None


def test_a_failure_is_raised_in_its_turn() -> None:
    class Broken(LiveAligner):
        def align(self, frame: Any) -> Any:
            raise ValueError("no tracker")

    ahead = AheadAligner(Broken([True], 256), Laps())
    ahead.next = ahead.look(driver_frame(0))

    with pytest.raises(ValueError, match="no tracker"):
        ahead.align(driver_frame(0))


def test_it_is_not_closed_under_a_look() -> None:
    begun, go_on, order = threading.Event(), threading.Event(), []

    class Slow(LiveAligner):
        def align(self, frame: Any) -> Any:
            begun.set()
            go_on.wait(10)
            order.append("looked")
            return super().align(frame)

        def close(self) -> None:
            order.append("closed")

    ahead = AheadAligner(Slow([True], 256), Laps())
    looking = threading.Thread(target=ahead.look, args=(driver_frame(0),))
    looking.start()
    assert begun.wait(10)
    closing = threading.Thread(target=ahead.close)
    closing.start()
    go_on.set()
    looking.join(10)
    closing.join(10)

    assert order == ["looked", "closed"]


def test_a_performance_shows_the_same_with_and_without_looking_ahead() -> None:
    place = studio()
    plain, ahead = (place.open(place.default_settings) for _ in range(2))

    for number in range(5):
        frame = driver_frame(number)
        assert (plain(frame) == ahead(frame, ahead.look(frame))).all()
        assert plain.status == ahead.status
    place.close()
