"""A trained network becomes a pack that draws the same pictures without torch."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from export.avatar_pack import export_run, write_avatar_pack
from reenact.axes import AXES
from reenact.backdrop import BACKDROP
from reenact.errors import PackError
from reenact.identities.identity import load_identity
from reenact.nets.avatar import AvatarNet
from reenact.packs.pack import load_pack
from reenact.reenactor import Reenactor
from tests.support.fakes import write_identity

_PEOPLE = {"ann": "first", "bob": "second"}


@pytest.fixture(scope="module")
def net() -> AvatarNet:
    torch.manual_seed(0)
    net = AvatarNet(len(_PEOPLE), (32, 32, 16, 8), 48)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return net


@pytest.fixture(scope="module")
def folder(net: AvatarNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "tiny-32"
    write_avatar_pack(net, _PEOPLE, folder, provenance={"pictures": 7})
    return folder


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """A copy of the pack, which a test may replace."""
    return shutil.copytree(folder, tmp_path / "tiny-32")


def test_pack_draws_what_the_network_draws(net: AvatarNet, folder: Path) -> None:
    reenactor = Reenactor(load_pack(folder), device="cpu")
    rng = np.random.default_rng(0)
    for index, name in enumerate(_PEOPLE):
        expression = rng.uniform(-1, 1, 13).astype(np.float32)
        with torch.no_grad():
            truth = net(torch.tensor([index]), torch.from_numpy(expression)[None])[0]
        expected = (truth * 127.5 + 127.5).clamp(0, 255).permute(1, 2, 0).numpy()
        identity = load_identity(reenactor.pack, name)
        got = reenactor.render(identity, reenactor.read_motion(expression))
        assert expected.std() > 10
        assert np.abs(got - expected).max() < 2  # the file's weights are in half precision


def test_a_pack_with_new_axes_and_alpha_is_shown_over_a_plain_backdrop(tmp_path: Path) -> None:
    torch.manual_seed(1)
    net = AvatarNet(2, (8, 8, 8), 16, axes=len(AXES), channels_out=4)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    write_avatar_pack(net, _PEOPLE, tmp_path / "alpha-16", axes=AXES, provenance={})
    pack = load_pack(tmp_path / "alpha-16")
    assert pack.axes == AXES
    reenactor = Reenactor(pack, device="cpu")
    expression = np.random.default_rng(2).uniform(0, 1, len(AXES)).astype(np.float32)
    with torch.no_grad():
        truth = net(torch.tensor([0]), torch.from_numpy(expression)[None])[0]
    cutout = (truth * 127.5 + 127.5).clamp(0, 255).permute(1, 2, 0).numpy()
    alpha = cutout[..., 3:] / 255
    expected = cutout[..., :3] * alpha + np.array(BACKDROP) * (1 - alpha)
    got = reenactor.render(load_identity(pack, "ann"), reenactor.read_motion(expression))
    assert got.shape == (16, 16, 3)
    assert np.abs(got - expected).max() < 4


def test_the_first_packs_axes_are_not_written_down(folder: Path) -> None:
    assert "axes" not in json.loads((folder / "pack.json").read_text())


def test_pack_knows_its_people(folder: Path) -> None:
    pack = load_pack(folder)
    assert {name: card.description for name, card in pack.cards.items()} == _PEOPLE


def test_a_pack_is_replaced_as_a_whole(net: AvatarNet, own_folder: Path) -> None:
    (own_folder / "left-over").touch()
    write_avatar_pack(net, {"cat": "", "dan": ""}, own_folder, provenance={})
    assert list(load_pack(own_folder).identities) == ["cat", "dan"]
    assert not (own_folder / "left-over").exists()
    assert [path.name for path in own_folder.parent.iterdir() if path.suffix != ".lock"] == [
        "tiny-32"
    ]


def test_added_people_outlive_a_new_net(net: AvatarNet, own_folder: Path) -> None:
    added = write_identity(own_folder, "eve", {"how": "photographs"}, latent=net_latent(net))
    before = {path.name: path.read_bytes() for path in added.parent.glob("eve.*")}
    write_avatar_pack(net, {"cat": "", "dan": ""}, own_folder, provenance={})
    assert load_pack(own_folder).identities == ("cat", "dan", "eve")
    assert {path.name: path.read_bytes() for path in added.parent.glob("eve.*")} == before


def test_trained_name_never_takes_an_added_persons_place(net: AvatarNet, own_folder: Path) -> None:
    write_identity(own_folder, "eve", {"how": "photographs"}, latent=net_latent(net))
    with pytest.raises(PackError, match="an added person is called 'eve'"):
        write_avatar_pack(net, {"eve": "", "dan": ""}, own_folder, provenance={})
    assert load_pack(own_folder).identities == ("ann", "bob", "eve")


def net_latent(net: AvatarNet) -> np.ndarray:
    return net.identities[0].detach().numpy().copy()


def test_folder_without_a_training_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="holds no training run"):
        export_run(tmp_path, tmp_path / "pack", None)
    assert list(tmp_path.iterdir()) == []
