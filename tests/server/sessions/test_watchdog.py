from dataclasses import replace

import pytest

from server.limits import Limits
from server.sessions.watchdog import Ending, Liveness, assess

LIMITS = Limits(session_s=1000)
GOOD = Liveness("connected", open_s=100, connected_s=99, silent_s=0.03)


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        (GOOD, "live"),
        (replace(GOOD, silent_s=3.1), "paused"),
        (replace(GOOD, silent_s=15.1), "gone"),
        (replace(GOOD, silent_s=None, connected_s=1), "live"),
        (replace(GOOD, silent_s=None, connected_s=5), "paused"),
        (replace(GOOD, silent_s=None, connected_s=16), "gone"),
        (replace(GOOD, connected_s=None, open_s=14, connection="connecting"), "connecting"),
        (replace(GOOD, connected_s=None, open_s=15.1, connection="connecting"), "connect"),
        (replace(GOOD, connection="failed"), "failed"),
        (replace(GOOD, connection="closed"), "failed"),
        (replace(GOOD, open_s=1001), "time"),
        (replace(GOOD, watched_s=59), "live"),
        (replace(GOOD, watched_s=61), "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_signs_are_judged(signs: Liveness, found: str) -> None:
    judged = assess(signs, LIMITS)

    assert (judged.cause if isinstance(judged, Ending) else judged) == found


def test_a_session_may_last_for_ever() -> None:
    assert assess(replace(GOOD, open_s=1e9), Limits(session_s=None)) == "live"
