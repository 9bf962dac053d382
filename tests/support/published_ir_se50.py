"""The IR-SE50 backbone in plain functions, written from its published description."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

_STRIDED = {0, 3, 7, 21}


def compute_maps(state: Mapping[str, Tensor], x: Tensor) -> list[Tensor]:
    """Compute the map behind each of the 24 units."""
    x = functional.conv2d(x, state["input_layer.0.weight"], padding=1)
    x = functional.prelu(_norm(state, "input_layer.1", x), state["input_layer.2.weight"])
    maps = []
    for index in range(24):
        x = _unit(state, f"body.{index}", x, stride=2 if index in _STRIDED else 1)
        maps.append(x)
    return maps


def _unit(state: Mapping[str, Tensor], name: str, x: Tensor, stride: int) -> Tensor:
    y = _norm(state, f"{name}.res_layer.0", x)
    y = functional.conv2d(y, state[f"{name}.res_layer.1.weight"], padding=1)
    y = functional.prelu(y, state[f"{name}.res_layer.2.weight"])
    y = functional.conv2d(y, state[f"{name}.res_layer.3.weight"], stride=stride, padding=1)
    y = _norm(state, f"{name}.res_layer.4", y)
    squeezed = functional.adaptive_avg_pool2d(y, 1)
    squeezed = functional.conv2d(squeezed, state[f"{name}.res_layer.5.fc1.weight"]).relu()
    y = y * functional.conv2d(squeezed, state[f"{name}.res_layer.5.fc2.weight"]).sigmoid()
    if f"{name}.shortcut_layer.0.weight" not in state:
        return y + functional.max_pool2d(x, 1, stride)
    shortcut = functional.conv2d(x, state[f"{name}.shortcut_layer.0.weight"], stride=stride)
    return y + _norm(state, f"{name}.shortcut_layer.1", shortcut)


def _norm(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    """Batch normalisation by the stored statistics, eps 1e-5."""
    mean, var, gain, shift = (
        state[f"{name}.{part}"][:, None, None]
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / torch.sqrt(var + 1e-5) * gain + shift
