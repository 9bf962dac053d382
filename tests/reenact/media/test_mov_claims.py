import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reenact.errors import MediaError
from reenact.media.video_probe import probe_video
from tests.support.clips import write_clip
from tests.support.remux import remux

MANY = 60_000_000
_HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8 : at + length]
        at += length


def replace(data: bytes, new: dict[bytes, bytes]) -> bytes:
    """The file with other content in the boxes of those names, at any depth."""
    made = b""
    for name, content in boxes(data):
        inner = replace(content, new) if name in _HOLDERS else content
        made += box(name, new.get(name, inner))
    return made


CLAIMS: dict[str, dict[bytes, bytes]] = {
    "samples of one size": {
        b"stsz": numbers(0, 1, MANY),
        b"stsc": numbers(0, 1, 1, MANY, 1),
        b"stts": numbers(0, 1, MANY, 1001),
    },
    "table that is not there": {b"stsz": numbers(0, 0, MANY)},
    "edits that repeat": {
        b"stsz": numbers(0, 0, 6000, *[1] * 6000),
        b"stsc": numbers(0, 1, 1, 6000, 1),
        b"stts": numbers(0, 1, 6000, 1001),
        b"edts": box(b"elst", numbers(0, 6000) + numbers(6000 * 1001, 0, 0x10000) * 6000),
    },
    "compressed": {b"udta": box(b"cmov", bytes(20))},
}


@pytest.mark.parametrize("new", CLAIMS.values(), ids=list(CLAIMS))
def test_claims_that_would_fill_the_memory_are_refused(
    new: dict[bytes, bytes], tmp_path: Path
) -> None:
    path = write_clip(tmp_path / "clip.mp4", audio=())
    path.write_bytes(replace(path.read_bytes(), new))

    with pytest.raises(MediaError, match=r"claims more samples|compressed table"):
        probe_video(path)


def hide_in_entry(data: bytes, stsz: bytes) -> bytes:
    """In a place where only a lenient reader looks for such a box."""
    return data + box(b"moof", box(b"uuid", bytes(3) + box(b"stsz", stsz)))


def test_claims_are_found_wherever_they_stand(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", audio=())
    path.write_bytes(hide_in_entry(path.read_bytes(), numbers(0, 1, MANY)))

    with pytest.raises(MediaError, match="claims more samples than"):
        probe_video(path)


@pytest.mark.parametrize("flags", [0x000001, 0x000F01], ids=["without a table", "with a table"])
def test_claim_of_a_fragment_is_refused(flags: int, tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", audio=())
    path = remux(whole, tmp_path / "clip.mp4", options={"movflags": "frag_keyframe+empty_moov"})
    data = bytearray(path.read_bytes())
    struct.pack_into(">II", data, data.index(b"trun") + 4, flags, MANY)
    path.write_bytes(data)

    with pytest.raises(MediaError, match="claims more samples than"):
        probe_video(path)


def with_samples_of_media_data(data: bytes) -> bytes:
    return data + box(b"mdat", box(b"stsz", numbers(0, 1, MANY)))


def with_old_contents_as_free_space(data: bytes) -> bytes:
    (old,) = (content for name, content in boxes(data) if name == b"moov")
    return data + box(b"free", old)


def with_the_name_in_a_table(data: bytes) -> bytes:
    return data + box(b"free", numbers(0x7FFFFFFF) + b"stsz" + numbers(0, 1, MANY))


HARMLESS = [with_samples_of_media_data, with_old_contents_as_free_space, with_the_name_in_a_table]


@pytest.mark.parametrize("change", HARMLESS)
@pytest.mark.parametrize("audio", ["aac", "pcm_s16le"])
def test_what_only_looks_like_a_claim_is_harmless(
    audio: str, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = write_clip(tmp_path / "clip.mov", audio=[audio])
    path.write_bytes(change(path.read_bytes()))

    assert probe_video(path).frames == 30
