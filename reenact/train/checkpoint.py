"""Files of a training run: tensors and JSON, written whole or not at all."""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from reenact.media.files import whole_file


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as fresh:
        save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, fresh)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file, as float32 on the CPU."""
    return {name: tensor.float() for name, tensor in load_file(path).items()}


def save_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON."""
    with whole_file(path) as fresh:
        fresh.write_text(json.dumps(content, indent=1) + "\n")
