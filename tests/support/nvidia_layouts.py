"""Synthetic generators in NVIDIA's two pickled layouts, written without NVIDIA's programs."""

import io
import pickle
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
from torch import Tensor, nn

from reenact.nets.generator import Generator
from reenact.nets.stylegan2 import blur_kernel
from tests.support.public_layouts import WIDTH, State, levels, split

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
            level, role, kind = split(name.removeprefix("synthesis."))
            kind = kind.replace("conv.modulation", "affine").replace("conv.weight", "weight")
            kind = "noise_const" if kind == "noise" else kind
            public[f"synthesis.b{4 << level}.{roles[role]}.{kind}"] = tensor
    for level in range(levels(state) + 1):
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


class Persistent:
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
        (child, _module("Layer", _below(state, child), extra, **_attributes(state, child)))
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
    return Persistent(class_name, fields)


def _attributes(state: State, child: str) -> dict[str, Any]:
    """What NVIDIA's module of that name says about itself."""
    own = _below(state, child)
    weight = own.get("weight")
    if child == "mapping":
        return {"num_layers": sum(name.endswith("weight") for name in own), "c_dim": 0}
    if child.startswith("b") and "conv1.weight" in own:
        return {"architecture": "skip", "img_channels": 3}
    if child == "affine" or child.startswith("fc"):
        rate = 1.0 if child == "affine" else 0.01
        activation = "linear" if child == "affine" else "lrelu"
        gain = rate / float(np.sqrt(own["weight"].shape[1])) if own["weight"].ndim > 1 else 1.0
        return {"activation": activation, "weight_gain": gain, "bias_gain": rate}
    if child.startswith("conv") and weight is not None:
        return {"activation": "lrelu", "up": 2 if child == "conv0" else 1, "padding": 1}
    return {}


def _below(state: State, child: str) -> State:
    head = f"{child}."
    return {name.removeprefix(head): t for name, t in state.items() if name.startswith(head)}


def nvlabs_bytes(
    generator: Generator, *, name: str = "G_ema", clamp: object = 256.0, protocol: int = 4,
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
            public |= _tensorflow_tensor(*split(name.removeprefix("synthesis.")), tensor)
    return {name: tensor.contiguous().numpy() for name, tensor in public.items()}


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
    change: Mapping[str, Any] | None = None, arguments: Mapping[str, Any] | None = None,
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
            "static_kwargs": {
                "resolution": generator.synthesis.size,
                "extra": list(additions),
                **(arguments or {}),
            },
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
