"""Scores of an evaluation of avatars, the least that is asked of them, a table and JSON."""

import json
from dataclasses import asdict, dataclass

MUST_FOLLOW = (*("yaw", "pitch", "roll", "jaw", "smile", "blink_left", "blink_right", "gaze_x"),)
"""Axes that an avatar must follow. MediaPipe hardly sees the brows and the furrow of drawn faces,
so nothing can be asked of those."""
LEAST_RATIO = 0.90
"""Least share of the ceiling's correlation, for each axis that must follow."""
LEAST_DETECTED = 0.98
"""Least share of pictures in which the tracker finds a face."""
SHUT_SLACK = 0.10
"""Share of an eye's opening by which a shut eye may stay wider open than the renderer's."""


@dataclass(frozen=True, slots=True)
class AxisScore:
    """How well the signal of one axis correlates with the motion that was asked for."""

    axis: str
    """Name of the axis, one of `EXPRESSION_AXES`."""
    generated: float
    """Correlation in generated pictures, -1..1."""
    ceiling: float
    """Correlation in the renderer's pictures, -1..1."""

    @property
    def ratio(self) -> float:
        """Generated over ceiling; 0 where the ceiling shows nothing to follow."""
        return self.generated / self.ceiling if self.ceiling > 0 else 0.0


@dataclass(frozen=True, slots=True)
class EyesScore:
    """Openings of eyes that are told to shut, as shares of their openings at rest: 0 is shut."""

    left: float
    """Left eye in generated pictures."""
    right: float
    """Right eye in generated pictures."""
    left_ceiling: float
    """Left eye in the renderer's pictures."""
    right_ceiling: float
    """Right eye in the renderer's pictures."""

    @property
    def shut(self) -> bool:
        """Whether both eyes shut as far as the renderer's, within `SHUT_SLACK`."""
        left, right = self.left - self.left_ceiling, self.right - self.right_ceiling
        return max(left, right) <= SHUT_SLACK


@dataclass(frozen=True, slots=True)
class AvatarScores:
    """All scores of one evaluation."""

    samples: int
    """Number of motions."""
    identities: tuple[str, ...]
    """Names of the avatars."""
    detected: float
    """Share of generated pictures in which a face is found."""
    detected_ceiling: float
    """Share of the renderer's pictures in which a face is found."""
    axes: tuple[AxisScore, ...]
    """Score of each axis."""
    shut_eyes: EyesScore
    """Score of shut eyes."""
    psnr_db: float
    """Peak signal-to-noise ratio of the generated pictures, in dB."""
    sharpness_eyes: float
    """Sharpness around the eyes; 1 is as sharp as the renderer's pictures."""
    sharpness_mouth: float
    """Sharpness around the mouth; 1 is as sharp as the renderer's pictures."""

    def missing(self) -> list[str]:
        """Describe every score that is less than what is asked; empty when there is none."""
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
        """Format the scores for a terminal; axes marked with * are those that must follow."""
        eyes = self.shut_eyes
        rows = [
            f"{self.samples} held-out motions of {len(self.identities)} people",
            f"{'':<22}{'generated':>10}{'ceiling':>10}{'ratio':>8}",
            f"{'face found':<22}{self.detected:>10.1%}{self.detected_ceiling:>10.1%}",
            *(_format_axis(score) for score in self.axes),
            f"{'left eye shut leaves':<22}{eyes.left:>10.2f}{eyes.left_ceiling:>10.2f}",
            f"{'right eye shut leaves':<22}{eyes.right:>10.2f}{eyes.right_ceiling:>10.2f}",
            f"{'sharpness of eyes':<22}{self.sharpness_eyes:>10.2f}{1:>10.2f}",
            f"{'sharpness of mouth':<22}{self.sharpness_mouth:>10.2f}{1:>10.2f}",
            f"{'PSNR':<22}{self.psnr_db:>7.1f} dB",
            *(f"short: {line}" for line in self.missing()),
        ]
        return "\n".join(rows)

    def to_json(self) -> str:
        """Format all numbers as JSON, with the ratios and `missing`."""
        numbers = asdict(self)
        numbers["axes"] = [{**asdict(score), "ratio": score.ratio} for score in self.axes]
        return json.dumps({**numbers, "missing": self.missing()}, indent=2)


def _format_axis(score: AxisScore) -> str:
    name = score.axis + (" *" if score.axis in MUST_FOLLOW else "")
    return f"{name:<22}{score.generated:>10.3f}{score.ceiling:>10.3f}{score.ratio:>8.2f}"
