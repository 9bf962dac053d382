"""A training goes on exactly where it stopped, and learns."""

from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.train.avatars import (
    Budget,
    Training,
    cool_down,
    draw_batch,
    stage_of,
    train,
)
from reenact.train.checkpoint import save_tensors
from reenact.train.frame_bank import FrameBank
from reenact.train.recipe import Recipe, Stage

_TINY = Recipe(
    channels=(8, 8, 8),
    width=16,
    stages=(
        Stage(size=8, rendered=16, frames=30, pictures=8, batch=4, rate=1.0),
        Stage(size=16, rendered=16, frames=30, pictures=8, batch=4, rate=0.5),
    ),
    conv_rate=0.02,
    other_rate=4e-3,
    average_pictures=100,
    detail=6.0,
    seed=1,
)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> FrameBank:
    bank = FrameBank(tmp_path_factory.mktemp("bank"), size=16, capacity=30, seed=1)
    bank.render(range(30))
    return bank


def test_a_frame_is_a_function_of_seed_and_index(bank: FrameBank, tmp_path: Path) -> None:
    again = FrameBank(tmp_path / "again", size=16, capacity=30, seed=1)
    again.render([7])
    assert again.ready().tolist() == [7]
    np.testing.assert_array_equal(again.pictures[7], bank.pictures[7])
    np.testing.assert_array_equal(again.motions[7], bank.motions[7])


def test_a_bank_is_picked_up_where_it_was_left(bank: FrameBank) -> None:
    reopened = FrameBank(bank.folder, size=16, capacity=99, seed=1)
    assert reopened.capacity == len(reopened.ready()) == 30


def test_resumed_steps_equal_uninterrupted_ones(bank: FrameBank, tmp_path: Path) -> None:
    batches = [draw_batch(bank, np.arange(i, i + 4), 16, "cpu") for i in range(4)]
    straight = Training(_TINY, 12, device="cpu")
    for batch in batches[:2]:
        straight.step(batch, 16)
    straight.save(tmp_path)
    resumed = Training(_TINY, 12, device="cpu")
    resumed.load(tmp_path)
    for training in (straight, resumed):
        for batch in batches[2:]:
            training.step(batch, 16)
    assert resumed.pictures == straight.pictures == 16
    for expected, got in zip(straight.net.parameters(), resumed.net.parameters(), strict=True):
        torch.testing.assert_close(got, expected)
    for expected, got in zip(
        straight.average.parameters(), resumed.average.parameters(), strict=True
    ):
        torch.testing.assert_close(got, expected)


def test_new_run_begins_at_the_last_stage_with_given_weights(tmp_path: Path) -> None:
    earlier, later = Training(_TINY, 12, device="cpu"), Training(_TINY, 12, device="cpu")
    with torch.no_grad():
        earlier.net.identities.add_(1)
    halves = {name: value.half() for name, value in earlier.net.named_parameters()}
    save_tensors(tmp_path / "weights.safetensors", halves)
    later.start_from(tmp_path / "weights.safetensors")
    assert stage_of(_TINY, later.pictures) is _TINY.stages[-1]
    for net in (later.net, later.average):
        torch.testing.assert_close(net.identities, earlier.net.identities, atol=2e-3, rtol=1e-3)


def test_steps_lower_the_loss(bank: FrameBank) -> None:
    training = Training(_TINY, 12, device="cpu")
    batch = draw_batch(bank, np.arange(8), 16, "cpu")
    losses = [training.step(batch, 16) for _ in range(40)]
    assert losses[-1] < 0.5 * losses[0]


def test_stages_follow_one_another_and_the_last_has_no_end() -> None:
    sizes = [stage_of(_TINY, pictures).size for pictures in (0, 7, 8, 15, 16, 10_000)]
    assert sizes == [8, 8, 16, 16, 16, 16]


def test_rates_fall_at_the_end_of_a_call_of_known_length() -> None:
    shares = [cool_down(Budget(minutes=10), 60 * minute) for minute in (0, 8, 9, 10, 11)]
    assert shares == pytest.approx([1, 1, 0.5, 0.05, 0.05])
    assert cool_down(Budget(pictures=10), 1e9) == 1


@pytest.mark.slow
def test_a_run_writes_what_it_needs_to_go_on(tmp_path: Path) -> None:
    for pictures in (8, 16):
        list(train(_TINY, tmp_path, Budget(pictures=pictures), device="cpu", renderers=1))
        assert f'"pictures": {pictures}' in (tmp_path / "progress.json").read_text()
    assert (tmp_path / "average.safetensors").exists()
