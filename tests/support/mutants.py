"""Mutants of small films: headers, stamps, sizes and lengths changed at random, from a seed."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from random import Random

from tests.support.clips import steady, write_clip
from tests.support.remux import remux

_EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_HEAD_BYTES = 1500  # where headers lie, in films as small as these


def write_films(folder: Path) -> list[Path]:
    """One film of each container, two thirds of a second each."""
    pts = steady(20, 1001)
    browser = {"codec": "libvpx", "options": {"deadline": "realtime", "cpu-used": "8"}}
    films = [
        write_clip(folder / "film.mp4", pts=pts),
        write_clip(folder / "film.mov", pts=pts, audio=["pcm_s16le"]),
        write_clip(folder / "film.mkv", pts=pts, audio=["aac", "mp2"]),
        write_clip(folder / "film.webm", pts=pts, audio=["libopus"], **browser),  # type: ignore[arg-type]
        write_clip(folder / "film.ts", pts=pts, options={"bf": "0"}),
        write_clip(folder / "film.avi", pts=pts, codec="mpeg4", audio=["mp2"]),
        write_clip(folder / "film.flv", pts=steady(20, 33), time_base=Fraction(1, 1000)),
        write_clip(
            folder / "film.gif",
            codec="gif",
            pts=steady(20, 4),
            time_base=Fraction(1, 100),
            audio=(),
        ),
    ]
    fragments = {"movflags": "frag_keyframe+empty_moov"}
    return [*films, remux(films[0], folder / "fragments.mp4", options=fragments)]


def write_mutants(films: list[Path], folder: Path, *, count: int, seed: int) -> Iterator[Path]:
    """Mutants of each film in turn, named by number, kind and container."""
    random = Random(seed)
    for number in range(count):
        film = films[number % len(films)]
        mutate = _MUTATIONS[number // len(films) % len(_MUTATIONS)]
        data = bytearray(film.read_bytes())
        mutate(data, random)
        path = folder / f"{number:03d}-{mutate.__name__.strip('_')}{film.suffix}"
        path.write_bytes(data)
        yield path


def _flip_in_head(data: bytearray, random: Random) -> None:
    for _ in range(random.randint(1, 6)):
        data[random.randrange(min(_HEAD_BYTES, len(data)))] ^= 1 << random.randrange(8)


def _flip_anywhere(data: bytearray, random: Random) -> None:
    for _ in range(random.randint(1, 40)):
        data[random.randrange(len(data))] = random.randrange(256)


def _put_extremes(data: bytearray, random: Random) -> None:
    """In the places of lengths, counts, scales and stamps, which have two to eight bytes."""
    for _ in range(random.randint(1, 4)):
        size = random.choice((2, 4, 8))
        value = random.choice(_EXTREMES) & (1 << 8 * size) - 1
        place = random.randrange(min(_HEAD_BYTES, len(data) - size))
        data[place : place + size] = value.to_bytes(size, random.choice(("big", "little")))


def _put_extremes_at_end(data: bytearray, random: Random) -> None:
    """Where mp4 and mov keep their index unless told, and Matroska its cues."""
    data.reverse()
    _put_extremes(data, random)
    data.reverse()


def _cut_off(data: bytearray, random: Random) -> None:
    del data[random.randrange(1, len(data)) :]


def _cut_out(data: bytearray, random: Random) -> None:
    start = random.randrange(len(data))
    del data[start : start + random.randint(1, len(data) // 4)]


def _repeat(data: bytearray, random: Random) -> None:
    start = random.randrange(len(data))
    piece = data[start : start + random.randint(1, len(data) // 4)]
    data[start:start] = piece


def _blank(data: bytearray, random: Random) -> None:
    start = random.randrange(len(data))
    end = min(start + random.randint(1, len(data) // 4), len(data))
    data[start:end] = bytes([random.choice((0, 0xFF))]) * (end - start)


_MUTATIONS: tuple[Callable[[bytearray, Random], None], ...] = (
    _flip_in_head,
    _put_extremes,
    _flip_anywhere,
    _cut_off,
    _put_extremes_at_end,
    _cut_out,
    _repeat,
    _blank,
)
