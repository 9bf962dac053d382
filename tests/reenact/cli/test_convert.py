"""`reenact convert` as a user meets it."""

from pathlib import Path

import pytest

from reenact.cli.main import main
from reenact.media.pictures import read_picture, write_picture
from reenact.media.video_probe import probe_video
from tests.support.command import run_and_fail
from tests.support.fakes import SIZE


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

    line = run_and_fail(
        capsys, "convert", face, str(tmp_path / "o.png"), "--pack", pack, "--neutral", str(blank)
    )
    assert "blank.png shows no face" in line


def test_existing_target_needs_force(
    face: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.png"
    target.write_text("mine")

    assert "exists already" in run_and_fail(capsys, "convert", face, str(target), "--pack", pack)
    assert target.read_text() == "mine"
    assert main(["convert", face, str(target), "--pack", pack, "--force"]) == 0
