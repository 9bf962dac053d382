"""The generator's layout in the original TensorFlow StyleGAN2 (NVlabs/stylegan2 at bf0fe0ba).

Its matrices are (inputs, outputs), its kernels (height, width, inputs, outputs), the kernels of
up-sampling convolutions are turned by 180 degrees, and the 1 of each modulation is not stored.
"""

from collections.abc import Callable

from torch import Tensor

from reenact.checkpoints.generator_layout import Dialect, Layer
from reenact.checkpoints.slots import Shape, keep

AVERAGE = "dlatent_avg"
_NAMES = {
    "conv.weight": "weight",
    "conv.modulation.weight": "mod_weight",
    "conv.modulation.bias": "mod_bias",
    "bias": "bias",
    "noise_strength": "noise_strength",
}


def _source(layer: Layer, name: str) -> str:
    if name == "noise":
        return f"synthesis/noise{layer.noise_index}"
    conv = "Conv1" if layer.level else "Conv"
    scope = {"up": "Conv0_up", "conv": conv, "to_rgb": "ToRGB"}[layer.role]
    side = 4 << layer.level
    return f"synthesis/{side}x{side}/{scope}/{_NAMES[name]}"


def _shape(_: Layer, name: str, ours: Shape) -> Shape:
    if name == "noise":
        return (1, 1, *ours)
    if name == "conv.weight":
        return (*ours[2:], ours[1], ours[0])
    return ours[::-1] if name == "conv.modulation.weight" else ours


def _change(layer: Layer, name: str) -> Callable[[Tensor], Tensor]:
    if name == "conv.weight":
        return _turn_kernel if layer.role == "up" else _reorder_kernel
    if name == "conv.modulation.bias":
        return _add_one
    return _transpose if name == "conv.modulation.weight" else keep


def _reorder_kernel(weight: Tensor) -> Tensor:
    return weight.permute(3, 2, 0, 1)


def _turn_kernel(weight: Tensor) -> Tensor:
    return _reorder_kernel(weight).flip(2, 3)


def _add_one(bias: Tensor) -> Tensor:
    return bias + 1


def _transpose(weight: Tensor) -> Tensor:
    return weight.T


TENSORFLOW = Dialect(
    name="StyleGAN2 in TensorFlow's layout",
    constant=("synthesis/4x4/Const/const", 1),
    mapping=lambda index, name: f"mapping/Dense{index}/{name}",
    source=_source,
    shape=_shape,
    change=_change,
    width_axis=0,
    mapping_change=_transpose,
)
