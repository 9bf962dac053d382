"""reenact/checkpoints/catalogue.py: every kind can be found, with its licence in plain words."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.checkpoints.catalogue import CATALOGUE, PUBLISHED_CODES, Download
from reenact.checkpoints.kinds import PARTS, Kind

IMPORT = (
    "import sys; import reenact.checkpoints.catalogue, reenact.checkpoints.recorded_hashes; "
    "print(*{'torch', 'numpy', 'pickle'} & set(sys.modules))"
)


def test_every_kind_has_a_download_and_its_parts() -> None:
    assert {download.kind for download in CATALOGUE} == set(Kind) == set(PARTS)


@pytest.mark.parametrize("download", CATALOGUE, ids=lambda download: download.file)
def test_download_is_complete(download: Download) -> None:
    assert download.url.startswith("https://")
    assert download.purpose
    assert download.megabytes > 0
    assert download.commercial == (download.licence.startswith("BSD"))
    if not download.commercial:
        assert "commercial" in download.licence


def test_inference_needs_the_papers_two_files() -> None:
    needed = {download.file for download in CATALOGUE if download.for_inference}

    assert needed == {"best_model.pt", "restyle_psp_ffhq_encode.pt"}


@pytest.mark.parametrize("pair", PUBLISHED_CODES)
def test_published_code_and_picture_are_exact_addresses_of_one_commit(
    pair: tuple[str, str],
) -> None:
    code, picture = pair

    assert re.fullmatch(r"https://raw\.githubusercontent\.com/.+/[0-9a-f]{40}/.+/\d\.pkl", code)
    assert picture == code.removesuffix("pkl") + "png"


def test_catalogue_and_hashes_need_neither_torch_nor_numpy() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr
