"""reenact/cli/webcam.py: the command as a user meets it, with a video in place of a camera."""

import os
import platform
import subprocess
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import pytest

from reenact.cli.main import main
from reenact.media.video_info import VideoInfo
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER
from tests.support.command import run_and_fail
from tests.support.fakes import BRIGHTEST

ROOT = Path(__file__).parents[3]

on_linux = pytest.mark.skipif(platform.system() != "Linux", reason="told on Linux only")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A fifth of a second of a real face."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    info = VideoInfo(6, Fraction(1, 30), Fraction(30), 1, 0)
    with SegmentWriter(path, info, quality=18) as writer:
        for number, frame in enumerate(islice(read_frames(DRIVER, probe_video(DRIVER)), 6)):
            writer.write(frame.image, number)
    return str(path)


def test_video_in_place_of_a_camera_drives_the_identity_into_a_file(
    clip: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.y4m"
    words = ["--source", clip, "--no-window", "--y4m", str(target), "--size", "64x48"]
    status = main(["webcam", *words, "--seconds", "1", "--pack", pack, "--identity", "ben"])

    assert status == 0
    assert "pictures of" in capsys.readouterr().out
    with av.open(str(target)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert {picture.shape for picture in pictures} == {(48, 64, 3)}
    assert max(int(picture.max()) for picture in pictures) <= BRIGHTEST + 8  # 4:2:0 rounds


@on_linux
def test_status_is_one_line_of_the_terminal_that_goes_at_the_end(
    clip: str, pack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pty
    import termios

    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 20))
    with os.fdopen(screen, "rb") as seen, os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        words = ["--source", clip, "--no-window", "--seconds", "1", "--pack", pack]
        assert main(["webcam", *words]) == 0
        states = seen.read1().decode().rpartition("\n")[2].split("\r")

    assert any("frames/s" in state for state in states)
    assert max(map(len, states)) <= 20
    assert states[-2:] == [" " * len(states[-2]), ""]


def test_without_a_terminal_there_is_no_status(
    clip: str, pack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["webcam", "--source", clip, "--no-window", "--seconds", "1", "--pack", pack]) == 0

    assert "frames/s" not in capsys.readouterr().err


@on_linux
def test_no_display_is_one_sentence(
    clip: str, pack: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)

    assert "--no-window" in run_and_fail(capsys, "webcam", "--source", clip, "--pack", pack)


@on_linux
def test_unknown_camera_is_one_sentence(pack: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--camera", "no camera of this name", "--no-window", "--pack", pack]

    assert "there is no camera 'no camera of this name': " in run_and_fail(capsys, "webcam", *words)


def test_source_that_is_no_video_is_one_sentence(
    pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.mp4").write_text("no video")

    line = run_and_fail(
        capsys, "webcam", "--source", str(tmp_path / "text.mp4"), "--no-window", "--pack", pack
    )
    assert "cannot be read as a video" in line


def test_cameras_are_listed_without_opening_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["webcam", "--list"]) == 0


@pytest.mark.parametrize(
    "words",
    [["--size", "33"], ["--size", "0"], ["--fps", "0"], ["--seconds", "-1"], ["--size", "axb"]],
    ids=" ".join,
)
def test_misuse_exits_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["webcam", *words])

    assert stop.value.code == 2


def test_missing_pyvirtualcam_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['pyvirtualcam'] = None; from reenact.cli.main import main;"
        "sys.exit(main(['webcam', '--no-window', '--virtual-camera']))"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == "reenact: this needs pyvirtualcam: pip install 'reenact[camera]'\n"
