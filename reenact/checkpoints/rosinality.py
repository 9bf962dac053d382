"""The generator's layout in rosinality/stylegan2-pytorch (at bef283a1).

The files of pSp, e4e, ReStyle and the paper use it too.
"""

from typing import Any

from torch import Tensor

from reenact.checkpoints.generator_layout import Dialect, GeneratorSizes, Layer, filters
from reenact.checkpoints.slots import Fixed, Shape

_NAMES = {"bias": "activate.bias", "noise_strength": "noise.weight"}


def _layer_name(layer: Layer) -> str:
    if layer.role == "to_rgb":
        return f"to_rgbs.{layer.level - 1}" if layer.level else "to_rgb1"
    return f"convs.{layer.noise_index - 1}" if layer.level else "conv1"


def _source(layer: Layer, name: str) -> str:
    if name == "noise":
        return f"noises.noise_{layer.noise_index}"
    if layer.role == "to_rgb":
        return f"{_layer_name(layer)}.{name}"
    return f"{_layer_name(layer)}.{_NAMES.get(name, name)}"


def _shape(layer: Layer, name: str, ours: Shape) -> Shape:
    if name == "noise":
        return (1, 1, *ours)
    if layer.role == "to_rgb" and name == "bias":
        return (1, *ours, 1, 1)
    return (1, *ours) if name in ("conv.weight", "noise_strength") else ours


def _filters(sizes: GeneratorSizes) -> list[Fixed]:
    blocks = range(len(sizes.channels) - 1)
    blurs = [f"convs.{2 * k}.conv.blur.kernel" for k in blocks]
    return filters([*blurs, *(f"to_rgbs.{k}.upsample.kernel" for k in blocks)], gain=1.0)


ROSINALITY = Dialect(
    name="StyleGAN2 in rosinality's layout",
    constant=("input.input", 1),
    mapping=lambda index, name: f"style.{index + 1}.{name}",
    source=_source,
    shape=_shape,
    filters=_filters,
)


def pick_generator(content: dict[str, Any]) -> tuple[dict[str, Tensor], list[str]]:
    """Pick the averaged generator, or the plain one where it is alone; returns it and notes."""
    if "g_ema" in content:
        return content["g_ema"], []
    return content["g"], ["the file has no averaged generator (g_ema), so 'g' was taken"]
