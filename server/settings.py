"""Settings of a stream that a client may change, checked."""

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from reenact.axes import AXES, FACE_AXES, GAZE_AXES, HEAD_AXES
from reenact.types import EXPRESSION_AXES
from server.errors import SettingsError


def _of(part: str) -> tuple[str, ...]:
    return tuple(axis for axis in FACE_AXES if axis.startswith(part))


GAINS: Mapping[str, tuple[str, ...]] = {
    "head": ("yaw", "pitch", "roll", *HEAD_AXES),
    "eyes": ("blink_left", "blink_right", "gaze_x", "gaze_y", *_of("eye"), *GAZE_AXES),
    "brows": ("brow_left", "brow_right", "furrow", *_of("brow")),
    "mouth": ("jaw", "smile", "pucker", *_of("jaw"), *_of("mouth"), *_of("cheek")),
}
"""Each knob of the page, and the axes of an expression that it turns, whichever a pack has."""

_RANGES = {"smoothing": 1.0, "alpha": 2.0}
_GAIN_MOST = 2.0


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Settings of one client's stream."""

    identity: str
    """Name of the person who is shown."""
    gains: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(GAINS, 1.0))
    """Factors by knob, 0 to 2."""
    smoothing: float = 1.0
    """Strength of the smoothing, from 0, none, to 1, all of it."""
    relative: bool = False
    """Whether the driver's motion since neutral is taken, instead of the motion itself."""
    alpha: float = 1.0
    """Factor on relative motion, 0 to 2."""
    measure: bool = False
    """Whether frames carry a delay code."""

    def axis_gains(self, axes: Collection[str]) -> dict[str, float]:
        """The gain of each of the axes that a pack has."""
        return {
            axis: self.gains[knob]
            for knob, turned in GAINS.items()
            for axis in turned
            if axis in axes
        }

    def change(
        self, values: object, identities: Collection[str], knobs: Collection[str] = tuple(GAINS)
    ) -> "StreamSettings":
        """These settings with `values`, JSON from a client, in place of the present ones.

        identities, knobs: names that may be set here.

        Raises SettingsError when they are not an object of known settings within their ranges.
        """
        if not isinstance(values, dict):
            raise SettingsError(f"settings must be an object, got {_kind(values)}")
        unknown = [str(name) for name in values if name not in _NAMES]
        if unknown:
            raise SettingsError(
                f"unknown setting {unknown[0][:40]!r}; there are {', '.join(sorted(_NAMES))}"
            )
        checked = {
            name: self._check(name, value, identities, knobs) for name, value in values.items()
        }
        return dataclasses.replace(self, **checked)

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def _check(
        self, name: str, value: object, identities: Collection[str], knobs: Collection[str]
    ) -> Any:
        if name == "identity":
            if value not in identities:
                raise SettingsError(f"no identity {str(value)[:60]!r} here; see /api/config")
            return value
        if name == "gains":
            return {**self.gains, **_check_gains(value, knobs)}
        if name in _RANGES:
            return _number(name, value, _RANGES[name])
        if not isinstance(value, bool):
            raise SettingsError(f"{name} must be true or false, got {_kind(value)}")
        return value


_NAMES = {item.name for item in dataclasses.fields(StreamSettings)}
assert sorted(axis for axes in GAINS.values() for axis in axes) == sorted((*EXPRESSION_AXES, *AXES))


def _check_gains(value: object, knobs: Collection[str]) -> dict[str, float]:
    if not isinstance(value, dict) or not set(value) <= set(knobs):
        raise SettingsError(f"gains must be an object of {', '.join(knobs) or 'nothing'}")
    return {knob: _number(f"gain {knob}", gain, _GAIN_MOST) for knob, gain in value.items()}


def _number(name: str, value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        shown = value if isinstance(value, int | float) else _kind(value)
        raise SettingsError(f"{name} must be a number from 0 to {most:g}, got {shown}")
    assert math.isfinite(value)
    return float(value)


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", str: "text", type(None): "null"}.get(
        type(value), type(value).__name__
    )
