"""server/bounded_log.py: how much is logged in a second, and what is said of the rest."""

import io
import logging
from collections.abc import Callable

import pytest

from server.bounded_log import BoundedHandler
from server.limits import DoorLimits
from tests.support.waiting import wait_until

LIMITS = DoorLimits(log_lines=3)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told() -> tuple[logging.Logger, io.StringIO, Clock]:
    stream, clock = io.StringIO(), Clock()
    logger = logging.Logger("test")
    logger.addHandler(BoundedHandler(stream, LIMITS, clock))
    return logger, stream, clock


Told = tuple[logging.Logger, io.StringIO, Clock]


def log_many(say: Callable[[str], None], number: int) -> None:
    for _ in range(number):
        say("the same")


def test_lines_of_one_place_are_few_a_second(told: Told) -> None:
    logger, stream, _ = told
    log_many(logger.info, 500)

    assert stream.getvalue() == "the same\n" * 3


def test_other_lines_are_not_lost_with_them(told: Told) -> None:
    logger, stream, _ = told
    log_many(logger.info, 500)
    logger.warning("another")

    assert stream.getvalue().endswith("the same\nanother\n")


def test_next_second_begins_with_how_many_were_left_out(told: Told) -> None:
    logger, stream, clock = told
    log_many(logger.info, 500)
    clock.now = 1.5
    logger.info("later")

    said, later = stream.getvalue().splitlines()[3:]
    assert said.startswith("497 lines were left out")
    assert later == "later"


def test_count_is_told_although_nothing_is_logged_any_more(told: Told) -> None:
    logger, stream, _ = told
    log_many(logger.info, 5)

    wait_until(lambda: "2 lines were left out" in stream.getvalue())
