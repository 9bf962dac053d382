"""Random motions to train on: mostly near neutral, yet every axis reaches its ends.

The chances below are shares of training frames. A network learns a rare extreme only when it sees
it often, so shut eyes, strong turns and grimaces come far more often than in a conversation.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from reenact.avatars.frame import Motion
from reenact.axes import AXES, FACE_AXES

_HEAD_ENDS = {"headYaw": 0.6, "headPitch": 0.4, "headRoll": 0.4}
"""Radians at the ends of the axes."""

_Values: TypeAlias = dict[str, float]
_Draw: TypeAlias = Callable[[np.random.Generator], _Values]


def random_motion(rng: np.random.Generator) -> Motion:
    """Draw one motion: a mouth, eyes and brows of conversation, a whole expression, or a grimace.

    An expression sets what it is made of and leaves the rest to chance; a grimace mixes everything.
    """
    m = dict.fromkeys(AXES, 0.0)
    m.update(_head(rng))
    m.update(_look(rng, m["headYaw"]))
    kind = rng.random()
    if kind < 0.07:
        m.update(_grimace(rng))
    else:
        m.update(_pick(rng, _MOUTHS) | _pick(rng, _EYES) | _pick(rng, _BROWS))
        if kind < 0.25:
            m.update(_EXPRESSIONS[int(rng.integers(len(_EXPRESSIONS)))](rng))
    for axis in FACE_AXES:
        m[axis] = float(np.clip(m[axis] + max(0.0, rng.normal(0.0, 0.02)), 0.0, 1.0))
    return np.array([m[axis] for axis in AXES], np.float32)


def _pick(rng: np.random.Generator, choices: tuple[tuple[float, _Draw], ...]) -> _Values:
    chances = np.array([chance for chance, _ in choices])
    return choices[int(rng.choice(len(choices), p=chances / chances.sum()))][1](rng)


def _reach(rng: np.random.Generator) -> float:
    """Strength, 0..1: often small, often full, anything between."""
    kind = rng.random()
    if kind < 0.15:
        return 1.0
    return float(rng.uniform(0.0, 0.4) if kind < 0.45 else rng.uniform(0.0, 1.0))


def _sides(axis: str, left: float, right: float) -> _Values:
    return {f"{axis}Left": left, f"{axis}Right": right}


def _both(rng: np.random.Generator, axis: str, strength: float, apart: float = 0.1) -> _Values:
    """Both sides of an axis at nearly the same strength."""
    left, right = np.clip(strength * (1.0 + rng.normal(0.0, apart, 2)), 0.0, 1.0)
    return _sides(axis, float(left), float(right))


def _one_side(rng: np.random.Generator, axis: str, strength: float) -> _Values:
    """One side of an axis; the other takes a little part."""
    other = float(strength * rng.uniform(0.0, 0.3))
    return _sides(axis, *((strength, other) if rng.random() < 0.5 else (other, strength)))


def _head(rng: np.random.Generator) -> _Values:
    if rng.random() < 0.25:
        shares = rng.uniform(-1.0, 1.0, 3)
    else:
        lively = rng.choice((0.35, 1.0, 1.0, 1.6))
        shares = np.clip(rng.normal(0.0, 0.42 * lively, 3), -1.0, 1.0)
    pairs = zip(_HEAD_ENDS.items(), shares, strict=True)
    return {axis: float(end * share) for (axis, end), share in pairs}


def _look(rng: np.random.Generator, yaw: float) -> _Values:
    x, y = rng.uniform(-1.0, 1.0, 2) if rng.random() < 0.55 else rng.normal(0.0, 0.15, 2)
    if rng.random() < 0.3:
        x -= 1.2 * yaw  # eyes that stay on the camera while the head turns
    return {"eyeLookX": float(np.clip(x, -1.0, 1.0)), "eyeLookY": float(np.clip(y, -1.0, 1.0))}


def _calm(_rng: np.random.Generator) -> _Values:
    return {}


def _speech(rng: np.random.Generator) -> _Values:
    """A sound: lips and jaw a little open, rounded or spread, seldom more."""
    jaw = rng.uniform(0.0, 0.12) if rng.random() < 0.4 else 0.6 * rng.random() ** 1.5
    rounded = rng.random() < 0.35
    return {
        "jawOpen": float(jaw),
        "mouthFunnel": float(rng.uniform(0.0, 0.8) * rounded),
        "mouthPucker": float(rng.uniform(0.0, 0.6) * rounded),
        "mouthUpperUp": float(rng.uniform(0.0, 0.5) * (rng.random() < 0.6)),
        "mouthLowerDown": float(rng.uniform(0.0, 0.6) * (rng.random() < 0.6)),
        "mouthPress": float(rng.uniform(0.0, 0.4) * (rng.random() < 0.1)),
        **_both(rng, "mouthSmile", rng.uniform(0.0, 0.4) * (rng.random() < 0.4)),
    }


def _smile(rng: np.random.Generator) -> _Values:
    strength = _reach(rng)
    teeth = strength * (rng.random() < 0.5)
    return {
        **_both(rng, "mouthSmile", strength),
        **_both(rng, "eyeSquint", 0.6 * strength * rng.random()),
        "mouthUpperUp": float(teeth * rng.uniform(0.2, 1.0)),
        "mouthLowerDown": float(teeth * rng.uniform(0.0, 0.8)),
        "jawOpen": float(rng.uniform(0.0, 0.6) * (rng.random() < 0.3)),
    }


def _smirk(rng: np.random.Generator) -> _Values:
    return _one_side(rng, "mouthSmile", _reach(rng))


def _frown(rng: np.random.Generator) -> _Values:
    side = _one_side if rng.random() < 0.2 else _both
    return side(rng, "mouthFrown", _reach(rng)) | {
        "mouthPress": float(rng.uniform(0.0, 0.8) * (rng.random() < 0.4))
    }


def _jaw(rng: np.random.Generator) -> _Values:
    return {"jawOpen": _reach(rng)} | _both(rng, "mouthSmile", 0.4 * rng.random() ** 2)


def _lips(rng: np.random.Generator) -> _Values:
    """One of the lips' own movements, strong, sometimes with a shift or a second one."""
    axes = ("mouthPucker", "mouthFunnel", "mouthUpperUp", "mouthLowerDown", "mouthPress")
    values = {str(rng.choice(axes)): _reach(rng)}
    if rng.random() < 0.3:
        values[str(rng.choice(axes))] = 0.6 * _reach(rng)
    return values


def _shift(rng: np.random.Generator) -> _Values:
    values = {str(rng.choice(("mouthLeft", "mouthRight"))): _reach(rng)}
    return values | {"mouthPucker": float(0.5 * rng.random() * (rng.random() < 0.4))}


def _puff(rng: np.random.Generator) -> _Values:
    return {"cheekPuff": _reach(rng), "mouthPress": float(0.6 * rng.random())}


def _shut(_rng: np.random.Generator) -> _Values:
    return _sides("eyeBlink", 1.0, 1.0)


def _blinking(rng: np.random.Generator) -> _Values:
    return _both(rng, "eyeBlink", float(rng.random()), apart=0.04)


def _wink(rng: np.random.Generator) -> _Values:
    values = _one_side(rng, "eyeBlink", 1.0)
    if rng.random() < 0.6:  # the cheek helps, and the mouth's corner comes along
        winks = "Left" if values["eyeBlinkLeft"] == 1.0 else "Right"
        values |= {f"eyeSquint{winks}": rng.random(), f"mouthSmile{winks}": 0.7 * rng.random()}
    return values


def _each_eye(rng: np.random.Generator) -> _Values:
    return _sides("eyeBlink", float(rng.random()), float(rng.random()))


def _squint(rng: np.random.Generator) -> _Values:
    return (_one_side if rng.random() < 0.2 else _both)(rng, "eyeSquint", _reach(rng))


def _wide(rng: np.random.Generator) -> _Values:
    return (_one_side if rng.random() < 0.15 else _both)(rng, "eyeWide", _reach(rng))


def _raised(rng: np.random.Generator) -> _Values:
    strength = _reach(rng)
    return _both(rng, "browOuterUp", strength) | {
        "browInnerUp": float(np.clip(strength * rng.uniform(0.5, 1.1), 0.0, 1.0))
    }


def _worried(rng: np.random.Generator) -> _Values:
    lowered = 0.4 * rng.random() * (rng.random() < 0.4)
    return {"browInnerUp": _reach(rng)} | _both(rng, "browDown", lowered)


def _lowered(rng: np.random.Generator) -> _Values:
    return _both(rng, "browDown", _reach(rng))


def _one_brow(rng: np.random.Generator) -> _Values:
    values = _one_side(rng, "browOuterUp", _reach(rng))
    if rng.random() < 0.4:
        rises = "Left" if values["browOuterUpLeft"] > values["browOuterUpRight"] else "Right"
        other = "Right" if rises == "Left" else "Left"
        values |= {f"browDown{other}": rng.random(), f"browDown{rises}": 0.0}
    return values


def _one_brow_down(rng: np.random.Generator) -> _Values:
    return _one_side(rng, "browDown", _reach(rng))


def _grin(rng: np.random.Generator) -> _Values:
    strength = float(rng.uniform(0.5, 1.0))
    return {
        **_both(rng, "mouthSmile", strength),
        **_both(rng, "eyeSquint", strength * rng.uniform(0.3, 1.0)),
        **_sides("eyeBlink", 0.0, 0.0),
        "mouthUpperUp": strength * float(rng.uniform(0.5, 1.0)),
        "mouthLowerDown": strength * float(rng.uniform(0.1, 0.8)),
        "jawOpen": float(rng.uniform(0.0, 0.35) * (rng.random() < 0.5)),
    }


def _anger(rng: np.random.Generator) -> _Values:
    strength = float(rng.uniform(0.4, 1.0))
    return {
        **_both(rng, "browDown", strength),
        **_both(rng, "mouthFrown", strength * rng.random()),
        **_both(rng, "eyeSquint", 0.6 * rng.random()),
        "mouthPress": strength * float(rng.random()),
    }


def _surprise(rng: np.random.Generator) -> _Values:
    strength = float(rng.uniform(0.4, 1.0))
    return {
        **_both(rng, "browOuterUp", strength),
        **_both(rng, "eyeWide", strength * rng.uniform(0.4, 1.0)),
        **_sides("eyeBlink", 0.0, 0.0),
        "browInnerUp": strength,
        "jawOpen": strength * float(rng.random()),
        "mouthFunnel": 0.5 * float(rng.random() * (rng.random() < 0.4)),
    }


def _grimace(rng: np.random.Generator) -> _Values:
    """Everything at once; of two opposites, one."""
    m = {axis: float(rng.random() * (rng.random() < 0.5)) for axis in FACE_AXES}
    for side in ("Left", "Right"):
        for one, other in (("mouthSmile", "mouthFrown"), ("browOuterUp", "browDown")):
            m[(one if rng.random() < 0.5 else other) + side] = 0.0
        m[("eyeWide" if rng.random() < 0.5 else "eyeSquint") + side] = 0.0
        m[f"eyeBlink{side}"] *= rng.random() < 0.3
    m[str(rng.choice(("mouthLeft", "mouthRight")))] = 0.0
    m["jawOpen"] *= 1.0 - m["mouthPress"]
    m["mouthFunnel"] *= 1.0 - m["mouthPress"]
    return m


_MOUTHS: tuple[tuple[float, _Draw], ...] = (
    (0.15, _calm), (0.28, _speech), (0.16, _smile), (0.06, _smirk), (0.07, _frown), (0.10, _jaw),
    (0.12, _lips), (0.04, _shift), (0.03, _puff),
)  # fmt: skip
_EYES: tuple[tuple[float, _Draw], ...] = (
    (0.46, _calm), (0.15, _shut), (0.12, _blinking), (0.06, _wink), (0.05, _each_eye),
    (0.09, _squint), (0.07, _wide),
)  # fmt: skip
_BROWS: tuple[tuple[float, _Draw], ...] = (
    (0.38, _calm), (0.20, _raised), (0.09, _worried), (0.17, _lowered), (0.10, _one_brow),
    (0.06, _one_brow_down),
)  # fmt: skip
_EXPRESSIONS: tuple[_Draw, ...] = (_grin, _anger, _surprise)
"""Chances of each kind of mouth, eyes and brows, and whole expressions at equal chances."""
