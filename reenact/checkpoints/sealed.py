"""Functions and classes fit to be handed to a pickle: it may call them, but not alter them.

A pickle can set attributes of whatever it names, which would outlive its refusal.
"""

from collections.abc import Callable
from typing import Any, NoReturn


class SealedClass(type):
    """Metaclass of classes that nobody alters."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a checkpoint may not set {name!r} of {cls.__name__}")


class Sealed:
    """A function that nobody alters."""

    __slots__ = ("_function",)
    _function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a checkpoint may not set {name!r} of a function")
