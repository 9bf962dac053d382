"""The options of a training run that change what its encoder's codes are added to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reenact.checkpoints.kinds import Kind
from reenact.errors import CheckpointError

_PYRAMIDS = {Kind.PSP, Kind.E4E}


def starts_at_average(path: Path, kind: Kind, options: Mapping[str, Any]) -> bool:
    """Whether codes of the encoder are added to the average code; to zero otherwise.

    pSp and e4e ask their option `start_from_latent_avg`, ReStyle always begins at the average
    (`models/psp.py` of each). Raises CheckpointError for an encoder of single W codes, which
    `learn_in_w` asks for.
    """
    if kind is not Kind.PAPER and options.get("learn_in_w"):  # the paper's own are never read
        raise CheckpointError(
            f"{path} must encode into W+, a row for each layer, got learn_in_w=True in its "
            "options; use an encoder that was trained without it"
        )
    return kind not in _PYRAMIDS or options.get("start_from_latent_avg", True) in (True, 1)
