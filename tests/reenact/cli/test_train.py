"""reenact/cli/train.py: the weights that a training begins with."""

from pathlib import Path

import pytest
import torch

from reenact.cli.main import main
from reenact.train.checkpoint import load_tensors, save_tensors
from reenact.train.recipe import AVATAR_256

BUNDLED = Path(__file__).parents[3] / "weights" / "avatar-256.safetensors"


def train(run: Path, weights: Path) -> int:
    """As far as the first line: the weights count as more pictures than the one asked for."""
    words = ["--folder", str(run), "--weights", str(weights), "--device", "cpu", "--pictures", "1"]
    return main(["train", "avatars", *words])


@pytest.mark.slow
def test_new_run_begins_with_the_weights_and_an_existing_one_keeps_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, other = tmp_path / "run", tmp_path / "other.safetensors"
    bundled = load_tensors(BUNDLED)
    save_tensors(other, {name: tensor + 1 for name, tensor in bundled.items()})
    learnt = sum(stage.pictures for stage in AVATAR_256.stages[:-1])

    assert train(run, BUNDLED) == 0
    assert capsys.readouterr().out == f"training on cpu, from picture {learnt} on\n"
    assert train(run, other) == 0
    assert f"{run} holds a run, which is resumed; {other} would" in capsys.readouterr().out
    kept = load_tensors(run / "weights.safetensors")
    assert all(torch.equal(kept[name], tensor) for name, tensor in bundled.items())


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "text.safetensors").write_text("no weights")
    save_tensors(tmp_path / "other.safetensors", {"kernel": torch.zeros(3)})
    return {"other net": tmp_path / "other.safetensors", "damaged": tmp_path / "text.safetensors"}


@pytest.mark.parametrize("kind", ["missing", "damaged", "other net"])
def test_weights_that_are_none_are_refused_before_anything_is_written(
    kind: str, bad: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, run = bad.get(kind, tmp_path / "gone.safetensors"), tmp_path / "run"

    assert train(run, weights) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{weights} is not that" in line
    assert not run.exists()
