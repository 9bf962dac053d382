"""A bank of frames is a fixed function of its seed, and keeps what was rendered."""

from pathlib import Path

import numpy as np
import pytest

from reenact.train.frame_bank import FrameBank
from tests.support.tiny_training import render_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> FrameBank:
    return render_bank(tmp_path_factory.mktemp("bank"))


def test_a_frame_is_a_function_of_seed_and_index(bank: FrameBank, tmp_path: Path) -> None:
    again = FrameBank(tmp_path / "again", size=16, capacity=30, seed=1)
    again.render([7])
    assert again.ready().tolist() == [7]
    np.testing.assert_array_equal(again.pictures[7], bank.pictures[7])
    np.testing.assert_array_equal(again.motions[7], bank.motions[7])


def test_a_bank_is_picked_up_where_it_was_left(bank: FrameBank) -> None:
    reopened = FrameBank(bank.folder, size=16, capacity=99, seed=1)
    assert reopened.capacity == len(reopened.ready()) == 30
