"""What a training run keeps on disk: tensors and JSON, written whole or not at all."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors under a temporary name, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, fresh)
    fresh.replace(path)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, in float32, on the CPU."""
    return {name: tensor.float() for name, tensor in load_file(path).items()}


def save_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON under a temporary name, then rename."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(content, indent=1) + "\n")
    fresh.replace(path)
