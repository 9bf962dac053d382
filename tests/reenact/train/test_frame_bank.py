"""A bank of frames is a fixed function of its seed, and keeps what was rendered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reenact.axes import AXES
from reenact.train.avatars import bank_specs
from reenact.train.frame_bank import FrameBank
from reenact.train.recipe import AVATAR_256, AVATAR_256_V2
from tests.support.tiny_training import TINY, render_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> FrameBank:
    return render_bank(tmp_path_factory.mktemp("bank"))


def test_a_frame_is_a_function_of_seed_and_index(bank: FrameBank, tmp_path: Path) -> None:
    again = FrameBank(replace(bank.spec, folder=tmp_path / "again"))
    again.render([7])
    assert again.ready().tolist() == [7]
    np.testing.assert_array_equal(again.pictures[7], bank.pictures[7])
    np.testing.assert_array_equal(again.motions[7], bank.motions[7])


def test_a_bank_is_picked_up_where_it_was_left(bank: FrameBank) -> None:
    reopened = FrameBank(replace(bank.spec, capacity=99))
    assert reopened.capacity == len(reopened.ready()) == 30


def test_some_frames_mix_the_shape_and_the_colours_of_two_people(bank: FrameBank) -> None:
    shape, colours = bank.people.T
    assert 0.05 < (shape != colours).mean() < 0.5
    assert bank.pictures.shape == (30, 16, 16, 4)
    assert bank.motions.shape == (30, len(AXES))


def test_frames_of_another_recipe_are_refused(bank: FrameBank) -> None:
    with pytest.raises(ValueError, match="belongs to another recipe; give another folder"):
        FrameBank(replace(bank.spec, channels=3))


def test_the_first_recipe_still_draws_its_axes_and_people(tmp_path: Path) -> None:
    spec = replace(bank_specs(AVATAR_256, tmp_path)[64], size=16, capacity=40)
    bank = FrameBank(spec)
    bank.render([0, 1])
    assert bank.pictures[:2].shape == (2, 16, 16, 3)
    assert bank.motions.shape == (40, 13)
    assert (bank.people[:2, 0] == bank.people[:2, 1]).all()


def test_the_recipes_name_people_that_exist() -> None:
    for recipe in (TINY, AVATAR_256, AVATAR_256_V2):
        assert 12 <= recipe.people <= 16
