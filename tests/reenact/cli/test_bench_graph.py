"""The command line of `reenact bench --graph`."""

import json
from pathlib import Path

import pytest

from reenact.cli.main import main
from tests.support.fakes import write_pack


@pytest.fixture
def pack(tmp_path: Path) -> str:
    return str(write_pack(tmp_path / "pack"))


def bench(*words: str) -> int:
    return main(["bench", "--rounds", "2", *words])


def test_graph_of_the_pack_is_measured_and_compared(
    pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--graph", "synthesis", "--pack", pack, "--on", "cpu", "--batches", "1,3")
    assert bench(*words, "--json") == 0
    before = tmp_path / "before.json"
    before.write_text(capsys.readouterr().out)

    stages = [row["stage"] for row in json.loads(before.read_text())["timings"]]
    assert stages == [f"synthesis of tiny x{batch} on cpu" for batch in (1, 3)]
    assert bench(*words, "--against", str(before)) == 0
    assert capsys.readouterr().out.count(" of before") == 2


REFUSED = {
    "graph that the pack lacks": (("--graph", "mapping"), "add --random-weights"),
    "unknown backend": (("--graph", "motion", "--on", "tpu"), "--on takes cpu, "),
    "unknown variant": (("--graph", "motion", "--on", "cpu:fast"), "may be followed by"),
    "odd size": (("--graph", "synthesis", "--random-weights", "--sizes", "300"), "powers of 2"),
    "unknown net": (("--graph", "nose", "--random-weights"), "makes synthesis, motion"),
    "no report to compare with": (("--graph", "motion", "--against", "gone.json"), "is no report"),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_measured_is_one_line(
    words: tuple[str, ...], message: str, pack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(*words, "--pack", pack) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize("words", [("--sizes", "0"), ("--batches", "two"), ("--rounds", "-1")])
def test_misuse_exits_with_2(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stop:
        bench("--graph", "synthesis", *words)

    assert stop.value.code == 2
