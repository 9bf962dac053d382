import struct
from fractions import Fraction
from pathlib import Path

import av
import cv2
import pytest

from reenact.errors import MediaError
from reenact.media.video_info import VideoInfo
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from tests.support.clips import (
    number_in,
    numbered_picture,
    rename_last_track,
    steady,
    truncate,
    write_clip,
)
from tests.support.remux import Packet, join_streams, remux, trim

MILLISECOND = Fraction(1, 1000)


def write_webm(path: Path, count: int = 60, step: int = 33) -> Path:
    return write_clip(
        path,
        codec="libvpx",
        audio=(),
        pts=steady(count, step),
        time_base=MILLISECOND,
        options={"deadline": "realtime", "cpu-used": "8"},
    )


def read_numbers(path: Path, info: VideoInfo) -> list[tuple[int, int]]:
    """Number and time of each picture."""
    return [(number_in(frame.image), frame.pts) for frame in read_frames(path, info)]


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


def test_sound_track_without_packets_is_left_out_with_a_note(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "whole.mkv", audio=("aac", "aac"))
    path = remux(
        source, tmp_path / "clip.mkv", keep=lambda packet, number: packet.stream_index != 2
    )

    info = probe_video(path)

    assert [track.index for track in info.sound] == [1]
    assert info.notes == ("sound track 2 is left out: it holds nothing that has a time",)


def test_repeated_picture_time_is_moved_by_a_tick(tmp_path: Path) -> None:
    def repeat(packet: Packet, number: int) -> None:
        if number == 50:
            packet.pts = packet.dts = 49 * 33

    path = remux(write_webm(tmp_path / "whole.webm"), tmp_path / "clip.webm", change=repeat)
    info = probe_video(path)

    times = [(number, number * 33) for number in range(60)]
    times[50] = (50, 49 * 33 + 1)
    assert read_numbers(path, info) == times
    assert (info.frames, info.notes) == (60, ())


def test_picture_without_room_is_left_out_counted_and_noted(tmp_path: Path) -> None:
    def repeat(packet: Packet, number: int) -> None:
        if number >= 50:
            packet.pts = packet.dts = number - 1

    source = write_webm(tmp_path / "whole.webm", step=1)
    path = remux(source, tmp_path / "clip.webm", change=repeat)
    info = probe_video(path)

    kept = [number for number in range(60) if number != 50]
    assert read_numbers(path, info) == list(zip(kept, range(59), strict=True))
    assert info.frames == 59
    assert info.notes == ("pictures left out because the file shows another at the same time: 1",)


def test_clock_that_is_set_back_for_good_is_refused_before_the_first_frame(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.ts", pts=steady(90, 1001), audio=(), options={"bf": "0"})
    path.write_bytes(path.read_bytes() * 2)

    with pytest.raises(MediaError, match=r"the clock of .* goes back after \d\.\d\d seconds"):
        probe_video(path)


def test_vp8_frames_that_are_never_shown_are_not_counted(tmp_path: Path) -> None:
    def hide(packet: Packet, number: int) -> None:
        if number in {20, 41}:
            data = bytearray(bytes(packet))
            data[0] &= 0xEF  # show_frame, RFC 6386, 9.1
            packet.update(bytes(data))

    path = remux(write_webm(tmp_path / "whole.webm"), tmp_path / "clip.webm", change=hide)
    info = probe_video(path)

    assert info.frames == len(read_numbers(path, info)) == 58


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_pictures_before_a_cut_are_not_counted(suffix: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / f"whole{suffix}", options={"g": "90"})
    path = trim(source, tmp_path / f"clip{suffix}", 25)

    info = probe_video(path)

    assert info.frames == len(read_numbers(path, info)) == 5


def test_matroska_that_starts_late_is_whole(tmp_path: Path) -> None:
    def later(packet: Packet, number: int) -> None:
        assert packet.pts is not None
        assert packet.dts is not None
        packet.pts, packet.dts = packet.pts + 5000, packet.dts + 5000

    source = write_clip(tmp_path / "whole.mkv", options={"bf": "0"})
    options = {"avoid_negative_ts": "disabled"}
    path = remux(source, tmp_path / "clip.mkv", change=later, options=options)

    assert probe_video(path).frames == 30


@pytest.mark.parametrize("excess", [-900.0, 500.0, 3600e3])
def test_stated_length_of_a_webm_is_not_believed(excess: float, tmp_path: Path) -> None:
    path = write_webm(tmp_path / "clip.webm")
    data = bytearray(path.read_bytes())
    place = data.index(b"\x44\x89\x88") + 3
    (stated,) = struct.unpack_from(">d", data, place)
    struct.pack_into(">d", data, place, stated + excess)
    path.write_bytes(data)

    assert probe_video(path).frames == 60


def test_subtitle_that_outlasts_the_film_does_not_make_it_cut_off(tmp_path: Path) -> None:
    (tmp_path / "text.srt").write_text("1\n00:00:00,500 --> 00:00:09,500\n(music)\n\n")
    film = write_clip(tmp_path / "film.mkv", options={"bf": "0"})
    path = join_streams([film, tmp_path / "text.srt"], tmp_path / "clip.mkv")

    assert probe_video(path).frames == 30


def test_live_recording_that_stops_in_the_middle_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write_webm(tmp_path / "clip.webm", 90)
    data = path.read_bytes()
    for name in (b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"):  # segment, cluster
        place = data.index(name) + 4
        length = 9 - data[place].bit_length()
        unknown = ((1 << 7 * length + 1) - 1).to_bytes(length)
        data = data[:place] + unknown + data[place + length :]
    path.write_bytes(data)

    info = probe_video(truncate(path, 0.6))

    assert 30 < info.frames < 80
    assert len(read_numbers(path, info)) in {info.frames, info.frames - 1}


def test_avi_whose_recorder_never_wrote_its_lengths_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.avi", codec="mpeg4", audio=["mp2"])
    data = bytearray(path.read_bytes())
    for place in (4, data.index(b"movi") - 4):
        data[place : place + 4] = bytes(4)
    path.write_bytes(data[: len(data) * 2 // 3])

    info = probe_video(path)

    assert 10 < info.frames < 30
    assert info.frames - len(read_numbers(path, info)) <= 1  # the torn one


@pytest.mark.parametrize("fraction", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", ["clip.webm", "clip.mkv"])
def test_cut_off_matroska_is_refused(name: str, fraction: float, tmp_path: Path) -> None:
    path = write_webm(tmp_path / name)
    truncate(path, fraction)

    with pytest.raises(MediaError, match="is cut off after"):
        probe_video(path)


def test_default_track_is_the_film_though_another_comes_first(tmp_path: Path) -> None:
    other = write_clip(tmp_path / "other.mp4", pts=steady(12, 1001), audio=())
    film = write_clip(tmp_path / "film.mp4", audio=())
    path = join_streams([other, film], tmp_path / "clip.mp4", default=1)

    info = probe_video(path)

    assert (info.stream, info.frames) == (1, 30)
    assert info.notes == ("video tracks left out, because one is converted: 1",)
    assert len(read_numbers(path, info)) == 30


def test_thumbnail_is_not_the_film_though_it_is_the_default(tmp_path: Path) -> None:
    thumbnail = write_clip(tmp_path / "thumbnail.mp4", pts=[0], audio=())
    film = write_clip(tmp_path / "film.mp4", audio=())
    path = join_streams([thumbnail, film], tmp_path / "clip.mkv", default=0)

    info = probe_video(path)
    assert (info.frames, info.notes) == (30, ())


def test_pixels_of_an_absurd_shape_are_taken_for_square_with_a_note(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pixel_aspect=Fraction(16), audio=())
    info = probe_video(path)

    assert next(read_frames(path, info)).image.shape == (48, 64, 3)
    (note,) = info.notes
    assert note.startswith("pixels are taken for square: the file says 16 ")


def write_photographs(path: Path, orientation: int) -> Path:
    """A time lapse: photographs with EXIF, joined to a film without encoding them anew."""
    tiff = struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, 0x112, 3, 1, orientation, 0, 0)
    app1 = b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(3):
            picture = cv2.cvtColor(numbered_picture(number, (48, 64)), cv2.COLOR_RGB2BGR)
            jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
            packet = av.Packet(jpeg[:2] + app1 + jpeg[2:])
            packet.pts = packet.dts = number
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            file.mux_one(packet)
    return path


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (2, (0, 1)), (3, (1, 1)), (4, (1, 0))]
)
@pytest.mark.parametrize("suffix", [".mov", ".avi", ".mkv"])
def test_photographs_with_exif_are_read_and_turned(
    suffix: str, orientation: int, corner: tuple[int, int], tmp_path: Path
) -> None:
    path = write_photographs(tmp_path / f"clip{suffix}", orientation)

    images = [frame.image for frame in read_frames(path, probe_video(path))]

    assert len(images) == 3
    row, column = corner
    red = images[0][2 + row * 40, 4 + column * 52]
    assert red[0] > 180 > 80 > red[1]
