"""reenact/cli/status_line.py: one line, written over."""

import pytest

from reenact.cli.status_line import StatusLine


def test_sentences_stay_and_the_line_goes(capsys: pytest.CaptureFixture[str]) -> None:
    with StatusLine() as line:
        line.show("30 frames/s")
        line.say("the camera is gone")
        line.show("0 frames/s")

    erase = "\r\x1b[K"
    assert capsys.readouterr().err == (
        f"{erase}30 frames/s{erase}reenact: the camera is gone\n{erase}0 frames/s{erase}"
    )


def test_line_is_no_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "9")
    with StatusLine() as line:
        line.show("30 frames/s")

    assert capsys.readouterr().err == "\r\x1b[K30 frame\r\x1b[K"


def test_line_that_was_never_drawn_is_not_erased(capsys: pytest.CaptureFixture[str]) -> None:
    with StatusLine() as line:
        line.say("hello")

    assert capsys.readouterr().err == "reenact: hello\n"
