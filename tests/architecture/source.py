"""Reads the source of the product, the sandbox and the kit as syntax trees; runs none of it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schema", "keys", "adapters", "gateway", "sandbox", "conformance")
NAME = "tongxing"
"""The one name that is installed; each package is a folder of the repository."""


@dataclass(frozen=True)
class Module:
    name: str
    path: str
    tree: ast.Module
    is_package: bool

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Walked once; the tests look at every node many times."""
        return tuple(ast.walk(self.tree))


@cache
def modules() -> dict[str, Module]:
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    found = [_module(file.relative_to(ROOT), file.read_text("utf-8")) for file in files]
    return {module.name: module for module in found}


def module(name: str, source: str) -> Module:
    """A module made of ``source``, to show what the rules catch."""
    path = name.removeprefix(f"{NAME}.").replace(".", "/") + ".py"
    return Module(name, path, ast.parse(source), is_package=False)


def _module(path: Path, source: str) -> Module:
    is_package = path.name == "__init__.py"
    parts = path.parent.parts if is_package else path.with_suffix("").parts
    return Module(".".join([NAME, *parts]), str(path), ast.parse(source), is_package)


def imports(of: Module) -> set[str]:
    """Everything ``of`` imports, wherever in the file: at the top, in a function, under
    TYPE_CHECKING. ``from a import b`` counts as ``a.b``; the caller knows which are modules."""
    return {name for node in of.nodes for name in _imported(node, of)}


def _imported(node: ast.AST, importer: Module) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _base(node, importer)
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _base(node: ast.ImportFrom, importer: Module) -> str:
    if node.level == 0:
        return node.module or ""
    package = importer.name.split(".")
    kept = package[: len(package) - node.level + int(importer.is_package)]
    return ".".join([*kept, *filter(None, [node.module])])


def known(name: str, among: dict[str, Module]) -> str | None:
    """The module of ours that the imported ``name`` is, or is defined in."""
    while name and name not in among:
        name = name.rpartition(".")[0]
    return name or None


def edges(of: Module, among: dict[str, Module]) -> set[str]:
    """The modules of ours that ``of`` imports."""
    found = {known(name, among) for name in imports(of)}
    return {name for name in found if name is not None and name != of.name}
