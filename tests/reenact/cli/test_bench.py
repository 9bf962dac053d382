"""`reenact bench` and `reenact doctor` as a user meets them."""

import json
from pathlib import Path

import pytest

from reenact.cli.main import main
from tests.support.command import run_and_fail
from tests.support.fakes import write_pack


def test_damaged_pack_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_pack(tmp_path / "pack")
    (root / "synthesis.onnx").write_bytes(b"other")

    line = run_and_fail(capsys, "bench", "--pack", str(root))
    assert "synthesis.onnx is damaged: expected SHA-256" in line


def test_doctor_exits_with_0_where_a_conversion_can_run(
    pack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--pack", pack, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_doctor_exits_with_1_where_it_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--pack", str(tmp_path)]) == 1
    assert "NO    pack" in capsys.readouterr().out


def test_bench_prints_json(clip: str, pack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--pack", pack, "--frames", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 2


def run_bench(*words: str) -> int:
    return main(["bench", "--rounds", "2", *words])


def test_graph_of_the_pack_is_measured_and_compared(
    pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--graph", "synthesis", "--pack", pack, "--on", "cpu", "--batches", "1,3")
    assert run_bench(*words, "--json") == 0
    before = tmp_path / "before.json"
    before.write_text(capsys.readouterr().out)

    stages = [row["stage"] for row in json.loads(before.read_text())["timings"]]
    assert stages == [f"synthesis of tiny x{batch} on cpu" for batch in (1, 3)]
    assert run_bench(*words, "--against", str(before)) == 0
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
    assert run_bench(*words, "--pack", pack) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize("words", [("--sizes", "0"), ("--batches", "two"), ("--rounds", "-1")])
def test_misuse_exits_with_2(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run_bench("--graph", "synthesis", *words)

    assert stop.value.code == 2
