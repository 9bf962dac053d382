"""Finds the options that a verb's function reads, by `ast`: on every branch, without running it."""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

Function = Callable[..., Any]


class UntraceableUse(AssertionError):
    """The options are used in a way that hides which of them are read."""


def read_options(function: Function, position: int = 0) -> set[str]:
    """The names NAME of all `options.NAME` in `function` and wherever it hands its options on.

    position: of the parameter that holds the options. A name whose value is thrown away counts as
    not read. Raises UntraceableUse for getattr, vars, unpacking and all else than reading an
    attribute or handing the options to a function of ours.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    parameter = list(inspect.signature(function).parameters)[position]
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found: set[str] = set()
    for name in ast.walk(tree):
        if not isinstance(name, ast.Name) or name.id != parameter:
            continue
        match parents[name]:
            case ast.Attribute(ctx=ast.Load()) as read:
                if not isinstance(parents[read], ast.Expr):
                    found.add(read.attr)
            case ast.Call() as call if name in call.args:
                found |= _read_by_callee(call, call.args.index(name), function, tree)
            case other:
                raise UntraceableUse(f"{function.__qualname__}: {ast.unparse(other)}")
    return found


def _read_by_callee(call: ast.Call, position: int, caller: Function, tree: ast.AST) -> set[str]:
    callee = call.func
    if isinstance(callee, ast.Name) and callee.id == "partial" and position > 0:
        callee, position = call.args[0], position - 1
    target = _resolve(callee, caller, tree)
    if not inspect.isfunction(target):
        raise UntraceableUse(f"{caller.__qualname__}: {ast.unparse(call)}")
    return read_options(target, position)


def _resolve(callee: ast.expr, caller: Function, tree: ast.AST) -> object:
    """What the name of a callee means: imported inside the caller, or in its module."""
    if not isinstance(callee, ast.Name):
        return None
    lazily = dict(_imports(tree))
    if callee.id in lazily:
        module, name = lazily[callee.id]
        return getattr(importlib.import_module(module), name, None)
    return inspect.getmodule(caller).__dict__.get(callee.id)


def _imports(tree: ast.AST) -> Iterator[tuple[str, tuple[str, str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                yield alias.asname or alias.name, (node.module, alias.name)
