import pytest

from reenact.errors import MediaError
from reenact.printable import printable

OBEYED = {
    "\x1b]0;title\x07": r"\x1b]0;title\x07",  # sets the window's title
    "\x1b[1A\x1b[2K": r"\x1b[1A\x1b[2K",  # deletes the line above
    "\x9b31m": r"\x9b31m",  # red, in one byte of Latin-1
    "one\ntwo\r\ttab": r"one\ntwo\r\ttab",
    "a\u2028b\u2029c\x85d": r"a\u2028b\u2029c\x85d",  # lines in the eyes of some
    "cod\u202egpj.exe": r"cod\u202egpj.exe",  # reads "codexe.jpg"
    "\0\x7f": r"\x00\x7f",
}


@pytest.mark.parametrize("text", OBEYED)
def test_what_a_terminal_would_obey_is_shown_as_an_escape(text: str) -> None:
    assert printable(text) == OBEYED[text]


@pytest.mark.parametrize("text", ["", "clip 1.mp4", "日本.png", "ünï", "👩‍👧", "caf\udce9", "a\\n"])
def test_all_else_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_sentence_for_the_user_is_one_line_whatever_the_file_is_called() -> None:
    assert str(MediaError("a\nb\x1b[m.mp4 is no video")) == r"a\nb\x1b[m.mp4 is no video"
