from itertools import pairwise
from pathlib import Path

import av
import pytest

from reenact.errors import MediaError
from tests.support.clips import write_clip
from tests.support.conversions import convert
from tests.support.edit_lists import keep_parts
from tests.support.fake_pipeline import FakePipeline
from tests.support.sound_films import join, patch_times, remux, sound_in, trim, write_film

TARGETS = pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
A_PACKET_S = 1024 / 48000
A_MILLISECOND_S = 0.0011
CUT_S = 0.5
INTRA = {"bf": "0", "g": "1"}


def write_plain(path: Path) -> Path:
    """A film of a second with AAC."""
    return write_clip(path, options={"bf": "0"})


@TARGETS
def test_packet_with_the_time_of_another_is_kept_and_in_step(suffix: str, tmp_path: Path) -> None:
    source = write_plain(tmp_path / "in.mkv")
    right = sound_in(source).starts
    patch_times(source, lambda number: 21 if number == 20 else 0)
    target = tmp_path / f"out{suffix}"

    report = convert(source, target)

    made = sound_in(target)
    assert made.payload == sound_in(source).payload
    assert len(made.starts) == len(right)
    assert all(
        abs(one - other) < A_PACKET_S + A_MILLISECOND_S
        for one, other in zip(made.starts, right, strict=True)
    )
    assert report.notes == ()


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_times_that_share_one_follow_each_other(suffix: str, tmp_path: Path) -> None:
    """As in a recording in which a fragment has one time for all its packets."""
    source = patch_times(write_plain(tmp_path / "in.mkv"), lambda number: 21 * (number % 3))
    target = tmp_path / f"out{suffix}"

    convert(source, target)

    starts = sound_in(target).starts
    steps = [after - before for before, after in pairwise(starts)]
    assert max(abs(step - A_PACKET_S) for step in steps) < 3 * A_MILLISECOND_S


@TARGETS
def test_times_that_fall_by_more_than_a_packet_are_told(suffix: str, tmp_path: Path) -> None:
    fall_ms = 120
    source = write_plain(tmp_path / "in.mkv")
    patch_times(source, lambda number: fall_ms if number == 20 else 0)
    target = tmp_path / f"out{suffix}"

    report = convert(source, target)

    assert sound_in(target).payload == sound_in(source).payload
    assert [note for note in report.notes if "sound track 1 repeat or fall" in note]


@TARGETS
def test_times_that_no_shift_mends_are_refused_before_work(suffix: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", pts=range(0, 100 * 1001, 1001), options={"bf": "0"})
    patch_times(source, lambda number: 1500 if number >= 100 else 0)
    pipeline = FakePipeline()

    with pytest.raises(MediaError, match=r"sound track 1 fall back by 1.* --sound none"):
        convert(source, tmp_path / f"out{suffix}", pipeline)

    assert pipeline.seen == []
    assert list(tmp_path.iterdir()) == [source]


@TARGETS
@pytest.mark.parametrize("coder", ["aac", "alac", "libmp3lame", "ac3"])
def test_sound_that_an_edit_list_cuts_away_is_not_heard(
    coder: str, suffix: str, tmp_path: Path
) -> None:
    plain = write_clip(tmp_path / "plain.mov", audio=(coder,), options={"bf": "0"})
    source, target = trim(plain, tmp_path / "in.mov", CUT_S), tmp_path / f"out{suffix}"

    convert(source, target)

    longest_s = 4096 / 48000 if coder == "alac" else 1536 / 48000
    given, made = sound_in(source), sound_in(target)
    assert given.heard_s < 1.1 - CUT_S + longest_s
    assert abs(made.heard_s - given.heard_s) <= longest_s
    if suffix == ".mkv":
        assert -longest_s <= made.starts[0] <= longest_s
    else:
        assert made.heard_s == given.heard_s


def test_sound_that_was_cut_away_is_not_even_hidden_in_the_file(tmp_path: Path) -> None:
    plain = write_plain(tmp_path / "plain.mp4")
    source, target = trim(plain, tmp_path / "in.mp4", CUT_S), tmp_path / "out.mp4"

    convert(source, target)

    assert sound_in(source).starts[0] < -0.4
    assert sound_in(target).starts[0] >= -0.1


@TARGETS
def test_sound_that_is_cut_out_of_the_middle_is_not_heard(suffix: str, tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "plain.mkv", pts=range(0, 100100, 1001), options=INTRA)
    source = keep_parts(remux(plain, tmp_path / "in.mov"), [(0.1, 0.3), (2.5, 0.3)])
    target = tmp_path / f"out{suffix}"

    report = convert(source, target)

    made = sound_in(target)
    assert 0.6 <= made.heard_s <= 0.6 + 2 * A_PACKET_S
    assert made.starts == sorted(set(made.starts))
    assert report.notes == ()


@TARGETS
def test_pictures_of_a_trimmed_film_start_when_its_sound_does(suffix: str, tmp_path: Path) -> None:
    plain = write_plain(tmp_path / "plain.mp4")
    source, target = trim(plain, tmp_path / "in.mp4", CUT_S), tmp_path / f"out{suffix}"

    convert(source, target)

    with av.open(str(target)) as file:
        first = next(file.decode(video=0)).time
    assert first is not None
    assert 0 <= first < 1 / 29
    assert abs(sound_in(target).starts[-1] - sound_in(source).starts[-1]) < A_MILLISECOND_S


def test_delay_of_the_encoder_is_kept_whole(tmp_path: Path) -> None:
    source, target = write_plain(tmp_path / "in.mp4"), tmp_path / "out.mkv"

    convert(source, target)

    assert sound_in(target).payload == sound_in(source).payload


LENGTHLESS = [
    (film, suffix)
    for film in ("alac.mkv", "flac.avi", "flac.nut", "vorbis.nut", "libopus.nut")
    for suffix in (".mp4", ".mov", ".mkv")
    if suffix != ".mov" or film == "alac.mkv"  # mov holds none of the others
]


@pytest.mark.parametrize(("film", "suffix"), LENGTHLESS)
def test_last_packet_without_a_length_is_not_lost(film: str, suffix: str, tmp_path: Path) -> None:
    coder, _, container = film.partition(".")
    source = write_film(tmp_path, container, coder)
    assert source is not None
    target = tmp_path / f"out{suffix}"

    join(source, target)

    given, made = sound_in(source), sound_in(target)
    assert made.payload == given.payload
    assert made.heard_s == given.heard_s
