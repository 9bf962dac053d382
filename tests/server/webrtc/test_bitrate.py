import pytest

from server.webrtc.bitrate import CALM_S, LEAST, MOST, START, Bitrate


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("wish", "waited_s", "present"),
    [
        (0.9 * START, 60, START),
        (0.8 * START, 0, 0.8 * START),
        (1.3 * START, 60, START),
        (1.5 * START, CALM_S / 2, START),
        (1.5 * START, CALM_S, 1.5 * START),
        (1, 0, LEAST),
        (10 * MOST, CALM_S, MOST),
    ],
    ids=["little less", "less", "little more", "more, too soon", "more", "nothing", "everything"],
)
def test_a_wish_is_granted_when_it_is_worth_a_key_frame(
    wish: float, waited_s: float, present: float
) -> None:
    clock = Clock()
    rate = Bitrate(clock)
    rate.wish = int(wish)
    clock.now = waited_s

    changed = rate.update()

    assert rate.present == int(present)
    assert changed == (present != START)


def test_a_wavering_network_rebuilds_the_encoder_seldom() -> None:
    clock = Clock()
    rate = Bitrate(clock)
    changes = 0
    for second in range(60):
        clock.now = float(second)
        rate.wish = (2_400_000, 2_800_000, 2_200_000)[second % 3]
        changes += rate.update()

    assert changes == 0
