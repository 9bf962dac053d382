"""What is remembered of ended sessions: bounded in number and time."""

import dataclasses

from server.limits import Limits
from server.sessions.ended import EndedSessions


def test_reason_is_told_for_a_while() -> None:
    ended, forgetful = EndedSessions(Limits()), EndedSessions(Limits(resume_s=-1))
    for sessions in (ended, forgetful):
        sessions.note("one", "it was too large")

    assert ended.reason("one") == "it was too large"
    assert ended.reason("two") is None
    assert forgetful.reason("one") is None


def test_the_oldest_reasons_go_first() -> None:
    ended = EndedSessions(dataclasses.replace(Limits(), kept=2))
    for id in "abc":
        ended.note(id, id)

    assert [ended.reason(id) for id in "abc"] == [None, "b", "c"]
