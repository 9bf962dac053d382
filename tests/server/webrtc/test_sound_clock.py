import numpy as np

from server.webrtc.sound_clock import SoundClock


def test_bursts_are_spread_as_they_were_made() -> None:
    clock = SoundClock()
    late = np.random.default_rng(0).choice([0.0, 0.02, 0.1], 200)

    found = [clock.moment(n / 50, 7 + n / 50 + late[n]) for n in range(200)]

    assert np.abs(np.array(found[20:]) - (7 + np.arange(20, 200) / 50)).max() < 1e-9


def test_clocks_that_drift_apart_are_followed() -> None:
    clock = SoundClock()
    for number in range(5000):
        found = clock.moment(number / 50, 1.001 * number / 50)

    assert abs(found - 1.001 * 4999 / 50) < 0.01


def test_stamps_that_jump_begin_anew() -> None:
    clock = SoundClock()
    clock.moment(0.0, 10.0)

    assert abs(clock.moment(100.0, 10.02) - 10.02) < 1e-9
