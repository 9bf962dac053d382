"""reenact/train/refine.py: a guessed code is brought nearer to a photograph."""

from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.errors import PackError
from reenact.nets.generator import Generator
from reenact.nets.lpips import Lpips
from reenact.packs.pack import load_pack
from reenact.train.refine import Refinement, open_refiner, refine
from reenact.types import Image, Latent
from tests.support.fake_face_pack import add_weights, write_face_pack

CHANNELS, WIDTH = (16, 16, 16, 8, 8), 8  # 64 px


def generator() -> Generator:
    """Of pictures well inside of what 8 bits hold."""
    torch.manual_seed(0)
    net = Generator(CHANNELS, WIDTH, z_layers=1).eval().requires_grad_(False)
    for name, parameter in net.named_parameters():
        if name.endswith("to_rgb.conv.weight"):
            parameter.mul_(0.15)
    return net


@pytest.fixture(scope="module")
def net() -> Generator:
    return generator()


def photo_of(net: Generator, code: Latent) -> Image:
    with torch.no_grad():
        picture = net.synthesis(torch.from_numpy(code)[None])[0]
    picture = (picture * 127.5 + 127.5).clamp(0, 255).permute(1, 2, 0).numpy().astype(np.uint8)
    return np.repeat(np.repeat(picture, 4, axis=0), 4, axis=1)


def target(net: Generator) -> tuple[Latent, Image]:
    code = np.random.default_rng(1).normal(0, 1, net.latent_avg.shape).astype(np.float32)
    return code, photo_of(net, code)


def guess(code: Latent) -> Latent:
    noise = np.random.default_rng(2).normal(0, 0.1, code.shape)
    return (code + noise).astype(np.float32)


def distance(one: Latent, other: Latent) -> float:
    return float(np.linalg.norm(one - other))


def test_known_code_is_approached_and_the_loss_falls(net: Generator) -> None:
    code, photo = target(net)
    refined, how = refine(net.synthesis, guess(code), photo, 80)

    assert how.after < 0.1 * how.before
    assert distance(refined, code) < 0.85 * distance(guess(code), code)
    assert (refined.shape, refined.dtype) == (code.shape, np.dtype(np.float32))


def test_result_is_the_best_code_met(net: Generator) -> None:
    code, photo = target(net)
    refined, how = refine(net.synthesis, guess(code), photo, 10)
    _, again = refine(net.synthesis, refined, photo, 1)

    assert again.before == pytest.approx(how.after, rel=1e-4)


def test_code_that_cannot_get_better_stays_and_ends_early(net: Generator) -> None:
    grey = np.full((256, 256, 3), 127, np.uint8)
    flat = Generator(CHANNELS, WIDTH, z_layers=1).requires_grad_(False)
    for parameter in flat.parameters():
        parameter.zero_()
    code = guess(target(net)[0])
    refined, how = refine(flat.synthesis, code, grey, 200)

    assert np.array_equal(refined, code)
    assert how.steps < 50


def test_lpips_is_listened_to(net: Generator) -> None:
    torch.manual_seed(3)
    lpips = Lpips().eval().requires_grad_(False)
    for name, parameter in lpips.named_parameters():
        if name.startswith("lin"):
            parameter.abs_()
    code, photo = target(net)
    plain = refine(net.synthesis, guess(code), photo, 5)
    judged = refine(net.synthesis, guess(code), photo, 5, lpips)

    assert judged[1].after < judged[1].before
    assert not np.array_equal(plain[0], judged[0])


def test_pack_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="has no weights of its generator"):
        open_refiner(load_pack(write_face_pack(tmp_path)), 5, note=print)


def test_refiner_takes_the_packs_generator_and_tells_how_it_went(
    net: Generator, tmp_path: Path
) -> None:
    root = add_weights(write_face_pack(tmp_path), net)
    code, photo = target(net)
    told: list[str] = []
    refined = open_refiner(load_pack(root), 5, device="cpu", note=told.append)(guess(code), photo)

    expected, how = refine(net.synthesis, guess(code), photo, 5)
    assert isinstance(how, Refinement)
    np.testing.assert_allclose(refined, expected, atol=1e-5)
    assert "squared differences alone" in told[0]
    assert told[1].startswith("refined in 5 steps")


def test_weights_of_another_net_are_refused(net: Generator, tmp_path: Path) -> None:
    root = add_weights(write_face_pack(tmp_path), net.mapping)

    with pytest.raises(PackError, match=r"generator.safetensors holds no generator"):
        open_refiner(load_pack(root), 5, note=print)
