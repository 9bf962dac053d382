"""reenact/pipeline.py, as the service opens and changes it."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from engines.base import EngineError
from tests.support.fakes import BRIGHTEST, SIZE, FakeAligner, driver_frame
from tests.support.live_rig import brightness, runtime


@pytest.fixture(params=[False, True], ids=["expressions", "faces"])
def place(request: pytest.FixtureRequest) -> Any:
    made = runtime(follows=request.param)
    yield made
    made.close()


def test_at_first_the_identity_rests(place: Any) -> None:
    pipeline = place.open(replace(place.default_settings, identity="ben"))

    assert pipeline.picture.shape == (SIZE, SIZE, 3)
    assert pipeline.status == "idle"
    assert abs(float(pipeline.picture.mean()) - brightness("ben")) < 2


def test_another_identity_shows_at_the_next_frame(place: Any) -> None:
    pipeline = place.open(place.default_settings)
    before = pipeline(driver_frame(0)).image
    pipeline.change(place.driving(replace(place.default_settings, identity="ben")))
    after = pipeline(driver_frame(1)).image

    assert after.mean() - before.mean() > 10 or after.mean() == BRIGHTEST
    assert pipeline.status == "tracked"


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
    pipeline = place.open(place.default_settings)
    for number in range(3):
        pipeline(driver_frame(number))
    pipeline.change(place.driving(replace(place.default_settings, **changes)))

    for number in range(3, 6):
        assert pipeline(driver_frame(number)).image.max() <= BRIGHTEST
    assert pipeline.status == "tracked"


def test_sliders_cost_no_picture(place: Any) -> None:
    pipeline = place.open(place.default_settings)
    pipeline(driver_frame(0))
    calls = place.pack.engines["synthesis"].calls
    half = {"head": 0.5, "eyes": 1.0, "brows": 1.0, "mouth": 1.0}
    pipeline.change(
        place.driving(replace(place.default_settings, gains=half, smoothing=0.3, alpha=1.5))
    )

    assert place.pack.engines["synthesis"].calls == calls


def test_what_was_learnt_survives_changes_and_another_connection(place: Any) -> None:
    relative = replace(place.default_settings, relative=True)
    pipeline = place.open(relative)
    for number in range(20):
        pipeline(driver_frame(number))
    pipeline.change(place.driving(replace(relative, identity="ben")))
    state = pipeline.state()

    again = place.open(replace(relative, identity="ben"), state)

    assert again.state() == state


def test_a_net_that_fails_while_settings_change_leaves_all_as_it_was(place: Any) -> None:
    pipeline = place.open(place.default_settings)
    before = pipeline(driver_frame(0)).image
    synthesis = place.pack.engines["synthesis"]
    synthesis.failing = {synthesis.calls}

    with pytest.raises(EngineError):
        pipeline.change(place.driving(replace(place.default_settings, identity="ben")))

    assert abs(float(pipeline(driver_frame(1)).image.mean()) - float(before.mean())) < 3


def test_a_calibration_may_be_begun_anew() -> None:
    place = runtime()
    pipeline = place.open(place.default_settings)
    pipeline(driver_frame(0))
    pipeline.recalibrate()

    assert pipeline.calibration_left_s == pytest.approx(1.0)
    place.close()


def test_a_pack_that_reads_faces_as_they_are_needs_no_calibration() -> None:
    place = runtime(follows=True)

    assert place.open(place.default_settings).calibration_left_s is None
    relative = place.open(replace(place.default_settings, relative=True))
    assert relative.calibration_left_s is not None
    assert place.knobs == ()
    place.close()


def test_a_face_found_ahead_gives_the_same_pictures(place: Any) -> None:
    plain, ahead = (place.open(place.default_settings) for _ in range(2))

    for number in range(5):
        frame = driver_frame(number)
        assert (plain(frame).image == ahead.show(ahead.find(frame)).image).all()
        assert plain.status == ahead.status


def test_finding_never_raises_and_showing_does() -> None:
    class Broken(FakeAligner):
        def align(self, frame: Any) -> Any:
            raise ValueError("no tracker")

    place = runtime()
    place._aligner = lambda: Broken([True], 256)
    pipeline = place.open(place.default_settings)
    found = pipeline.find(driver_frame(0))

    with pytest.raises(ValueError, match="no tracker"):
        pipeline.show(found)
    place.close()


def test_a_pipeline_is_not_closed_while_it_finds() -> None:
    begun, may_end, order = threading.Event(), threading.Event(), []

    class Slow(FakeAligner):
        def align(self, frame: Any) -> Any:
            begun.set()
            may_end.wait(10)
            order.append("found")
            return super().align(frame)

        def close(self) -> None:
            order.append("closed")

    place = runtime()
    place._aligner = lambda: Slow([True], 256)
    pipeline = place.open(place.default_settings)
    finding = threading.Thread(target=pipeline.find, args=(driver_frame(0),))
    finding.start()
    assert begun.wait(10)
    closing = threading.Thread(target=pipeline.close)
    closing.start()
    may_end.set()
    finding.join(10)
    closing.join(10)

    assert order == ["found", "closed"]
    place.close()


def test_every_stage_of_a_frame_is_timed(place: Any) -> None:
    pipeline = place.open(place.default_settings)
    pipeline(driver_frame(0))

    assert list(pipeline.seconds) == ["align", "read", "motion", "synthesis"]
