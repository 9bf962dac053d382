"""The attributes of NVIDIA's PyTorch layers that change the arithmetic, compared with our nets'.

They are those of `training/networks.py` in stylegan2-ada-pytorch (at d72cc7d0) and of
`training/networks_stylegan2.py` in stylegan3 (at c233a919). The filters are buffers, compared as
tensors are; the clamp is read, as our nets have one too.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from reenact.checkpoints.named_value import name_value
from reenact.errors import CheckpointError

_MAPPING_RATE = 0.01  # `lr_multiplier` of the mapping's layers; all others have 1


def _rate(name: str) -> float:
    return _MAPPING_RATE if name.startswith("mapping.") else 1.0


def _weight_gain(name: str, state: Mapping[str, Any]) -> object:
    weight = state.get("_parameters", {}).get("weight")
    if not isinstance(weight, Tensor) or weight.ndim < 2 or not weight.numel():
        return None  # of another shape, which is refused by its name
    return _rate(name) / math.sqrt(weight[0].numel())


_EXPECTED: dict[str, Callable[[str, Mapping[str, Any]], object]] = {
    "activation": lambda name, _: "linear" if name.endswith(".affine") else "lrelu",
    "act_gain": lambda _, __: math.sqrt(2.0),
    "architecture": lambda _, __: "skip",
    "weight_gain": _weight_gain,
    "bias_gain": lambda name, _: _rate(name),
    "up": lambda name, _: 2 if name.endswith(".conv0") else 1,
    "padding": lambda _, __: 1,
    "use_noise": lambda _, __: True,
    "num_layers": lambda _, state: sum(
        layer.startswith("fc") for layer in state.get("_modules", {})
    ),
    "c_dim": lambda _, __: 0,
    "img_channels": lambda _, __: 3,
}
"""The value that our nets have, by attribute, of the module of that full name and state."""


def check_attributes(path: Path, name: str, state: Mapping[str, Any]) -> None:
    """Raise CheckpointError when the module `name` computes something else than our nets."""
    for attribute, expect in _EXPECTED.items():
        expected = expect(name, state)
        if attribute in state and expected is not None and not _same(state[attribute], expected):
            raise CheckpointError(
                f"{path} must hold StyleGAN2 as it was published, with {attribute} {expected!r} "
                f"in {name or 'the generator'}, got {name_value(state[attribute])}; "
                "use one of the published files"
            )


def _same(found: Any, expected: object) -> bool:
    if isinstance(expected, float):
        number = isinstance(found, float | int)
        return number and math.isclose(found, expected, rel_tol=1e-4)
    return bool(found == expected)
