"""Tells the kind of an opened checkpoint by its keys.

Its options are read as data, and only where two kinds share every key.
"""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from reenact.checkpoints.kinds import Kind
from reenact.errors import CheckpointError

_BY_ENCODER = {
    "GradualStyleEncoder": Kind.PSP,
    "Encoder4Editing": Kind.E4E,
    "BackboneEncoder": Kind.RESTYLE_PSP,
    "ProgressiveBackboneEncoder": Kind.RESTYLE_E4E,
}
"""Kind by `opts['encoder_type']`; that of the paper's file is wrong, so it is never read."""

_BARE = {
    "body.0.res_layer.1.weight": Kind.ARCFACE,
    "features.0.weight": Kind.ALEXNET,
    "lin0.model.1.weight": Kind.LPIPS,
}
"""Kind by a tensor that only a file of this kind has, for files without options."""


def detect(path: Path, content: Any, wanted: Kind | None) -> Kind:
    """Tell the kind of what `path` holds; `wanted` decides only where the file leaves it open.

    Raises CheckpointError when it is of no kind we know, of several, or not of the wanted one.
    """
    kinds = _candidates(content) if isinstance(content, Mapping) else ()
    if not kinds:
        raise CheckpointError(
            f"{path} must be one of the checkpoints {', '.join(Kind)}, got {_outline(content)}; "
            "use a file from that list"
        )
    return require_kind(path, kinds, wanted)


def require_kind(path: Path, kinds: tuple[Kind, ...], wanted: Kind | None) -> Kind:
    """Choose the one of `kinds` that `path` is, which is `wanted` if that is given.

    Raises CheckpointError when `wanted` is not among them, or is needed to decide.
    """
    if wanted is not None and wanted not in kinds:
        raise CheckpointError(
            f"{path} must be of the kind {wanted}, got {' or '.join(kinds)} by its content; "
            "check whether two files were swapped"
        )
    if wanted is None and len(kinds) > 1:
        raise CheckpointError(
            f"{path} must say in its options whether it is {' or '.join(kinds)}, whose tensors "
            f"look alike, got no such option; give the kind yourself, as in --kind {kinds[0]}"
        )
    return wanted or kinds[0]


def unwrap(content: Any) -> Any:
    """Bring a file that was saved in an unusual way into the form that its authors publish.

    The prefix `module.`, which PyTorch's DataParallel adds to every name, is dropped, and tensors
    of an encoder with its decoder that come without the dictionary round them get one.
    """
    if not isinstance(content, Mapping):
        return content
    if whole := {"state_dict", "g_ema", "g"} & set(content):
        return {**content, **{name: _without_module(content[name]) for name in whole}}
    bare = _without_module(content)
    if _any(bare, "encoder.") and _any(bare, "decoder."):
        return {"state_dict": bare}
    return bare


def _without_module(state: Any) -> Any:
    if not isinstance(state, Mapping) or not state:
        return state
    if not all(str(name).startswith("module.") for name in state):
        return state
    return {str(name).removeprefix("module."): value for name, value in state.items()}


def _candidates(content: Mapping[str, Any]) -> tuple[Kind, ...]:
    if "g_ema" in content or "g" in content:
        return (Kind.STYLEGAN2_ROSINALITY,)
    state = content.get("state_dict")
    if isinstance(state, Mapping):
        return _by_encoder(state, read_options(content))
    return tuple(kind for name, kind in _BARE.items() if name in content)


def _by_encoder(state: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Kind, ...]:
    """The paper's encoder shows by its last layer, those on a pyramid by their lateral ones."""
    if _any(state, "encoder.output_layer_2.", "mapping_net."):
        return (Kind.PAPER,)
    if _any(state, "encoder.latlayer1.", "encoder.latlayer2."):
        pair = (Kind.PSP, Kind.E4E)
    elif _any(state, "encoder.styles.") and not _any(state, "encoder.conv1."):  # ResNet34
        pair = (Kind.RESTYLE_PSP, Kind.RESTYLE_E4E)
    else:
        return ()
    encoder = options.get("encoder_type")
    said = _BY_ENCODER.get(encoder) if isinstance(encoder, str) else None
    if said is None and "stylegan_size" in options:  # only e4e calls it so
        said = Kind.E4E
    return (said,) if said in pair else pair


def _any(state: Mapping[str, Any], *beginnings: str) -> bool:
    return any(str(name).startswith(beginnings) for name in state)


def read_options(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of the training run that wrote the file; empty where it has none."""
    options = content.get("opts")
    if isinstance(options, Namespace):
        return vars(options)
    return options if isinstance(options, Mapping) else {}


def _outline(content: Any) -> str:
    if not isinstance(content, Mapping):
        return f"a {type(content).__name__}"
    state = content.get("state_dict")
    if isinstance(state, Mapping):
        return f"a 'state_dict' of {len(state)} entries ({_first_names(state)})"
    return f"{len(content)} entries ({_first_names(content)})"


def _first_names(table: Mapping[str, Any]) -> str:
    return ", ".join(repr(str(name)[:60]) for name in list(table)[:4])


def require_tensors(path: Path, state: Any) -> dict[str, Tensor]:
    """`state` when it is a dictionary of tensors by name. Raises CheckpointError otherwise."""
    if isinstance(state, Mapping):
        odd = [name for name, value in state.items() if not isinstance(value, Tensor)]
        if not odd and all(isinstance(name, str) for name in state):
            return dict(state)
        came = f"something else as {odd[0]!r}" if odd else "nameless ones"
    else:
        came = f"a {type(state).__name__}"
    raise CheckpointError(f"{path} must hold tensors by name, got {came}; download it again")
