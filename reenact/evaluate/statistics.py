"""Statistics of signals over time: correlation, amplitude, lag, and intervals over clips."""

from collections.abc import Sequence

import numpy as np

from reenact.evaluate.face_track import Numbers

STILL = 1e-9
"""Deviation below which a signal is constant: rounding, not movement."""

LONGEST_LAG_S = 0.5
"""Lags are looked for up to here: no stage of the product waits longer, and syllables repeat."""

STEP_S = 0.01
"""Spacing to which signals are interpolated before a lag is looked for; a parabola through the
three values at the peak divides it further."""

DRAWS = 2000
"""Resamplings of an interval; its ends then move by less than a digit that is printed."""


def correlate(driver: Numbers, output: Numbers) -> float:
    """Pearson's correlation of two signals, (N,) each, where both are read; NaN when one is
    constant or fewer than three moments are left.

    Raises ValueError for signals of different length.
    """
    one, other = _read_in_both(driver, output)
    if len(one) < 3 or min(one.std(), other.std()) < STILL:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])


def compare_amplitudes(driver: Numbers, output: Numbers) -> float:
    """Deviation of the output over that of the driver; NaN when the driver's is constant."""
    one, other = _read_in_both(driver, output)
    if len(one) < 3 or one.std() < STILL:
        return np.nan
    return float(other.std() / one.std())


def mean_error(driver: Numbers, output: Numbers) -> float:
    """Mean absolute difference where both are read; NaN where nothing is."""
    one, other = _read_in_both(driver, output)
    return float(np.abs(one - other).mean()) if len(one) else np.nan


def measure_lag(times: Numbers, driver: Numbers, output: Numbers) -> float:
    """Seconds by which the output follows the driver: the peak of their cross-correlation.

    NaN where one is constant, or the peak lies at the end of what is looked through.
    """
    seen = np.isfinite(driver) & np.isfinite(output)
    if seen.sum() < 3:
        return np.nan
    grid = np.arange(times[seen][0], times[seen][-1], STEP_S)
    one, other = (np.interp(grid, times[seen], signal[seen]) for signal in (driver, output))
    most = min(round(LONGEST_LAG_S / STEP_S), len(grid) // 2)
    values = np.array([_correlate_shifted(one, other, shift) for shift in range(-most, most + 1)])
    if not np.isfinite(values).all():
        return np.nan
    peak = int(values.argmax())
    if peak in (0, len(values) - 1):
        return np.nan
    before, top, after = values[peak - 1 : peak + 2]
    bend = before - 2 * top + after
    part = 0.0 if bend == 0 else 0.5 * (before - after) / bend
    return float((peak - most + part) * STEP_S)


def interval(values: Sequence[float], *, seed: int, share: float = 0.95) -> tuple[float, float]:
    """Ends of the bootstrap interval of the mean over clips; NaN for fewer than two of them.

    seed: of the draws, so that the same clips give the same interval.
    """
    known = np.array([value for value in values if np.isfinite(value)])
    if len(known) < 2:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    means = known[rng.integers(0, len(known), (DRAWS, len(known)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def mean_known(values: Sequence[float]) -> float:
    """Mean of all that are numbers; NaN where none is."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan


def _correlate_shifted(one: Numbers, other: Numbers, shift: int) -> float:
    """With `other` taken `shift` steps later."""
    late = max(shift, 0)
    early = max(-shift, 0)
    length = len(one) - abs(shift)
    return correlate(one[early : early + length], other[late : late + length])


def _read_in_both(driver: Numbers, output: Numbers) -> tuple[Numbers, Numbers]:
    if driver.shape != output.shape:
        raise ValueError(
            f"driver and output must be of one length, got {len(driver)} and {len(output)} "
            "pictures: compare an output with the clip that it was made from, frame by frame"
        )
    seen = np.isfinite(driver) & np.isfinite(output)
    return driver[seen], output[seen]
