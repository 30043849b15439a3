"""What the hub rests on in other libraries is known: one table, and nothing beside it."""

import ast
import re

import pytest

from tests.architecture.source import ROOT, Module, imports, module, modules
from tests.packaging.newest import FOOTHOLDS, Foothold, pinned, unpinned


def rests_on(of: Module, foothold: Foothold) -> bool:
    """Our own attributes of the same name, read from ``self``, do not count."""
    beginnings = tuple(f"{name}." for name in foothold.names)
    if any(f"{name}.".startswith(beginnings) for name in imports(of)):
        return True
    attributes = [node for node in of.nodes() if isinstance(node, ast.Attribute)]
    return any(
        node.attr in foothold.attributes and ast.unparse(node.value) != "self"
        for node in attributes
    )


@pytest.mark.parametrize("foothold", FOOTHOLDS.values(), ids=FOOTHOLDS)
def test_only_the_file_of_the_table_rests_on_it(foothold: Foothold) -> None:
    assert [of.path for of in modules().values() if rests_on(of, foothold)] == [foothold.file]


@pytest.mark.parametrize("foothold", FOOTHOLDS.values(), ids=FOOTHOLDS)
def test_the_file_says_that_it_rests_on_internals(foothold: Foothold) -> None:
    (file,) = [of for of in modules().values() if of.path == foothold.file]
    assert "internals" in (ast.get_docstring(file.tree) or "")


CAUGHT = {
    "a module": "import graphql.execution.execute",
    "a name from it": "from graphql.execution import collect_fields",
    "a class that the library shows but means for itself": "from graphql import Executor",
    "an attribute": "def f(executor):\n    return executor.variable_values",
}


@pytest.mark.parametrize("source", CAUGHT.values(), ids=CAUGHT)
def test_the_rule_catches(source: str) -> None:
    assert rests_on(module("gateway.example", source), FOOTHOLDS["graphql-core"])


def test_an_attribute_of_our_own_is_let_be() -> None:
    own = module("gateway.example", "class A:\n    def f(self):\n        return self._schema")
    assert not rests_on(own, FOOTHOLDS["strawberry-graphql"])


@pytest.mark.parametrize("foothold", FOOTHOLDS.values(), ids=FOOTHOLDS)
def test_its_tests_exist(foothold: Foothold) -> None:
    assert foothold.tests
    assert [test for test in foothold.tests if not (ROOT / test).is_file()] == []


def test_each_library_is_pinned() -> None:
    assert set(FOOTHOLDS) <= set(pinned())


def test_the_newest_is_asked_for_without_a_version_and_with_its_platform() -> None:
    asked = list(unpinned())
    assert 'uvloop ; sys_platform != "win32"' in asked
    assert "pytest" in asked
    assert [line for line in asked if re.search(r"[=<>~]=", line.split(";")[0])] == []
