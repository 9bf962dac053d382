"""Functions and classes that a pickle may call, but cannot alter.

A pickle can set attributes of whatever it names, which would outlive its refusal.
"""

from collections.abc import Callable
from typing import Any, NoReturn


class SealedClass(type):
    """Metaclass of classes whose attributes cannot be set."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a checkpoint may not set {name!r} of {cls.__name__}")


class Sealed:
    """A function whose attributes cannot be set."""

    __slots__ = ("_function",)
    _function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a checkpoint may not set {name!r} of a function")
