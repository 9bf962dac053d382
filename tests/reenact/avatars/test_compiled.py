"""reenact/avatars/compiled.py: what was compiled from other sources is never used."""

from pathlib import Path

import numba

from reenact.avatars import compiled
from reenact.avatars.compiled import name_sources


def test_cache_lies_in_a_folder_named_after_all_sources() -> None:
    here = Path(compiled.__file__).parent

    assert Path(numba.config.CACHE_DIR) == here / "__pycache__" / name_sources(here)  # type: ignore[attr-defined]


def test_an_edit_of_any_file_gives_another_name(tmp_path: Path) -> None:
    for name in ("calls.py", "called.py"):
        (tmp_path / name).write_text("x = 1")
    before = name_sources(tmp_path)

    (tmp_path / "called.py").write_text("x = 2")

    assert name_sources(tmp_path) != before
