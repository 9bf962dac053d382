"""Assembly of a network from given tensors, without making the network's own first."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

_Net = TypeVar("_Net", bound=nn.Module)


def assemble(build: Callable[[], _Net], state: Mapping[str, Tensor]) -> _Net:
    """Make the network of `build` hold the tensors of `state` themselves, ready for inference.

    Nothing is copied, except floats of another precision than float32. The network is in
    evaluation mode and asks for no gradients. `build` runs under the meta device, so a constant
    outside the state must name its own (`device="cpu"`). Raises ValueError unless names and shapes
    agree exactly.
    """
    with torch.device("meta"):
        net = build()
    _check(net, state)
    net.load_state_dict({name: _float32(value) for name, value in state.items()}, assign=True)
    return net.eval().requires_grad_(False)


def _float32(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def _check(net: nn.Module, state: Mapping[str, Tensor]) -> None:
    expected = net.state_dict()
    differences = [f"{name} is missing" for name in expected if name not in state]
    differences += [f"{name} is not part of it" for name in state if name not in expected]
    differences += [
        f"{name} is {tuple(state[name].shape)} instead of {tuple(value.shape)}"
        for name, value in expected.items()
        if name in state and state[name].shape != value.shape
    ]
    if differences:
        raise ValueError(
            f"a {type(net).__name__} has {len(expected)} tensors, and the {len(state)} given differ"
            f" in {len(differences)} ({'; '.join(differences[:3])}); give the file it was made for"
        )
