"""Statistics of signals over time, on signals whose answers are known."""

import numpy as np
import pytest

from reenact.evaluate.statistics import (
    compare_amplitudes,
    correlate,
    interval,
    mean_error,
    mean_known,
    measure_lag,
)

TIMES = np.arange(120) / 30.0
WAVE = np.sin(2 * np.pi * 1.3 * TIMES) + 0.4 * np.sin(2 * np.pi * 2.9 * TIMES)


def test_correlation_and_amplitude_do_not_care_for_offset() -> None:
    assert correlate(WAVE, 0.5 * WAVE + 7) == pytest.approx(1.0)
    assert correlate(WAVE, -WAVE) == pytest.approx(-1.0)
    assert compare_amplitudes(WAVE, 0.5 * WAVE + 7) == pytest.approx(0.5)


def test_unread_frames_do_not_count() -> None:
    holed = WAVE.copy()
    holed[10:20] = np.nan
    assert correlate(holed, WAVE) == pytest.approx(1.0)
    assert mean_error(holed, WAVE + 2) == pytest.approx(2.0)


def test_constant_signal_has_no_correlation() -> None:
    assert np.isnan(correlate(WAVE, np.full_like(WAVE, 0.3)))
    assert np.isnan(compare_amplitudes(np.full_like(WAVE, 0.3), WAVE))


def test_driver_and_output_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length, got 120 and 119"):
        correlate(WAVE, WAVE[:-1])


@pytest.mark.parametrize("late_s", [0.0, 0.013, 0.047, 0.2, -0.05])
def test_lag_is_found_to_a_fraction_of_a_frame(late_s: float) -> None:
    def signal(times: np.ndarray) -> np.ndarray:
        return np.asarray(np.sin(2 * np.pi * 0.9 * times) + 0.5 * np.sin(2 * np.pi * 2.3 * times))

    lag = measure_lag(TIMES, signal(TIMES), signal(TIMES - late_s))
    assert lag == pytest.approx(late_s, abs=0.004)


def test_still_signal_has_no_lag() -> None:
    assert np.isnan(measure_lag(TIMES, WAVE, np.zeros_like(WAVE)))


def test_interval_is_the_same_each_time_and_holds_the_mean() -> None:
    values = [0.4, 0.6, 0.5, 0.8, np.nan]
    low, high = interval(values, seed=1)
    assert (low, high) == interval(values, seed=1)
    assert 0.4 <= low < mean_known(values) < high <= 0.8


def test_one_clip_has_no_interval() -> None:
    assert np.isnan(interval([0.5], seed=1)).all()
