"""reenact/motion_reader.py: what a driver does, as it is or since they rested."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from reenact.motion_reader import MotionReader, RelativeMotionReader
from reenact.packs.pack import load_pack
from reenact.reenactor import Reenactor
from reenact.types import FaceCrop, Latent
from tests.support.faces import face
from tests.support.fake_face_pack import write_face_pack


@pytest.fixture(scope="module")
def reenactor(tmp_path_factory: pytest.TempPathFactory) -> Reenactor:
    root = write_face_pack(tmp_path_factory.mktemp("packs") / "faces")
    return Reenactor(load_pack(root), device="cpu")


def driver(**motion: float) -> FaceCrop:
    """A real face, as large as the nets want it."""
    seen = face(**motion)
    return replace(seen, image=np.asarray(cv2.resize(seen.image, (256, 256)), np.uint8))


CALM = driver()
TALKING = driver(jaw=1.0)


def resting(reenactor: Reenactor, *faces: FaceCrop) -> Latent:
    """The mean motion of these faces and their mirror images."""
    images = [seen.image for seen in faces] + [seen.image[:, ::-1] for seen in faces]
    motions = [reenactor.read_motion(np.ascontiguousarray(image)) for image in images]
    return np.asarray(np.mean(motions, axis=0), np.float32)


def close(got: Latent, expected: Latent) -> None:
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_motion_is_what_the_net_sees(reenactor: Reenactor) -> None:
    assert np.array_equal(
        MotionReader(reenactor).read(CALM, 0.0), reenactor.read_motion(CALM.image)
    )


def test_relative_motion_is_the_way_from_rest(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor, neutral=CALM)

    expected = reenactor.read_motion(TALKING.image) - resting(reenactor, CALM)
    close(reader.read(TALKING, 3.0), expected)


def test_given_rest_is_not_learnt_over(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor, neutral=CALM)
    before = reader.read(TALKING, 0.0)
    for i in range(40):
        reader.read(driver(smile=0.5), i / 30)

    close(reader.read(TALKING, 2.0), before)


def test_first_calm_frame_and_its_mirror_image_are_the_rest(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor)

    expected = reenactor.read_motion(CALM.image) - resting(reenactor, CALM)
    close(reader.read(CALM, 0.0), expected)


def test_driver_who_looks_aside_then_to_the_other_side_rests_in_front(reenactor: Reenactor) -> None:
    mirrored = replace(CALM, image=np.ascontiguousarray(CALM.image[:, ::-1]))
    one, other = (RelativeMotionReader(reenactor, neutral=seen) for seen in (CALM, mirrored))

    close(one.read(TALKING, 0.0), other.read(TALKING, 0.0))


def test_average_face_rests_until_a_calm_frame(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor)

    close(reader.read(TALKING, 0.0), reenactor.read_motion(TALKING.image))


def test_later_first_calm_frame_is_approached_smoothly(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor)
    reader.read(TALKING, 0.0)
    absolute, rest = reenactor.read_motion(CALM.image), resting(reenactor, CALM)
    shown = [reader.read(CALM, (1 + i) / 30) for i in range(60)]

    shares = [float(np.vdot(absolute - code, rest) / np.vdot(rest, rest)) for code in shown]
    assert 0 < shares[0] < 0.25
    assert (np.diff(shares) > 0).all()
    assert shares[-1] == pytest.approx(1, abs=0.01)


def test_learning_ends_after_the_calm_time(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor)
    for i in range(60):
        reader.read(CALM, i / 30)
    bright = replace(CALM, image=255 - CALM.image)
    late = [reader.read(bright, (60 + i) / 30) for i in range(30)]

    close(late[-1], reenactor.read_motion(bright.image) - resting(reenactor, CALM))


def test_rest_is_learnt_anew_when_wanted(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor, neutral=CALM)
    reader.recalibrate()
    bright = replace(CALM, image=255 - CALM.image)
    for i in range(150):
        code = reader.read(bright, i / 30)

    close(code, reenactor.read_motion(bright.image) - resting(reenactor, bright))


def test_pictures_that_stand_alone_teach_nothing(reenactor: Reenactor) -> None:
    reader = RelativeMotionReader(reenactor, calibration_s=0.0)

    close(reader.read(CALM, 0.0), reenactor.read_motion(CALM.image))
    with_rest = RelativeMotionReader(reenactor, neutral=CALM, calibration_s=0.0)
    close(
        with_rest.read(TALKING, 0.0),
        reenactor.read_motion(TALKING.image) - resting(reenactor, CALM),
    )


def test_restored_reader_goes_on_exactly(reenactor: Reenactor) -> None:
    frames = [TALKING, *[CALM] * 5, TALKING, driver(smile=0.4), *[CALM] * 5]
    whole, first, second = (RelativeMotionReader(reenactor) for _ in range(3))
    expected = [whole.read(seen, i / 30) for i, seen in enumerate(frames)]
    for i in range(4):
        first.read(frames[i], i / 30)
    second.restore(json.loads(json.dumps(first.state())))

    rest = [second.read(frames[i], i / 30) for i in range(4, len(frames))]
    assert np.array_equal(rest, expected[4:])
    assert second.state() == whole.state()
