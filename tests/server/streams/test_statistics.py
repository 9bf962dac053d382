from server.streams.statistics import RATE_S, Rate, Samples, Statistics


def test_percentiles_are_of_the_last_frames() -> None:
    samples = Samples()
    assert samples.percentile(50) is None
    for value in [*range(1000), *range(100, 220)]:
        samples.add(float(value))

    assert samples.percentile(50) == 160
    assert samples.percentile(95) == 214
    assert samples.percentile(100) == 219


def test_a_rate_forgets() -> None:
    now = [0.0]
    rate = Rate(lambda: now[0])
    for number in range(90):
        now[0] = number / 30
        rate.tick()
    assert abs(rate.per_second() - 30) < 1

    now[0] += RATE_S + 1
    assert rate.per_second() == 0
    assert rate.count == 90


def test_stages_are_in_milliseconds() -> None:
    statistics = Statistics()
    assert statistics.age_ms() == (None, None)
    statistics.add_stages({"align": 0.012, "motion": 0.001})
    statistics.ages.add(0.05)

    assert statistics.stages_ms() == {"align": 12.0, "motion": 1.0}
    assert statistics.age_ms() == (50.0, 50.0)
