"""Text of any origin as one line that a terminal only shows, and never obeys."""

import unicodedata

_BREAKING = {"Cc", "Zl", "Zp"}  # control characters, and the separators of lines and paragraphs
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """The text with escapes such as \\x1b or \\n in place of what moves, colours or ends a line.

    Marks that turn the direction of writing are escaped too: they can show another name than the
    file has. All other characters stay, whether this terminal knows them or not.
    """
    return "".join(_escape(sign) if _is_active(sign) else sign for sign in text)


def _is_active(sign: str) -> bool:
    return sign in _TURNING or unicodedata.category(sign) in _BREAKING


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
