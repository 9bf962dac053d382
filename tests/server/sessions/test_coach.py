import pytest

from server.sessions.coach import advise
from tests.support.faces import face


@pytest.mark.slow
@pytest.mark.parametrize(
    ("motion", "said"),
    [
        ({}, "look"),
        ({"blink_left": 1.0, "blink_right": 1.0}, "blink"),
        ({"jaw": 1.0}, "talking"),
        ({"yaw": 0.55}, "away"),
    ],
    ids=["at rest", "blinking", "talking", "turned"],
)
def test_a_driver_is_told_what_is_in_the_way(motion: dict[str, float], said: str) -> None:
    assert advise(face(**motion), 0.4).state == said


def test_nobody_is_told_to_come_back() -> None:
    assert advise(None, 0.4).state == "away"


def test_who_is_done_is_left_alone() -> None:
    assert (advise(None, 0.0).state, advise(None, -0.1).left_s) == ("done", 0.0)
