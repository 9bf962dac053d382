from fractions import Fraction
from pathlib import Path

import av
import pytest

from reenact.errors import MediaError
from tests.support.clips import stamps_of, write_clip
from tests.support.conversions import convert
from tests.support.fake_pipeline import FakePipeline
from tests.support.sound_films import sound_in, write_dts_film, write_film

REFUSED = {
    "Opus to mov": ("webm", "libopus", ".mov", "opus", "out.mkv"),
    "FLAC to mov": ("mkv", "flac", ".mov", "flac", "out.mkv"),
    "u-law to mp4": ("mov", "pcm_mulaw", ".mp4", "pcm_mulaw", "out.mov"),
    "u-law to mkv": ("mov", "pcm_mulaw", ".mkv", "pcm_mulaw", "out.mov"),
    "IMA to mkv": ("mov", "adpcm_ima_qt", ".mkv", "adpcm_ima_qt", "out.mov"),
    "AMR to mp4": ("3gp", "libopencore_amrnb", ".mp4", "amr_nb", "out.mov"),
    "TTA to mp4": ("mkv", "tta", ".mp4", "tta", "out.mkv"),
}

NO_REORDERING = {"bf": "0"}


@pytest.mark.parametrize("case", REFUSED)
def test_sound_that_a_container_refuses_is_refused_before_any_work(
    case: str, tmp_path: Path
) -> None:
    suffix, coder, target, codec, other = REFUSED[case]
    source = write_film(tmp_path, suffix, coder)
    assert source is not None
    pipeline = FakePipeline()

    with pytest.raises(MediaError, match=f"{target} files cannot hold .* {codec} sound") as caught:
        convert(source, tmp_path / f"out{target}", pipeline)

    assert f"write to {other} instead" in str(caught.value)
    assert "--sound none" in str(caught.value)
    assert pipeline.seen == []
    assert list(tmp_path.iterdir()) == [source]


def test_sound_that_is_left_out_refuses_nothing(tmp_path: Path) -> None:
    source = write_film(tmp_path, "asf", "wmav2")
    assert source is not None
    target = tmp_path / "out.mp4"

    convert(source, target, sound="none")

    with av.open(str(target)) as file:
        assert not file.streams.audio
        assert file.streams.video[0].frames == 8


def test_only_the_track_that_is_refused_is_named(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", audio=["aac", "pcm_u8"])

    with pytest.raises(MediaError, match="the source's pcm_u8 sound"):
        convert(source, tmp_path / "out.mp4")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_dts_is_kept_by_every_target(suffix: str, tmp_path: Path) -> None:
    pictures = write_clip(tmp_path / "silent.mkv", audio=(), options=NO_REORDERING)
    source = write_dts_film(pictures, tmp_path / "in.mkv")

    convert(source, tmp_path / f"out{suffix}")

    assert sound_in(tmp_path / f"out{suffix}").payload == sound_in(source).payload


def test_amr_is_kept_by_the_container_that_holds_it(tmp_path: Path) -> None:
    """Its coder has another name than the codec."""
    source = write_film(tmp_path, "3gp", "libopencore_amrnb")
    assert source is not None

    convert(source, tmp_path / "out.mov")

    with av.open(str(tmp_path / "out.mov")) as file:
        assert file.streams.audio[0].codec_context.codec.canonical_name == "amr_nb"


def write_pause(path: Path, seconds: int) -> Path:
    """Three pictures; their clock counts nanoseconds."""
    pts = [0, 10**9, (1 + seconds) * 10**9]
    return write_clip(path, audio=(), pts=pts, time_base=Fraction(1, 10**9), options=NO_REORDERING)


def test_pause_too_long_for_the_clock_is_refused_before_any_work(tmp_path: Path) -> None:
    pipeline = FakePipeline()

    with pytest.raises(MediaError, match=r"shows a picture for 3\.0 seconds"):
        convert(write_pause(tmp_path / "in.nut", 3), tmp_path / "out.mp4", pipeline)

    assert pipeline.seen == []


def test_pause_that_the_clock_just_counts_is_kept_exactly(tmp_path: Path) -> None:
    convert(write_pause(tmp_path / "in.nut", 2), tmp_path / "out.mp4")

    assert stamps_of(tmp_path / "out.mp4") == [0, 1, 3]


def test_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"must end in \.mp4"):
        convert(write_clip(tmp_path / "in.mp4"), tmp_path / "out.webm")
