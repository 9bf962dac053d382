import re
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media.video_kinds import require_demuxer
from reenact.media.video_probe import probe_video
from tests.support.clips import numbered_picture, write_clip
from tests.support.mutants import write_films

PICTURE = cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
PHOTOGRAPH = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
HLS = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s\n"
DASH = (
    b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>%s</BaseURL></MPD>'
)

OTHERS = {
    "ffconcat": (b"ffconcat version 1.0\nfile real.mp4\n", "a list of other files"),
    "ffconcat after a mark": (b"\xef\xbb\xbf\nffconcat version 1.0\nfile real.mp4\n", "a list of"),
    "many lines": (b"ffconcat version 1.0\n" + b"file real.mp4\n" * 3000, "a list of other files"),
    "HLS": (HLS % b"real.mp4" + b"#EXT-X-ENDLIST\n", "a playlist (HLS)"),
    "HLS that never ends": (HLS % b"file:///etc/hostname", "a playlist (HLS)"),
    "HLS in Windows' lines": ((HLS % b"real.mp4").replace(b"\n", b"\r\n"), "a playlist (HLS)"),
    "DASH": (DASH % b"real.mp4", "a playlist (DASH)"),
    "DASH without a head": (b"<MPD></MPD>", "a playlist (DASH)"),
    "SDP": (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n", "an SDP text"),
    "PLS": (b"[playlist]\nFile1=real.mp4\n", "a playlist"),
    "ASX": (b'<ASX version="3.0"><Entry><Ref href="real.mp4"/></Entry></ASX>', "a playlist"),
    "ASF redirection": (b"[Reference]\r\nRef1=http://127.0.0.1/x\r\n", "a playlist"),
    "SMIL": (b'<smil><body><video src="real.mp4"/></body></smil>', "a playlist"),
    "m3u without a head": (b"real.mp4\n", "a text"),
    "subtitles": (b"1\n00:00:00,500 --> 00:00:09,500\n(music)\n\n", "a text"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a text of XML or HTML"),
    "pictures one after another": (PICTURE * 8, "a PNG picture"),
    "photographs one after another": (PHOTOGRAPH * 8, "a JPEG picture"),
    "BMP": (cv2.imencode(".bmp", np.zeros((4, 4, 3), np.uint8))[1].tobytes(), "a BMP picture"),
    "PNM": (b"P6\n4 4\n255\n" + bytes(48), "a PNM picture"),
    "sound": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), "a sound file"),
    "archive": (b"PK\x03\x04" + bytes(60), "a ZIP archive"),
    "no bytes": (b"", "empty"),
    "noise": (bytes(range(256)) * 9, "of no kind that is known"),
}


@pytest.mark.parametrize(("content", "name"), OTHERS.values(), ids=list(OTHERS))
@pytest.mark.parametrize("suffix", [".mp4", ".m3u8"])
def test_what_opens_other_files_or_is_no_film_is_refused_by_its_name(
    content: bytes, name: str, suffix: str, tmp_path: Path
) -> None:
    write_clip(tmp_path / "real.mp4", audio=())
    path = tmp_path / f"clip{suffix}"
    path.write_bytes(content)

    with pytest.raises(
        MediaError, match=rf"cannot be read as a video, for it is {re.escape(name)}"
    ):
        probe_video(path)


def test_every_kind_of_film_has_the_reader_that_ffmpeg_would_take(tmp_path: Path) -> None:
    films = [
        *write_films(tmp_path),
        write_clip(tmp_path / "film.asf", codec="mpeg4", audio=()),
        write_clip(tmp_path / "film.nut", codec="mpeg4", audio=()),
        write_clip(tmp_path / "film.h264", audio=()),
        write_clip(
            tmp_path / "film.mpg",
            codec="mpeg1video",
            pts=range(9),
            audio=(),
            time_base=Fraction(1, 30),
        ),
        write_clip(tmp_path / "film.y4m", codec="wrapped_avframe", audio=()),
        write_clip(tmp_path / "film.m2ts", audio=()),
    ]
    animation = cv2.Animation()
    animation.frames = [numbered_picture(number, (48, 64)) for number in range(3)]
    animation.durations = [100, 100, 100]
    cv2.imwriteanimation(str(tmp_path / "film.png"), animation)

    for film in [*films, tmp_path / "film.png"]:
        with av.open(str(film)) as container:
            assert require_demuxer(film) in container.format.name.split(","), film


def test_broadcast_that_begins_in_the_middle_of_a_packet_is_known(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.ts", audio=())
    path.write_bytes(path.read_bytes()[100:])

    assert require_demuxer(path) == "mpegts"
