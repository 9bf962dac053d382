"""server/streams/statistics.py: what a stream's figures are."""

from server.streams.statistics import Statistics


def test_stages_are_in_milliseconds() -> None:
    statistics = Statistics()
    assert statistics.age_ms() == (None, None)
    statistics.add_stages({"align": 0.012, "motion": 0.001})
    statistics.ages.add(0.05)

    assert statistics.stages_ms() == {"align": 12.0, "motion": 1.0}
    assert statistics.age_ms() == (50.0, 50.0)
