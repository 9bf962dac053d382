"""The One-Euro filter on numbers, and the constants for expressions at 30 frames a second."""

import json

import numpy as np
import numpy.typing as npt
import pytest

from reenact.smooth import (
    NoSmoothing,
    OneEuro,
    Smoother,
    expression_smoother,
    motion_smoother,
    smoothstep,
)
from reenact.types import EXPRESSION_AXES, MotionCode

FPS = 30
NOISE = MotionCode(  # measured on a still photograph with sensor noise, face 100 pixels wide
    np.array(
        [0.006, 0.007, 0.002, 0.007, 0.015, 0.015, 0.02, 0.02, 0.065, 0.05, 0.04, 0.02, 0.03],
        np.float32,
    ),
    0.0,
).values


def run(smoother: Smoother, rows: npt.ArrayLike, start: float = 0.0) -> npt.NDArray[np.float32]:
    """Every row at 30 a second; a single number stands for all 13 axes."""
    values = [np.broadcast_to(row, 13).astype(np.float32) for row in np.asarray(rows)]
    codes = [MotionCode(row, start + i / FPS) for i, row in enumerate(values)]
    return np.stack([smoother.update(code).values for code in codes])


def axis(name: str) -> int:
    return EXPRESSION_AXES.index(name)


def test_first_code_passes_as_it_is() -> None:
    assert (run(expression_smoother(EXPRESSION_AXES), [0.7]) == np.float32(0.7)).all()


def test_steady_input_stays() -> None:
    np.testing.assert_allclose(
        run(expression_smoother(EXPRESSION_AXES), [0.3] * 10), 0.3, atol=1e-6
    )


def test_noise_on_a_still_face_moves_the_output_four_times_less() -> None:
    still = np.random.default_rng(0).normal(0, 1, (300, 13)) * NOISE

    smooth = run(expression_smoother(EXPRESSION_AXES), still)

    def motion(rows: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        moved: npt.NDArray[np.floating] = np.abs(np.diff(rows[30:], axis=0)).mean(axis=0)
        return moved

    assert (motion(still) / motion(smooth) >= 4).all()


@pytest.mark.parametrize("name", ["blink_left", "blink_right", "jaw"])
@pytest.mark.parametrize("phase", np.arange(0, 1, 0.1).round(1).tolist())
def test_blink_of_100_ms_keeps_nine_tenths_of_its_depth(name: str, phase: float) -> None:
    time = (np.arange(12) - 4 - phase) / FPS
    blink = np.where((time > 0) & (time < 0.1), 0.5 - 0.5 * np.cos(2 * np.pi * time / 0.1), 0)

    seen = run(expression_smoother(EXPRESSION_AXES), blink)[:, axis(name)]

    assert seen.max() >= 0.9 * blink.max()


@pytest.mark.parametrize("name", ["blink_left", "blink_right", "jaw", "gaze_x", "gaze_y"])
@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (1.0, 0.0)], ids=["up", "down"])
def test_step_is_through_within_two_frames(name: str, start: float, end: float) -> None:
    seen = run(expression_smoother(EXPRESSION_AXES), [start] * 10 + [end] * 2)[-1, axis(name)]

    assert abs(seen - end) < 0.05


@pytest.mark.parametrize(("name", "speed"), [("yaw", 3.0), ("pitch", 3.0), ("jaw", 10.0)])
def test_fast_motion_trails_by_no_more_than_the_stated_delay(name: str, speed: float) -> None:
    smoother = expression_smoother(EXPRESSION_AXES)
    ramp = speed * np.arange(20) / FPS

    trail = ramp[-1] - run(smoother, ramp)[-1, axis(name)]

    assert trail / speed <= smoother.delay_s.fast[axis(name)] + 1e-3


def test_slow_motion_trails_by_no_more_than_the_delay_of_a_still_signal() -> None:
    smoother = expression_smoother(EXPRESSION_AXES)
    ramp = 0.05 * np.arange(60) / FPS

    trail = ramp[-1] - run(smoother, ramp)[-1]

    assert (trail / 0.05 <= smoother.delay_s.still + 1e-3).all()


def test_delay_of_a_still_signal_is_that_of_a_low_pass_filter() -> None:
    assert OneEuro(cutoff_hz=1.0, beta=1.0).delay_s.still == pytest.approx(1 / (2 * np.pi))


def test_time_is_that_of_the_frames_not_their_number() -> None:
    def settled(fps: int) -> float:
        smoother = OneEuro(cutoff_hz=1.0, beta=0.0)
        smoother.smooth(np.array([0.0]), 0.0)
        return [float(smoother.smooth(np.ones(1), i / fps)[0]) for i in range(1, fps // 4)][-1]

    assert settled(1000) == pytest.approx(settled(250), abs=0.01)


def test_smoother_forgets_after_a_lost_face() -> None:
    smoother = expression_smoother(EXPRESSION_AXES)
    run(smoother, [0.0] * 10)

    assert (run(smoother, [1.0], start=2.0) == 1.0).all()


def test_smoother_forgets_when_time_goes_back() -> None:
    smoother = expression_smoother(EXPRESSION_AXES)
    run(smoother, [0.0] * 10, start=5.0)

    assert (run(smoother, [1.0], start=0.0) == 1.0).all()


def test_second_code_of_the_same_moment_repeats_the_first() -> None:
    smoother = expression_smoother(EXPRESSION_AXES)
    run(smoother, [0.0] * 3)

    assert (run(smoother, [1.0], start=2 / FPS) == 0.0).all()


def test_reset_forgets() -> None:
    smoother = expression_smoother(EXPRESSION_AXES)
    run(smoother, [0.0] * 3)
    smoother.reset()

    assert (run(smoother, [1.0], start=3 / FPS) == 1.0).all()


def test_restored_smoother_continues_exactly() -> None:
    rows = np.random.default_rng(1).normal(0, 0.3, (40, 13))
    whole, first, second = (
        expression_smoother(EXPRESSION_AXES),
        expression_smoother(EXPRESSION_AXES),
        expression_smoother(EXPRESSION_AXES),
    )
    expected = run(whole, rows)[20:]

    run(first, rows[:20])
    second.restore(json.loads(json.dumps(first.state())))

    times = [i / FPS for i in range(20, 40)]
    codes = zip(rows[20:].astype(np.float32), times, strict=True)
    went_on = [second.update(MotionCode(row, time)).values for row, time in codes]
    np.testing.assert_array_equal(np.stack(went_on), expected)


def test_state_of_a_new_smoother_restores_a_new_one() -> None:
    smoother = expression_smoother(EXPRESSION_AXES)
    run(smoother, [0.0] * 3)
    smoother.restore(json.loads(json.dumps(expression_smoother(EXPRESSION_AXES).state())))

    assert (run(smoother, [1.0], start=3 / FPS) == 1.0).all()


def test_caller_may_change_the_array_it_gave() -> None:
    smoother, given = OneEuro(cutoff_hz=1.0, beta=0.0), np.zeros(3)
    smoother.smooth(given, 0.0)
    given[:] = 100.0

    assert (smoother.smooth(np.zeros(3), 0.1) == 0.0).all()


def test_motion_in_w_plus_is_smoothed_too() -> None:
    smoother = OneEuro(cutoff_hz=1.0, beta=0.1)
    smoother.update(MotionCode(np.zeros((14, 256), np.float32), 0.0))

    moved = smoother.update(MotionCode(np.ones((14, 256), np.float32), 0.04))

    assert moved.values.shape == (14, 256)
    assert 0 < moved.values.min() < 1


def test_no_smoothing_lets_every_code_pass() -> None:
    code = MotionCode(np.ones(13, np.float32), 0.0)

    assert NoSmoothing().update(code) is code


SPREAD = np.array([9.0, 33.0, 16.0, 1.3])
"""Of rows of real inverted codes."""


def inversion() -> npt.NDArray[np.float32]:
    noise = np.random.default_rng(4).normal(0, 1, (4, 256))
    return np.asarray(noise * SPREAD[:, None], np.float32)


def run_codes(smoother: Smoother, codes: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    moments = enumerate(codes.astype(np.float32))
    return np.stack([smoother.update(MotionCode(code, i / FPS)).values for i, code in moments])


@pytest.mark.parametrize("share", [0.002, 0.005, 0.015], ids=str)
def test_noise_on_a_still_code_moves_the_output_three_times_less(share: float) -> None:
    noise = np.random.default_rng(0).normal(0, share, (120, 4, 256)) * SPREAD[:, None]
    smooth = run_codes(motion_smoother(inversion()), noise)

    def motion(codes: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        moved: npt.NDArray[np.floating] = np.abs(np.diff(codes[30:], axis=0)).mean(axis=(0, 2))
        return moved

    assert (motion(noise) / motion(smooth) >= 3).all()


@pytest.mark.parametrize("size", [0.1, 0.3, 1.0], ids=str)
def test_step_of_a_code_is_through_within_three_frames(size: float) -> None:
    step = np.random.default_rng(1).normal(0, size, (4, 256)) * SPREAD[:, None]
    codes = np.concatenate([np.zeros((10, 4, 256)), np.broadcast_to(step, (3, 4, 256))])
    left = run_codes(motion_smoother(inversion()), codes)[-1] - step

    assert np.linalg.norm(left) < 0.05 * np.linalg.norm(step)


def test_all_of_a_code_moves_together() -> None:
    """On the way from one code to another, a smoothed code is always between these two."""
    step = np.random.default_rng(1).normal(0, 0.2, (4, 256)) * SPREAD[:, None]
    way = run_codes(motion_smoother(inversion()), np.stack([np.zeros_like(step), step, step]))

    shares = way[1] / step
    assert 0.5 < shares.mean() < 1
    np.testing.assert_allclose(shares, shares.mean(), rtol=1e-3)


def test_gained_motion_is_smoothed_alike() -> None:
    codes = np.random.default_rng(2).normal(0, 1, (20, 4, 256))
    plain = run_codes(motion_smoother(inversion()), codes)
    doubled = run_codes(motion_smoother(inversion(), gain=2.0), 2 * codes)

    np.testing.assert_allclose(doubled, 2 * plain, rtol=1e-4, atol=1e-4)


def test_restored_code_smoother_continues_exactly() -> None:
    codes = np.random.default_rng(2).normal(0, 9, (20, 4, 256))
    whole, first, second = (motion_smoother(inversion()) for _ in range(3))
    expected = run_codes(whole, codes)
    run_codes(first, codes[:8])
    second.restore(json.loads(json.dumps(first.state())))
    went_on = [
        second.update(MotionCode(codes[i].astype("f4"), i / FPS)).values for i in range(8, 20)
    ]

    assert np.array_equal(went_on, expected[8:])


def test_smoothstep_rises_between_its_flat_ends() -> None:
    steps = smoothstep([-1.0, 0.0, 0.25, 0.5, 1.0, 2.0])

    np.testing.assert_array_equal(steps, [0, 0, 0.15625, 0.5, 1, 1])
