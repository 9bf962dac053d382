"""The people of a pack: their codes, and pictures of them to choose one by."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from engines.base import Array
from reenact.axes import AXES
from reenact.errors import IdentityError
from reenact.face.old_axes import to_old_axes
from reenact.media.files import translate_os_errors
from reenact.media.preview import sheet
from reenact.packs.identity_card import IdentityCard
from reenact.packs.pack import Pack
from reenact.pipeline import render_neutral
from reenact.reenactor import Reenactor
from reenact.types import EXPRESSION_AXES, Identity, Image, Latent

EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "smile": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    "talking": {"jawOpen": 0.6},
    "kiss": {"mouthPucker": 1.0},
    "eyes shut": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "surprise": {
        "browInnerUp": 1.0,
        "browOuterUpLeft": 1.0,
        "browOuterUpRight": 1.0,
        "jawOpen": 0.5,
    },
    "frown": {"browDownLeft": 1, "browDownRight": 1, "mouthFrownLeft": 0.7, "mouthFrownRight": 0.7},
    "aside": {"headYaw": 0.4, "eyeLookX": 0.5},
}
"""The expressions that `draw_portrait` shows, on `AXES`."""

_AGAIN = "make that identity again"


def load_identity(pack: Pack, name: str) -> Identity:
    """The person called `name` in `pack`.

    Raises IdentityError when there is none, naming those there are, or its file is unreadable,
    PackError when the file is damaged.
    """
    file = find_card(pack, name).latent
    file.verify()
    with (
        translate_os_errors(
            file.path, "is no identity", _AGAIN, raised=IdentityError,
            caught=(OSError, SafetensorError),
        ),
        safe_open(file.path, framework="numpy") as tensors,
    ):  # fmt: skip
        latent = _read_code(pack, file.path, tensors, "latent")
        own = "inversion" in tensors.keys()  # noqa: SIM118  it is no mapping
        inversion = _read_code(pack, file.path, tensors, "inversion") if own else latent
    return Identity(name, latent, inversion)


def find_card(pack: Pack, name: str) -> IdentityCard:
    """The card of the person called `name`. Raises IdentityError when there is none."""
    if name not in pack.cards:
        raise IdentityError(
            f"no identity {name!r} in pack {pack.name}; choose one of "
            f"{', '.join(pack.identities) or 'none'}"
        )
    return pack.cards[name]


def draw_gallery(reenactor: Reenactor) -> Image:
    """Everyone in the pack with a neutral face and their name, in a grid, (H, W, 3) uint8."""
    pack = reenactor.pack
    if not pack.identities:
        raise IdentityError(f"pack {pack.name} holds no identities to show; get the pack again")
    pictures = [render_neutral(reenactor, load_identity(pack, name)) for name in pack.identities]
    return _arrange(pictures, pack.identities)


def draw_portrait(reenactor: Reenactor, identity: Identity) -> Image:
    """`identity` with each of `EXPRESSIONS`, or neutral alone where the pack reads faces."""
    if not reenactor.pack.axes:
        return _arrange([render_neutral(reenactor, identity)], [identity.name])
    axes = reenactor.pack.axes
    motions = [reenactor.read_motion(expression(values, axes)) for values in EXPRESSIONS.values()]
    return _arrange([reenactor.render(identity, motion) for motion in motions], [*EXPRESSIONS])


def expression(values: dict[str, float], axes: tuple[str, ...]) -> Array:
    """The values on `AXES`, those not named 0, as (len(axes),) float32 of a pack's axes."""
    whole = dict.fromkeys(AXES, 0.0) | values
    shown = to_old_axes(whole) if axes == EXPRESSION_AXES else whole
    return np.array([shown[axis] for axis in axes], np.float32)


def _read_code(pack: Pack, path: Path, tensors: Any, name: str) -> Latent:
    """The tensor `name` of an open file, looked at before it is read: NumPy lacks some types."""
    code, found = (pack.rows, pack.width), tensors.get_slice(name)
    shape, dtype = tuple(found.get_shape()), found.get_dtype()
    latent: Latent | None = None
    if shape == code and dtype == "F32":
        latent = tensors.get_tensor(name)
    if latent is None or not np.isfinite(latent).all():
        raise IdentityError(
            f"{path} must hold finite float32 {code}, got {dtype} {shape}; {_AGAIN}"
        )
    return latent


def _arrange(pictures: Sequence[Image], captions: Sequence[str]) -> Image:
    """All pictures on a sheet, with about half as many rows as columns."""
    rows = max(round(math.sqrt(len(pictures) / 2)), 1)
    columns = math.ceil(len(pictures) / rows)
    starts = range(0, len(pictures), columns)
    return sheet(
        [pictures[start : start + columns] for start in starts],
        [captions[start : start + columns] for start in starts],
        cell=None,
    )
