"""Every verb that takes a path, given paths that lead nowhere: one sentence each, no traceback."""

import os
from pathlib import Path

import pytest

from reenact.cli.main import main

LINES = {
    "convert source": "convert PATH o.png",
    "convert video": "convert PATH o.mp4",
    "convert target": "convert FACE PATH",
    "convert preview": "convert FACE o.png --preview PATH",
    "convert neutral": "convert FACE o.png --neutral PATH",
    "convert landmarker": "convert FACE o.png --landmarker PATH",
    "convert pack": "convert FACE o.png --pack PATH",
    "webcam source": "webcam --no-window --source PATH --seconds 1 --y4m o.y4m",
    "webcam y4m": "webcam --no-window --source CLIP --seconds 0.1 --y4m PATH",
    "identity list picture": "identity list --picture PATH",
    "identity show picture": "identity show ada --picture PATH",
    "identity list pack": "identity list --pack PATH",
    "identity add photo": "identity add eve PATH",
    "identity add aligned": "identity add eve PATH --aligned",
    "identity add code": "identity add eve --code PATH",
    "models check code": "models check PATH FACE",
    "models import file": "models import PATH --name new",
    "models landmarker bundle": "models landmarker PATH new",
    "models landmarker target": "models landmarker FACE PATH",
    "models verify": "models verify PATH",
    "models remove": "models remove PATH",
    "doctor pack": "doctor --pack PATH",
    "doctor landmarker": "doctor --landmarker PATH",
    "bench clip": "bench --clip PATH --frames 2",
    "bench against": "bench --against PATH",
    "serve pack": "serve --no-browser --pack PATH",
    "serve certificate": "serve --no-browser --tls-cert PATH --tls-key PATH",
    "train folder": "train avatars --weights PATH --folder new",
    "export folder": "export avatars --folder PATH --pack new",
    "export onnx": "export onnx PATH --out new",
    "evaluate pack": "evaluate avatars --pack PATH --samples 1",
    "avatars sheet": "avatars sheet PATH --only ada",
}
"""Command lines with PATH in place of the bad path."""

PATHS = {
    "missing": "gone/x.png",
    "loop of links": "loop/x.png",
    "below a file": "file/x.png",
    "too long": "x" * 300 + ".png",
    "much too long": "/".join(["d" * 200] * 30) + "/x.png",
    "line break": "gone/a\nb\x1b[m.png",
    "no UTF-8": "gone/caf\udce9.png",
    "home of nobody": "~nobody-is-called-so/x.png",
    "zero character": "a\0b.png",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, pack: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a loop of links and a file, where folders are expected."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("no folder")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REENACT_PACK", pack)
    monkeypatch.setenv("REENACT_PACKS", str(tmp_path / "packs"))
    return tmp_path


def run(line: str, path: str, face: str, clip: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The words of a run that may not succeed, without the notes on devices and consent."""
    parts = {"PATH": path, "FACE": face, "CLIP": clip}
    status = main([parts.get(word, word) for word in line.split()])
    words = capsys.readouterr()
    quiet = ("the nets run on", "enrol a real person", " done, ", "opening ")
    lines = [
        text for text in words.err.splitlines() if text and not any(part in text for part in quiet)
    ]
    assert status == 1
    if not line.startswith("doctor"):
        assert len(lines) == 1, lines
        assert lines[0].startswith("reenact: ")
    return words.out + words.err


@pytest.mark.parametrize("path", PATHS.values(), ids=list(PATHS))
@pytest.mark.parametrize("line", LINES.values(), ids=list(LINES))
def test_path_that_leads_nowhere_is_one_sentence(
    line: str, path: str, face: str, clip: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = run(line, path, face, clip, capsys)

    assert "Traceback" not in shown
    assert "\x1b[m" not in shown
    assert {entry.name for entry in here.iterdir()} <= {"loop", "file", "packs", "new"}


LINES_OF_PATHS = {name: line for name, line in LINES.items() if name != "models remove"}
"""All but the one that takes names alone."""


@pytest.mark.parametrize("line", LINES_OF_PATHS.values(), ids=list(LINES_OF_PATHS))
def test_path_in_a_deleted_working_folder_is_one_sentence(
    line: str, face: str, clip: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = here / "deleted"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()

    shown = run(line, "./x.png", face, clip, capsys)

    assert "is gone" in shown
