"""server/sessions/clients.py: who counts as one client, and how often it may ask."""

import pytest

from server.errors import RefusedError
from server.limits import ClientLimits
from server.sessions.clients import Starts, client_of

LIMITS = ClientLimits()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_counted(address: str) -> None:
    assert client_of(address) is None


SAME = [
    ("192.0.2.1", "::ffff:192.0.2.1"),
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
    ("fe80::1%eth0", "fe80::2%eth0"),
    (None, ""),
    (None, "no address"),
]
OTHERS = [("192.0.2.1", "192.0.2.2"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), (None, "192.0.2.1")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_subscriber_is_one_client(one: str | None, other: str) -> None:
    assert client_of(one) == client_of(other) is not None


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_subscribers_are_other_clients(one: str | None, other: str) -> None:
    assert client_of(one) != client_of(other)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_client_that_asks_too_often_is_told_when_to_come_back() -> None:
    clock = Clock()
    starts = Starts(LIMITS, clock)
    for _ in range(LIMITS.starts):
        starts.note("one")
    clock.now += 20
    with pytest.raises(RefusedError, match="this address") as refused:
        starts.note("one")
    assert (refused.value.status, refused.value.retry_after_s) == (429, LIMITS.starts_s - 20)
    starts.note("another")

    clock.now += LIMITS.starts_s - 20
    starts.note("one")


def test_this_machine_may_ask_as_often_as_it_likes() -> None:
    starts = Starts(LIMITS)
    for _ in range(10 * LIMITS.starts):
        starts.note(None)


def test_few_addresses_are_remembered() -> None:
    starts = Starts(LIMITS)
    for number in range(2 * LIMITS.remembered):
        starts.note(str(number))

    assert len(starts._times) == LIMITS.remembered
