"""The GPU draws the pictures that the CPU draws."""

import numpy as np
import pytest

pytest.importorskip("numba")

from numba import cuda

from reenact.avatars.motion_sampling import random_motion
from reenact.avatars.people import PEOPLE
from reenact.avatars.renderer import render_batch


@pytest.mark.gpu
@pytest.mark.skipif(not cuda.is_available(), reason="numba finds no CUDA device")
def test_gpu_draws_what_the_cpu_draws() -> None:
    from reenact.avatars.cuda_renderer import render_batch_on_cuda

    rng = np.random.default_rng(0)
    motions = np.stack([random_motion(rng) for _ in PEOPLE])
    expected = render_batch(PEOPLE, motions, 64).astype(np.int16)
    difference = np.abs(render_batch_on_cuda(PEOPLE, motions, 64) - expected)
    assert float(np.percentile(difference, 99)) <= 2
