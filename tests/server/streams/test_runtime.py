"""server/streams/runtime.py: what all streams share."""

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from reenact.errors import IdentityError
from reenact.face.align import FaceAligner
from reenact.types import Frame, Identity
from server.streams import runtime as runtime_module
from server.streams.runtime import Runtime, open_runtime, tune_process
from tests.support.faces import picture
from tests.support.fake_face_pack import write_face_pack
from tests.support.fakes import ROWS, WIDTH, write_pack
from tests.support.live_rig import brightness, runtime


class FakeEnroller:
    """Everybody it makes is as bright as the seed says."""

    opened = 0

    def __enter__(self) -> "FakeEnroller":
        FakeEnroller.opened += 1
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def enrol_random(self, name: str, seed: int) -> Any:
        code = np.full((ROWS, WIDTH), seed / 10, np.float32)
        return type("Enrolled", (), {"identity": Identity(name, code, code)})


@pytest.fixture
def place() -> Any:
    made = runtime()
    made._enroller = FakeEnroller  # type: ignore[assignment]
    yield made
    made.close()


def test_a_random_person_is_there_at_once_and_the_same_for_the_same_seed(place: Runtime) -> None:
    FakeEnroller.opened = 0
    name = place.make_random(3)

    assert place.identities == ("ada", "ben", name)
    assert place.make_random(3) == name
    assert FakeEnroller.opened == 1
    assert round(float(place.draw_neutral(name).mean())) == 130


def test_there_is_an_end_of_random_people(place: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_module, "MAX_RANDOM", 2)
    place.make_random(1)
    place.make_random(2)

    with pytest.raises(IdentityError, match="2 random faces"):
        place.make_random(3)


def test_neutral_people_can_be_shown(place: Runtime) -> None:
    assert float(place.draw_neutral("ben").mean()) == pytest.approx(brightness("ben"), abs=1)


def test_a_runtime_of_a_true_pack_is_opened_warm_and_closed_twice(tmp_path: Path) -> None:
    opened = open_runtime(write_pack(tmp_path / "tiny"), device="cpu")
    try:
        assert opened.identities == ("ada", "ben", "chi")
        assert opened.device == "cpu"
        assert not opened.can_random
    finally:
        opened.close()
        opened.close()


def test_streams_of_a_face_pack_cut_out_the_square_of_dlib(tmp_path: Path) -> None:
    frame = Frame(picture(), 0, Fraction(1, 30))
    opened = open_runtime(write_face_pack(tmp_path / "faces"), device="cpu")
    try:
        with opened.open(opened.default_settings) as stream, FaceAligner(as_dlib=True) as aligner:
            live, expected = stream.find(frame).face, aligner.align(frame)
    finally:
        opened.close()

    assert live is not None
    assert expected is not None
    assert np.array_equal(live.image, expected.image)


def test_the_process_is_tuned_in_one_place() -> None:
    before = sys.getswitchinterval(), cv2.getNumThreads()
    try:
        tune_process()
        assert (round(sys.getswitchinterval(), 4), cv2.getNumThreads()) == (0.0005, 1)
    finally:
        sys.setswitchinterval(before[0])
        cv2.setNumThreads(before[1])
