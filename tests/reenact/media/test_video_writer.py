from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.types import Frame
from tests.support.clips import pictures_of, sound_packets_of, stamps_of, steady, write_clip
from tests.support.conversions import SEGMENT_FRAMES, convert
from tests.support.fake_pipeline import MARK, FakePipeline

CLIPS: dict[str, dict[str, Any]] = {
    "29.97": {},
    "25": {"pts": steady(25, 40), "time_base": Fraction(1, 1000)},
    "variable rate": {"pts": [0, 500, 3000, 3001, 9000, 20000, *steady(12, 777, 21000)]},
    "late start": {"pts": steady(20, 1001, 15015)},
    "turned": {"rotation": 90},
    "odd sizes": {"size": (49, 67)},
    "silent": {"audio": ()},
    "two sounds": {"audio": ("aac", "mp3")},
    "one frame": {"pts": [0]},
    "whole segments": {"pts": steady(2 * SEGMENT_FRAMES, 1001)},
}


@pytest.fixture(params=CLIPS, ids=list(CLIPS))
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_clip(tmp_path / "in.mp4", **CLIPS[request.param])


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_every_frame_keeps_its_exact_time(clip: Path, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix}"

    report = convert(clip, target)

    assert stamps_of(target) == stamps_of(clip)
    assert report.frames == len(stamps_of(clip))


def test_matroska_keeps_times_to_the_millisecond(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"

    convert(clip, target)

    kept, given = stamps_of(target), stamps_of(clip)
    assert len(kept) == len(given)
    assert max(abs(a - b) for a, b in zip(kept, given, strict=True)) <= Fraction(1, 2000)


def test_every_sound_packet_is_copied_bit_for_bit_at_its_time(clip: Path, tmp_path: Path) -> None:
    with av.open(str(clip)) as container:
        streams = range(len(container.streams.audio))
    target = tmp_path / "out.mp4"

    convert(clip, target)

    for index in streams:
        assert sound_packets_of(target, index) == sound_packets_of(clip, index)


def test_sound_of_other_containers_is_copied_too(tmp_path: Path) -> None:
    source = write_clip(
        tmp_path / "in.webm",
        codec="libvpx",
        audio=["libopus"],
        pts=steady(20, 40),
        time_base=Fraction(1, 1000),
    )
    target = tmp_path / "out.mp4"

    convert(source, target)

    assert [data for _, data in sound_packets_of(target)] == [
        data for _, data in sound_packets_of(source)
    ]


def test_transport_stream_stays_in_sync(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.ts", pts=steady(20, 3600), time_base=Fraction(1, 90000))
    target = tmp_path / "out.mp4"

    convert(source, target)

    def lead(path: Path) -> Fraction:
        return stamps_of(path)[0] - sound_packets_of(path)[0][0]

    assert abs(lead(target) - lead(source)) <= Fraction(1, 48000)


def test_last_frame_lasts_as_long_as_the_sources(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", audio=(), options={"bf": "0"})
    target = tmp_path / "out.mp4"

    convert(source, target)

    with av.open(str(target)) as made, av.open(str(source)) as given:
        assert made.streams.video[0].duration == given.streams.video[0].duration


def test_result_is_tagged_as_what_it_is(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"

    convert(write_clip(tmp_path / "in.mp4", rotation=90), target)

    with av.open(str(target)) as container:
        context = container.streams.video[0].codec_context
        first = next(container.decode(video=0))
        tags = (context.colorspace, context.color_primaries, context.color_trc, context.color_range)
        assert (context.name, context.pix_fmt, tags) == ("h264", "yuv420p", (1, 1, 1, 1))
        assert first.rotation == 0


def test_colours_are_those_that_the_tags_say(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"

    convert(write_clip(tmp_path / "in.mp4", pts=[0]), target, quality=1)

    luma_at_left = pictures_of(target)[0][32, 0]
    red, green, blue = MARK
    expected = 16 + 219 / 255 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)  # BT.709, limited
    assert luma_at_left == pytest.approx(expected, abs=2)


def test_better_quality_makes_a_larger_file(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4")

    for quality in (10, 40):
        convert(source, tmp_path / f"{quality}.mp4", quality=quality)

    assert (tmp_path / "10.mp4").stat().st_size > (tmp_path / "40.mp4").stat().st_size


def test_index_comes_before_the_pictures(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"

    convert(write_clip(tmp_path / "in.mp4"), target)

    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_sound_that_the_target_cannot_hold_is_refused_before_any_work(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.avi", codec="mpeg4", audio=["pcm_u8"])
    pipeline = FakePipeline()

    with pytest.raises(MediaError, match=r"cannot hold the source's pcm_u8 sound: .* out\.mkv"):
        convert(source, tmp_path / "out.mp4", pipeline)

    assert pipeline.seen == []


def test_matroska_holds_the_sound_that_mp4_cannot(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", audio=["pcm_u8"])
    target = tmp_path / "out.mkv"

    convert(source, target)

    assert sound_packets_of(target) == sound_packets_of(source)


def test_sound_that_nothing_holds_is_refused_with_a_remedy(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.avi", codec="mpeg4", audio=["adpcm_ms"])

    with pytest.raises(MediaError, match=r"adpcm_ms sound: convert it first"):
        convert(source, tmp_path / "out.mkv")


@pytest.mark.parametrize("last", [SEGMENT_FRAMES, SEGMENT_FRAMES + 1], ids=["between", "within"])
def test_pictures_that_change_their_size_are_refused(last: int, tmp_path: Path) -> None:
    """Between two segments as well as within one."""

    class Growing(FakePipeline):
        def __call__(self, frame: Frame) -> Frame:
            self.status = "tracked"
            side = 64 if frame.pts < last * 1001 else 96
            return Frame(np.zeros((side, side, 3), np.uint8), frame.pts, frame.time_base)

    with pytest.raises(MediaError, match="change their size midway"):
        convert(write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4", Growing())
