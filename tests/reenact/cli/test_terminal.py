"""reenact/cli/terminal.py: words that a terminal cannot show, and readers that leave."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.cli.main import main
from tests.support.fakes import write_pack

ROOT = Path(__file__).parents[3]
SAY = "from reenact.cli.terminal import open_terminal, say, say_done, note; import sys\n"


def run(
    code: str,
    encoding: str = "utf-8",
    *,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> "subprocess.CompletedProcess[bytes]":
    """Run Python code as a command whose output is captured, or goes to pipes of these numbers."""
    return subprocess.run(
        [sys.executable, "-c", SAY + code],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
        stdout=stdout,
        stderr=stderr,
    )


def unread_pipe() -> int:
    """The writing end of a pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii", "utf-8", "utf-16-le", "cp437"])
def test_every_name_can_be_printed_in_every_encoding(encoding: str) -> None:
    code = r"with open_terminal(): say_done('日本\udcff ünï.png'); note('日本\udcff')"

    ended = run(code, f"{encoding}:strict")

    assert ended.returncode == 0, ended.stderr
    assert r"\udcff" in ended.stdout.decode(encoding)
    assert r"\udcff" in ended.stderr.decode(encoding)


LOSING = {
    "say": "with open_terminal(): say('word')",
    "print of a library": "with open_terminal(): print('word')",
    "list": "from reenact.cli.main import main; main(['identity', 'list'])",
}


@pytest.mark.parametrize("code", LOSING.values(), ids=list(LOSING))
def test_gone_reader_of_results_ends_the_command_without_a_word(code: str) -> None:
    ended = run(code, stdout=unread_pipe())

    assert (ended.returncode, ended.stderr) == (141, b"")


def test_gone_reader_of_notes_ends_the_command_without_a_word() -> None:
    ended = run("with open_terminal(): note('word')", stderr=unread_pipe())

    assert (ended.returncode, ended.stdout) == (141, b"")


@pytest.mark.parametrize(("words", "status"), [("--help", 0), ("convert", 2)])
def test_gone_reader_of_help_changes_nothing(words: str, status: int) -> None:
    code = f"from reenact.cli.main import main; main([{words!r}])"

    ended = run(code, stdout=unread_pipe(), stderr=unread_pipe())

    assert ended.returncode == status


def test_gone_reader_does_not_fail_a_finished_job() -> None:
    ended = run("with open_terminal(): say_done('word'); say_done('word')", stdout=unread_pipe())

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_other_broken_pipe_is_told() -> None:
    code = (
        "import reenact.cli.main as m; from reenact.cli import bench\n"
        "def fail(options): raise BrokenPipeError(32, 'Broken pipe', 'pipe.y4m')\n"
        "m.VERBS = [m.Verb('doctor', fail)]\n"
        "sys.exit(m.main(['doctor']))"
    )

    ended = run(code)

    assert ended.returncode == 1
    assert ended.stderr == b"reenact: pipe.y4m: Broken pipe\n"


def test_closed_streams_are_no_failure_and_no_file_gets_their_numbers(tmp_path: Path) -> None:
    code = (
        "with open_terminal():\n"
        " say('word'); note('word'); sys.stderr.write('word')\n"
        f" assert open({str(tmp_path / 'file')!r}, 'w').fileno() > 2"
    )

    words = ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, SAY + code]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == 0


def test_pack_cannot_command_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = write_pack(tmp_path / "pack")
    for card in (pack / "identities").glob("*.json"):
        text = card.read_text(encoding="utf-8").replace(", for tests", r"\u001b]0;owned\u0007\n")
        card.write_text(text, encoding="utf-8")
    manifest = pack / "pack.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"licence": "', r'"licence": "\u001b[2J'), encoding="utf-8")

    main(["identity", "list", "--pack", str(pack)])
    main(["identity", "show", "ada", "--pack", str(pack)])

    shown = capsys.readouterr().out
    assert r"\x1b]0;owned\x07" in shown
    assert r"\x1b[2J" in shown
    assert not {"\x1b", "\x07"} & set(shown)


def test_argument_that_is_not_understood_cannot_command_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["convert", "a.mp4", "b.mp4", "\x1b]0;c.mp4"])

    assert r"\x1b]0;c.mp4" in capsys.readouterr().err
