"""Synthetic checkpoints in the exact public layouts, of any size, written the other way round:
from our nets' states to the published names and shapes. No published program is needed."""

import io
import pickle
import sys
from argparse import Namespace
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
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
FULL = (512, 512, 512, 512, 512, 256, 128, 64, 32)
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


def draw(generator: Generator, clamp: float | None = None) -> Tensor:
    """One picture of it, from a fixed z."""
    z = torch.randn(1, generator.latent_avg.shape[1], generator=torch.Generator().manual_seed(5))
    picture: Tensor = generator(z)
    return picture


# rosinality


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
            level, role, kind = _split(rest)
            public |= _rosinality_tensor(level, role, kind, tensor)
    kernel = blur_kernel()
    for k in range(_levels(state)):
        public[f"convs.{2 * k}.conv.blur.kernel"] = kernel
        public[f"to_rgbs.{k}.upsample.kernel"] = kernel
    return public


def _split(name: str) -> tuple[int, str, str]:
    """Level, role and tensor of `blocks.2.up.conv.weight` or `to_rgb.bias`."""
    parts = name.split(".")
    level = 0
    if parts[0] == "blocks":
        level, parts = int(parts[1]) + 1, parts[2:]
    return level, parts[0], ".".join(parts[1:])


def _levels(state: Mapping[str, Tensor]) -> int:
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


# NVIDIA's PyTorch pickle


def to_nvlabs(state: Mapping[str, Tensor]) -> State:
    """A generator under the names of stylegan2-ada-pytorch."""
    public: State = {"mapping.w_avg": state["latent_avg"][0]}
    roles = {"up": "conv0", "conv": "conv1", "to_rgb": "torgb"}
    for name, tensor in state.items():
        if name.startswith("mapping."):
            _, _, index, kind = name.split(".")
            public[f"mapping.fc{index}.{kind}"] = tensor
        elif name == "synthesis.constant":
            public["synthesis.b4.const"] = tensor[0]
        elif name.startswith("synthesis."):
            level, role, kind = _split(name.removeprefix("synthesis."))
            kind = kind.replace("conv.modulation", "affine").replace("conv.weight", "weight")
            kind = "noise_const" if kind == "noise" else kind
            public[f"synthesis.b{4 << level}.{roles[role]}.{kind}"] = tensor
    for level in range(_levels(state) + 1):
        block = f"synthesis.b{4 << level}"
        for owner in ("", ".conv0", ".conv1") if level else ("", ".conv1"):
            public[f"{block}{owner}.resample_filter"] = blur_kernel() / 4
    return public


@contextmanager
def fake_modules(names: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    """Throw-away modules with empty classes, so that pickles may refer to packages not there."""
    made: dict[str, Any] = {}
    for module, attributes in names.items():
        sys.modules[module] = ModuleType(module)
        for name in attributes:
            kind = type(name, (dict,) if name == "EasyDict" else (), {"__module__": module})
            setattr(sys.modules[module], name, kind)
            made[name] = kind
    try:
        yield made
    finally:
        for module in names:
            del sys.modules[module]


_NVLABS_MODULES = {
    "torch_utils": (),
    "torch_utils.persistence": (),
    "dnnlib": (),
    "dnnlib.util": ("EasyDict",),
}
_EVIL_SOURCE = "raise SystemExit('the source in the file was run')"


class _Persistent:
    """Pickles as the persistence decorator does: a function, and a record of the object."""

    def __init__(self, class_name: str, state: dict[str, Any]) -> None:
        self.class_name, self.state = class_name, state

    def __reduce__(self) -> tuple[Any, ...]:
        persistence: Any = sys.modules["torch_utils.persistence"]
        meta = {
            "type": "class",
            "version": 6,
            "module_src": _EVIL_SOURCE,
            "class_name": self.class_name,
            "state": self.state,
        }
        return persistence._reconstruct_persistent_obj, (meta,)


def _module(class_name: str, state: State, extra: Mapping[str, Any], **attributes: Any) -> Any:
    """The nested records of a module whose flat state is `state`; `extra` goes into layers."""
    own = {name: tensor for name, tensor in state.items() if "." not in name}
    buffers = {"resample_filter", "noise_const", "w_avg"}
    children = OrderedDict(
        (child, _module("Layer", _below(state, child), extra))
        for child in dict.fromkeys(name.split(".")[0] for name in state if "." in name)
    )
    fields: dict[str, Any] = {
        "training": False,
        "_parameters": OrderedDict(
            (name, nn.Parameter(tensor, requires_grad=False))
            for name, tensor in own.items()
            if name not in buffers
        ),
        "_buffers": OrderedDict((name, own[name]) for name in own if name in buffers),
        "_non_persistent_buffers_set": set(),
        "_modules": children,
        **attributes,
    }
    if "weight" in own or "affine.weight" in state:
        fields |= extra
    return _Persistent(class_name, fields)


def _below(state: State, child: str) -> State:
    head = f"{child}."
    return {name.removeprefix(head): t for name, t in state.items() if name.startswith(head)}


def nvlabs_bytes(
    generator: Generator, *, name: str = "G_ema", clamp: float | None = 256.0, protocol: int = 4,
    additions: Mapping[str, Any] | None = None, change: Mapping[str, Tensor | None] | None = None,
) -> bytes:  # fmt: skip
    """A .pkl of stylegan2-ada-pytorch; `additions` are further entries of its dictionary."""
    state = _edited(to_nvlabs(generator.state_dict()), change)
    with fake_modules(_NVLABS_MODULES) as made:
        persistence: Any = sys.modules["torch_utils.persistence"]

        def _reconstruct_persistent_obj(meta: Any) -> None:
            raise AssertionError("unpickled in the wrong place")

        _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
        _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
        persistence._reconstruct_persistent_obj = _reconstruct_persistent_obj
        layer = {"conv_clamp": clamp, "act_gain": np.float64(2**0.5), "use_noise": True}
        network = _module(
            "Generator", state, layer, img_resolution=generator.synthesis.size, z_dim=WIDTH,
            _init_kwargs=made["EasyDict"](c_dim=0),
        )  # fmt: skip
        content = {"training_set_kwargs": made["EasyDict"](path="/data"), name: network}
        stream = io.BytesIO()
        pickler = pickle.Pickler(stream, protocol)
        pickler.dump(content | dict(additions or {}))
    return stream.getvalue()


def _edited(state: State, change: Mapping[str, Tensor | None] | None) -> State:
    """`state` with tensors replaced or added, or left out where None."""
    merged: dict[str, Any] = state | dict(change or {})
    return {name: tensor for name, tensor in merged.items() if tensor is not None}


# NVIDIA's TensorFlow pickle


def to_tensorflow(state: Mapping[str, Tensor]) -> dict[str, np.ndarray[Any, Any]]:
    """A generator under the names of the original StyleGAN2."""
    public: State = {"dlatent_avg": state["latent_avg"][0]}
    for name, tensor in state.items():
        if name.startswith("mapping."):
            _, _, index, kind = name.split(".")
            public[f"mapping/Dense{index}/{kind}"] = tensor.T if kind == "weight" else tensor
        elif name == "synthesis.constant":
            public["synthesis/4x4/Const/const"] = tensor
        elif name.startswith("synthesis."):
            public |= _tensorflow_tensor(*_split(name.removeprefix("synthesis.")), tensor)
    return {name: np.array(tensor.contiguous()) for name, tensor in public.items()}


def _tensorflow_tensor(level: int, role: str, kind: str, tensor: Tensor) -> State:
    if kind == "noise":
        index = 2 * level - (1 if role == "up" else 0)
        return {f"synthesis/noise{index}": tensor[None, None]}
    scope = {"up": "Conv0_up", "conv": "Conv1" if level else "Conv", "to_rgb": "ToRGB"}[role]
    layer = f"synthesis/{4 << level}x{4 << level}/{scope}"
    if kind == "conv.weight":
        kernel = tensor.flip(2, 3) if role == "up" else tensor
        return {f"{layer}/weight": kernel.permute(2, 3, 1, 0)}
    if kind == "conv.modulation.weight":
        return {f"{layer}/mod_weight": tensor.T}
    if kind == "conv.modulation.bias":
        return {f"{layer}/mod_bias": tensor - 1}
    return {f"{layer}/{kind}": tensor}


def tensorflow_bytes(
    generator: Generator, *, protocol: int = 4, version: int = 4, additions: Sequence[Any] = (),
    change: Mapping[str, Any] | None = None,
) -> bytes:  # fmt: skip
    """The triple (G, D, Gs); `additions` are hidden in Gs. Only Gs has the right variables."""
    variables = _edited(to_tensorflow(generator.state_dict()), change)  # type: ignore[arg-type]
    modules = {"dnnlib": (), "dnnlib.tflib": (), "dnnlib.tflib.network": ("Network",)}
    with fake_modules(modules) as made:

        def network(state: dict[str, Any]) -> Any:
            made_network = made["Network"]()
            made_network.__dict__.update(state)
            return made_network

        common = {
            "version": version,
            "static_kwargs": {"resolution": generator.synthesis.size, "extra": list(additions)},
            "build_module_src": _EVIL_SOURCE,
            "build_func_name": "G_main",
        }
        components = {
            part: network(
                common | {"name": part, "components": {}, "variables": _scoped(variables, part)}
            )
            for part in ("mapping", "synthesis")
        }
        top = [(name, value) for name, value in variables.items() if "/" not in name]
        averaged = network(common | {"name": "Gs", "components": components, "variables": top})
        other = network(common | {"name": "G", "components": {}, "variables": []})
        return pickle.dumps((other, other, averaged), protocol)


def _scoped(variables: Mapping[str, Any], part: str) -> list[tuple[str, Any]]:
    return [(n.removeprefix(f"{part}/"), v) for n, v in variables.items() if n.startswith(part)]


# files with an encoder


def encoder_content(
    kind: str, generator: Generator | None = None, *, rows: int | None = None,
    options: Any = None, seed: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """What the file of "pet", "restyle-psp", "restyle-e4e", "psp" or "e4e" holds."""
    generator = generator or make_generator()
    torch.manual_seed(seed)
    width = generator.synthesis.width
    rows = rows or generator.synthesis.rows
    state = _prefixed("decoder.", to_rosinality(generator.state_dict()))
    state |= _prefixed("encoder.", _encoder(kind, rows, width).state_dict())
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


def _prefixed(prefix: str, state: Mapping[str, Tensor]) -> State:
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
