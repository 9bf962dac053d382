"""A run passes through its stages, cools down at the end of a call, and writes what it needs."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from reenact.train.avatars import Budget, cool_down, draw_samples, stage_of, train
from reenact.train.checkpoint import save_json
from reenact.train.training import Training
from reenact.types import EXPRESSION_AXES
from tests.support.tiny_training import TINY, render_bank


def test_stages_follow_one_another_and_the_last_has_no_end() -> None:
    sizes = [stage_of(TINY, pictures).size for pictures in (0, 7, 8, 15, 16, 10_000)]
    assert sizes == [8, 8, 16, 16, 16, 16]


def test_rates_fall_at_the_end_of_a_call_of_known_length() -> None:
    shares = [cool_down(Budget(minutes=10), 60 * minute) for minute in (0, 8, 9, 10, 11)]
    assert shares == pytest.approx([1, 1, 0.5, 0.05, 0.05])
    assert cool_down(Budget(pictures=10), 1e9) == 1


@pytest.mark.slow
def test_a_run_writes_what_it_needs_to_go_on(tmp_path: Path) -> None:
    for pictures in (8, 16):
        list(train(TINY, tmp_path, Budget(pictures=pictures), device="cpu", renderers=1))
        assert f'"pictures": {pictures}' in (tmp_path / "progress.json").read_text()
    assert (tmp_path / "average.safetensors").exists()


def test_a_run_of_another_recipe_is_not_resumed(tmp_path: Path) -> None:
    training = Training(TINY, device="cpu")
    training.save(tmp_path)
    save_json(tmp_path / "recipe.json", asdict(TINY))
    other = replace(TINY, axes=EXPRESSION_AXES)
    run = train(other, tmp_path, Budget(pictures=1), device="cpu", renderers=1)
    with pytest.raises(ValueError, match="another recipe, whose axes differ: resume it"):
        list(run)


def test_samples_show_rendered_frames_above_generated_ones(tmp_path: Path) -> None:
    bank = render_bank(tmp_path)

    samples = draw_samples(Training(TINY, device="cpu"), bank, 16)

    gap = 4
    assert samples.shape == (gap + 2 * (16 + gap), gap + 24 * (16 + gap), 3)
    over_black = bank.pictures[0, ..., :3] * (bank.pictures[0, ..., 3:] / 255.0)
    shown = samples[gap : gap + 16, gap : gap + 16].astype(float)
    np.testing.assert_allclose(shown, over_black, atol=0.6)
