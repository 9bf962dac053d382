"""Making the next item while the present one is worked on."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items in the same order; the next is fetched on another thread meanwhile.

    Pays where fetching does not hold the interpreter's lock, as decoding does not. An error of
    `items` is raised in its place; closing waits for the fetch under way.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item
