"""Muon's step is orthogonal and of the stated size."""

import torch
from torch import nn

from reenact.train.muon import Muon, orthogonalise


def test_singular_values_come_near_one() -> None:
    torch.manual_seed(0)
    for shape in ((16, 144), (48, 16)):
        values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
        assert float(values.min()) > 0.5
        assert float(values.max()) < 1.3


def test_a_step_changes_weights_by_the_rate() -> None:
    torch.manual_seed(0)
    weight = nn.Parameter(torch.randn(16, 16, 3, 3))
    before = weight.detach().clone()
    weight.grad = torch.randn_like(weight)
    Muon([weight], rate=0.01).step()
    change = (weight.detach() - before).square().mean().sqrt()
    assert 0.007 < float(change) < 0.012
    assert weight.grad is None


def test_steps_find_the_minimum() -> None:
    torch.manual_seed(0)
    target, weight = torch.randn(8, 8, 3, 3), nn.Parameter(torch.randn(8, 8, 3, 3))
    muon = Muon([weight], rate=0.02)
    first = float((weight.detach() - target).square().mean())
    for _ in range(200):
        (weight - target).square().sum().backward()
        muon.step()
    assert float((weight.detach() - target).square().mean()) < 0.02 * first
