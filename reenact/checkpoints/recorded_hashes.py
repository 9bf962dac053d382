"""Record of the SHA-256 of each imported file, so that another file under its name is noticed.

The authors publish no hashes: the first whole import of a kind is trusted, every later one
compared. For files without checksums of their own (.pkl, and .pt of before PyTorch 1.6) this is all
that shows a changed byte.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from reenact.errors import CheckpointError
from reenact.media.files import whole_file


def check_recorded(record: Path, kind: str, sha256: str, *, accept_new: bool = False) -> None:
    """Compare with what the JSON file `record` has for `kind`, if it has anything.

    `accept_new` lets a different one pass. Raises CheckpointError when the hash differs, or the
    record is unreadable.
    """
    known = _read(record).get(kind, sha256)
    if known != sha256 and not accept_new:
        raise CheckpointError(
            f"the {kind} file must have the SHA-256 {known} recorded at its first import, "
            f"got {sha256}; use the earlier file, or add --accept-new if you know why it changed"
        )


def record_hashes(record: Path, hashes: Mapping[str, str]) -> None:
    """Write the SHA-256 of each kind into the JSON file `record`, after a whole import."""
    known = _read(record)
    if known != known | dict(hashes):
        _write(record, known | dict(hashes))


def _read(record: Path) -> dict[str, str]:
    try:
        table = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _unreadable(record) from error
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise _unreadable(record)
    return table


def _unreadable(record: Path) -> CheckpointError:
    return CheckpointError(
        f"{record} must be the JSON record of file hashes, got something else; restore it, or "
        "delete it to record anew"
    )


def _write(record: Path, table: dict[str, str]) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(record) as fresh:
        fresh.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
