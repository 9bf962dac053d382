"""reenact/checkpoints/torch_zip.py: one changed byte of a zip is found before anything is built."""

import io
import random
import zipfile
from pathlib import Path

import pytest
import torch

from reenact.checkpoints.checkpoint import read_checkpoint
from reenact.errors import CheckpointError
from tests.support.nvidia_layouts import nvlabs_bytes
from tests.support.public_layouts import (
    arcface_content,
    encoder_content,
    make_generator,
    rosinality_content,
    save,
)

CONTENTS = {
    "generator": lambda: rosinality_content(make_generator()),
    "encoder": lambda: encoder_content("restyle-psp"),
    "bare": arcface_content,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_changed_byte_of_any_entry_is_found(content: object, tmp_path: Path) -> None:
    path = save(tmp_path / "x.pt", content())  # type: ignore[operator]
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        entries = random.Random(0).sample(archive.infolist(), 4)
        places = [
            zipped.tell() + zipped.tell() % 3  # within the first bytes of the entry
            for entry in entries
            if entry.file_size > 8
            for zipped in [_at_start(path, entry)]
        ]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x40
        path.write_bytes(damaged)

        with pytest.raises(CheckpointError, match=r"got a damaged one \(the checksum of its entry"):
            read_checkpoint(path)


def _at_start(path: Path, entry: zipfile.ZipInfo) -> io.BytesIO:
    """The file's bytes, at the first of the entry's own."""
    stream = io.BytesIO(path.read_bytes())
    stream.seek(entry.header_offset + 26)
    name, extra = (int.from_bytes(stream.read(2), "little") for _ in range(2))
    stream.seek(entry.header_offset + 30 + name + extra)
    return stream


def test_changed_byte_of_an_archive_inside_a_pickle_is_found(tmp_path: Path) -> None:
    stream = io.BytesIO()
    torch.save(torch.arange(1000), stream)
    inner = bytearray(stream.getvalue())
    inner[inner.index(torch.arange(400, 500).numpy().tobytes())] ^= 0x40
    path = tmp_path / "x.pkl"
    path.write_bytes(nvlabs_bytes(make_generator(), additions={"D": _Storage(bytes(inner))}))

    with pytest.raises(CheckpointError, match="the checksum of its entry"):
        read_checkpoint(path)


class _Storage:
    """Pickles as the storage of a tensor does."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return torch.storage._load_from_bytes, (self.content,)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("odd", ["compressed", "twice"])
def test_archive_that_pytorch_did_not_write_is_refused(odd: str, tmp_path: Path) -> None:
    path = save(tmp_path / "x.pt", rosinality_content(make_generator()))
    with zipfile.ZipFile(path, "a") as archive:
        name = archive.namelist()[-1] if odd == "twice" else "x/data/more"
        kind = zipfile.ZIP_STORED if odd == "twice" else zipfile.ZIP_DEFLATED
        archive.writestr(name, bytes(9), kind)

    with pytest.raises(CheckpointError, match="a file of an unknown kind"):
        read_checkpoint(path)
