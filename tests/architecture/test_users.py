"""No word without a user: each scope opens something, each outcome comes about, each event is told,
each error is given, each package is imported."""

import ast
import re
from collections.abc import Iterable
from enum import Enum

import pytest

from tests.architecture.source import NAME, ROOT, Module, imports, module, modules
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.operation.events import Event
from tongxing.schema import Outcome, ReasonCode, RefusalCode
from tongxing.schema.scope import Scope

READERS = ("recognition", "storage", "policy")
"""The wings of ``gateway`` that judge or store an outcome that came about elsewhere."""

WORDS: dict[type[Enum], tuple[str, ...]] = {
    Scope: ("gateway.graphql", "schema.health_code", "schema.recognition"),
    Outcome: ("adapters", "gateway"),
    ErrorCode: ("gateway",),
    Event: ("gateway.operation.watch", "gateway.operation.stray_lines"),
    ReasonCode: ("gateway.recognition",),
    RefusalCode: ("gateway", "schema.document"),
}
"""For each closed list, where its members get their use."""

RUNTIME = ROOT / "requirements" / "runtime.in"

IMPORTED_AS = {
    "httptools": "uvicorn",  # the server's HttpToolsProtocol runs on it
    "prometheus-client": "prometheus_client",
    "pyjwt": "jwt",
    "python-pkcs11": "pkcs11",
    "python-stdnum": "stdnum",
    "strawberry-graphql": "strawberry",
}


def _named(members: type[Enum], found: Iterable[Module]) -> set[str]:
    """The members that a module names, other than the module that declares them."""
    return {
        node.attr
        for each in found
        if each.name != members.__module__
        for node in each.nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == members.__name__
    }


def _places(members: type[Enum]) -> list[Module]:
    begins = tuple(f"{NAME}.{place}" for place in WORDS[members])
    without = tuple(f"{NAME}.gateway.{wing}" for wing in READERS) if members is Outcome else ()
    return [
        each
        for name, each in modules().items()
        if name.startswith(begins) and not (without and name.startswith(without))
    ]


@pytest.mark.parametrize("members", WORDS, ids=lambda members: members.__name__)
def test_each_word_of_a_closed_list_has_a_user(members: type[Enum]) -> None:
    assert set(members.__members__) - _named(members, _places(members)) == set()


def test_a_word_that_only_its_own_list_names_has_none() -> None:
    own = module(Scope.__module__, "Scope.STATUS_READ")
    other = module(f"{NAME}.gateway.graphql.x", "Scope.CODE_VERIFY")
    assert _named(Scope, [own, other]) == {"CODE_VERIFY"}


def test_each_package_of_the_product_is_imported() -> None:
    pinned = re.findall(r"^([a-z0-9-]+)==", RUNTIME.read_text(), re.MULTILINE)
    imported = {name.partition(".")[0] for each in modules().values() for name in imports(each)}
    assert len(pinned) > 10
    assert [name for name in pinned if IMPORTED_AS.get(name, name) not in imported] == []
