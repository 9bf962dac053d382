"""Constant matrices pool as torch's adaptive pooling does."""

import pytest
import torch
from torch.nn import functional

from reenact.nets.adaptive_pool import AdaptivePool

_SIZES = [(16, 7), (188, 112), (1024, 256), (256, 112), (256, 256), (4, 7), (64, 256)]


@pytest.mark.parametrize(("inputs", "outputs"), _SIZES)
def test_pooling_equals_torch(inputs: int, outputs: int) -> None:
    x = torch.randn(2, 3, inputs, inputs, generator=torch.Generator().manual_seed(0))
    expected = functional.adaptive_avg_pool2d(x, outputs)
    torch.testing.assert_close(AdaptivePool(inputs, outputs)(x), expected, atol=1e-6, rtol=0)
