"""tools/make.py: finds a Python, names what is missing, installs only when its files changed."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import make

needs_sh = pytest.mark.skipif(os.name == "nt", reason="the stand-in for a Python is a sh script")


@pytest.fixture
def unfit(tmp_path: Path) -> list[str]:
    """A program by the name of a Python that answers no to every question."""
    path = tmp_path / "python3.12"
    path.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    path.chmod(0o755)
    return [str(path)]


def test_old_python_can_read_it() -> None:
    """A construct that 3.7 does not know makes this fail, before the program could say a word."""
    ast.parse(Path(make.__file__).read_text(encoding="utf-8"), feature_version=(3, 7))


@needs_sh
def test_first_python_that_fits_is_taken(unfit: list[str], tmp_path: Path) -> None:
    absent = [str(tmp_path / "python3.11")]

    assert make.find_python([absent, unfit, [sys.executable], ["later"]]) == [sys.executable]


@needs_sh
def test_machine_without_a_fitting_python_is_told_how_to_get_one(unfit: list[str]) -> None:
    with pytest.raises(make.SetupError, match=r"Python 3.11 to 3.14 is needed.*winget install"):
        make.find_python([unfit])


@pytest.mark.parametrize(
    ("windows", "first"),
    [(False, ["python3.11"]), (True, ["py", "-3.11"])],
    ids=["unix", "windows"],
)
def test_the_python_of_the_constraints_is_asked_first(windows: bool, first: list[str]) -> None:
    commands = make.candidates(windows)

    assert commands[0] == first
    assert commands[-1] == [sys.executable]


@needs_sh
def test_python_without_venv_is_named_by_its_package(unfit: list[str]) -> None:
    assert make.missing_packages(unfit, {})[0] == "python3.12-venv"
    assert make.missing_packages([sys.executable], {}) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such packages")
def test_library_that_does_not_load_is_named_by_its_package() -> None:
    libraries = {"libabsent.so.1": "libabsent1", "libc.so.6": "libc6"}

    assert make.missing_packages([sys.executable], libraries) == ["libabsent1"]


def test_absent_library_does_not_load() -> None:
    assert not make.loads("libabsent.so.1")


def test_install_is_anew_only_after_a_change(tmp_path: Path) -> None:
    source, stamp = tmp_path / "pyproject.toml", tmp_path / "stamp"
    source.touch()
    assert not make.is_newer(stamp, [source])

    stamp.touch()
    os.utime(source, (1, 1))
    assert make.is_newer(stamp, [source])

    os.utime(stamp, (0, 0))
    assert not make.is_newer(stamp, [source])


def test_what_an_install_is_made_from_is_there() -> None:
    assert all(path.is_file() for path in make.MADE_FROM)


@pytest.mark.parametrize("words", [[], ["nonsense"]])
def test_unknown_command_is_misuse(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        make.main(words)

    assert stopped.value.code == 2
    assert "usage: " in capsys.readouterr().err


def test_demo_takes_a_video_and_a_person() -> None:
    options = make.parse(["demo", "--video", "me.mp4", "--identity", "ada"])

    assert (options.video, options.identity, options.verb) == ("me.mp4", "ada", "demo")


@pytest.mark.parametrize("missing", ["venv", "pip_audit"])
def test_audit_that_could_not_look_fails_and_says_so(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(command: list[str]) -> int:
        return int(missing in command or (missing == "pip_audit" and "--strict" in command))

    monkeypatch.setattr(make, "install", lambda extras: None)
    monkeypatch.setattr(subprocess, "call", call)

    assert make.main(["audit"]) == 1
    assert "NOTHING was audited" in capsys.readouterr().err


def test_check_fails_by_a_security_floor_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "install", lambda extras: None)
    monkeypatch.setattr(subprocess, "call", lambda c: int("security_floors" in str(c)))

    assert make.main(["check"]) == 1
