"""The constants of the comparison are all accounted for, and some are the photo puppet's own."""

from collections.abc import Iterator

import pytest

from reenact.face.align import FaceAligner
from tools.fit_expression import CONSTANTS, NOT_FITTED, SOURCES
from tools.known_faces import KnownFace, photo_puppet


@pytest.fixture(scope="module")
def puppet() -> Iterator[KnownFace]:
    with FaceAligner() as aligner:
        yield photo_puppet(aligner)


def test_every_constant_is_fitted_or_said_not_to_be() -> None:
    of_source = {name for source in SOURCES for name in vars(source) if name.isupper()}

    assert of_source == {constant.name for constant in CONSTANTS if constant.name in of_source} | {
        *NOT_FITTED
    }


@pytest.mark.parametrize("name", ["PITCH_GAIN", "JAW_FULL", "JAW_NARROWS", "FROWN_NARROWS"])
def test_photo_puppet_gives_the_constant_again(puppet: KnownFace, name: str) -> None:
    (constant,) = (constant for constant in CONSTANTS if constant.name == name)

    assert constant.fit(puppet) == pytest.approx(constant.value, rel=0.05)
