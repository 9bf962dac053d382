from pathlib import Path

import pytest

from reenact.media.video_probe import probe_video
from tests.support.clips import rename_last_track, write_clip


@pytest.mark.parametrize("codec", [b"apac", b"ac-4", b"enca"])
@pytest.mark.parametrize("others", [(), ("aac",)], ids=["alone", "beside another"])
def test_sound_of_an_unknown_format_is_left_out_with_a_note(
    others: tuple[str, ...], codec: bytes, tmp_path: Path
) -> None:
    path = write_clip(tmp_path / "clip.mp4", audio=(*others, "aac"))
    rename_last_track(path, codec)

    info = probe_video(path)

    assert [track.codec for track in info.sound] == list(others)
    (note,) = info.notes
    assert note == f"sound track {len(others) + 1} is left out: its format is not known"
