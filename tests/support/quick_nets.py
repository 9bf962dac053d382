"""A tiny `QuickSynthesis` of 32 pixels with both kinds of convolution and nothing that is zero."""

import torch

from reenact.nets.quick_synthesis import QuickSynthesis


def quick_synthesis(*, colours: int = 3, separable_from: int = 16) -> QuickSynthesis:
    """Make the net for codes of (6, 12), always the same one."""
    torch.manual_seed(0)
    net = QuickSynthesis((8, 8, 6), 12, colours=colours, separable_from=separable_from)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return net
