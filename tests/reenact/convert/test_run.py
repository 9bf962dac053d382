from pathlib import Path

import pytest

from reenact.convert.options import ConvertOptions
from reenact.convert.run import run_convert
from reenact.errors import MediaError
from reenact.media.pictures import write_picture
from tests.support.clips import numbered_picture, write_clip, write_tone
from tests.support.conversions import open_fake


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a clip, a picture, a folder of pictures and a few obstacles."""
    write_clip(tmp_path / "in.mp4", pts=[0, 1001])
    write_tone(tmp_path / "sound.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "taken.mp4").write_text("precious")
    (tmp_path / "link.mp4").symlink_to("in.mp4")
    write_picture(tmp_path / "in.png", numbered_picture(0, (48, 64)))
    (tmp_path / "pictures").mkdir()
    write_picture(tmp_path / "pictures" / "a.png", numbered_picture(0, (48, 64)))
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop.mp4").symlink_to("loop.mp4")
    (tmp_path / "photo.psd").write_bytes(b"8BPS\0\1")
    (tmp_path / "clip.mp4").write_bytes((tmp_path / "in.png").read_bytes())
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


REFUSALS = {
    "missing source": ("none.mp4", "out.mp4", None, "there is no file or folder .*none.mp4"),
    "not a video": ("text.mp4", "out.mp4", None, "text.mp4 cannot be read as a video"),
    "no video stream": ("sound.mp4", "out.mp4", None, "sound.mp4 has no video stream"),
    "target exists": ("in.mp4", "taken.mp4", None, "taken.mp4 exists already"),
    "target is the source": ("in.mp4", "in.mp4", None, "in.mp4 is the source itself"),
    "target links to the source": ("in.mp4", "link.mp4", None, "link.mp4 is the source itself"),
    "no such target folder": ("in.mp4", "none/out.mp4", None, "there is no folder .*none"),
    "target folder is a file": ("in.mp4", "in.png/out.mp4", None, "there is no folder .*in.png"),
    "unknown container": ("in.mp4", "out.webm", None, r"out.webm must end in \.mp4"),
    "no suffix": ("in.mp4", "out", None, r"out must end in \.mp4"),
    "video to a folder": ("in.mp4", "empty", None, "name a file as target"),
    "folder to a file": ("pictures", "taken.mp4", None, "name a folder as target"),
    "picture to a video": ("in.png", "out.mp4", None, r"must end in \.png, .* not \.mp4"),
    "video to a picture": ("in.mp4", "out.png", None, r"in.mp4 is a video, so .* end in \.mp4"),
    "text to a picture": ("text.mp4", "out.png", None, "text.mp4 cannot be read as a video"),
    "picture by content": ("clip.mp4", "out.mp4", None, "clip.mp4 is a picture, so the target"),
    "unread kind": ("photo.psd", "out.png", None, "photo.psd is a Photoshop picture, which"),
    "unread kind to a video": ("photo.psd", "out.mp4", None, "photo.psd is a Photoshop picture"),
    "name too long": ("in.mp4", "x" * 300 + ".mp4", None, "name too long"),
    "source name too long": ("x" * 300, "out.mp4", None, "name too long"),
    "loop of links": ("loop.mp4", "out.mp4", None, "there is no file or folder .*loop.mp4"),
    "empty folder": ("empty", "out", None, "empty holds no picture"),
    "preview exists": ("in.mp4", "out.mp4", "in.png", "in.png exists already"),
    "preview is no picture": ("in.mp4", "out.mp4", "sheet.pdf", r"sheet.pdf must end in \.png"),
    "preview is the target": ("in.png", "out.png", "out.png", "would overwrite the target"),
    "preview in capitals": ("in.png", "out.png", "OUT.png", "would overwrite the target"),
    "preview folder": ("in.mp4", "out.mp4", "none/sheet.png", "there is no folder .*none"),
}


@pytest.mark.parametrize(
    ("source", "target", "preview", "sentence"), REFUSALS.values(), ids=list(REFUSALS)
)
def test_bad_request_is_refused_in_one_sentence_and_nothing_written(
    source: str, target: str, preview: str | None, sentence: str, here: Path
) -> None:
    before = content(here)
    sheet = here / preview if preview else None
    options = ConvertOptions(here / source, here / target, preview=sheet)

    with pytest.raises(MediaError, match=sentence) as raised:
        run_convert(options, open_fake)

    assert "\n" not in str(raised.value)
    assert content(here) == before


def test_forced_conversion_replaces_the_target(here: Path) -> None:
    options = ConvertOptions(here / "in.mp4", here / "taken.mp4", force=True, progress=False)

    run_convert(options, open_fake)

    assert (here / "taken.mp4").read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize("forced_onto", ["in.mp4", "link.mp4"])
def test_not_even_force_overwrites_the_source(forced_onto: str, here: Path) -> None:
    options = ConvertOptions(here / "in.mp4", here / forced_onto, force=True)

    with pytest.raises(MediaError, match="is the source itself"):
        run_convert(options, open_fake)


def test_folder_that_takes_no_file_is_refused(here: Path) -> None:
    options = ConvertOptions(here / "in.mp4", Path("/proc/out.mp4"))

    with pytest.raises(MediaError, match=r"/proc.* (cannot|may not) be written"):
        run_convert(options, open_fake)


def test_loop_of_links_is_replaced_as_a_target(here: Path) -> None:
    run_convert(ConvertOptions(here / "in.mp4", here / "loop.mp4", progress=False), open_fake)

    assert (here / "loop.mp4").read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize("quality", [-1, 52])
def test_impossible_quality_is_a_callers_mistake(quality: int, here: Path) -> None:
    options = ConvertOptions(here / "in.mp4", here / "out.mp4", quality=quality)

    with pytest.raises(ValueError, match=f"0 .* to 51, got {quality}"):
        run_convert(options, open_fake)


def test_progress_bar_tells_rate_and_remaining_time(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_convert(ConvertOptions(here / "in.mp4", here / "out.mp4"), open_fake)

    last = capsys.readouterr().err.strip().split("\r")[-1]
    assert "2/2" in last
    assert "frame/s" in last


def test_report_counts_frames_of_this_run(here: Path) -> None:
    options = ConvertOptions(here / "in.mp4", here / "out.mp4", progress=False)

    report = run_convert(options, open_fake)

    assert (report.frames, report.faces, report.resumed_at) == (2, 2, 0)
    assert report.rate == pytest.approx(2 / report.seconds)
