"""Statistics of one stream: rates, ages of pictures, and time by stage."""

from collections.abc import Mapping

from reenact.live.statistics import Rate, Samples

FRAMES = 120
"""Values that percentiles are taken over: four seconds of a stream."""


class Statistics:
    """Figures of one stream; any thread may add and read."""

    def __init__(self) -> None:
        self.arrived, self.left = Rate(), Rate()
        """Frames that came in, and pictures that went out."""
        self.ages = Samples(FRAMES)
        """Seconds from a frame's arrival to its picture's leaving."""
        self._stages: dict[str, Samples] = {}

    def note_sent(self, age_s: float) -> None:
        """Count a picture that left `age_s` after its frame had arrived."""
        self.ages.add(age_s)
        self.left.tick()

    def add_stages(self, seconds: Mapping[str, float]) -> None:
        for stage, value in seconds.items():
            self._stages.setdefault(stage, Samples(FRAMES)).add(value)

    def age_ms(self) -> tuple[float | None, float | None]:
        """Median and 95th percentile, milliseconds; None before the first picture."""
        return _round_p50_p95(self.ages)

    def stages_ms(self) -> dict[str, float | None]:
        """Medians by stage, milliseconds."""
        rows = [*self._stages.items()]  # another thread may add a stage meanwhile
        return {stage: _round_p50_p95(samples)[0] for stage, samples in rows}


def _round_p50_p95(samples: Samples) -> tuple[float | None, float | None]:
    p50, p95 = samples.p50_p95_ms() or (None, None)
    return p50 and round(p50, 1), p95 and round(p95, 1)
