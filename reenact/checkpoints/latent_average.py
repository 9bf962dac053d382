"""The average code of a generator: read from its file, or computed from random codes."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from reenact.checkpoints.generator_layout import GeneratorSizes
from reenact.checkpoints.slots import require_finite
from reenact.errors import CheckpointError
from reenact.nets.assemble import assemble
from reenact.nets.generator import Mapping as MappingNet

SAMPLES = 10_000
"""Random codes whose mean it is, as many as NVIDIA's projector takes (stylegan2 `projector.py`)."""
_BATCH = 1_000
_SEED = 0
_MAPPING = "mapping."


def as_rows(path: Path, latent_avg: object, sizes: GeneratorSizes) -> Tensor:
    """Return a (width,), (1, width) or (rows, width) average as float32 (rows, width).

    Raises CheckpointError for anything else.
    """
    accepted = {(sizes.width,), (1, sizes.width), (sizes.rows, sizes.width)}
    if isinstance(latent_avg, Tensor) and tuple(latent_avg.shape) in accepted:
        require_finite(path, "latent_avg", latent_avg)
        return latent_avg.detach().float().expand(sizes.rows, sizes.width).contiguous()
    came = tuple(latent_avg.shape) if isinstance(latent_avg, Tensor) else type(latent_avg).__name__
    raise CheckpointError(
        f"{path} must hold its average code as ({sizes.rows}, {sizes.width}) or ({sizes.width},), "
        f"got {came}; download it again"
    )


@torch.no_grad()
def compute(state: Mapping[str, Tensor], sizes: GeneratorSizes) -> Tensor:
    """Compute the mean (rows, width) of the mapping's codes for random z, the same each time."""
    layers = {
        name.removeprefix(_MAPPING): tensor
        for name, tensor in state.items()
        if name.startswith(_MAPPING)
    }
    mapping = assemble(lambda: MappingNet(sizes.width, sizes.z_layers), layers)
    random = torch.Generator().manual_seed(_SEED)
    total = torch.zeros(sizes.width)
    for _ in range(SAMPLES // _BATCH):
        total += mapping(torch.randn(_BATCH, sizes.width, generator=random)).sum(dim=0)
    return (total / SAMPLES).expand(sizes.rows, sizes.width).contiguous()
