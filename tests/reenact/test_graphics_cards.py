"""reenact/graphics_cards.py: what nvidia-smi says, read from a stand-in on the path."""

from pathlib import Path

import pytest

from reenact.graphics_cards import Card, find_nvidia_cards, has_nvidia_hardware
from tests.support.programs import put_on_path


def test_without_a_driver_there_is_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_nvidia_cards() == []


def test_every_card_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "NVIDIA H200, 570.86, 143771, 9.0\nNVIDIA T4, 570.86, [N/A], 7.5"
    put_on_path(f"printf '%s\\n' '{lines}'", tmp_path, monkeypatch)

    assert find_nvidia_cards() == [
        Card("NVIDIA H200", "570.86", 143771, "9.0"),
        Card("NVIDIA T4", "570.86", 0, "7.5"),
    ]


def test_a_broken_driver_is_named_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path("echo 'Driver/library version mismatch'; exit 9", tmp_path, monkeypatch)

    with pytest.raises(OSError, match=r"does not work [(]Driver/library version mismatch"):
        find_nvidia_cards()


@pytest.mark.parametrize(
    ("vendor", "kind", "expected"),
    [("0x10de", "0x030000", True), ("0x10de", "0x040300", False), ("0x1002", "0x030000", False)],
    ids=["NVIDIA card", "its sound", "another card"],
)
def test_card_is_seen_without_its_driver(
    vendor: str, kind: str, expected: bool, tmp_path: Path
) -> None:
    device = tmp_path / "0000:01:00.0"
    device.mkdir()
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")

    assert has_nvidia_hardware(tmp_path) is expected
