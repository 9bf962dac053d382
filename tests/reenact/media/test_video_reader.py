import gc
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_upright import turn_upright
from tests.support.clips import (
    NTSC,
    damage,
    number_in,
    numbered_picture,
    steady,
    truncate,
    write_clip,
    write_tone,
)

RED = (220, 20, 20)

CLIPS: dict[str, tuple[str, dict[str, Any]]] = {
    "29.97": ("clip.mp4", {}),
    "25": ("clip.mp4", {"pts": steady(25, 40), "time_base": Fraction(1, 1000)}),
    "23.976 in mkv": ("clip.mkv", {"pts": [0, 42, 83, 125], "time_base": Fraction(1, 1000)}),
    "variable rate": ("clip.mp4", {"pts": [0, 500, 3000, 3001, 9000, 20000]}),
    "late start": ("clip.mp4", {"pts": steady(12, 1001, 15015)}),
    "odd sizes": ("clip.mp4", {"size": (49, 67)}),
    "no sound": ("clip.mp4", {"audio": ()}),
    "one frame": ("clip.mp4", {"pts": [0]}),
    "webm": (
        "clip.webm",
        {
            "codec": "libvpx",
            "audio": ["libopus"],
            "pts": steady(20, 40),
            "time_base": Fraction(1, 1000),
        },
    ),
    "avi": (
        "clip.avi",
        {"codec": "mpeg4", "audio": ["mp2"], "pts": steady(20, 1), "time_base": Fraction(1, 25)},
    ),
}


@pytest.fixture(params=CLIPS, ids=list(CLIPS))
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    name, made_with = CLIPS[request.param]
    return write_clip(tmp_path / name, **made_with), made_with


def test_every_frame_comes_once_and_in_order(clip: tuple[Path, dict[str, Any]]) -> None:
    path, made_with = clip

    frames = read_frames(path, probe_video(path))

    count = len(made_with.get("pts", steady(30, 1001)))
    assert [number_in(frame.image) for frame in frames] == list(range(count))


def test_every_frame_keeps_its_exact_time(clip: tuple[Path, dict[str, Any]]) -> None:
    path, made_with = clip

    times = [frame.pts * frame.time_base for frame in read_frames(path, probe_video(path))]

    time_base = made_with.get("time_base", NTSC)
    assert times == [stamp * time_base for stamp in made_with.get("pts", steady(30, 1001))]


def test_probe_counts_frames_without_decoding(clip: tuple[Path, dict[str, Any]]) -> None:
    path, made_with = clip

    assert probe_video(path).frames == len(made_with.get("pts", steady(30, 1001)))


@pytest.mark.parametrize("mirrored", [False, True], ids=["", "mirrored"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_video_comes_upright(rotation: int, mirrored: bool, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", rotation=rotation, mirrored=mirrored, pts=[0, 1001])

    last = list(read_frames(path, probe_video(path)))[-1].image

    np.testing.assert_allclose(last[2:8, 2:8].mean(axis=(0, 1)), RED, atol=8)
    assert number_in(last) == 1


def test_turn_upright_follows_the_display_matrix_of_a_phone_held_upright() -> None:
    stored = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    clockwise = np.array([[0, 1 << 16, 0], [-1 << 16, 0, 0], [0, 0, 1 << 30]], np.int32)

    np.testing.assert_array_equal(turn_upright(stored, clockwise), np.rot90(stored, -1))


def test_oblong_pixels_become_square(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pixel_aspect=Fraction(4, 3), size=(48, 60))

    assert next(read_frames(path, probe_video(path))).image.shape == (48, 80, 3)


def test_colours_come_back_within_coding_error(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pts=[0], size=(96, 128), options={"crf": "1"})

    image = next(read_frames(path, probe_video(path))).image

    difference = image.astype(int) - numbered_picture(0, (96, 128))
    assert np.abs(difference.mean(axis=(0, 1))).max() < 0.5


def test_skipped_frames_leave_the_rest_as_it_was(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4")
    info = probe_video(path)

    whole = [frame.image for frame in read_frames(path, info)]
    rest = [frame.image for frame in read_frames(path, info, skip=17)]

    np.testing.assert_array_equal(rest, whole[17:])


def test_transport_stream_starts_near_zero(tmp_path: Path) -> None:
    stamps = steady(10, 3600, 90000 * 3600)
    path = write_clip(tmp_path / "clip.ts", pts=stamps, time_base=Fraction(1, 90000), audio=())

    times = [frame.pts for frame in read_frames(path, probe_video(path))]

    assert np.diff(times).tolist() == [3600] * 9
    assert 0 <= times[0] < 90000


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv", "clip.avi"])
def test_cut_off_file_is_refused_with_the_time(name: str, tmp_path: Path) -> None:
    codec = "mpeg4" if name == "clip.avi" else "libx264"
    path = write_clip(tmp_path / name, pts=steady(90, 1001), codec=codec, audio=["mp2"])
    truncate(path, 0.6)

    with pytest.raises(MediaError, match=r"is cut off after [12]\.\d\d of \d\.\d\d seconds"):
        probe_video(path)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "clip.mp4")

    with pytest.raises(MediaError, match="no video stream"):
        probe_video(path)


@pytest.mark.parametrize("content", [b"", b"I am a text.\n" * 99, bytes(range(256)) * 99])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.txt"])
def test_what_is_no_video_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(MediaError, match=r"not a video|cannot be read as a video|holds no frame"):
        probe_video(path)


def test_video_without_a_frame_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pts=[])

    with pytest.raises(MediaError, match=r"holds no frame|no video stream"):
        probe_video(path)


@pytest.mark.parametrize(("codec", "rate"), [("libx264", 25), ("libx265", 30)])
def test_stream_without_times_plays_at_its_own_rate_with_a_note(
    codec: str, rate: int, tmp_path: Path
) -> None:
    path = write_clip(
        tmp_path / ("clip.h264" if codec == "libx264" else "clip.hevc"),
        codec=codec,
        pts=steady(12, 1),
        time_base=Fraction(1, 25),
        audio=(),
        options={"x265-params": "log-level=none"},
    )
    info = probe_video(path)

    frames = list(read_frames(path, info))

    assert [number_in(frame.image) for frame in frames] == list(range(12))
    assert info.notes == (
        f"the file gives its pictures no times: they are taken to be {rate} a second",
    )
    times = [frame.pts * frame.time_base for frame in frames]
    assert times == [Fraction(number, rate) for number in range(12)]


def write_plain(path: Path, codec: str, *, b_frames: int) -> Path:
    """20 pictures at 25 a second, without sound."""
    return write_clip(
        path,
        codec=codec,
        pts=steady(20, 1),
        time_base=Fraction(1, 25),
        audio=(),
        options={"bf": str(b_frames)},
    )


@pytest.mark.parametrize("name", ["clip.avi", "clip.asf"])
@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_pictures_stored_in_order_start_with_the_file(
    name: str, codec: str, tmp_path: Path
) -> None:
    path = write_plain(tmp_path / name, codec, b_frames=0)

    frames = read_frames(path, probe_video(path))

    assert [frame.pts * frame.time_base for frame in frames] == [
        Fraction(number, 25) for number in range(20)
    ]


@pytest.mark.parametrize("name", ["clip.avi", "clip.asf"])
@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_pictures_stored_out_of_order_come_at_an_even_pace(
    name: str, codec: str, tmp_path: Path
) -> None:
    path = write_plain(tmp_path / name, codec, b_frames=2)

    frames = list(read_frames(path, probe_video(path)))

    assert [number_in(frame.image) for frame in frames] == list(range(20))
    times = [frame.pts * frame.time_base for frame in frames]
    assert set(np.diff(np.array(times))) == {Fraction(1, 25)}


def test_damage_in_the_middle_costs_only_the_pictures_that_it_hit(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pts=steady(90, 1001), audio=(), options={"g": "15"})
    damage(path, 0.4, 0.5)
    notes: list[str] = []

    frames = list(read_frames(path, probe_video(path), note=notes.append))

    assert {number_in(frame.image): frame.pts for frame in frames if frame.pts > 60 * 1001} == {
        number: number * 1001 for number in range(61, 90)
    }
    assert len(frames) < 90
    (note,) = notes
    assert re.fullmatch(
        r"the file is damaged after about \d\.\d\d seconds: "
        rf"{90 - len(frames)} of its pictures could not be decoded and are left out",
        note,
    )


def test_damage_to_the_end_keeps_what_comes_before(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pts=steady(90, 1001), audio=(), options={"g": "15"})
    damage(path, 0.5, 1)
    notes: list[str] = []

    frames = list(read_frames(path, probe_video(path), note=notes.append))

    assert [frame.pts for frame in frames] == steady(len(frames), 1001)
    assert 20 < len(frames) < 70
    assert len(notes) == 1


def test_file_in_which_nothing_can_be_decoded_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", audio=())
    damage(path, 0, 1)

    with pytest.raises(MediaError, match="holds no frame that can be decoded"):
        list(read_frames(path, probe_video(path)))


def count_pictures() -> int:
    return sum(type(thing) is av.VideoFrame for thing in gc.get_objects())


def test_decoded_pictures_are_freed_without_the_garbage_collector(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", audio=())
    gc.collect()
    before = count_pictures()
    gc.disable()
    try:
        for _ in read_frames(path, probe_video(path)):
            pass
        kept = count_pictures() - before
    finally:
        gc.enable()

    assert kept <= 2
