"""What may be changed about a stream while it runs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engines.base import EngineError
from tests.support.fakes import BRIGHTEST, driver_frame
from tests.support.live_rig import brightness, studio


@pytest.fixture(params=[False, True], ids=["expressions", "faces"])
def place(request: pytest.FixtureRequest) -> Any:
    made = studio(follows=request.param)
    yield made
    made.close()


def test_at_first_the_identity_rests(place: Any) -> None:
    performance = place.open(replace(place.default_settings, identity="ben"))

    assert performance.picture.shape == (512, 512, 3)
    assert performance.status == "idle"
    assert abs(float(performance.picture.mean()) - brightness("ben")) < 2


def test_another_identity_shows_at_the_next_frame(place: Any) -> None:
    performance = place.open(place.default_settings)
    before = performance(driver_frame(0))
    performance.apply(replace(place.default_settings, identity="ben"))
    after = performance(driver_frame(1))

    assert after.mean() - before.mean() > 10 or after.mean() == BRIGHTEST
    assert performance.status == "tracked"


@pytest.mark.parametrize(
    "changes",
    [
        {"gains": {"head": 0.0, "eyes": 0.0, "brows": 0.0, "mouth": 0.0}},
        {"smoothing": 0.0},
        {"relative": True},
        {"relative": True, "alpha": 0.5},
        {"measure": True},
    ],
    ids=str,
)
def test_any_setting_may_be_changed_between_frames(place: Any, changes: dict[str, Any]) -> None:
    performance = place.open(place.default_settings)
    for number in range(3):
        performance(driver_frame(number))
    performance.apply(replace(place.default_settings, **changes))

    for number in range(3, 6):
        assert performance(driver_frame(number)).max() <= BRIGHTEST
    assert performance.status == "tracked"


def test_sliders_cost_no_picture(place: Any) -> None:
    performance = place.open(place.default_settings)
    performance(driver_frame(0))
    calls = place.pack.engines["synthesis"].calls
    half = {"head": 0.5, "eyes": 1.0, "brows": 1.0, "mouth": 1.0}
    performance.apply(replace(place.default_settings, gains=half, smoothing=0.3, alpha=1.5))

    assert place.pack.engines["synthesis"].calls == calls


def test_what_was_learnt_survives_changes_and_another_connection(place: Any) -> None:
    relative = replace(place.default_settings, relative=True)
    performance = place.open(relative)
    for number in range(20):
        performance(driver_frame(number))
    performance.apply(replace(relative, identity="ben"))
    state = performance.state()

    again = place.open(replace(relative, identity="ben"), state)

    assert again.state() == state


def test_a_net_that_fails_while_settings_change_leaves_all_as_it_was(place: Any) -> None:
    performance = place.open(place.default_settings)
    before = performance(driver_frame(0))
    synthesis = place.pack.engines["synthesis"]
    synthesis.failing = {synthesis.calls}

    with pytest.raises(EngineError):
        performance.apply(replace(place.default_settings, identity="ben"))

    assert abs(float(performance(driver_frame(1)).mean()) - float(before.mean())) < 3


def test_the_stages_are_timed(place: Any) -> None:
    performance = place.open(place.default_settings)
    performance(driver_frame(0))

    assert {"align", "read", "motion", "synthesis", "convert"} <= set(performance.laps.seconds)
    assert all(seconds >= 0 for seconds in performance.laps.seconds.values())


def test_a_calibration_may_be_begun_anew() -> None:
    place = studio()
    performance = place.open(place.default_settings)
    performance(driver_frame(0))
    advice = performance.advice()
    performance.recalibrate()

    assert advice is not None
    assert advice.state in ("look", "blink", "talking", "away")
    assert np.isclose(advice.left_s, 1.0)
    place.close()


def test_a_pack_that_reads_faces_as_they_are_needs_no_calibration() -> None:
    place = studio(follows=True)

    assert place.open(place.default_settings).advice() is None
    assert place.open(replace(place.default_settings, relative=True)).advice() is not None
    assert place.knobs == ()
    place.close()
