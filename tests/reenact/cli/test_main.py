"""reenact/cli/main.py: the command as a user meets it. Its neighbours have own tests."""

import ast
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import onnxruntime
import pytest

from reenact.cli.main import VERBS, build_parser, main
from reenact.media.pictures import read_picture, write_picture
from reenact.media.video_reader import probe_video, read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from tests.support.fakes import SIZE, write_pack

ROOT = Path(__file__).parents[3]

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_pack(tmp_path_factory.mktemp("pack")))


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A picture of a real face."""
    path = tmp_path_factory.mktemp("face") / "face.png"
    write_picture(path, next(read_frames(DRIVER, probe_video(DRIVER))).image)
    return str(path)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Five frames of a real face."""
    path, info = tmp_path_factory.mktemp("clip") / "clip.mp4", probe_video(DRIVER)
    with SegmentWriter(path, info, quality=18) as writer:
        for frame in islice(read_frames(DRIVER, info), 5):
            writer.write(frame.image, frame.pts)
    return str(path)


def fails(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line of stderr, beside the note on the device, of a run that must fail."""
    assert main([*words]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "the nets run on" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("reenact: ")
    return lines[0]


def test_convert_makes_the_avatar_of_a_video(
    clip: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, sheet = tmp_path / "out.mp4", tmp_path / "sheet.png"
    status = main(
        ["convert", clip, str(target), "--pack", pack, "--preview", str(sheet), "--no-progress"]
    )

    assert status == 0
    assert probe_video(target).frames == 5
    out = capsys.readouterr().out
    assert f"{target}: 5 frames, 5 with a face, " in out
    assert f"contact sheet: {sheet}" in out


def test_convert_makes_the_avatar_of_a_picture(face: str, pack: str, tmp_path: Path) -> None:
    target = tmp_path / "out.png"

    assert main(["convert", face, str(target), "--pack", pack, "--identity", "ben"]) == 0
    assert read_picture(target).shape == (SIZE, SIZE, 3)


def test_device_is_noted_once(face: str, pack: str, tmp_path: Path, capsys: Capture) -> None:
    main(["convert", face, str(tmp_path / "out.png"), "--pack", pack, "--device", "cpu"])

    notes = [line for line in capsys.readouterr().err.splitlines() if "the nets run" in line]
    assert notes == ["reenact: the nets run on cpu"]


def test_auto_says_why_it_does_not_use_the_card(
    pack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
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


def test_gain_changes_the_picture(clip: str, pack: str, tmp_path: Path) -> None:
    plain, strong = tmp_path / "plain.mp4", tmp_path / "strong.mp4"
    main(["convert", clip, str(plain), "--pack", pack, "--no-progress"])
    gains = ["--gain", "brow_left=9", "--gain", "gaze_y=-9", "--gain", "yaw=9"]
    main(["convert", clip, str(strong), "--pack", pack, "--no-progress", *gains])

    assert plain.read_bytes() != strong.read_bytes()


def test_own_picture_as_neutral_rests_the_avatar(face: str, pack: str, tmp_path: Path) -> None:
    """The driver does nothing when compared with that very picture."""
    target, rest = tmp_path / "out.png", tmp_path / "rest.png"
    main(["convert", face, str(target), "--pack", pack, "--neutral", face])
    gains = [word for axis in ("yaw", "pitch", "roll") for word in ("--gain", f"{axis}=0")]
    main(["convert", face, str(rest), "--pack", pack, "--neutral", face, *gains])

    assert abs(read_picture(target).astype(int) - read_picture(rest)).max() <= 1


def test_neutral_picture_without_a_face_is_refused(
    face: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = tmp_path / "blank.png"
    write_picture(blank, read_picture(Path(face)) // 255)

    line = fails(
        capsys, "convert", face, str(tmp_path / "o.png"), "--pack", pack, "--neutral", str(blank)
    )
    assert "blank.png shows no face" in line


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

    assert message in fails(capsys, *(face if word == "FACE" else word for word in words))
    assert not list(tmp_path.glob("o.*"))


def test_damaged_pack_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_pack(tmp_path / "pack")
    (root / "synthesis.onnx").write_bytes(b"other")

    line = fails(capsys, "bench", "--pack", str(root))
    assert "synthesis.onnx is damaged: expected SHA-256" in line


def test_existing_target_needs_force(
    face: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.png"
    target.write_text("mine")

    assert "exists already" in fails(capsys, "convert", face, str(target), "--pack", pack)
    assert target.read_text() == "mine"
    assert main(["convert", face, str(target), "--pack", pack, "--force"]) == 0


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


def test_doctor_exits_with_0_where_a_conversion_can_run(
    pack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--pack", pack, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_doctor_exits_with_1_where_it_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--pack", str(tmp_path)]) == 1
    assert "NO    pack" in capsys.readouterr().out


def test_bench_prints_json(clip: str, pack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--pack", pack, "--frames", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 2


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
