"""Imports point one way: schema, keys ← adapters ← gateway. Lazy and type-only ones count."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source import Module, edges, imports, module, modules

MAY_IMPORT = {
    "schema": {"schema"},
    "keys": {"keys"},
    "adapters": {"schema", "keys", "adapters"},
    "gateway": {"schema", "keys", "adapters", "gateway"},
}

SANDBOX = "adapters.sandbox"
SANDBOX_MAY_IMPORT = {"schema", SANDBOX}
"""The reference issuers test the adapters and the keys: what both sides shared could not be
tested. The words (``schema``) are the world's, not ours."""

SANDBOX_MAY_BE_IMPORTED_BY = {"gateway.cli", "gateway.provisioning", SANDBOX}
"""The service itself never knows that reference issuers exist."""


def _inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _forbidden(of: Module) -> set[str]:
    allowed = MAY_IMPORT[of.name.split(".")[0]]
    return {edge for edge in edges(of, modules()) if edge.split(".")[0] not in allowed}


@pytest.mark.parametrize("name", modules())
def test_imports_only_what_its_package_may(name: str) -> None:
    assert _forbidden(modules()[name]) == set()


@pytest.mark.parametrize("name", [name for name in modules() if _inside(name, SANDBOX)])
def test_the_sandbox_shares_nothing_with_what_it_tests(name: str) -> None:
    reached = edges(modules()[name], modules()) - {"adapters"}
    assert not {e for e in reached if not any(_inside(e, p) for p in SANDBOX_MAY_IMPORT)}


@pytest.mark.parametrize("name", modules())
def test_only_the_command_line_knows_the_sandbox(name: str) -> None:
    if any(_inside(name, package) for package in SANDBOX_MAY_BE_IMPORTED_BY):
        return
    assert not {e for e in edges(modules()[name], modules()) if _inside(e, SANDBOX)}


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: edges(each, modules()) - _packages_of(name) for name, each in modules().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        pytest.fail(" -> ".join(cycle.args[1]))


def _packages_of(name: str) -> set[str]:
    """A module may name its own package's siblings through it; Python has imported it by then."""
    parts = name.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


@pytest.mark.parametrize("name", modules())
def test_every_import_stands_at_the_top(name: str) -> None:
    each = modules()[name]
    found = [node for node in each.nodes() if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [node.lineno for node in found if node not in each.tree.body] == []


RUNS_NO_OTHER_CODE = ("importlib.resources", "importlib.metadata")


@pytest.mark.parametrize("name", modules())
def test_nothing_is_imported_by_a_name_in_a_string(name: str) -> None:
    each = modules()[name]
    dynamic = {i for i in imports(each) if i.split(".")[0] == "importlib"}
    assert not {i for i in dynamic if not i.startswith(RUNS_NO_OTHER_CODE)}
    assert "__import__" not in {n.id for n in each.nodes() if isinstance(n, ast.Name)}


CAUGHT = {
    "an import at the top": "import gateway.settings",
    "a name from a package": "from gateway import settings",
    "an import in a function": "def f():\n    from gateway.settings import Settings",
    "a type-only import": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from gateway.settings import Settings"
    ),
    "a relative import": "from ..gateway import settings",
}


@pytest.mark.parametrize("source", CAUGHT.values(), ids=CAUGHT)
def test_the_rule_catches(source: str) -> None:
    assert "gateway.settings" in _forbidden(module("schema.example", source))
