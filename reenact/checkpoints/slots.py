"""Strict transfer of published tensors into states of our nets: each has its one place, or the file
is refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mode

import torch
from torch import Tensor

from reenact.errors import CheckpointError

Shape = tuple[int, ...]
Tensors = Mapping[str, Tensor]
States = dict[str, dict[str, Tensor]]

COUNTER = "num_batches_tracked"
"""The tensors of batch norms that old PyTorch did not write, and inference does not read."""


def keep(tensor: Tensor) -> Tensor:
    """Return the tensor as it is."""
    return tensor


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one published tensor in our states."""

    source: str
    """Published name."""
    shape: Shape
    """Published shape."""
    part: str
    """Part that it belongs to, one of `kinds.PARTS`."""
    target: str
    """Name within our part."""
    target_shape: Shape
    """Shape within our part, after `change`."""
    change: Callable[[Tensor], Tensor] = keep
    """Change of its values or axes, up to dimensions of size 1."""

    @property
    def needed(self) -> bool:
        """Whether a file without it is refused."""
        return not self.source.endswith(COUNTER)


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """A published tensor that our nets have as a constant; it may be missing."""

    source: str
    """Published name."""
    value: Tensor
    """Values that it must have."""


def fill(
    path: Path, what: str, tensors: Tensors, slots: Sequence[Slot], fixed: Sequence[Fixed] = ()
) -> States:
    """Make our states by part, in float32, sharing memory with `tensors` where nothing changes.

    Raises CheckpointError unless `tensors` has exactly what `slots` and `fixed` name, all finite.
    """
    _check(path, what, tensors, slots, fixed)
    require_within_file(path, (each.numel() * each.element_size() for each in tensors.values()))
    states: States = {}
    for slot in slots:
        found = tensors.get(slot.source)
        value = torch.zeros((), dtype=torch.int64) if found is None else _prepare(slot, found)
        require_finite(path, slot.source, value)
        states.setdefault(slot.part, {})[slot.target] = value
    return states


def _prepare(slot: Slot, found: Tensor) -> Tensor:
    if not slot.needed:
        return found.detach()
    return slot.change(found.detach().float()).reshape(slot.target_shape).contiguous()


def require_within_file(path: Path, sizes: Iterable[int]) -> None:
    """Raise CheckpointError when tensors of these sizes, in bytes, are not all in the file.

    A file may name one place of its bytes many times, and each would become a tensor of ours.
    """
    needed, size = sum(sizes), path.stat().st_size
    if needed > size:
        raise CheckpointError(
            f"{path} must hold all values of its tensors, {needed} bytes, got a file of {size}; "
            "download it again"
        )


def require_finite(path: Path, name: str, tensor: Tensor) -> None:
    """Raise CheckpointError when a value of the tensor is infinite or no number; one pass."""
    if not tensor.numel() or not tensor.is_floating_point():
        return
    least, largest = tensor.aminmax()  # either is no number where one value is none
    if not (torch.isfinite(least) and torch.isfinite(largest)):
        raise CheckpointError(
            f"{path} must hold finite numbers, got one that is infinite or no number in {name!r}; "
            "download it again, or use a file whose training did not fail"
        )


def _check(
    path: Path, what: str, tensors: Tensors, slots: Sequence[Slot], fixed: Sequence[Fixed]
) -> None:
    shapes = {slot.source: slot.shape for slot in slots}
    values = {entry.source: entry.value for entry in fixed}
    missing = [slot.source for slot in slots if slot.needed and slot.source not in tensors]
    expected = shapes | {name: tuple(value.shape) for name, value in values.items()}
    misshaped = [name for name, shape in expected.items() if not _fits(tensors.get(name), shape)]
    extra = [name for name in tensors if name not in shapes and name not in values]
    if first := [*missing, *misshaped, *extra][:1]:
        name = first[0]
        raise CheckpointError(
            f"{path} must hold exactly the {len(shapes)} tensors of {what}, got {len(missing)} "
            f"missing, {len(misshaped)} of another shape and {len(extra)} unexpected, first "
            f"{_describe(name, expected.get(name), tensors.get(name))}; download it again, or use "
            "a file of that kind"
        )
    for name, value in values.items():
        if name in tensors and not torch.allclose(tensors[name].float(), value, atol=1e-4):
            raise CheckpointError(
                f"{path} must have the filter of StyleGAN2, [1, 3, 3, 1] each way, as {name!r}, "
                "got other values; use one of the published files, which have no other"
            )


def _describe(name: str, expected: Shape | None, found: Tensor | None) -> str:
    if expected is None:
        return f"the unexpected {name!r}"
    if found is None:
        return f"{name!r}, which is missing"
    numbers = f"{tuple(found.shape)} of {str(found.dtype).removeprefix('torch.')}"
    return f"{name!r}, {numbers} where {tuple(expected)} is expected"


def _fits(found: Tensor | None, shape: Shape) -> bool:
    return found is None or (found.shape == shape and _is_plain(found))


def _is_plain(found: Tensor) -> bool:
    """Whether these are numbers in ordinary memory, each with a place of its own."""
    strided = found.layout is torch.strided and not found.is_meta and not found.is_quantized
    number = found.is_floating_point() or found.dtype is torch.int64
    return (
        strided
        and number
        and found.numel() * found.element_size() <= found.untyped_storage().nbytes()
    )


def vote(tensors: Tensors, places: Sequence[tuple[str, int]]) -> int:
    """Find the size that most of `places`, tensors and axes, have; 0 when there is none.

    One damaged tensor is outvoted, so that it is the one to be named.
    """
    sizes = [
        tensors[name].shape[axis]
        for name, axis in places
        if name in tensors and tensors[name].ndim > axis
    ]
    return mode(sizes) if sizes else 0


def count(tensors: Tensors, pattern: str, most: int = 64) -> int:
    """Count up to the greatest index for which a name starts with `pattern.format(index)`."""
    present = [i for i in range(most) if any(n.startswith(pattern.format(i)) for n in tensors)]
    return max(present, default=-1) + 1
