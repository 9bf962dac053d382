"""Files with an encoder: told apart by content, split into our states, refused when inexact."""

import math
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reenact.checkpoints import encoder_layout
from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.checkpoints.combination import require_same_codes
from reenact.checkpoints.encoder_layout import EncoderSizes, Shapes
from reenact.checkpoints.kinds import PARTS, Kind
from reenact.errors import CheckpointError
from reenact.nets.arcface import ArcFace
from reenact.nets.assemble import assemble
from reenact.nets.fpn_encoder import FpnEncoder
from reenact.nets.lpips import Lpips
from reenact.nets.motion_encoder import MotionEncoder
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.transfer import Transfer
from tests.support.public_layouts import (
    ENCODER,
    OPTIONS,
    WIDTH,
    arcface_content,
    encoder_content,
    make_generator,
    rosinality_content,
    save,
)

ROWS = 10


def alexnet_content() -> dict[str, Tensor]:
    trunk = {n: t for n, t in Lpips().state_dict().items() if n.startswith("features")}
    return trunk | {"classifier.6.weight": torch.zeros(3, 2), "classifier.6.bias": torch.zeros(3)}


def heads_content() -> dict[str, Tensor]:
    return {n: t for n, t in Lpips().state_dict().items() if n.startswith("lin")}


CONTENTS: dict[str, Callable[[], Any]] = {
    **{kind: lambda kind=kind: encoder_content(kind) for kind in OPTIONS},  # type: ignore[misc]
    "arcface": arcface_content,
    "alexnet": alexnet_content,
    "lpips": heads_content,
    "stylegan2-rosinality": lambda: rosinality_content(make_generator()),
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_kind_is_told_by_content_and_brings_its_parts(kind: str, tmp_path: Path) -> None:
    path = save(tmp_path / "download", CONTENTS[kind]())

    opened = read_checkpoint(path)

    assert opened.kind == kind
    assert set(opened.states) == set(PARTS[Kind(kind)])


@pytest.mark.parametrize("kind", CONTENTS)
def test_swapped_file_is_found(kind: str, tmp_path: Path) -> None:
    path = save(tmp_path / "download.pt", CONTENTS[kind]())
    wanted = "arcface" if kind != "arcface" else "pet"

    with pytest.raises(CheckpointError, match=f"must be of the kind {wanted}, got {kind} by"):
        read_checkpoint(path, kind=wanted)


NETS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "pet": ("motion_encoder", lambda: MotionEncoder(ROWS, WIDTH, features=10, channels=ENCODER)),
    "restyle-psp": ("identity_encoder", lambda: RestyleEncoder(ROWS, WIDTH, channels=ENCODER)),
    "psp": ("identity_encoder", lambda: FpnEncoder(ROWS, WIDTH, channels=ENCODER)),
    "arcface": ("arcface", lambda: ArcFace(features=10, channels=ENCODER)),
}


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_state_fits_our_net_tensor_for_tensor(kind: str, legacy: bool, tmp_path: Path) -> None:
    content = CONTENTS[kind]()
    part, build = NETS[kind]

    state = read_checkpoint(save(tmp_path / "x.pt", content, legacy=legacy)).states[part]

    public = content.get("state_dict", content)
    assemble(build, state)
    for name, tensor in public.items():
        ours = name.removeprefix("encoder.")
        if ours in state:
            assert torch.equal(state[ours], tensor)


def test_paper_file_gives_transfer_and_generator(tmp_path: Path) -> None:
    generator = make_generator()
    content = encoder_content("pet", generator)

    states = read_checkpoint(save(tmp_path / "x.pt", content)).states

    transfer = assemble(lambda: Transfer(ROWS, WIDTH), states["transfer"])
    expected = content["state_dict"]["mapping_net.linear_relu.0.weight"]
    assert torch.equal(transfer.linear.weight, expected)
    assert torch.equal(states["generator"]["synthesis.conv.noise"], generator.synthesis.conv.noise)


def test_lpips_comes_from_its_two_files(tmp_path: Path) -> None:
    trunk = read_checkpoint(save(tmp_path / "a", alexnet_content())).states["lpips_trunk"]
    heads = read_checkpoint(save(tmp_path / "b", heads_content())).states["lpips_heads"]

    assemble(Lpips, {**trunk, **heads})


@pytest.mark.parametrize("counters", [False, True])
def test_counters_of_batch_norms_may_be_missing(counters: bool, tmp_path: Path) -> None:
    path = save(tmp_path / "x.pth", arcface_content(counters=counters), legacy=True)

    state = read_checkpoint(path).states["arcface"]

    assert state["body.0.res_layer.0.num_batches_tracked"] == 0


LOOK_ALIKE = {
    "restyle": ("restyle-psp", "restyle-psp or restyle-e4e", "restyle-e4e"),
    "pyramid": ("psp", "psp or e4e", "e4e"),
}
SILENT_OPTIONS = {
    "no encoder named": {"device": "cuda:0"},
    "another encoder named": {"encoder_type": "ResNetGradualStyleEncoder"},
    "no dictionary": 3,
}


@pytest.mark.parametrize("options", SILENT_OPTIONS.values(), ids=SILENT_OPTIONS)
@pytest.mark.parametrize(("made", "pair", "chosen"), LOOK_ALIKE.values(), ids=LOOK_ALIKE)
def test_look_alikes_need_an_option_or_the_users_word(
    made: str, pair: str, chosen: str, options: Any, tmp_path: Path
) -> None:
    path = save(tmp_path / "x.pt", encoder_content(made, options=options))

    with pytest.raises(CheckpointError, match=f"whether it is {pair}, .* as in --kind {made}"):
        read_checkpoint(path)

    assert read_checkpoint(path, kind=chosen).kind == chosen


def test_users_word_does_not_outdo_the_options(tmp_path: Path) -> None:
    path = save(tmp_path / "x.pt", encoder_content("psp"))

    with pytest.raises(CheckpointError, match="must be of the kind e4e, got psp"):
        read_checkpoint(path, kind="e4e")


OPTIONS_AS_DATA = {
    "a namespace": Namespace(encoder_type="Encoder4Editing"),
    "the size's name in e4e": {"stylegan_size": 1024},
}


@pytest.mark.parametrize("options", OPTIONS_AS_DATA.values(), ids=OPTIONS_AS_DATA)
def test_options_are_read_as_data(options: Any, tmp_path: Path) -> None:
    path = save(tmp_path / "x.pt", encoder_content("psp", options=options))

    assert read_checkpoint(path).kind == "e4e"


def test_unknown_kind_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"kind must be one of pet, .* got 'vgg'"):
        read_checkpoint(tmp_path / "x.pt", kind="vgg")


UNKNOWN = {
    "another encoder": {"state_dict": {"encoder.conv1.weight": torch.zeros(64, 3, 7, 7)}},
    "other tensors": {"layer1.weight": torch.zeros(2)},
    "a list": [1, 2],
    "nothing": {},
}


@pytest.mark.parametrize("content", UNKNOWN.values(), ids=UNKNOWN)
def test_checkpoint_of_another_kind_is_refused(content: Any, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="must be one of the checkpoints pet, restyle-psp"):
        read_checkpoint(save(tmp_path / "x.pt", content))


NAMES = {
    "pet": ["encoder.linear.weight", "mapping_net.linear_relu.0.bias", "decoder.conv1.conv.weight"],
    "restyle-psp": ["encoder.styles.9.convs.6.weight", "encoder.body.7.shortcut_layer.0.weight"],
    "e4e": ["encoder.latlayer2.bias", "decoder.noises.noise_8"],
    "arcface": ["body.21.res_layer.5.fc1.weight", "output_layer.4.running_mean"],
    "alexnet": ["features.10.bias"],
    "lpips": ["lin4.model.1.weight"],
}
CASES = [(kind, name) for kind, names in NAMES.items() for name in names]
CHANGES: dict[str, tuple[Callable[[dict[str, Tensor], str], Any], str]] = {
    "missing": (lambda state, name: state.pop(name), "1 missing, .* first '{}', which is missing"),
    "misshaped": (
        lambda state, name: state.update({name: torch.zeros(5, 5, 5)}),
        r"1 of another shape .* first '{}', \(5, 5, 5\) of float32 where \(",
    ),
    "extra": (
        lambda state, name: state.update({f"{name}.more": torch.zeros(1)}),
        "1 unexpected, first the unexpected '{}.more'",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{kind}: {name}" for kind, name in CASES])
def test_inexact_file_is_refused_naming_the_tensor(
    kind: str, name: str, change: Callable[[dict[str, Tensor], str], Any], sentence: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    content = CONTENTS[kind]()
    change(content.get("state_dict", content), name)

    with pytest.raises(CheckpointError, match=sentence.format(name)) as caught:
        read_checkpoint(save(tmp_path / "x.pt", content), kind=kind)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["pet", "restyle-psp", "psp"])
def test_encoder_for_a_larger_generator_is_refused(kind: str, tmp_path: Path) -> None:
    path = save(tmp_path / "x.pt", encoder_content(kind, rows=18))

    with pytest.raises(CheckpointError, match=r"64 pixels takes, 10 rows of 16 .* got 18 of 16"):
        read_checkpoint(path)


def test_files_for_other_code_sizes_do_not_go_together(tmp_path: Path) -> None:
    paper = read_checkpoint(save(tmp_path / "pet.pt", encoder_content("pet")))
    alike = read_checkpoint(save(tmp_path / "psp.pt", encoder_content("psp")))
    face = read_checkpoint(save(tmp_path / "face.pth", arcface_content()))
    small = make_generator((8, 8, 8), WIDTH)
    other = read_checkpoint(save(tmp_path / "small.pt", rosinality_content(small)))

    require_same_codes(paper, alike, face)
    with pytest.raises(CheckpointError, match=r"small.pt must have codes of 10 rows .* got 6 of"):
        require_same_codes(paper, face, other)


FULL = EncoderSizes(3, (64, 64, 128, 256, 512), features=512, rows=18, width=512)
RESTYLE = EncoderSizes(6, FULL.channels, rows=18, width=512)
PUBLISHED: dict[str, tuple[Shapes, int, int]] = {
    "motion encoder": (encoder_layout.motion_encoder(FULL), 394, 48_549_877),
    "ReStyle": (encoder_layout.restyle_encoder(RESTYLE), 565, 205_610_164),
    "pSp and e4e": (encoder_layout.pyramid_encoder(FULL), 621, 267_161_076),
    "ArcFace": (encoder_layout.arcface(FULL), 397, 43_824_118),
}
"""Tensors and numbers counted in the published modules."""


@pytest.mark.parametrize(("shapes", "tensors", "numbers"), PUBLISHED.values(), ids=PUBLISHED)
def test_layout_counts_as_the_published_one(shapes: Shapes, tensors: int, numbers: int) -> None:
    assert len(shapes) == tensors
    assert sum(math.prod(shape) for shape in shapes.values()) == numbers
