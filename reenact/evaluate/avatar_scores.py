"""The numbers of an evaluation of avatars: what is asked of them, as a table and as JSON."""

import json
from dataclasses import asdict, dataclass

MUST_FOLLOW = (*("yaw", "pitch", "roll", "jaw", "smile", "blink_left", "blink_right", "gaze_x"),)
LEAST_RATIO = 0.90
LEAST_DETECTED = 0.98
SHUT_SLACK = 0.10
"""How much more of an eye's opening than the renderer may be left when shut."""


@dataclass(frozen=True, slots=True)
class AxisScore:
    """Correlation of an axis's signal with the true parameter, -1..1."""

    axis: str
    generated: float
    ceiling: float

    @property
    def ratio(self) -> float:
        """Generated over ceiling; 0 where the ceiling shows nothing to follow."""
        return self.generated / self.ceiling if self.ceiling > 0 else 0.0


@dataclass(frozen=True, slots=True)
class EyesScore:
    """What is left of the eyes' opening when they are told to shut: 0 shut, 1 as open as before."""

    left: float
    right: float
    left_ceiling: float
    right_ceiling: float

    @property
    def shut(self) -> bool:
        left, right = self.left - self.left_ceiling, self.right - self.right_ceiling
        return max(left, right) <= SHUT_SLACK


@dataclass(frozen=True, slots=True)
class AvatarScores:
    """Detection rates 0..1, scores of all axes, PSNR in dB, sharpness with 1 as sharp as truth."""

    samples: int
    identities: tuple[str, ...]
    detected: float
    detected_ceiling: float
    axes: tuple[AxisScore, ...]
    shut_eyes: EyesScore
    psnr_db: float
    sharpness_eyes: float
    sharpness_mouth: float

    def missing(self) -> list[str]:
        """What falls short of what is asked, in words; empty when all is reached."""
        short = [
            f"{score.axis} follows at {score.ratio:.2f} of the ceiling, not {LEAST_RATIO:.2f}"
            for score in self.axes
            if score.axis in MUST_FOLLOW and score.ratio < LEAST_RATIO
        ]
        if self.detected < LEAST_DETECTED:
            short.append(f"a face is found in {self.detected:.1%}, not {LEAST_DETECTED:.0%}")
        if not self.shut_eyes.shut:
            short.append("the eyes do not shut")
        return short

    def table(self) -> str:
        """For a terminal; axes marked with * are the ones that must follow."""
        eyes = self.shut_eyes
        rows = [
            f"{self.samples} held-out motions of {len(self.identities)} people",
            f"{'':<22}{'generated':>10}{'ceiling':>10}{'ratio':>8}",
            f"{'face found':<22}{self.detected:>10.1%}{self.detected_ceiling:>10.1%}",
            *(_axis_row(score) for score in self.axes),
            f"{'left eye shut leaves':<22}{eyes.left:>10.2f}{eyes.left_ceiling:>10.2f}",
            f"{'right eye shut leaves':<22}{eyes.right:>10.2f}{eyes.right_ceiling:>10.2f}",
            f"{'sharpness of eyes':<22}{self.sharpness_eyes:>10.2f}{1:>10.2f}",
            f"{'sharpness of mouth':<22}{self.sharpness_mouth:>10.2f}{1:>10.2f}",
            f"{'PSNR':<22}{self.psnr_db:>7.1f} dB",
            *(f"short: {line}" for line in self.missing()),
        ]
        return "\n".join(rows)

    def to_json(self) -> str:
        """All numbers, with ratios and `missing`."""
        numbers = asdict(self)
        numbers["axes"] = [{**asdict(score), "ratio": score.ratio} for score in self.axes]
        return json.dumps({**numbers, "missing": self.missing()}, indent=2)


def _axis_row(score: AxisScore) -> str:
    name = score.axis + (" *" if score.axis in MUST_FOLLOW else "")
    return f"{name:<22}{score.generated:>10.3f}{score.ceiling:>10.3f}{score.ratio:>8.2f}"
