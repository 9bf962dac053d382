"""A run passes through its stages, cools down at the end of a call, and writes what it needs."""

from pathlib import Path

import numpy as np
import pytest

from reenact.nets.avatar import AvatarNet
from reenact.train.avatars import Budget, cool_down, draw_samples, stage_of, train
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


def test_samples_show_rendered_frames_above_generated_ones(tmp_path: Path) -> None:
    bank = render_bank(tmp_path)

    samples = draw_samples(AvatarNet(12, TINY.channels, TINY.width), bank, 16)

    gap = 4
    assert samples.shape == (gap + 2 * (16 + gap), gap + 24 * (16 + gap), 3)
    np.testing.assert_array_equal(samples[gap : gap + 16, gap : gap + 16], bank.pictures[0])
