"""All sounds that this PyAV encodes, in all containers that take them, to all targets."""

from pathlib import Path

import pytest

from reenact.errors import MediaError
from reenact.media.video_probe import probe_video
from tests.support.sound_films import FILMS, Sound, join, sound_coders, sound_in, write_film

TARGETS = (".mp4", ".mov", ".mkv")
TWINS = {"ac3_fixed", "mp2fixed", "mp3", "opus"}
"""Encoders of a codec that another one encodes too."""

HELD_BY_ALL = {"aac", "ac3", "libmp3lame"}
HELD_BY_MATROSKA = {"flac", "libopus", "vorbis", "tta", "wavpack"}
NOT_READ_BACK = {"ts": HELD_BY_MATROSKA - {"libopus"}, "rm": {"aac"}}
"""What FFmpeg writes into these so that it does not know it again."""

A_MILLISECOND_S = 0.0011  # to which Matroska rounds; mp4 and mov round to a sample
LONGEST_PACKET_S = 0.086  # ALAC's; at the ends, what is heard may differ by a part of one


def assert_same(kept: Sound, given: Sound, origin_s: float, case: str) -> None:
    assert abs(kept.heard_s - given.heard_s) < LONGEST_PACKET_S, case
    assert abs(kept.starts[0] - (given.starts[0] - origin_s)) <= A_MILLISECOND_S, case
    if "aac.ts" in case:  # whose packets begin with headers that no other container has
        return
    assert kept.payload == given.payload, case
    if len(kept.starts) == len(set(given.starts)):
        pairs = zip(kept.starts, given.starts, strict=True)
        assert all(abs(one - other + origin_s) <= A_MILLISECOND_S for one, other in pairs), case


@pytest.mark.parametrize("suffix", FILMS)
def test_every_sound_is_copied_exactly_or_refused_before_work(suffix: str, tmp_path: Path) -> None:
    films = [write_film(tmp_path, suffix, coder) for coder in sound_coders() if coder not in TWINS]
    made = [film for film in films if film is not None]
    held = {target: {film.stem for film in made if is_held(film, target)} for target in TARGETS}

    stems = {film.stem for film in made} - NOT_READ_BACK.get(suffix, set())
    assert all(HELD_BY_ALL & stems <= held[target] for target in TARGETS)
    assert HELD_BY_MATROSKA & stems <= held[".mkv"]


def is_held(film: Path, target: str) -> bool:
    """Whether the sound comes out whole; False when it was refused, and none other is possible."""
    info = probe_video(film)
    if not info.sound:  # a transport stream does not say which codec it has
        return False
    made = film.with_name(f"out{target}")
    refusal = ""
    try:
        join(film, made)
    except MediaError as error:
        refusal = str(error)
    if refusal:
        assert f"{target} files cannot hold" in refusal
        assert "--sound none" in refusal
        return False
    origin = float(info.origin * info.time_base)
    assert_same(sound_in(made), sound_in(film), origin, f"{film.name} to {target}")
    return True
