"""The zip archives of PyTorch: told from others by their entries, and checked byte by byte.

A memory-mapped load looks at no checksum, so every entry is compared with its CRC-32 before.
"""

import zipfile
from pathlib import Path
from typing import IO


def is_torch_zip(archive: zipfile.ZipFile) -> bool:
    """Whether these are tensors as `torch.save` writes them: one plain pickle, nothing packed.

    A program of TorchScript, a compressed entry or a name that is there twice is none of it.
    """
    entries = archive.infolist()
    names = [entry.filename.split("/", 1)[-1] for entry in entries]
    plain = "data.pkl" in names and "constants.pkl" not in names  # the latter is TorchScript
    stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
    return plain and stored and len(set(names)) == len(names)


def check_every_byte(file: Path | IO[bytes]) -> None:
    """Read all entries of a zip. Raises ValueError naming the first that is not as it was saved."""
    with zipfile.ZipFile(file) as archive:
        if not is_torch_zip(archive):
            raise ValueError("an archive that torch.save did not write")
        if damaged := archive.testzip():
            raise ValueError(f"the checksum of its entry {damaged!r} is not that of its bytes")
