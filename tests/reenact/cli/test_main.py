"""reenact/cli/main.py: the command as a user meets it. Its neighbours have own tests."""

import ast
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest

from reenact.cli.main import VERBS, build_parser, main
from reenact.media.pictures import read_picture
from tests.support.command import run_and_fail
from tests.support.fakes import SIZE

ROOT = Path(__file__).parents[3]


def test_device_is_noted_once(
    face: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["convert", face, str(tmp_path / "out.png"), "--pack", pack, "--device", "cpu"])

    notes = [line for line in capsys.readouterr().err.splitlines() if "the nets run" in line]
    assert notes == ["reenact: the nets run on cpu"]


def test_auto_says_why_it_does_not_use_the_card(
    pack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime could use a card")
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    main(["identity", "show", "ada", "--pack", pack, "--picture", str(tmp_path / "ada.png")])

    note = capsys.readouterr().err
    assert "the nets run on" in note
    assert "cuda needs an onnxruntime with CUDAExecutionProvider" in note
    assert "pip install 'reenact[gpu]'" in note


BAD = {
    "no source": (["convert", "gone.mp4", "o.mp4"], "there is no "),
    "unknown identity": (["convert", "FACE", "o.png", "--identity", "eve"], "one of ada, ben, chi"),
    "unknown identity shown": (["identity", "show", "eve"], "one of ada, ben, chi"),
    "other kind of target": (["convert", "FACE", "o.mp4"], "must end in .png"),
    "quality": (["convert", "FACE", "o.png", "--quality", "99"], "quality must be 0"),
    "picture of no kind": (["identity", "list", "--picture", "o.txt"], "must end in .png"),
    "clip is no video": (["bench", "--clip", "FACE"], "face.png"),
    "unknown person": (["avatars", "sheet", "o.png", "--only", "eve"], "'eve'"),
}


@pytest.mark.parametrize(("words", "message"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    words: list[str],
    message: str,
    face: str,
    pack: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REENACT_PACK", pack)

    assert message in run_and_fail(capsys, *(face if word == "FACE" else word for word in words))
    assert not list(tmp_path.glob("o.*"))


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dance"],
        ["convert"],
        ["convert", "a.mp4"],
        ["identity"],
        ["convert", "a.mp4", "b.mp4", "--gain", "nose=2"],
        ["convert", "a.mp4", "b.mp4", "--gain", "smile"],
        ["convert", "a.mp4", "b.mp4", "--gain", "smile=nan"],
        ["convert", "a.mp4", "b.mp4", "--layout", "round"],
        ["doctor", "--device", "tpu"],
        ["bench", "--frames", "0"],
    ],
    ids=" ".join,
)
def test_misuse_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)

    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_identities_are_listed(pack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identity", "list", "--pack", pack]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["ada", "ben", "chi"]


def test_gallery_is_written(pack: str, tmp_path: Path) -> None:
    assert main(["identity", "list", "--pack", pack, "--picture", str(tmp_path / "all.png")]) == 0
    assert read_picture(tmp_path / "all.png").shape[1] > 3 * SIZE


def test_identity_is_described_and_drawn(
    pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "ben.png"

    assert main(["identity", "show", "ben", "--pack", pack, "--picture", str(picture)]) == 0
    assert "ben, for tests" in capsys.readouterr().out
    assert picture.exists()


def test_default_pack_comes_from_the_environment(
    pack: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REENACT_PACK", pack)

    assert main(["identity", "show", "chi"]) == 0
    assert "of pack tiny" in capsys.readouterr().out


@pytest.mark.parametrize("words", [verb.words for verb in VERBS])
def test_every_verb_has_help(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        build_parser().parse_args([*words.split(), "--help"])

    assert stop.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 4


def test_help_says_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["convert", "--help"])

    assert "(default: 18)" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from reenact.cli.main import build_parser; build_parser().format_help();"
        "print(*{'cv2', 'mediapipe', 'onnxruntime', 'av', 'torch'} & set(sys.modules))"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip()) == (0, "")


@pytest.mark.parametrize(
    "start", ["import reenact", "import reenact.cli.main", "import reenact.__main__"]
)
def test_wrong_python_is_told_so_in_one_sentence(start: str) -> None:
    code = f"import sys; sys.version_info = (3, 9, 2, 'final', 0); {start}"

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == (
        "reenact: needs Python 3.11 or newer, this is 3.9.2; run it with a newer one\n"
    )


def test_old_python_can_parse_what_turns_it_away() -> None:
    source = (ROOT / "reenact" / "__init__.py").read_text(encoding="utf-8")

    ast.parse(source, feature_version=(3, 6))


def test_missing_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from reenact.cli.main import main;"
        "sys.exit(main(['train', 'avatars']))"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == "reenact: this needs torch: pip install 'reenact[train]'\n"
