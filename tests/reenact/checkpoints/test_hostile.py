"""A checkpoint of a few kilobytes that asks for gigabytes or hours: refused in one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.errors import CheckpointError
from tests.support import hostile_checkpoints as hostile
from tests.support.public_layouts import make_generator, rosinality_content, save

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nets that are each there twice": (hostile.nets_twice, "a net has a second place"),
    "components that are each there twice": (hostile.components_twice, "a net has a second place"),
    "a component in itself": (hostile.component_in_itself, "a net has a second place"),
    "one array under many names": (hostile.one_array_many_times, "must hold all values"),
    "a place far out in the memo": (hostile.memo_index, "must hold a generator"),
    "a byte array longer than the file": (hostile.byte_array, "longer than the file"),
    "tuples in tuples as a key": (hostile.tuples_as_a_key, "too many times"),
    "lists in lists in place of a word": (hostile.text_of_lists, "got a list"),
    "lists in lists in place of a number": (hostile.number_of_lists, "must be a number"),
    "lists in lists in place of a class": (hostile.class_of_lists, "no name of its class"),
    "a compressed archive in a pickle": (hostile.packed_archive, "torch.save did not write"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("make", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_checkpoint_is_refused_at_once(
    make: Callable[[], bytes], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.pkl"
    path.write_bytes(make())
    assert path.stat().st_size < 2_000_000

    with pytest.raises(CheckpointError, match=sentence):
        read_checkpoint(path)


def test_tensors_that_share_one_place_are_refused(tmp_path: Path) -> None:
    """Each would become a tensor of ours."""
    content = rosinality_content(make_generator())
    state = {name: t for name, t in content["g_ema"].items() if "kernel" not in name}
    largest = max(tensor.numel() for tensor in state.values())
    place = torch.zeros(largest, dtype=torch.float16)
    shared = {name: place[: t.numel()].reshape(t.shape) for name, t in state.items()}

    with pytest.raises(CheckpointError, match="must hold all values of its tensors"):
        read_checkpoint(save(tmp_path / "x.pt", {"g_ema": shared}))
