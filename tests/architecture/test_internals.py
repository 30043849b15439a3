"""What rests on the internals of another library stands in one file.

A release of the library may change its internals without notice. The file's docstring says which
ones it rests on and which test fails then, so that a job against the newest releases has something
to point at.
"""

import ast
from dataclasses import dataclass

import pytest

from tests.architecture.source import Module, imports, module, modules


@dataclass(frozen=True)
class Internals:
    """``imported``: modules and names of the library. ``attributes``: names of it, read from
    anything but ``self``. ``file`` is the only one that may use them."""

    imported: frozenset[str]
    attributes: frozenset[str]
    file: str

    def are_used_by(self, of: Module) -> bool:
        found = imports(of)
        if any(
            f"{name}.".startswith(f"{internal}.") for name in found for internal in self.imported
        ):
            return True
        return any(
            isinstance(node, ast.Attribute) and node.attr in self.attributes and not _own(node)
            for node in of.nodes
        )


def _own(attribute: ast.Attribute) -> bool:
    return isinstance(attribute.value, ast.Name) and attribute.value.id == "self"


INTERNALS = {
    "the executor of graphql-core": Internals(
        frozenset({"graphql.pyutils", "graphql.Executor"}),
        frozenset({"context_value", "variable_values"}),
        "gateway/graphql/execution.py",
    ),
    "what graphql-core keeps beneath its public names": Internals(
        frozenset({"graphql.execution", "graphql.utilities"}),
        frozenset(),
        "gateway/graphql/core_internals.py",
    ),
    "what Strawberry keeps beneath its public names": Internals(
        frozenset({"strawberry.schema.schema", "strawberry.schema.schema_converter"})
        | {"strawberry.schema.validation_rules", "strawberry.types.field"}
        | {"strawberry.types.fields"},
        frozenset({"_schema"}),
        "gateway/graphql/strawberry_internals.py",
    ),
    "the protocol class of uvicorn": Internals(
        frozenset({"uvicorn.protocols.http"}), frozenset(), "gateway/http/protocol.py"
    ),
    "the class of uvicorn for WebSockets": Internals(
        frozenset({"uvicorn.protocols.websockets", "uvicorn.protocols.utils"}),
        frozenset(),
        "gateway/http/socket_protocol.py",
    ),
    "the server class of uvicorn": Internals(
        frozenset({"uvicorn.server"}), frozenset({"Server"}), "gateway/http/server.py"
    ),
    "the protocol class of aiohttp": Internals(
        frozenset({"aiohttp.client_proto"}), frozenset({"_factory"}), "adapters/connector.py"
    ),
}


@pytest.mark.parametrize("internals", INTERNALS.values(), ids=INTERNALS)
def test_one_file_rests_on(internals: Internals) -> None:
    product = [of for of in modules().values() if not of.path.startswith("sandbox/")]
    using = {of.path: of for of in product if internals.are_used_by(of)}
    assert set(using) <= {internals.file}
    of = modules()[f"tongxing.{internals.file.removesuffix('.py').replace('/', '.')}"]
    assert "internals" in (ast.get_docstring(of.tree) or "")


EXECUTOR = "the executor of graphql-core"
BENEATH = "what graphql-core keeps beneath its public names"
CAUGHT = {
    "a module": (BENEATH, "import graphql.execution.execute"),
    "a name from it": (BENEATH, "from graphql.execution import collect_fields"),
    "a name that the library shows and means for itself": (
        EXECUTOR,
        "from graphql import Executor",
    ),
    "an attribute": (EXECUTOR, "def f(executor):\n    return executor.variable_values"),
}


@pytest.mark.parametrize(("name", "source"), CAUGHT.values(), ids=CAUGHT)
def test_the_rule_catches(name: str, source: str) -> None:
    assert INTERNALS[name].are_used_by(module("gateway.example", source))


def test_an_attribute_of_our_own_is_not_the_librarys() -> None:
    source = "class A:\n    def f(self):\n        return self._schema"
    internals = INTERNALS["what Strawberry keeps beneath its public names"]
    assert not internals.are_used_by(module("gateway.example", source))
