"""Converts films one after the other, in a process that may crash without taking the tests along.

python -m tests.support.mutant_process LIMIT FILM...

Prints a line of JSON for each: its name, what came of it, and what was left beside it. Ends with
every thread's place in the code when a film takes longer than LIMIT seconds.
"""

import faulthandler
import json
import sys
import tempfile
import traceback
from pathlib import Path

import av

from reenact.errors import ReenactError
from tests.support.conversions import convert

TARGETS = (".mp4", ".mkv", ".mov")


def main() -> None:
    av.logging.set_level(av.logging.PANIC)
    limit_s, films = float(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    for film in films:
        faulthandler.dump_traceback_later(limit_s, exit=True)
        suffix = TARGETS[int(film.name[:3]) % len(TARGETS)]
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / f"out{suffix}"
            outcome, words = judge(film, target)
            left = [path.name for path in Path(folder).iterdir() if path != target]
        report = {"film": film.name, "outcome": outcome, "words": words, "left": left}
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()


def judge(film: Path, target: Path) -> tuple[str, str]:
    """What came of a conversion: converted, refused with a sentence, or failed with a traceback."""
    try:
        report = convert(film, target)
    except ReenactError as error:
        return "refused", str(error)
    except BaseException:  # noqa: BLE001 - to be reported, whatever it is
        return "failed", traceback.format_exc()
    return "converted", f"{report.frames} frames; {'; '.join(report.notes)}"


if __name__ == "__main__":
    main()
