"""Any mutant of a film is converted or refused by a sentence; some by default, more on demand.

REENACT_MUTANTS=300 python -m pytest tests/reenact/convert/test_mutants.py -s
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.conversions import ROOT
from tests.support.mutants import write_films, write_mutants

COUNT = int(os.environ.get("REENACT_MUTANTS", "36"))
SEED = int(os.environ.get("REENACT_MUTANTS_SEED", "1"))
LIMIT_S = 60.0


def convert_all(films: list[Path]) -> list[dict[str, Any]]:
    """A report of each film; that of one which ends the process says how."""
    reports: list[dict[str, Any]] = []
    while len(reports) < len(films):
        rest = [str(film) for film in films[len(reports) :]]
        command = [sys.executable, "-m", "tests.support.mutant_process", str(LIMIT_S), *rest]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        reports += [json.loads(line) for line in run.stdout.splitlines()]
        if len(reports) < len(films):
            words = f"exit {run.returncode}: {run.stderr[-3000:]}"
            name = films[len(reports)].name
            reports.append({"film": name, "outcome": "ended", "words": words, "left": []})
    return reports


def test_every_mutant_is_converted_or_refused_by_a_sentence_and_leaves_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    originals = write_films(tmp_path_factory.mktemp("films"))
    folder = tmp_path_factory.mktemp("mutants")
    mutants = list(write_mutants(originals, folder, count=COUNT, seed=SEED))

    reports = convert_all(mutants)

    sys.stdout.write(f"{Counter(report['outcome'] for report in reports)}\n")  # with -s
    wrong = [
        report
        for report in reports
        if report["outcome"] not in {"converted", "refused"}
        or report["left"]
        or "\n" in report["words"]
    ]
    assert wrong == []
    assert {"converted", "refused"} <= {report["outcome"] for report in reports}
