"""The generator's layout in stylegan2-ada-pytorch (at d72cc7d0) and stylegan3 (at c233a919): the
same network as rosinality's without a transpose or a flip."""

from reenact.checkpoints.generator_layout import Dialect, GeneratorSizes, Layer, filters
from reenact.checkpoints.slots import Fixed, Shape

AVERAGE = "mapping.w_avg"
_LAYERS = {"up": "conv0", "conv": "conv1", "to_rgb": "torgb"}
_NAMES = {
    "conv.weight": "weight",
    "conv.modulation.weight": "affine.weight",
    "conv.modulation.bias": "affine.bias",
    "bias": "bias",
    "noise_strength": "noise_strength",
    "noise": "noise_const",
}


def _source(layer: Layer, name: str) -> str:
    return f"synthesis.b{4 << layer.level}.{_LAYERS[layer.role]}.{_NAMES[name]}"


def _shape(_: Layer, __: str, ours: Shape) -> Shape:
    return ours


def _filters(sizes: GeneratorSizes) -> list[Fixed]:
    blocks = [f"synthesis.b{4 << level}" for level in range(len(sizes.channels))]
    owners = [f"{block}{layer}" for block in blocks for layer in ("", ".conv0", ".conv1")]
    return filters([f"{owner}.resample_filter" for owner in owners], gain=4.0)


NVLABS = Dialect(
    name="StyleGAN2 in NVIDIA's PyTorch layout",
    constant=("synthesis.b4.const", 0),
    mapping=lambda index, name: f"mapping.fc{index}.{name}",
    source=_source,
    shape=_shape,
    filters=_filters,
)
