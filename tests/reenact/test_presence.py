"""reenact/presence.py: live, hold, ease to neutral, idle, and back without a pop."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reenact.presence import BLEND_S, EASE_S, HOLD_S, Presence, Values

STEP = 1 / 30


def values(number: float) -> Values:
    return np.full(13, number, np.float32)


def run(presence: Presence, *lives: float | None, start: float = 0.0) -> list[Presence]:
    """Feed one value (None: no face) per 30 Hz frame; the moments, in order."""
    moments = []
    for index, live in enumerate(lives):
        presence = presence.after(None if live is None else values(live), start + index * STEP)
        moments.append(presence)
    return moments


@pytest.fixture
def idle() -> Presence:
    return Presence.of(values(0))


@pytest.fixture
def tracked(idle: Presence) -> Presence:
    """Followed at 1.0, the last time at time 0."""
    return run(idle, 1.0, start=0.0)[-1]


def lost_for(tracked: Presence, seconds: float) -> Presence:
    """Without a face at 30 Hz until `seconds`."""
    times = [*np.arange(STEP, seconds, STEP), seconds]
    for time in times:
        tracked = tracked.after(None, float(time))
    return tracked


def test_before_the_first_face_it_is_idle(idle: Presence) -> None:
    moment = run(idle, None, None)[-1]

    assert moment.status == "idle"
    assert moment.shown.tolist() == [0.0] * 13


def test_first_face_of_a_stream_is_followed_at_once(idle: Presence) -> None:
    moment = run(idle, None, 1.0)[-1]

    assert (moment.status, moment.shown[0]) == ("tracked", 1.0)


def test_followed_face_is_shown_as_it_is(idle: Presence) -> None:
    shown = [moment.shown[0] for moment in run(idle, 1.0, 0.5, -0.25)]

    assert shown == [1.0, 0.5, -0.25]


def test_lost_face_is_held(tracked: Presence) -> None:
    moment = lost_for(tracked, HOLD_S - 0.01)

    assert (moment.status, moment.shown[0]) == ("held", 1.0)


def test_held_values_are_the_very_same_object(tracked: Presence) -> None:
    assert lost_for(tracked, 0.2).shown is tracked.shown


def test_after_the_hold_it_eases(tracked: Presence) -> None:
    moment = lost_for(tracked, HOLD_S + EASE_S / 2)

    assert moment.status == "easing"
    assert moment.shown[0] == pytest.approx(0.5)


def test_after_easing_it_is_idle_at_exactly_neutral(tracked: Presence) -> None:
    moment = lost_for(tracked, HOLD_S + EASE_S)

    assert moment.status == "idle"
    assert (moment.shown == 0).all()


def test_frame_rate_does_not_change_the_way(tracked: Presence) -> None:
    when = HOLD_S + 0.3

    assert np.allclose(lost_for(tracked, when).shown, tracked.after(None, when).shown)


def test_face_found_while_idle_is_blended_in(tracked: Presence) -> None:
    idle = lost_for(tracked, 2.0)
    found = [moment.shown[0] for moment in run(idle, *[1.0] * 7, start=2.0)]

    assert found[0] == 0.0
    assert found == sorted(found)
    assert found[-1] == 1.0
    assert max(np.diff(found)) < 0.4


def test_blend_takes_its_time(tracked: Presence) -> None:
    found = lost_for(tracked, 2.0).after(values(1), 2.0)

    assert found.after(values(1), 2.0 + BLEND_S / 2).shown[0] == pytest.approx(0.5)
    assert found.after(values(1), 2.0 + BLEND_S).shown[0] == 1.0


def test_face_seen_in_one_frame_by_mistake_does_not_show(tracked: Presence) -> None:
    idle = lost_for(tracked, 2.0)
    moments = run(idle, 1.0, None, None, start=2.0)

    assert [moment.shown[0] for moment in moments] == [0.0, 0.0, 0.0]


def test_face_found_during_the_hold_goes_on_from_there(tracked: Presence) -> None:
    held = lost_for(tracked, 0.3)

    assert held.after(values(-1), 0.3 + STEP).shown[0] == 1.0


def test_face_found_while_easing_goes_on_from_there(tracked: Presence) -> None:
    easing = lost_for(tracked, HOLD_S + 0.2)
    found = easing.after(values(-1), HOLD_S + 0.2 + STEP)

    assert np.array_equal(found.shown, easing.shown)


def test_long_gap_without_frames_goes_straight_to_idle(tracked: Presence) -> None:
    assert tracked.after(None, 10.0).status == "idle"


def test_time_that_jumps_back_does_not_stick(tracked: Presence) -> None:
    tracked = tracked.after(values(1), 100.0)
    restarted = lost_for(tracked.after(None, 0.0), HOLD_S + EASE_S)

    assert restarted.status == "idle"


def test_time_that_jumps_back_while_blending_still_blends(tracked: Presence) -> None:
    found = tracked.after(None, 50.0).after(values(1), 50.0)
    restarted = found.after(values(1), 0.0).after(values(1), BLEND_S)

    assert restarted.shown[0] == 1.0


SCRIPTS = st.lists(st.one_of(st.none(), st.floats(-1, 1, width=32)), max_size=80)


@given(SCRIPTS, st.integers(0, 79))
def test_restored_machine_goes_on_exactly(script: list[float | None], cut: int) -> None:
    whole = run(Presence.of(values(0)), *script)
    first = run(Presence.of(values(0)), *script[:cut])
    state = json.loads(json.dumps(first[-1].state() if first else Presence.of(values(0)).state()))
    rest = run(Presence.of(values(0)).restore(state), *script[cut:], start=cut * STEP)

    for expected, came in zip(whole[cut:], rest, strict=True):
        assert expected.status == came.status
        assert np.allclose(expected.shown, came.shown, atol=1e-5)


@given(st.lists(st.booleans(), min_size=1, max_size=120))
def test_shown_never_jumps_when_a_still_face_comes_and_goes(seen: list[bool]) -> None:
    moments = run(Presence.of(values(0)), 1.0, *[1.0 if face else None for face in seen])
    shown = [float(moment.shown[0]) for moment in moments]

    assert max(np.abs(np.diff(shown))) < 0.4


@given(SCRIPTS)
def test_shown_stays_between_neutral_and_what_faces_did(script: list[float | None]) -> None:
    faces = [live for live in script if live is not None]
    for moment in run(Presence.of(values(0)), *script):
        assert min([0, *faces]) - 1e-6 <= moment.shown[0] <= max([0, *faces]) + 1e-6
