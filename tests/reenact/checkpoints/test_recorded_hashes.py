"""reenact/checkpoints/recorded_hashes.py: trust at first import, comparison ever after."""

from pathlib import Path

import pytest

from reenact.checkpoints.recorded_hashes import check_recorded, record_hashes
from reenact.errors import CheckpointError

OLD, NEW = "a" * 64, "b" * 64


def test_first_import_is_recorded_and_the_same_file_passes(tmp_path: Path) -> None:
    record = tmp_path / "folder" / "hashes.json"

    check_recorded(record, "pet", OLD)
    assert not record.exists()
    record_hashes(record, {"pet": OLD, "psp": NEW})
    check_recorded(record, "psp", NEW)
    check_recorded(record, "pet", OLD)

    assert sorted(path.name for path in record.parent.iterdir()) == ["hashes.json"]


def test_other_file_is_refused_with_both_hashes(tmp_path: Path) -> None:
    record = tmp_path / "hashes.json"
    record_hashes(record, {"pet": OLD})

    with pytest.raises(CheckpointError, match=f"{OLD}.*{NEW}.*--accept-new"):
        check_recorded(record, "pet", NEW)
    with pytest.raises(CheckpointError, match=NEW):  # nothing was recorded by the refusal
        check_recorded(record, "pet", NEW)


def test_new_file_may_be_accepted(tmp_path: Path) -> None:
    record = tmp_path / "hashes.json"
    record_hashes(record, {"pet": OLD})

    check_recorded(record, "pet", NEW, accept_new=True)
    record_hashes(record, {"pet": NEW})

    check_recorded(record, "pet", NEW)
    with pytest.raises(CheckpointError):
        check_recorded(record, "pet", OLD)


@pytest.mark.parametrize("content", ["{", "[]", '{"pet": 3}', "\xff"])
def test_damaged_record_is_never_overwritten(content: str, tmp_path: Path) -> None:
    record = tmp_path / "hashes.json"
    record.write_text(content, encoding="latin1")

    with pytest.raises(CheckpointError, match="must be the JSON record"):
        check_recorded(record, "pet", OLD, accept_new=True)

    assert record.read_text(encoding="latin1") == content
