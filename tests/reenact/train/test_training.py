"""A training goes on exactly where it stopped, and learns."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.nets.avatar import AvatarNet
from reenact.train.avatars import stage_of
from reenact.train.checkpoint import save_tensors
from reenact.train.frame_bank import FrameBank
from reenact.train.recipe import AVATAR_256
from reenact.train.training import Training, draw_batch, shrink
from tests.support.tiny_training import TINY, render_bank

FIRST = replace(AVATAR_256, width=TINY.width)
TINY_SEPARABLE = replace(TINY, channels=(8, 8, 8, 8, 8))
"""Its blocks end at 64 pixels, from which they are separable."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> FrameBank:
    return render_bank(tmp_path_factory.mktemp("bank"))


def test_resumed_steps_equal_uninterrupted_ones(bank: FrameBank, tmp_path: Path) -> None:
    batches = [draw_batch(bank, np.arange(i, i + 4), 16, "cpu") for i in range(4)]
    straight = Training(TINY, device="cpu")
    for batch in batches[:2]:
        straight.step(batch, 16)
    straight.save(tmp_path)
    resumed = Training(TINY, device="cpu")
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
    earlier, later = Training(TINY, device="cpu"), Training(TINY, device="cpu")
    with torch.no_grad():
        earlier.net.identities.add_(1)
    halves = {name: value.half() for name, value in earlier.net.named_parameters()}
    save_tensors(tmp_path / "weights.safetensors", halves)
    later.start_from(tmp_path / "weights.safetensors")
    assert stage_of(TINY, later.pictures) is TINY.stages[-1]
    for net in (later.net, later.average):
        torch.testing.assert_close(net.identities, earlier.net.identities, atol=2e-3, rtol=1e-3)


def test_a_quick_network_begins_with_what_the_first_one_knows(tmp_path: Path) -> None:
    first = AvatarNet(12, (8, 8, 8), 16)
    save_tensors(tmp_path / "first.safetensors", dict(first.named_parameters()))
    training = Training(TINY, device="cpu")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reenact.train.training.AVATAR_256", replace(FIRST, channels=(8, 8, 8)))
        training.start_from(tmp_path / "first.safetensors")

    net = training.average
    torch.testing.assert_close(net.identities[:12], first.identities[:, : net.synthesis.rows])
    torch.testing.assert_close(net.synthesis.conv.conv.weight, first.synthesis.conv.conv.weight)
    assert stage_of(TINY, training.pictures) is TINY.stages[0]


def test_kernels_that_mix_channels_are_stepped_by_muon_and_no_others() -> None:
    training = Training(TINY_SEPARABLE, device="cpu")
    named = {id(value): name for name, value in training.net.named_parameters()}
    names = {named[id(value)] for value in training.muon.weights}

    assert names >= {"synthesis.conv.conv.weight", "synthesis.blocks.3.up.mix"}
    assert not any(name.endswith("taps") or "to_rgb" in name for name in names)


def test_steps_lower_the_loss(bank: FrameBank) -> None:
    training = Training(TINY, device="cpu")
    batch = draw_batch(bank, np.arange(8), 16, "cpu")
    losses = [training.step(batch, 16) for _ in range(40)]
    assert losses[-1] < 0.5 * losses[0]


def test_shrunk_cutouts_keep_the_colour_of_what_covers_them() -> None:
    red = torch.tensor([1.0, -1.0, -1.0, 1.0])[:, None]
    nothing = -torch.ones(4, 1)
    picture = torch.stack([torch.cat([red, nothing], dim=1), torch.cat([nothing, red], dim=1)], 1)

    shrunk = shrink(picture[None], 1)[0, :, 0, 0]

    torch.testing.assert_close(shrunk, torch.tensor([1.0, -1.0, -1.0, 0.0]))


def test_mixed_frames_train_shape_rows_of_one_person_and_colour_rows_of_another(
    bank: FrameBank,
) -> None:
    training = Training(TINY, device="cpu")
    batch = draw_batch(bank, np.arange(1), 16, "cpu")
    mixed = replace(batch, people=torch.tensor([[2, 5]]))
    before = training.net.identities.detach().clone()

    for _ in range(2):  # ToRGB begins at zero, and lets nothing through to the codes before
        training.step(mixed, 16)

    moved = (training.net.identities - before).abs().amax(dim=2) > 0
    assert moved.any(dim=1).nonzero().flatten().tolist() == [2, 5]
    assert moved[2].nonzero().flatten().tolist() == list(range(TINY.shape_rows))
    rows = training.net.synthesis.rows
    assert moved[5].nonzero().flatten().tolist() == list(range(TINY.shape_rows, rows))
