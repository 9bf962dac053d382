"""reenact/checkpoints/encoder_options.py: codes start where the options of the training say."""

from pathlib import Path
from typing import Any

import pytest

from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.errors import CheckpointError
from tests.support.public_layouts import OPTIONS, encoder_content, save

STARTS: list[tuple[str, dict[str, Any], bool]] = [
    ("psp", {"start_from_latent_avg": False}, False),
    ("psp", {"start_from_latent_avg": None}, False),
    ("psp", {"start_from_latent_avg": True}, True),
    ("psp", {}, True),
    ("e4e", {"start_from_latent_avg": False}, False),
    ("restyle-psp", {"start_from_latent_avg": False}, True),
    ("restyle-e4e", {"start_from_latent_avg": False}, True),
]


@pytest.mark.parametrize(("kind", "more", "starts"), STARTS)
def test_start_is_what_the_options_say(
    kind: str, more: dict[str, Any], starts: bool, tmp_path: Path
) -> None:
    content = encoder_content(kind, options=OPTIONS[kind] | more)
    if not starts:
        del content["latent_avg"]  # its trainer writes none

    opened = read_checkpoint(save(tmp_path / "x.pt", content))

    assert opened.starts_at_average is starts
    assert (opened.average is not None) is starts


@pytest.mark.parametrize("kind", ["psp", "e4e", "restyle-psp", "restyle-e4e"])
def test_encoder_of_single_codes_is_refused(kind: str, tmp_path: Path) -> None:
    content = encoder_content(kind, options=OPTIONS[kind] | {"learn_in_w": True})

    with pytest.raises(CheckpointError, match="got learn_in_w=True"):
        read_checkpoint(save(tmp_path / "x.pt", content))


def test_options_of_the_papers_file_are_not_believed(tmp_path: Path) -> None:
    content = encoder_content("pet", options=OPTIONS["pet"] | {"learn_in_w": True})

    assert read_checkpoint(save(tmp_path / "x.pt", content)).kind == "pet"
