import base64
import socket
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

from reenact.errors import MediaError
from reenact.media import video_open
from reenact.media.limits import MOST_FRAME_PIXELS, MOST_STREAMS
from reenact.media.video_open import open_container
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from tests.support.clips import numbered_picture, write_clip


class Listener:
    """Counts the connections to a port of this machine."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.mark.parametrize("scheme", ["http", "tcp"])
def test_even_a_reader_of_playlists_would_reach_no_network(scheme: str, tmp_path: Path) -> None:
    listener = Listener()
    path = tmp_path / "list.m3u8"
    address = f"{scheme}://127.0.0.1:{listener.port}/a.ts"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n")

    with pytest.raises(av.FFmpegError):
        open_container(path, "hls")
    listener.close()

    assert listener.connections == 0


def test_even_a_reader_of_lists_without_caution_would_open_nothing_but_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "clip.ts", pts=range(0, 9009, 1001), audio=())
    path, plain = tmp_path / "list.ffconcat", av.open
    data = base64.b64encode(clip.read_bytes()).decode()
    path.write_text(f"ffconcat version 1.0\nfile 'data:video/mp2t;base64,{data}'\n")

    def careless(file: str, *, options: dict[str, str], **others: Any) -> Any:
        return plain(file, options=options | {"safe": "0"}, **others)

    monkeypatch.setattr(av, "open", careless)
    with pytest.raises(av.FFmpegError):
        open_container(path, "concat")


def test_name_that_looks_like_a_protocol_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clip(tmp_path / "other.mp4", pts=range(5), audio=())
    path = Path("concat:other.mp4")
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "seven.mp4", pts=range(7), audio=()).rename(tmp_path / path)

    assert probe_video(path).frames == 7


def write_pictures(path: Path, sides: list[int], stated: int = 64) -> Path:
    """A film of PNG pictures with these sides, in a container that states another."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("png", rate=25)
        stream.width = stream.height = stated
        stream.pix_fmt = "rgb24"
        for number, side in enumerate(sides):
            picture = numbered_picture(number, (side, side))
            packet = av.Packet(cv2.imencode(".png", picture)[1].tobytes())
            packet.pts = packet.dts = number
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            file.mux_one(packet)
    return path


@pytest.fixture
def small_bound(monkeypatch: pytest.MonkeyPatch) -> int:
    """A bound that tests can pass without large pictures."""
    monkeypatch.setattr("reenact.media.video_probe.MOST_FRAME_PIXELS", 128 * 128)
    defaults: dict[str, Any] = {"most_streams": 4, "most_pixels": 128 * 128}
    monkeypatch.setattr(video_open.open_container, "__kwdefaults__", defaults)
    return 128  # a whole number of the 64 pixels to which decoders round a row


def test_picture_at_the_bound_is_read(small_bound: int, tmp_path: Path) -> None:
    path = write_pictures(tmp_path / "clip.mov", [small_bound] * 2, stated=small_bound)

    assert len(list(read_frames(path, probe_video(path)))) == 2


def test_stated_size_above_the_bound_is_refused_before_decoding(
    small_bound: int, tmp_path: Path
) -> None:
    path = write_clip(tmp_path / "clip.mp4", size=(130, 128), audio=())

    with pytest.raises(MediaError, match="are 128 x 130 pixels: give a video of at most"):
        probe_video(path)


def test_picture_larger_than_stated_is_never_decoded(small_bound: int, tmp_path: Path) -> None:
    path = write_pictures(tmp_path / "clip.mov", [small_bound + 2] * 3)

    with pytest.raises(MediaError, match=r"no frame that can be decoded, of at most"):
        list(read_frames(path, probe_video(path)))


def test_picture_that_grows_above_the_bound_midway_is_left_out_with_a_note(
    small_bound: int, tmp_path: Path
) -> None:
    path = write_pictures(tmp_path / "clip.mov", [64, 64, small_bound + 2, 64, 64, 64])
    notes: list[str] = []

    frames = list(read_frames(path, probe_video(path), note=notes.append))

    assert {frame.image.shape for frame in frames} == {(64, 64, 3)}
    assert 4 <= len(frames) <= 5  # the one after it may go down with it
    assert "of its pictures could not be decoded" in notes[0]


@pytest.mark.parametrize("streams", [4, 7])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_more_streams_than_the_bound_are_refused(
    suffix: str, streams: int, small_bound: int, tmp_path: Path
) -> None:
    path = write_clip(tmp_path / f"clip{suffix}", audio=["aac"] * streams)

    with pytest.raises(MediaError, match="has more than 4 streams"):
        probe_video(path)


def test_bounds_leave_room_for_cameras() -> None:
    assert MOST_FRAME_PIXELS >= 11520 * 5760
    assert MOST_STREAMS >= 100
