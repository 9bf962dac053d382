"""Record of the SHA-256 of each imported file, so that another file under its name is noticed.

The authors publish no hashes: the first import of a kind is trusted, every later one compared.
"""

import json
from pathlib import Path

from reenact.errors import CheckpointError
from reenact.media.files import whole_file


def check_recorded(record: Path, kind: str, sha256: str, *, accept_new: bool = False) -> None:
    """Compare with what the JSON file `record` has for `kind`; write it when it has nothing yet.

    `accept_new` replaces a different entry. Raises CheckpointError when the hash differs, or the
    record is unreadable.
    """
    known = _read(record)
    if known.get(kind) == sha256:
        return
    if kind in known and not accept_new:
        raise CheckpointError(
            f"the {kind} file must have the SHA-256 {known[kind]} recorded at its first import, "
            f"got {sha256}; use the earlier file, or add --accept-new if you know why it changed"
        )
    _write(record, known | {kind: sha256})


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
