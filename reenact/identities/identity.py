"""The people of a pack: their latents, and pictures to choose one by."""

import math
from pathlib import Path

import cv2
import numpy as np
from safetensors import SafetensorError, safe_open

from engines.base import Array
from reenact.errors import IdentityError
from reenact.packs.identity_card import IdentityCard
from reenact.packs.pack import Pack
from reenact.pipeline import render_neutral
from reenact.reenactor import Reenactor
from reenact.types import EXPRESSION_AXES, Identity, Image, Latent

EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "smile": {"smile": 1.0},
    "talking": {"jaw": 0.6},
    "kiss": {"pucker": 1.0},
    "eyes shut": {"blink_left": 1.0, "blink_right": 1.0},
    "surprise": {"brow_left": 1.0, "brow_right": 1.0, "jaw": 0.5},
    "frown": {"furrow": 1.0, "brow_left": -0.6, "brow_right": -0.6, "smile": -0.7},
    "aside": {"yaw": 0.4, "gaze_x": 0.5},
}
"""What `portrait` shows."""

_AGAIN = "make that identity again"
_CAPTION_PX = 28
_GAP_PX = 6
_PAPER = 245
_INK = (40, 40, 40)


def load_identity(pack: Pack, name: str) -> Identity:
    """The person called `name` in `pack`.

    Raises IdentityError when there is none, naming those there are, or its file is unreadable,
    PackError when the file is damaged.
    """
    file = card_of(pack, name).latent
    file.verify()
    try:
        with safe_open(file.path, framework="numpy") as tensors:
            latent = tensors.get_tensor("latent")
            own = "inversion" in tensors.keys()  # noqa: SIM118  it is no mapping
            inversion = tensors.get_tensor("inversion") if own else latent
    except (OSError, SafetensorError) as error:
        raise IdentityError(f"{file.path} is no identity ({error}); {_AGAIN}") from error
    _check_code(pack, file.path, latent)
    _check_code(pack, file.path, inversion)
    return Identity(name, latent, inversion)


def card_of(pack: Pack, name: str) -> IdentityCard:
    """What the pack knows of `name`. Raises IdentityError when it knows nobody so called."""
    if name not in pack.cards:
        raise IdentityError(
            f"no identity {name!r} in pack {pack.name}; choose one of "
            f"{', '.join(pack.identities) or 'none'}"
        )
    return pack.cards[name]


def gallery(reenactor: Reenactor) -> Image:
    """All people of the reenactor's pack at rest, with their names, in a grid. (H, W, 3) uint8."""
    pack = reenactor.pack
    if not pack.identities:
        raise IdentityError(f"pack {pack.name} holds no identities to show; get the pack again")
    return _grid(
        [
            _captioned(render_neutral(reenactor, load_identity(pack, name)), name)
            for name in pack.identities
        ]
    )


def portrait(reenactor: Reenactor, identity: Identity) -> Image:
    """`identity` in every one of `EXPRESSIONS`, or at rest where the pack reads faces."""
    if not reenactor.pack.axes:
        return _captioned(render_neutral(reenactor, identity), identity.name)
    pictures = []
    for name, values in EXPRESSIONS.items():
        motion = reenactor.read_motion(expression(values))
        pictures.append(_captioned(reenactor.render(identity, motion), name))
    return _grid(pictures)


def expression(values: dict[str, float]) -> Array:
    """(13,) float32 in the order of `EXPRESSION_AXES`; axes not named are 0."""
    return np.array([values.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)


def _check_code(pack: Pack, path: Path, latent: Latent) -> None:
    code = (pack.rows, pack.width)
    if latent.shape != code or latent.dtype != np.float32 or not np.isfinite(latent).all():
        raise IdentityError(
            f"{path} must hold finite float32 {code}, got {latent.dtype} {latent.shape}; {_AGAIN}"
        )


def _captioned(picture: Image, text: str) -> Image:
    """(H + caption, W, 3), the text centred under the picture."""
    strip = np.full((_CAPTION_PX, picture.shape[1], 3), _PAPER, np.uint8)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    place = ((picture.shape[1] - width) // 2, (_CAPTION_PX + height) // 2)
    cv2.putText(strip, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return np.concatenate([picture, strip])


def _grid(pictures: list[Image]) -> Image:
    """All pictures, of one size, on paper: about half as many rows as columns."""
    height, width = pictures[0].shape[:2]
    rows = max(round(math.sqrt(len(pictures) / 2)), 1)
    columns = math.ceil(len(pictures) / rows)
    pitch_y, pitch_x = height + _GAP_PX, width + _GAP_PX
    sheet = np.full((rows * pitch_y + _GAP_PX, columns * pitch_x + _GAP_PX, 3), _PAPER, np.uint8)
    for index, picture in enumerate(pictures):
        top = _GAP_PX + index // columns * pitch_y
        left = _GAP_PX + index % columns * pitch_x
        sheet[top : top + height, left : left + width] = picture
    return sheet
