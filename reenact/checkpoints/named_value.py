"""Short text for a value that a checkpoint holds, for messages."""

_PLAIN = (str, int, float, bool, type(None))


def name_value(value: object) -> str:
    """The value in quotes, at most 40 characters of it; of anything else than a plain one its type.

    A list that holds another twice, and so on, 45 deep, would make a text of 2^45 words.
    """
    if type(value) in _PLAIN:
        return repr(str(value)[:40])
    return f"a {type(value).__name__}"
