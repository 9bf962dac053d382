"""reenact/graphics_cards.py: what nvidia-smi says, read from a stand-in on the path."""

from pathlib import Path

import pytest

from reenact.graphics_cards import Card, nvidia_cards


def put_on_path(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_without_a_driver_there_is_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert nvidia_cards() == []


def test_every_card_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "NVIDIA H200, 570.86, 143771, 9.0\nNVIDIA T4, 570.86, [N/A], 7.5"
    put_on_path(f"printf '%s\\n' '{lines}'", tmp_path, monkeypatch)

    assert nvidia_cards() == [
        Card("NVIDIA H200", "570.86", 143771, "9.0"),
        Card("NVIDIA T4", "570.86", 0, "7.5"),
    ]


def test_a_broken_driver_is_named_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path("echo 'Driver/library version mismatch'; exit 9", tmp_path, monkeypatch)

    with pytest.raises(OSError, match=r"does not work [(]Driver/library version mismatch"):
        nvidia_cards()
