"""Metrics, closures, stillness and the report, on faces whose movement is known."""

import json

import numpy as np
import pytest

from reenact.evaluate.closures import count_closures
from reenact.evaluate.face_track import READERS, FaceTrack
from reenact.evaluate.metrics import FL_CORR, METRICS
from reenact.evaluate.ratios import measure_ratios, points_of_mesh
from reenact.evaluate.stillness import find_still, measure_tremble
from reenact.evaluate.video_plots import APART_S, draw_worst, find_worst, plot_signals
from reenact.evaluate.video_report import report
from tests.support.face_tracks import make_drive, make_track
from tests.support.faces import face

COUNT = 90
TALK = 0.1 + 0.05 * np.sin(np.arange(COUNT) / 3)
LIDS = np.full(COUNT, 0.3)
LIDS[30:34] = 0.05


def values(drive_of: FaceTrack, output: FaceTrack) -> dict[str, float]:
    drive = make_drive(drive_of, output)
    return {metric.name: metric.measure(drive) for metric in METRICS}


@pytest.mark.parametrize(
    ("motion", "ratio", "rises"),
    [({"jaw": 1.0}, 2, True), ({"blink_left": 1.0}, 1, False), ({"brow_right": 1.0}, 3, True)],
)
def test_ratio_moves_with_its_feature(motion: dict[str, float], ratio: int, rises: bool) -> None:
    still = measure_ratios(points_of_mesh(face().landmarks))
    moved = measure_ratios(points_of_mesh(face(**motion).landmarks))
    assert (moved[ratio] > still[ratio]) == rises


def test_eye_ratio_is_that_of_the_paper() -> None:
    points = np.zeros((68, 2))
    points[[36, 37, 38, 39, 40, 41]] = [(0, 0), (1, -1), (3, -1), (4, 0), (3, 1), (1, 1)]
    points[[42, 45]] = [(6, 0), (10, 0)]
    points[[60, 64]] = [(0, 9), (4, 9)]
    points[17:22] = (2, -2)
    points[22:27] = (8, -3)
    assert measure_ratios(points)[[0, 3, 4]] == pytest.approx([0.5, 0.5, 0.75])


def test_a_perfect_output_scores_one_and_half_the_movement_half_the_amplitude() -> None:
    track = make_track(COUNT, {"mouth": TALK})
    half = make_track(COUNT, {"mouth": TALK / 2})
    same, less = values(track, track), values(track, half)
    for reader in READERS:
        assert same[FL_CORR[reader]] == less[FL_CORR[reader]] == pytest.approx(1.0)
        assert same[f"amplitude of mouth ({reader})"] == pytest.approx(1.0)
        assert less[f"amplitude of mouth ({reader})"] == pytest.approx(0.5)
        assert less[f"lag of the mouth ({reader})"] == pytest.approx(0.0, abs=1.0)


def test_shown_blink_counts_and_missed_one_does_not() -> None:
    blinks = make_track(COUNT, {"left eye": LIDS, "right eye": LIDS})
    shown = count_closures(blinks, blinks, "dlib")
    missed = count_closures(blinks, make_track(COUNT), "dlib")
    assert (shown.asked, shown.shown, shown.false_share) == (2, 2, 0.0)
    assert (missed.asked, missed.shown) == (2, 0)


def test_eyes_that_a_grin_narrows_are_not_closed_and_an_output_that_shuts_them_is_false() -> None:
    grin = np.where(LIDS < 0.1, 0.2, LIDS)
    narrow = make_track(COUNT, {"left eye": grin, "right eye": grin})
    shut = make_track(COUNT, {"left eye": LIDS, "right eye": LIDS})
    found = count_closures(narrow, shut, "MediaPipe")
    assert found.asked == 0
    assert np.isnan(found.recall)
    assert found.false_share == pytest.approx(4 / COUNT)


def test_a_wink_is_missed_when_the_other_eye_shuts() -> None:
    wink, other = (make_track(COUNT, {f"{side} eye": LIDS}) for side in ("left", "right"))
    found = count_closures(wink, other, "dlib")
    assert (found.asked, found.shown) == (1, 0)
    assert found.false_share == pytest.approx(4 / COUNT)


def test_tremble_is_the_deviation_of_noise_and_slow_motion_is_none() -> None:
    still = make_track(COUNT)
    slow = np.arange(COUNT)[:, None, None] * 1e-4
    noise = np.random.default_rng(2).normal(0, 0.002, still.points.shape)
    drifting = make_track(COUNT).points + slow
    where = find_still(still)
    assert where.all()
    assert measure_tremble(with_points(still, drifting), where) < 0.01
    noisy = measure_tremble(with_points(still, still.points + noise), where)
    assert noisy == pytest.approx(2.0 * np.sqrt(2), rel=0.1)


def test_a_talking_driver_is_not_still() -> None:
    track = make_track(COUNT)
    moving = track.points.copy()
    moving[:, 48:] += 0.1 * np.sin(np.arange(COUNT))[:, None, None]
    assert not find_still(with_points(track, moving)).any()


def with_points(track: FaceTrack, points: np.ndarray) -> FaceTrack:
    return FaceTrack(track.times, track.ratios, track.pose, track.gaze, points)


def test_worst_moment_is_where_the_output_departs_and_others_are_apart() -> None:
    wrong = TALK.copy()
    wrong[60] += 0.2
    drive = make_drive(make_track(COUNT, {"mouth": TALK}), make_track(COUNT, {"mouth": wrong}))
    worst = find_worst(drive)
    assert (60, "mouth") in worst
    assert (np.diff([drive.driver.times[index] for index, _ in worst]) >= APART_S).all()
    assert draw_worst(drive).shape[2] == plot_signals(drive).shape[2] == 3


def test_unread_face_leaves_dashes_and_null_in_place_of_numbers() -> None:
    track = make_track(COUNT, {"mouth": TALK})
    unread = make_track(COUNT)
    for numbers in (*unread.ratios.values(), unread.pose, unread.gaze, unread.points):
        numbers[:] = np.nan
    made = report([make_drive(track, unread)], notes=["it is so"])
    numbers = json.loads(made.to_json())["lanes"]["ada"]
    assert numbers["FL CORR (dlib)"]["by_clip"] == [None]
    assert numbers["face found in the output (dlib)"]["mean"] == 0
    assert "Note: it is so." in made.table()
    assert plot_signals(make_drive(track, unread)).any()


def test_table_has_means_with_intervals_over_clips() -> None:
    track = make_track(COUNT, {"mouth": TALK})
    late = make_track(COUNT, {"mouth": np.roll(TALK, 2)})
    made = report([make_drive(track, track, clip="one"), make_drive(track, late, clip="a|b")])
    assert "mean (95 % interval)" in made.table()
    assert "a\\|b" in made.table()
    assert " to 1.00)" in made.table()
