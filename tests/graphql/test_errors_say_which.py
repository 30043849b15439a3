"""Every argument and every member of an input, over the whole schema: a value that does not fit is
told by its argument and its path, whether it comes as a variable or as a literal."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
)

from tongxing.gateway.errors import Path
from tongxing.gateway.graphql.document_errors import RefusedDocument
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.execution import Execution
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.settings import Profile
from tongxing.gateway.turns import Turns

SCHEMA = core_schema(graphql_schema())
OPERATIONS = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}
FITTING: dict[str, object] = {
    "String": "x",
    "ID": "x",
    "Int": 1,
    "Boolean": True,
    "RegionCode": "321100",
    "UncheckedRegionCode": "321100",
    "AuditIndex": 0,
    "DateTime": "2020-03-06T00:00:00Z",
    "HolderRef": "A" * 22,
    "RecognitionReceipt": "x",
    "Sha256Digest": "A" * 43,
    "_Any": {"__typename": "HealthCodeIssuer", "id": "x"},
}
TAKES_ANYTHING: frozenset[str] = frozenset({"UncheckedRegionCode"})
"""Scalars of which no value is refused."""

WRONG = {"madeUp": "x11010119900307761X"}
"""Fits no scalar, no enum and no input object."""


@dataclass(frozen=True)
class Place:
    """One argument of a field of an object type, or a member inside it."""

    kind: GraphQLObjectType
    field: str
    argument: str
    path: Path

    def __str__(self) -> str:
        return ".".join(map(str, (self.kind.name, self.field, self.argument, *self.path)))

    @property
    def definition(self) -> GraphQLField:
        definition: GraphQLField = self.kind.fields[self.field]
        return definition


def _places() -> Iterator[Place]:
    for kind in SCHEMA.type_map.values():
        if is_object_type(kind) and not kind.name.startswith("__"):
            for field, definition in kind.fields.items():
                for argument, given in definition.args.items():
                    for path in _paths(given.type):
                        yield Place(kind, field, argument, path)


def _paths(kind: GraphQLInputType) -> Iterator[Path]:
    """To the value itself and to all that may be inside it; of a list, to its second item."""
    if str(get_nullable_type(kind)) not in TAKES_ANYTHING:
        yield ()
    match kind:
        case GraphQLNonNull():
            yield from (path for path in _paths(kind.of_type) if path)
        case GraphQLList():
            yield from ((1, *path) for path in _paths(kind.of_type))
        case GraphQLInputObjectType():
            for name, field in kind.fields.items():
                yield from ((name, *path) for path in _paths(field.type))


PLACES = {str(place): place for place in _places()}


def _fitting(kind: GraphQLInputType) -> Any:
    match kind:
        case GraphQLNonNull():
            return _fitting(kind.of_type)
        case GraphQLList():
            return [_fitting(kind.of_type), _fitting(kind.of_type)]
        case GraphQLEnumType():
            return _Word(next(iter(kind.values)))
        case GraphQLInputObjectType():
            required = {n: f for n, f in kind.fields.items() if is_required_input_field(f)}
            if kind.is_one_of:
                required = dict(list(kind.fields.items())[:1])
            return {name: _fitting(field.type) for name, field in required.items()}
    return FITTING[kind.name]


class _Word(str):
    """A value of an enum."""

    __slots__ = ()


def _with_fault(kind: GraphQLInputType, path: Path) -> Any:
    """A value that fits but for what is at ``path``."""
    if isinstance(kind, GraphQLNonNull):
        return _with_fault(kind.of_type, path)
    if not path:
        return "x" if is_input_object_type(get_named_type(kind)) else WRONG
    step, *rest = path
    if isinstance(kind, GraphQLList):
        return [_fitting(kind.of_type), _with_fault(kind.of_type, tuple(rest))]
    assert isinstance(kind, GraphQLInputObjectType)
    others = {} if kind.is_one_of else _fitting(kind)
    return {**others, step: _with_fault(kind.fields[str(step)].type, tuple(rest))}


def _literal(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{k}: {_literal(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case _Word():
            return str(value)
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
    return str(value)


def _selection(place: Place, shown: str) -> str:
    """The field, with what else it requires."""
    others = {
        name: _literal(_fitting(given.type))
        for name, given in place.definition.args.items()
        if is_required_argument(given)
    }
    arguments = {**others, place.argument: shown}
    given = ", ".join(f"{name}: {value}" for name, value in arguments.items())
    leaf = is_leaf_type(get_named_type(place.definition.type))
    return f"{place.field}({given}) {'' if leaf else '{ __typename }'}"


def _of_root(place: Place, shown: str, declared: str = "") -> str:
    operation = OPERATIONS[place.kind.name]
    return f"{operation}{declared} {{ {_selection(place, shown)} }}"


def _below(place: Place, shown: str) -> str:
    """In a fragment on its type, which nothing has to lead to for its arguments to be checked."""
    return f"{{ __typename ...F }} fragment F on {place.kind.name} {{ {_selection(place, shown)} }}"


def _errors(query: str, variables: dict[str, object], profile: Profile) -> list[dict[str, Any]]:
    is_open = profile is Profile.OPEN
    documents = PreparedDocuments(SCHEMA, introspection=is_open)
    execution = Execution(SCHEMA, Turns(monotonic), name_the_schema=is_open)

    async def prepared() -> None:
        await execution.prepare(documents.make(query).operation(None), variables)

    with pytest.raises(RefusedDocument) as caught:
        asyncio.run(prepared())
    assert "11010119900307761X" not in str(caught.value.errors)
    told: list[Any] = [error["extensions"] for error in caught.value.errors]
    return [each for each in told if "argument" in each]


def test_the_walk_meets_arguments_and_members() -> None:
    assert {
        "Query.issuer.id",
        "Query.verifyCode.input.checkpoint.name",
        "Mutation.reportMistake.input.document.number",
    } <= set(PLACES)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("profile", Profile)
def test_a_literal_that_does_not_fit_is_found(place: Place, profile: Profile) -> None:
    argument = place.definition.args[place.argument]
    shown = _literal(_with_fault(argument.type, place.path))
    is_root = place.kind.name in OPERATIONS
    query = _of_root(place, shown) if is_root else _below(place, shown)
    (error,) = _errors(query, {}, profile)
    assert error["code"] == "INVALID_VALUE"
    if is_root or profile is Profile.OPEN:
        assert error["field"] == f"{place.kind.name}.{place.field}"
    else:
        assert "field" not in error  # the request need not name the type
    assert (error["argument"], error.get("path", ())) == (place.argument, place.path)
    assert ("allowed" in error) is (profile is Profile.OPEN)


@pytest.mark.parametrize(
    "place",
    [place for place in PLACES.values() if place.kind.name in OPERATIONS],
    ids=[name for name, place in PLACES.items() if place.kind.name in OPERATIONS],
)
@pytest.mark.parametrize("profile", Profile)
def test_a_variable_that_does_not_fit_is_found(place: Place, profile: Profile) -> None:
    argument = place.definition.args[place.argument]
    value = _with_fault(argument.type, place.path)
    query = _of_root(place, "$given", f"($given: {argument.type})")
    (error,) = _errors(query, {"given": value}, profile)
    assert error["code"] == "INVALID_VALUE"
    assert (error["argument"], error.get("path", ())) == ("$given", place.path)
    assert ("allowed" in error) is (profile is Profile.OPEN)
    names = {step for step in place.path if isinstance(step, str)}
    assert names <= set(re.findall(r"\w+", str(value)))
