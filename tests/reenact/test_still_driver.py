"""A driver who sits still gets an avatar that does: the whole way from landmarks to picture."""

import numpy as np

from reenact.face.expression import ExpressionReader
from reenact.identities.identity import load_identity
from reenact.packs.pack import load_pack
from reenact.reenactor import Reenactor
from reenact.smooth import NoSmoothing, Smoother, expression_smoother
from reenact.types import EXPRESSION_AXES, FaceCrop, Image, MotionCode
from tests.support.faces import face, with_landmarks

_FRAMES, _WARM_UP = 70, 40
_NOISE_PX = 0.35  # standard deviation of each coordinate, on a face about 150 pixels wide


def _pictures(still: FaceCrop, smoother: Smoother) -> list[Image]:
    reenactor = Reenactor(load_pack(), device="cpu")
    identity = load_identity(reenactor.pack, next(iter(reenactor.pack.identities)))
    reader, rng = ExpressionReader(EXPRESSION_AXES), np.random.default_rng(0)
    pictures = []
    for index in range(_FRAMES):
        noise = rng.normal(0, _NOISE_PX, still.landmarks.shape)
        values = reader.read(with_landmarks(still.landmarks + noise), index / 30)
        code = smoother.update(MotionCode(values, index / 30))
        if index >= _WARM_UP:
            pictures.append(reenactor.render(identity, reenactor.read_motion(code.values)))
    return pictures


def _motion(pictures: list[Image]) -> float:
    stack = np.stack(pictures).astype(np.float64)
    return float(np.abs(np.diff(stack, axis=0)).mean())


def test_smoothing_cuts_the_motion_of_the_picture_at_least_4_times() -> None:
    shaking = _motion(_pictures(face(), NoSmoothing()))
    calm = _motion(_pictures(face(), expression_smoother(EXPRESSION_AXES)))
    assert shaking > 0.05
    assert calm < shaking / 4
