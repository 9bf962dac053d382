"""Generators in the three public layouts: what goes out in theirs comes back as ours."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from reenact.checkpoints.checkpoint import Checkpoint, read_checkpoint
from reenact.checkpoints.combination import Likeness, compare_generators
from reenact.errors import CheckpointError
from reenact.nets.generator import Generator
from tests.support.nvidia_layouts import nvlabs_bytes, tensorflow_bytes, to_nvlabs
from tests.support.public_layouts import (
    FULL,
    NARROW,
    draw,
    make_generator,
    rosinality_content,
    save,
    to_rosinality,
)

Write = Callable[[Path, Generator], Path]


def rosinality(path: Path, generator: Generator) -> Path:
    return save(path, rosinality_content(generator, "g_ema+g"))


def legacy_rosinality(path: Path, generator: Generator) -> Path:
    return save(path, rosinality_content(generator, "g_ema+g"), legacy=True)


def nvlabs(path: Path, generator: Generator) -> Path:
    path.write_bytes(nvlabs_bytes(generator, clamp=generator.synthesis.conv.clamp))
    return path


def tensorflow(path: Path, generator: Generator) -> Path:
    path.write_bytes(tensorflow_bytes(generator))
    return path


def load(checkpoint: Checkpoint) -> Generator:
    state = {**checkpoint.states["generator"], "latent_avg": checkpoint.find_average()}
    return Generator.like(state, clamp=checkpoint.conv_clamp)


LAYOUTS = [rosinality, legacy_rosinality, nvlabs, tensorflow]
SIZES = {
    "64 pixels": (NARROW, 16, 8),
    "256 pixels, two mapping layers": ((8, 8, 8, 6, 6, 4, 4), 12, 2),
}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("write", LAYOUTS, ids=lambda write: write.__name__)
def test_imported_generator_draws_the_same_picture(
    write: Write, size: tuple[tuple[int, ...], int, int], tmp_path: Path
) -> None:
    channels, width, z_layers = size
    generator = make_generator(channels, width, z_layers=z_layers)

    opened = read_checkpoint(write(tmp_path / "x", generator))

    assert opened.generator is not None
    assert (opened.generator.channels, opened.generator.width) == (channels, width)
    torch.testing.assert_close(draw(load(opened)), draw(generator), atol=1e-5, rtol=1e-5)
    assert opened.average is not None
    torch.testing.assert_close(opened.average, generator.latent_avg)


def test_full_size_generator_survives_both_layouts(tmp_path: Path) -> None:
    generator = make_generator(FULL, 512)

    first = read_checkpoint(rosinality(tmp_path / "x.pt", generator))
    second = read_checkpoint(nvlabs(tmp_path / "x.pkl", generator))

    names = set(generator.state_dict()) - {"latent_avg"}
    assert set(first.states["generator"]) == set(second.states["generator"]) == names
    assert all(
        torch.equal(tensor, second.states["generator"][name])
        for name, tensor in first.states["generator"].items()
    )
    assert len(to_rosinality(generator.state_dict())) == 171  # as in the published files
    assert len(to_nvlabs(generator.state_dict())) == 182
    picture = draw(generator)
    assert picture.shape == (1, 3, 1024, 1024)
    torch.testing.assert_close(draw(load(second)), picture, atol=1e-4, rtol=0)


@pytest.mark.parametrize("variant", ["g_ema", "g_ema+g", "g_ema+g+d", "training"])
def test_every_variant_in_circulation_gives_the_averaged_generator(
    variant: str, tmp_path: Path
) -> None:
    generator = make_generator()

    opened = read_checkpoint(save(tmp_path / "x.pt", rosinality_content(generator, variant)))

    torch.testing.assert_close(draw(load(opened)), draw(generator))
    assert (opened.average is None) == (variant == "g_ema")


def test_generator_without_average_is_taken_with_a_note(tmp_path: Path) -> None:
    generator = make_generator()
    content = rosinality_content(generator)
    path = save(tmp_path / "x.pt", {"g": content["g_ema"]})

    assert "no averaged generator" in read_checkpoint(path).notes[0]


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_nvlabs_pickle_of_each_protocol_is_read(protocol: int, tmp_path: Path) -> None:
    generator = make_generator()
    (tmp_path / "x.pkl").write_bytes(nvlabs_bytes(generator, protocol=protocol))

    torch.testing.assert_close(draw(load(read_checkpoint(tmp_path / "x.pkl"))), draw(generator))


@pytest.mark.parametrize("clamp", [None, 256.0])
def test_clamp_of_an_nvlabs_generator_is_read(clamp: float | None, tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(nvlabs_bytes(make_generator(), clamp=clamp))

    assert read_checkpoint(tmp_path / "x.pkl").conv_clamp == clamp


def test_nvlabs_pickle_without_average_gives_g_and_a_note(tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(nvlabs_bytes(make_generator(), name="G"))

    assert "'G' was taken" in read_checkpoint(tmp_path / "x.pkl").notes[0]


@pytest.mark.parametrize("protocol", [2, 4])
def test_tensorflow_pickle_of_each_protocol_is_read(protocol: int, tmp_path: Path) -> None:
    generator = make_generator()
    (tmp_path / "x.pkl").write_bytes(tensorflow_bytes(generator, protocol=protocol))

    torch.testing.assert_close(draw(load(read_checkpoint(tmp_path / "x.pkl"))), draw(generator))


def test_old_tensorflow_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(tensorflow_bytes(make_generator(), version=3))

    with pytest.raises(CheckpointError, match="version 4 or later, got version 3"):
        read_checkpoint(tmp_path / "x.pkl")


@pytest.mark.parametrize("shape", ["(width,)", "(1, width)", "(rows, width)"])
def test_average_code_of_each_shape_becomes_rows(shape: str, tmp_path: Path) -> None:
    generator = make_generator()
    average = {
        "(width,)": generator.latent_avg[0],
        "(1, width)": generator.latent_avg[:1],
        "(rows, width)": generator.latent_avg,
    }[shape]
    path = save(tmp_path / "x.pt", rosinality_content(generator) | {"latent_avg": average})

    found = read_checkpoint(path).average

    assert found is not None
    torch.testing.assert_close(found, generator.latent_avg)


def test_average_code_of_another_shape_is_refused(tmp_path: Path) -> None:
    content = rosinality_content(make_generator()) | {"latent_avg": torch.zeros(18, 512)}

    with pytest.raises(CheckpointError, match=r"as \(10, 16\) or \(16,\), got \(18, 512\)"):
        read_checkpoint(save(tmp_path / "x.pt", content))


def test_missing_average_code_is_computed_from_the_mapping(tmp_path: Path) -> None:
    generator = make_generator()
    path = save(tmp_path / "x.pt", rosinality_content(generator))
    z = torch.randn(20_000, 16, generator=torch.Generator().manual_seed(9))

    found = read_checkpoint(path).find_average()

    assert found.shape == (10, 16)
    torch.testing.assert_close(found[0], generator.mapping(z).mean(dim=0), atol=0.05, rtol=0)
    assert torch.equal(found, read_checkpoint(path).find_average())


@pytest.mark.parametrize("precision", [torch.float16, torch.float64])
def test_other_precisions_become_float32(precision: torch.dtype, tmp_path: Path) -> None:
    content = rosinality_content(make_generator())
    content["g_ema"] = {name: tensor.to(precision) for name, tensor in content["g_ema"].items()}

    states = read_checkpoint(save(tmp_path / "x.pt", content)).states

    assert {tensor.dtype for tensor in states["generator"].values()} == {torch.float32}


NAME = "convs.4.conv.weight"
CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("missing", {NAME: None}, f"1 missing, 0 of another shape and 0 unexpected, first '{NAME}'"),
    ("extra", {"convs.99.x": torch.zeros(1)}, "0 missing, .* 1 unexpected, first the .* 'convs.99"),
    (
        "of another shape",
        {NAME: torch.zeros(1, 7, 12, 3, 3)},
        rf"1 of another shape .* '{NAME}', \(1, 7, 12, 3, 3\) of float32 where \(1, 12, 16, 3, 3\)",
    ),
    (
        "too short a bias",
        {"convs.4.activate.bias": torch.zeros(7)},
        "first 'convs.4.activate.bias'",
    ),
    ("of integers", {"conv1.activate.bias": torch.ones(24, dtype=torch.int32)}, "of int32 where"),
    ("of claimed size", {NAME: torch.zeros(1).expand(1, 12, 16, 3, 3)}, "first 'convs.4.conv"),
    ("another filter", {"to_rgbs.0.upsample.kernel": torch.ones(4, 4)}, "to_rgbs.0.upsample"),
    ("text", {NAME: "weights"}, "something else as 'convs.4.conv.weight'"),
]


@pytest.mark.parametrize(
    ("change", "sentence"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_inexact_generator_is_refused_naming_the_first_tensor(
    change: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    content = rosinality_content(make_generator())
    edited = content["g_ema"] | change
    content["g_ema"] = {name: value for name, value in edited.items() if value is not None}

    with pytest.raises(CheckpointError, match=sentence):
        read_checkpoint(save(tmp_path / "x.pt", content))


PICKLED: list[tuple[str, Callable[[dict[str, Any]], bytes], str, Any]] = [
    ("NVIDIA", lambda c: nvlabs_bytes(make_generator(), change=c), "synthesis.b8.conv0.weight",
     torch.zeros(3)),
    ("TensorFlow", lambda c: tensorflow_bytes(make_generator(), change=c),
     "synthesis/8x8/Conv0_up/weight", np.zeros(3, np.float32)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "name", "wrong"), [p[1:] for p in PICKLED], ids=[p[0] for p in PICKLED]
)
def test_inexact_pickle_is_refused_naming_the_tensor(
    make: Callable[[dict[str, Any]], bytes], name: str, wrong: Any, tmp_path: Path
) -> None:
    for change in ({name: None}, {name: wrong}, {f"{name}_more": wrong}):
        (tmp_path / "x.pkl").write_bytes(make(change))
        with pytest.raises(CheckpointError, match=f"first .*{name}"):
            read_checkpoint(tmp_path / "x.pkl")


def test_same_generator_is_recognised_in_another_layout(tmp_path: Path) -> None:
    first = read_checkpoint(rosinality(tmp_path / "x.pt", make_generator()))
    second = read_checkpoint(nvlabs(tmp_path / "x.pkl", make_generator()))
    other = read_checkpoint(tensorflow(tmp_path / "y.pkl", make_generator(seed=1)))

    assert compare_generators(first, second) is Likeness.SAME
    assert compare_generators(first, other) is Likeness.OTHER


TRAINED = ["conv1.conv.weight", "convs.3.activate.bias", "to_rgbs.2.bias", "convs.0.noise.weight"]


@pytest.mark.parametrize("name", TRAINED)
def test_generator_that_was_trained_further_is_noticed(name: str, tmp_path: Path) -> None:
    content = rosinality_content(make_generator())
    first = read_checkpoint(save(tmp_path / "x.pt", content))
    content["g_ema"] |= {name: content["g_ema"][name] * 1.05}
    second = read_checkpoint(save(tmp_path / "y.pt", content))

    assert compare_generators(first, second) is Likeness.TRAINED_ON


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_generator_that_was_rounded_is_the_same(precision: torch.dtype, tmp_path: Path) -> None:
    content = rosinality_content(make_generator())
    first = read_checkpoint(save(tmp_path / "x.pt", content))
    content["g_ema"] = {name: tensor.to(precision) for name, tensor in content["g_ema"].items()}
    second = read_checkpoint(save(tmp_path / "y.pt", content))

    assert compare_generators(first, second) is Likeness.SAME


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["convs.4.conv.weight", "style.8.bias", "noises.noise_3"])
def test_value_that_is_no_number_is_refused_by_name(
    name: str, value: float, tmp_path: Path
) -> None:
    content = rosinality_content(make_generator())
    content["g_ema"][name].view(-1)[-1] = value

    with pytest.raises(CheckpointError, match=f"infinite or no number in '{name}'"):
        read_checkpoint(save(tmp_path / "x.pt", content))


def test_average_code_that_is_no_number_is_refused(tmp_path: Path) -> None:
    content = rosinality_content(make_generator(), "g_ema+g")
    content["latent_avg"][0] = math.nan

    with pytest.raises(CheckpointError, match="infinite or no number in 'latent_avg'"):
        read_checkpoint(save(tmp_path / "x.pt", content))


@pytest.mark.parametrize("write", [nvlabs_bytes, tensorflow_bytes])
def test_pickled_value_that_is_no_number_is_refused(
    write: Callable[[Generator], bytes], tmp_path: Path
) -> None:
    generator = make_generator()
    generator.synthesis.conv.bias[3] = math.nan
    (tmp_path / "x.pkl").write_bytes(write(generator))

    with pytest.raises(CheckpointError, match="infinite or no number in 'synthesis"):
        read_checkpoint(tmp_path / "x.pkl")


def test_another_filter_is_refused_for_its_values(tmp_path: Path) -> None:
    content = rosinality_content(make_generator())
    content["g_ema"]["convs.2.conv.blur.kernel"] = torch.ones(4, 4) / 4

    with pytest.raises(CheckpointError, match=r"filter of StyleGAN2, .* got other values"):
        read_checkpoint(save(tmp_path / "x.pt", content))


FOREIGN_ARGUMENTS = [
    {"architecture": "resnet"},
    {"nonlinearity": "relu"},
    {"mapping_lrmul": 1.0},
    {"resample_kernel": [1, 1]},
    {"label_size": 10},
]


@pytest.mark.parametrize("arguments", FOREIGN_ARGUMENTS, ids=lambda each: next(iter(each)))
def test_other_arguments_of_a_tensorflow_network_are_refused(
    arguments: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "x.pkl").write_bytes(tensorflow_bytes(make_generator(), arguments=arguments))

    with pytest.raises(CheckpointError, match=f"with {next(iter(arguments))} "):
        read_checkpoint(tmp_path / "x.pkl")


def test_generator_of_stylegan3_is_named(tmp_path: Path) -> None:
    change = {"synthesis.input.weight": torch.zeros(4, 4)}
    arrays = {"training": np.zeros(3)}
    content = nvlabs_bytes(make_generator(), change=change, additions=arrays)
    (tmp_path / "x.pkl").write_bytes(content)

    with pytest.raises(CheckpointError, match="got one of StyleGAN3"):
        read_checkpoint(tmp_path / "x.pkl")
