import pytest

from server.pacing import Pacing


@pytest.mark.parametrize(
    ("rates", "hints"),
    [
        ([(30, 29)], [None]),
        ([(30, 18)], [20]),
        ([(30, 18), (20, 18)], [20, None]),
        ([(30, 18), (20, 20), (22, 22)], [20, 22, 24]),
        ([(30, 2)], [10]),
        ([(30, 0)], [None]),
        ([(0, 0)], [None]),
        ([(30, 18), (30, 25)], [20, None]),
    ],
    ids=["fast enough", "slow", "slow, obeyed", "recovers", "very slow", "nothing", "no camera",
         "never raised while frames are dropped"],
)  # fmt: skip
def test_a_client_is_asked_for_what_can_be_shown(
    rates: list[tuple[float, float]], hints: list[int | None]
) -> None:
    pacing = Pacing()

    assert [pacing.update(*rate) for rate in rates] == hints
