"""Reads, by `ast`, what each module of ours imports."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("engines", "reenact", "export", "server")


class Use(NamedTuple):
    """A module that names another, at a line; lazy when inside a function."""

    module: str
    target: str
    line: int
    lazy: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line} uses {self.target}"


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_files(root: Path, packages: Iterable[str] = PACKAGES) -> Iterator[Path]:
    for package in packages:
        yield from sorted((root / package).rglob("*.py"))


def imported_names(node: ast.AST, module: str, *, is_package: bool) -> list[str]:
    """What a node imports, and how it may open a pickle; dotted, relative names made whole."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            parts = module.split(".")[: None if is_package else -1]
            base = parts[: len(parts) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            return [f"{source}.{alias.name}" for alias in node.names]
        case ast.Attribute(value=ast.Name(id="torch"), attr="load"):
            return ["torch.load"]
        case ast.keyword(arg="allow_pickle", value=ast.Constant(value=True)):
            return ["numpy.load.allow_pickle"]
    return []


def uses(root: Path, packages: Iterable[str] = PACKAGES) -> list[Use]:
    found = []
    for path in python_files(root, packages):
        module, is_package = module_name(path, root), path.name == "__init__.py"

        def visit(
            node: ast.AST, lazy: bool, module: str = module, package: bool = is_package
        ) -> None:
            for name in imported_names(node, module, is_package=package):
                found.append(Use(module, name, getattr(node, "lineno", 0), lazy))
            inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                visit(child, inside)

        visit(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)), False)
    return found
