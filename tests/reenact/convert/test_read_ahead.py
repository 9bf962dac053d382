import threading
from collections.abc import Iterator

import pytest

from reenact.convert.read_ahead import read_ahead


def test_items_keep_their_order() -> None:
    assert list(read_ahead(iter(range(1, 50)))) == list(range(1, 50))


def test_next_item_is_made_while_the_caller_holds_the_present_one() -> None:
    second_is_asked_for = threading.Event()

    def items() -> Iterator[str]:
        yield "first"
        second_is_asked_for.set()
        yield "second"

    ahead = read_ahead(items())
    next(ahead)

    assert second_is_asked_for.wait(timeout=10)
    ahead.close()


def test_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[str]:
        yield "whole"
        raise ValueError("torn")

    ahead = read_ahead(items())

    assert next(ahead) == "whole"
    with pytest.raises(ValueError, match="torn"):
        next(ahead)


def test_no_thread_is_left_after_closing() -> None:
    ahead = read_ahead(iter([1, 2, 3]))
    next(ahead)

    ahead.close()

    assert not [each for each in threading.enumerate() if each.name.startswith("read-ahead")]
