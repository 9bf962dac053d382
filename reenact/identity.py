"""The people of a pack: their latents, and pictures to choose one by."""

import math

import cv2
import numpy as np
from safetensors import SafetensorError, safe_open

from engines.base import Array
from reenact.errors import IdentityError
from reenact.packs import Pack
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

_CAPTION_PX = 28
_GAP_PX = 6
_PAPER = 245
_INK = (40, 40, 40)


def load_identity(pack: Pack, name: str) -> Identity:
    """The person called `name` in `pack`.

    Raises IdentityError when there is none, naming those there are, or its file is unreadable.
    """
    return Identity(name=name, latent=_read(pack, name)[0])


def description(pack: Pack, name: str) -> str:
    """What the pack says of `name`, possibly nothing. Raises IdentityError."""
    return _read(pack, name)[1].get("description", "")


def gallery(reenactor: Reenactor) -> Image:
    """All people of the reenactor's pack at rest, with their names, in a grid. (H, W, 3) uint8."""
    pack = reenactor.pack
    if not pack.identities:
        raise IdentityError(f"pack {pack.name} holds no identities to show; get the pack again")
    rest = reenactor.neutral
    if pack.reads == "expression":
        rest = reenactor.read_motion(rest)
    return _grid(
        [
            _captioned(reenactor.render(load_identity(pack, name), rest), name)
            for name in pack.identities
        ]
    )


def portrait(reenactor: Reenactor, identity: Identity) -> Image:
    """`identity` in every one of `EXPRESSIONS`, or at rest where the pack reads faces."""
    if reenactor.pack.reads == "face":
        return _captioned(reenactor.render(identity, reenactor.neutral), identity.name)
    pictures = []
    for name, values in EXPRESSIONS.items():
        motion = reenactor.read_motion(expression(values))
        pictures.append(_captioned(reenactor.render(identity, motion), name))
    return _grid(pictures)


def expression(values: dict[str, float]) -> Array:
    """(13,) float32 in the order of `EXPRESSION_AXES`; axes not named are 0."""
    return np.array([values.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)


def _read(pack: Pack, name: str) -> tuple[Latent, dict[str, str]]:
    if name not in pack.identities:
        raise IdentityError(
            f"no identity {name!r} in pack {pack.name}; choose one of "
            f"{', '.join(pack.identities) or 'none'}"
        )
    path = pack.identity_files[name].path
    try:
        with safe_open(path, framework="numpy") as file:
            latent, metadata = file.get_tensor("latent"), file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise IdentityError(f"{path} is no identity ({error}); get the pack again") from error
    code = (pack.rows, pack.width)
    if latent.shape != code or latent.dtype != np.float32 or not np.isfinite(latent).all():
        raise IdentityError(
            f"{path} must hold finite float32 {code}, got {latent.dtype} {latent.shape}; "
            "get the pack again"
        )
    return latent, metadata


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
