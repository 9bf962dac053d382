"""reenact/reenactor.py: identity + motion -> picture, with the pack's nets."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from engines.base import EngineError
from engines.swap import BuildWatch, SwappingEngine
from reenact.packs.pack import load_pack
from reenact.pipeline import render_neutral
from reenact.reenactor import Reenactor
from tests.support.fakes import (
    ROWS,
    SIZE,
    WIDTH,
    FakeEngine,
    FakePack,
    ada,
    fake_reenactor,
    identity,
    write_pack,
)


@pytest.fixture
def reenactor(tmp_path: Path) -> Reenactor:
    return Reenactor(load_pack(write_pack(tmp_path)), device="cpu")


def test_motion_has_the_packs_shape(reenactor: Reenactor) -> None:
    motion = reenactor.read_motion(np.ones(13, np.float32))

    assert (motion.shape, motion.dtype) == ((ROWS, WIDTH), np.dtype(np.float32))


def test_picture_is_rgb_of_the_packs_size(reenactor: Reenactor) -> None:
    picture = reenactor.render(ada(), np.zeros((ROWS, WIDTH), np.dtype(np.float32)))

    assert (picture.shape, picture.dtype) == ((SIZE, SIZE, 3), np.dtype(np.uint8))


def test_motion_is_added_to_the_identity(reenactor: Reenactor) -> None:
    motion = reenactor.read_motion(np.ones(13, np.float32))
    moved = identity("ada, moved", ada().latent + motion)

    expected = reenactor.render(moved, np.zeros_like(motion))
    assert np.array_equal(reenactor.render(ada(), motion), expected)


def test_expression_changes_the_picture(reenactor: Reenactor) -> None:
    rest = render_neutral(reenactor, ada())
    moved = reenactor.render(ada(), reenactor.read_motion(np.ones(13, np.float32)))

    assert not np.array_equal(rest, moved)


def test_neutral_picture_of_either_kind_of_pack_adds_no_motion() -> None:
    for reads in ("expression", "face"):
        reenactor = fake_reenactor(FakePack(reads=reads))
        still = reenactor.render(ada(), np.zeros((ROWS, WIDTH), np.float32))

        assert np.array_equal(render_neutral(reenactor, ada()), still)


def test_face_pack_reads_pixels() -> None:
    reenactor = fake_reenactor(FakePack(reads="face"))

    assert (reenactor.read_motion(np.full((256, 256, 3), 7, np.uint8)) == 7).all()


def test_device_is_the_one_really_used(reenactor: Reenactor) -> None:
    assert reenactor.device == "cpu"


def test_coefficients_that_do_not_fit_are_refused(reenactor: Reenactor) -> None:
    with pytest.raises(EngineError, match="expression must be float32"):
        reenactor.read_motion(np.ones(12, np.float32))


def test_close_frees_both_nets() -> None:
    pack = FakePack()
    fake_reenactor(pack).close()

    assert all(engine.closed for engine in pack.engines.values())


def test_reenactor_improves_until_the_better_engine_serves() -> None:
    pack, release = FakePack(), threading.Event()
    plain, better = pack.engines["synthesis"], FakePack().engines["synthesis"]

    def build(watch: BuildWatch) -> FakeEngine:
        watch.wait(release)
        return better

    pack.engines["synthesis"] = SwappingEngine(plain, build)  # type: ignore[assignment]
    reenactor = fake_reenactor(pack)
    assert reenactor.improving
    release.set()
    end = time.monotonic() + 60
    while reenactor.improving and time.monotonic() < end:
        reenactor.render(ada(), np.zeros((ROWS, WIDTH), np.dtype(np.float32)))

    assert not reenactor.improving
    assert better.calls > 0
    reenactor.close()
