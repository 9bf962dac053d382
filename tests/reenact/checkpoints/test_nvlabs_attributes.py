"""reenact/checkpoints/nvlabs_attributes.py: other arithmetic than ours is refused by name."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from reenact.checkpoints.nvlabs_attributes import check_attributes
from reenact.errors import CheckpointError

CONV = {"_parameters": {"weight": torch.zeros(5, 4, 3, 3)}}
LINEAR = {"_parameters": {"weight": torch.zeros(5, 16)}}
PUBLISHED: dict[str, dict[str, Any]] = {
    "": {"c_dim": 0, "img_channels": 3},
    "mapping": {"num_layers": 2, "_modules": {"fc0": None, "fc1": None}, "c_dim": 0},
    "mapping.fc0": {**LINEAR, "activation": "lrelu", "weight_gain": 0.0025, "bias_gain": 0.01},
    "synthesis.b8": {"architecture": "skip"},
    "synthesis.b8.conv0": {
        "activation": "lrelu", "up": 2, "padding": 1, "act_gain": math.sqrt(2), "use_noise": True,
    },
    "synthesis.b8.conv1": {"activation": "lrelu", "up": 1},
    "synthesis.b8.conv1.affine": {
        **LINEAR, "activation": "linear", "weight_gain": 0.25, "bias_gain": 1,
    },
    "synthesis.b8.torgb": {**CONV, "weight_gain": 1 / 6},
}  # fmt: skip
FOREIGN: list[tuple[str, str, Any]] = [
    ("", "c_dim", 10),
    ("", "img_channels", 1),
    ("mapping", "num_layers", 1),
    ("mapping.fc0", "activation", "relu"),
    ("mapping.fc0", "weight_gain", 0.25),
    ("mapping.fc0", "bias_gain", 1),
    ("synthesis.b8", "architecture", "resnet"),
    ("synthesis.b8", "architecture", "orig"),
    ("synthesis.b8.conv0", "activation", "swish"),
    ("synthesis.b8.conv0", "act_gain", 1.0),
    ("synthesis.b8.conv0", "up", 1),
    ("synthesis.b8.conv0", "use_noise", False),
    ("synthesis.b8.conv1", "up", "two"),
    ("synthesis.b8.conv1.affine", "activation", "lrelu"),
    ("synthesis.b8.conv1.affine", "weight_gain", None),
    ("synthesis.b8.torgb", "weight_gain", 1.0),
]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_layers_pass(name: str) -> None:
    check_attributes(Path("x.pkl"), name, PUBLISHED[name])


@pytest.mark.parametrize(("name", "attribute", "value"), FOREIGN)
def test_other_arithmetic_is_refused_by_name(name: str, attribute: str, value: Any) -> None:
    with pytest.raises(CheckpointError, match=f"with {attribute} .* got '{value}'"):
        check_attributes(Path("x.pkl"), name, {**PUBLISHED[name], attribute: value})
