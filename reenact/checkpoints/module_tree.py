"""Walk over a tree of nets as a pickle holds it: every net has one place, and is met once."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node")


def walk_tree(
    root: Node, children: Callable[[Node], Iterable[tuple[str, Node]]], between: str
) -> Iterator[tuple[str, Node]]:
    """Each node and the names that lead to it, joined and ended by `between`; "" for the root.

    Raises ValueError for a node with two places: 45 such in one another would have 2^45 names.
    """
    met: set[int] = set()
    waiting = [("", root)]
    while waiting:
        prefix, node = waiting.pop()
        if id(node) in met:
            raise ValueError(f"a net has a second place, {prefix[:80]!r}")
        met.add(id(node))
        yield prefix, node
        below = [(f"{prefix}{name}{between}", child) for name, child in children(node)]
        waiting += reversed(below)
