"""Synthetic checkpoints in the exact public layouts, of any size, written the other way round:
from our nets' states to the published names and shapes. No published program is needed."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reenact.nets.arcface import ArcFace
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.generator import Generator
from reenact.nets.motion_encoder import MotionEncoder
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.stylegan2 import blur_kernel
from reenact.nets.transfer import Transfer

State = dict[str, Tensor]

NARROW = (24, 20, 16, 12, 8)  # channels of 4 to 64 pixels, all different
WIDTH = 16
ENCODER = (6, 6, 8, 10, 12)
FULL = (512, 512, 512, 512, 512, 256, 128, 64, 32)  # of 4 to 1024 pixels
OPTIONS = {
    "pet": {"encoder_type": "GradualStyleEncoder", "device": "cuda:0", "n_styles": 18},
    "restyle-psp": {"encoder_type": "BackboneEncoder", "input_nc": 6, "n_iters_per_batch": 5},
    "restyle-e4e": {"encoder_type": "ProgressiveBackboneEncoder", "input_nc": 6},
    "psp": {"encoder_type": "GradualStyleEncoder", "output_size": 1024},
    "e4e": {"encoder_type": "Encoder4Editing", "stylegan_size": 1024},
}


def make_generator(
    channels: Sequence[int] = NARROW, width: int = WIDTH, *, clamp: float | None = None,
    z_layers: int = 8, seed: int = 0,
) -> Generator:  # fmt: skip
    """A random generator in which every tensor matters."""
    torch.manual_seed(seed)
    generator = Generator(channels, width, z_layers, clamp=clamp)
    with torch.no_grad():
        for name, tensor in generator.state_dict().items():
            if name.endswith(("bias", "noise_strength")):
                tensor += 0.3 * torch.randn_like(tensor)
        row = torch.randn(width)
        generator.latent_avg.copy_(row.expand_as(generator.latent_avg))
    return generator.eval().requires_grad_(False)


def draw(generator: Generator) -> Tensor:
    """One picture of it, from a fixed z."""
    z = torch.randn(1, generator.latent_avg.shape[1], generator=torch.Generator().manual_seed(5))
    picture: Tensor = generator(z)
    return picture


def to_rosinality(state: Mapping[str, Tensor]) -> State:
    """A generator under rosinality's names, without the average code."""
    public: State = {}
    for name, tensor in state.items():
        head, _, rest = name.partition(".")
        if head == "mapping":
            _, index, kind = rest.split(".")
            public[f"style.{int(index) + 1}.{kind}"] = tensor
        elif name == "synthesis.constant":
            public["input.input"] = tensor
        elif head == "synthesis":
            level, role, kind = split(rest)
            public |= _rosinality_tensor(level, role, kind, tensor)
    kernel = blur_kernel()
    for k in range(levels(state)):
        public[f"convs.{2 * k}.conv.blur.kernel"] = kernel
        public[f"to_rgbs.{k}.upsample.kernel"] = kernel
    return public


def split(name: str) -> tuple[int, str, str]:
    """Level, role and tensor of `blocks.2.up.conv.weight` or `to_rgb.bias`."""
    parts = name.split(".")
    level = 0
    if parts[0] == "blocks":
        level, parts = int(parts[1]) + 1, parts[2:]
    return level, parts[0], ".".join(parts[1:])


def levels(state: Mapping[str, Tensor]) -> int:
    return sum(name.endswith("up.bias") for name in state)


def _rosinality_tensor(level: int, role: str, kind: str, tensor: Tensor) -> State:
    if role == "to_rgb":
        layer = f"to_rgbs.{level - 1}" if level else "to_rgb1"
        if kind == "bias":
            return {f"{layer}.bias": tensor.view(1, 3, 1, 1)}
    else:
        layer = {"up": f"convs.{2 * level - 2}", "conv": f"convs.{2 * level - 1}"}[role]
        layer = layer if level else "conv1"
    if kind == "noise":
        index = 2 * level - (1 if role == "up" else 0)
        return {f"noises.noise_{index}": tensor[None, None]}
    if kind == "noise_strength":
        return {f"{layer}.noise.weight": tensor.view(1)}
    if kind == "bias":
        return {f"{layer}.activate.bias": tensor}
    return {f"{layer}.{kind}": tensor[None] if kind == "conv.weight" else tensor}


def rosinality_content(generator: Generator, variant: str = "g_ema") -> dict[str, Any]:
    """What stylegan2 .pt files hold: "g_ema", "g_ema+g", "g_ema+g+d" or "training"."""
    state = generator.state_dict()
    content: dict[str, Any] = {"g_ema": to_rosinality(state)}
    if variant == "g_ema":
        return content
    worse = {name: tensor + 1 for name, tensor in content["g_ema"].items()}
    content |= {"g": worse, "latent_avg": state["latent_avg"][0]}
    if variant != "g_ema+g":
        content["d"] = {"convs.0.0.weight": torch.zeros(8, 3, 1, 1)}
    if variant == "training":
        content |= {"g_optim": {"state": {}}, "args": Namespace(size=64, path="/data"),
                    "ada_aug_p": np.float64(0.25)}  # fmt: skip
    return content


def encoder_content(
    kind: str, generator: Generator | None = None, *, rows: int | None = None,
    options: Any = None, seed: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """What the file of "pet", "restyle-psp", "restyle-e4e", "psp" or "e4e" holds."""
    generator = generator or make_generator()
    torch.manual_seed(seed)
    width = generator.synthesis.width
    rows = rows or generator.synthesis.rows
    state = add_prefix("decoder.", to_rosinality(generator.state_dict()))
    state |= add_prefix("encoder.", _encoder(kind, rows, width).state_dict())
    if kind == "pet":
        transfer = Transfer(rows, width).state_dict()
        for name in ("weight", "bias"):
            state[f"mapping_net.linear_relu.0.{name}"] = transfer[f"linear.{name}"]
    content = {"state_dict": state, "opts": OPTIONS[kind] if options is None else options}
    if kind != "pet":
        content["latent_avg"] = generator.latent_avg
    return content


def _encoder(kind: str, rows: int, width: int) -> nn.Module:
    if kind == "pet":
        return MotionEncoder(rows, width, features=10, channels=ENCODER)
    if kind.startswith("restyle"):
        return RestyleEncoder(rows, width, channels=ENCODER)
    return FpnEncoder(rows, width, channels=ENCODER)


def add_prefix(prefix: str, state: Mapping[str, Tensor]) -> State:
    return {prefix + name: tensor for name, tensor in state.items()}


def arcface_content(*, counters: bool = False) -> State:
    """A bare ArcFace on IR-SE50; old ones have no `num_batches_tracked`."""
    torch.manual_seed(2)
    state = ArcFace(features=10, channels=ENCODER).state_dict()
    return {n: t for n, t in state.items() if counters or not n.endswith("num_batches_tracked")}


def save(path: Path, content: Any, *, legacy: bool = False) -> Path:
    """Write with PyTorch: the zip container, or the one of before 1.6."""
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path
