"""Refinement of a person's code: gradient descent in W+ from an encoder's guess to the photograph.

"Image2StyleGAN" (Abdal, Qin, Wonka, ICCV 2019) starts from the average code; this starts from a
good one and stops early, so that the code stays of the kind that can be moved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from reenact.errors import PackError
from reenact.identities.enrol import Refine
from reenact.nets.assemble import assemble
from reenact.nets.generator import Generator
from reenact.nets.lpips import Lpips
from reenact.nets.stylegan2 import Synthesis
from reenact.packs.manifest import PackFile
from reenact.packs.pack import Pack
from reenact.types import Image, Latent

RATE = 0.03
"""First rate of Adam in standard deviations of a code's row; it falls to 0 by a cosine. Rows differ
twentyfold in scale, so one absolute rate would fit none."""

LPIPS_WEIGHT = 0.8
"""Weight of LPIPS beside that of the squared difference, 1, as ReStyle's encoders are trained."""

PATIENCE, GAIN = 30, 0.99
"""The descent ends after this many steps that did not bring the loss below this share of it."""

_SIDE_PX = 256
"""Side at which pictures are compared, that of the photograph and of the encoders' input."""
_SCALES = (1, 2, 4, 8)
"""Pixels of the squares over which differences are averaged, without LPIPS: the coarse ones let an
eye or a mouth find its place before the fine ones draw it."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """Report of a descent."""

    before: float
    """Loss of the code that it started from."""
    after: float
    """Loss of the best code."""
    steps: int
    """Number of steps taken."""


def refine(
    synthesis: Synthesis, code: Latent, photo: Image, steps: int, lpips: Lpips | None = None
) -> tuple[Latent, Refinement]:
    """Find the best code on the way from `code`, (rows, width), to `photo`, (256, 256, 3) uint8.

    The pictures are compared in squares and by `lpips`, or, without it, in squares at four
    scales. `synthesis` asks for no gradients and stays as it is.
    """
    device = synthesis.constant.device
    start = torch.from_numpy(code).to(device)[None]
    scale = start.std(dim=2, keepdim=True).clamp_min(1e-6)
    loss_of = _make_loss(synthesis, photo, lpips)
    offset = torch.zeros_like(start, requires_grad=True)
    optimiser = torch.optim.Adam([offset], lr=RATE)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    losses: list[float] = []
    best, milestone, since = start, 0.0, 0
    for step in range(steps + 1):
        moved = start + offset * scale
        loss = loss_of(moved)
        if not losses or loss.item() < min(losses):
            best = moved.detach().clone()
        losses.append(loss.item())
        if step == 0 or losses[-1] < GAIN * milestone:
            milestone, since = losses[-1], step
        if step == steps or step - since >= PATIENCE:
            break
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        decay.step()
    refined = np.ascontiguousarray(best[0].cpu().numpy())
    return refined, Refinement(losses[0], min(losses), len(losses) - 1)


def open_refiner(
    pack: Pack,
    steps: int,
    *,
    device: str = "auto",
    note: Callable[[str], None],
) -> Refine:
    """Make a `refine` with the generator of `pack` and its LPIPS, if any; `note` hears how it went.

    Raises PackError when the pack has no generator to refine with, or a file holds another net.
    """
    if pack.weights is None:
        raise PackError(
            f"pack {pack.name} has no weights of its generator, so no code can be refined; "
            "leave --refine away"
        )
    pack.weights.verify()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    synthesis = _load_generator(pack.weights.path).synthesis.to(device)
    judge = None if pack.lpips is None else _load_lpips(pack.lpips).to(device)
    if judge is None:
        note(
            "refining by squared differences alone; a pack imported with the two files of LPIPS "
            "keeps more of the likeness"
        )

    def improve(code: Latent, photo: Image) -> Latent:
        code, report = refine(synthesis, code, photo, steps, judge)
        note(f"refined in {report.steps} steps: loss {report.before:.4f} -> {report.after:.4f}")
        return code

    return improve


def _make_loss(
    synthesis: Synthesis, photo: Image, lpips: Lpips | None
) -> Callable[[Tensor], Tensor]:
    side = min(synthesis.size, _SIDE_PX)
    target = torch.from_numpy(photo).to(synthesis.constant) / 127.5 - 1
    target = functional.adaptive_avg_pool2d(target.permute(2, 0, 1)[None], side)

    def loss(code: Tensor) -> Tensor:
        picture = functional.adaptive_avg_pool2d(synthesis(code), side)
        if lpips is not None:
            alike: Tensor = lpips(picture, target)
            return (picture - target).square().mean() + LPIPS_WEIGHT * alike.mean()
        difference = picture - target
        parts = [functional.avg_pool2d(difference, by).square().mean() for by in _SCALES]
        return torch.stack(parts).mean()

    return loss


def _load_generator(path: Path) -> Generator:
    try:
        with safe_open(path, framework="numpy") as tensors:
            clamp = (tensors.metadata() or {}).get("clamp", "null")
        number = None if clamp in ("null", "None", "") else float(clamp)
        return Generator.like(load_file(path), clamp=number)
    except (OSError, SafetensorError, ValueError) as error:
        raise PackError(f"{path} holds no generator ({error}); get the pack again") from error


def _load_lpips(file: PackFile) -> Lpips:
    file.verify()
    try:
        return assemble(Lpips, load_file(file.path))
    except (OSError, SafetensorError, ValueError) as error:
        raise PackError(
            f"{file.path} holds no LPIPS weights ({error}); get the pack again"
        ) from error
