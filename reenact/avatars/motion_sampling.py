"""Random motions to train on: mostly near neutral, yet every axis reaches its ends.

The chances below are shares of training frames. A network learns a rare extreme only when it sees
it often, so shut eyes, strong turns and grimaces come far more often than in a conversation.
"""

import numpy as np

from reenact.avatars.frame import Motion
from reenact.types import EXPRESSION_AXES

_YAW, _PITCH, _ROLL = 0.6, 0.4, 0.4
"""Radians at the ends of the axes, those of `reenact.face.expression.RANGES`."""


def random_motion(rng: np.random.Generator) -> Motion:
    """Draw one motion of a person in conversation, sometimes a grimace that mixes everything."""
    lively = rng.choice((0.35, 1.0, 1.0, 1.6))
    m: dict[str, float] = {}
    m.update(_head(rng, lively))
    m.update(_eyes(rng, m["yaw"]))
    m.update(_brows(rng, lively))
    m.update(_mouth(rng, lively))
    return np.array([m[axis] for axis in EXPRESSION_AXES], np.float32)


def _head(rng: np.random.Generator, lively: float) -> dict[str, float]:
    if rng.random() < 0.25:
        yaw, pitch, roll = rng.uniform(-1.0, 1.0, 3)
    else:
        yaw, pitch, roll = np.clip(rng.normal(0.0, 0.42 * lively, 3), -1.0, 1.0)
    return {"yaw": _YAW * yaw, "pitch": _PITCH * pitch, "roll": _ROLL * roll}


def _eyes(rng: np.random.Generator, yaw: float) -> dict[str, float]:
    kind = rng.random()
    if kind < 0.16:  # shut
        right = left = 1.0
    elif kind < 0.28:  # on their way
        right = left = rng.uniform(0.0, 1.0)
    elif kind < 0.34:  # a wink
        right, left = rng.permutation([1.0, rng.uniform(0.0, 0.3)])
    elif kind < 0.40:  # each on its own
        right, left = rng.uniform(0.0, 1.0, 2)
    else:
        right = left = max(0.0, rng.normal(0.0, 0.08))
    gaze_x, gaze_y = rng.uniform(-1.0, 1.0, 2) if rng.random() < 0.6 else rng.normal(0.0, 0.15, 2)
    if rng.random() < 0.3:
        gaze_x -= 1.2 * yaw  # eyes that stay on the camera while the head turns
    return {
        "blink_left": float(left),
        "blink_right": float(right),
        "gaze_x": float(np.clip(gaze_x, -1.0, 1.0)),
        "gaze_y": float(np.clip(gaze_y, -1.0, 1.0)),
    }


def _brows(rng: np.random.Generator, lively: float) -> dict[str, float]:
    both = rng.uniform(-1.0, 1.0) if rng.random() < 0.5 else rng.normal(0.0, 0.15)
    apart = rng.normal(0.0, 0.5 if rng.random() < 0.25 else 0.06)
    furrow = rng.uniform(0.0, 1.0) if rng.random() < 0.15 + 0.2 * (both < -0.3) else 0.0
    return {
        "brow_left": float(np.clip(both + apart, -1.0, 1.0)),
        "brow_right": float(np.clip(both - apart, -1.0, 1.0)),
        "furrow": float(furrow * min(lively, 1.0)),
    }


def _mouth(rng: np.random.Generator, lively: float) -> dict[str, float]:
    kind = rng.random()
    jaw, smile, pucker = 0.0, rng.normal(0.05, 0.12), 0.0
    if kind < 0.25:  # smiles and laughs
        smile = rng.uniform(0.0, 1.0)
        jaw = rng.uniform(0.0, 0.6) * (rng.random() < 0.5)
    elif kind < 0.35:  # mouth corners drawn down
        smile = rng.uniform(-1.0, 0.0)
    elif kind < 0.60:  # an open mouth
        jaw = rng.uniform(0.0, 1.0)
        smile = rng.normal(0.0, 0.3)
    elif kind < 0.75:  # rounded lips
        pucker = rng.uniform(0.0, 1.0)
        jaw = rng.uniform(0.0, 0.5) * (rng.random() < 0.5)
    elif kind < 0.85:  # a grimace
        jaw, pucker, smile = rng.uniform(0.0, 1.0), 0.8 * rng.random(), rng.uniform(-1.0, 1.0)
    jaw += max(0.0, rng.normal(0.0, 0.03 * lively))
    return {
        "jaw": float(np.clip(jaw, 0.0, 1.0)),
        "smile": float(np.clip(smile, -1.0, 1.0)),
        "pucker": float(np.clip(pucker, 0.0, 1.0)),
    }
