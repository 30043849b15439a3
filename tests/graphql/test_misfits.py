"""Which value of a request does not fit: said alike of variables and of literals.

What the hub may say depends on the profile: in the closed one nothing that the request does not
name itself.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum
from time import monotonic
from typing import Any, cast

import pytest
import strawberry
from graphql import GraphQLInputObjectType, GraphQLNonNull, Undefined, coerce_input_value
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from tongxing.gateway.errors import Details, ErrorCode
from tongxing.gateway.graphql.document_errors import RefusedDocument
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.execution import Execution
from tongxing.gateway.graphql.misfits import misfit_of_value
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.turns import Turns
from tongxing.schema import SCALARS, RegionCode

SECRET = "x11010119900307761X"
"""A name that a request makes up, or a value in it; it comes back in no error."""


@strawberry.enum
class Color(Enum):
    RED = "RED"
    GREEN = "GREEN"


@strawberry.input
class Person:
    name: str
    age: int | None = None
    color: Color | None = None


@strawberry.input(one_of=True)
class Place:
    town: str | None = strawberry.UNSET
    gate: Person | None = strawberry.UNSET


@strawberry.input
class Group:
    people: list[Person]
    leader: Person
    place: Place | None = None
    born: datetime | None = None
    region: RegionCode | None = None
    rows: list[list[int]] | None = None


@strawberry.type
class Query:
    @strawberry.field
    def ask(self, group: Group, note: str = "") -> str:
        return f"{group}{note}"

    @strawberry.field
    def itself(self) -> "Query":
        return Query()


SCHEMA = core_schema(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=dict(SCALARS))))

GROUP = GraphQLNonNull(cast("GraphQLInputObjectType", SCHEMA.type_map["Group"]))

JO = {"name": "Jo"}
VALUE, ONE = ErrorCode.INVALID_VALUE, ErrorCode.EXACTLY_ONE
PERSON, PLACES = ("name", "age", "color"), ("town", "gate")

Case = tuple[object, ErrorCode, tuple[str | int, ...], tuple[str | int, ...], tuple[str, ...]]

CASES: dict[str, Case] = {
    "a text instead of an object": (SECRET, VALUE, (), (), ("Group!",)),
    "null instead of an object": (None, VALUE, (), (), ("Group!",)),
    "a list instead of an object": ([SECRET], VALUE, (), (), ("Group!",)),
    "nothing that is required": ({}, VALUE, (), ("people",), ("[Person!]!",)),
    "the second required member is missing": (
        {"people": []},
        VALUE,
        (),
        ("leader",),
        ("Person!",),
    ),
    "a number instead of a text": (
        {"people": [], "leader": {"name": 5}},
        VALUE,
        ("leader", "name"),
        (),
        ("String!",),
    ),
    "null in a required member": (
        {"people": [], "leader": {"name": None}},
        VALUE,
        ("leader", "name"),
        (),
        ("String!",),
    ),
    "an object instead of a text": (
        {"people": [], "leader": {"name": {SECRET: SECRET}}},
        VALUE,
        ("leader", "name"),
        (),
        ("String!",),
    ),
    "a text instead of a number": (
        {"people": [], "leader": {**JO, "age": SECRET}},
        VALUE,
        ("leader", "age"),
        (),
        ("Int",),
    ),
    "a number that is too large": (
        {"people": [], "leader": {**JO, "age": 2**31}},
        VALUE,
        ("leader", "age"),
        (),
        ("Int",),
    ),
    "a word that the enum does not have": (
        {"people": [], "leader": {**JO, "color": SECRET}},
        VALUE,
        ("leader", "color"),
        (),
        ("RED", "GREEN"),
    ),
    "the third of a list lacks a member": (
        {"people": [JO, JO, {"age": 3}], "leader": JO},
        VALUE,
        ("people", 2),
        ("name",),
        ("String!",),
    ),
    "null in a list of what is not null": (
        {"people": [JO, None], "leader": JO},
        VALUE,
        ("people", 1),
        (),
        ("Person!",),
    ),
    "one value stands for a list of one": (
        {"people": {"name": True}, "leader": JO},
        VALUE,
        ("people", "name"),
        (),
        ("String!",),
    ),
    "a list in a list": (
        {"people": [], "leader": JO, "rows": [[1], [2, SECRET]]},
        VALUE,
        ("rows", 1, 1),
        (),
        ("Int!",),
    ),
    "a member that the schema does not have": (
        {"people": [], "leader": {**JO, SECRET: 1}},
        VALUE,
        ("leader",),
        (),
        PERSON,
    ),
    "a member with the name of a Python attribute": (
        {"people": [], "leader": {**JO, "__class__": 1}},
        VALUE,
        ("leader",),
        (),
        PERSON,
    ),
    "neither of two": (
        {"people": [], "leader": JO, "place": {}},
        ONE,
        ("place",),
        (),
        PLACES,
    ),
    "both of two": (
        {"people": [], "leader": JO, "place": {"town": "a", "gate": JO}},
        ONE,
        ("place",),
        (),
        PLACES,
    ),
    "one of two, and it is null": (
        {"people": [], "leader": JO, "place": {"town": None}},
        ONE,
        ("place",),
        (),
        PLACES,
    ),
    "one of two, and a third": (
        {"people": [], "leader": JO, "place": {"town": "a", SECRET: 1}},
        VALUE,
        ("place",),
        (),
        PLACES,
    ),
    "a fault inside the one of two": (
        {"people": [], "leader": JO, "place": {"gate": {"name": 5}}},
        VALUE,
        ("place", "gate", "name"),
        (),
        ("String!",),
    ),
    "a time without a zone": (
        {"people": [], "leader": JO, "born": "2020-03-06T08:00:00"},
        ErrorCode.TIME_WITHOUT_ZONE,
        ("born",),
        (),
        (),
    ),
    "a time outside the calendar": (
        {"people": [], "leader": JO, "born": "0001-01-01T00:00:00+14:00"},
        ErrorCode.TIME_OUTSIDE_CALENDAR,
        ("born",),
        (),
        (),
    ),
    "a division that there is not": (
        {"people": [], "leader": JO, "region": "999999"},
        ErrorCode.REGION_UNKNOWN,
        ("region",),
        (),
        (),
    ),
    "a division that is none": (
        {"people": [], "leader": JO, "region": SECRET},
        VALUE,
        ("region",),
        (),
        ("RegionCode",),
    ),
    "a time that is none": (
        {"people": [], "leader": JO, "born": SECRET},
        VALUE,
        ("born",),
        (),
        ("DateTime",),
    ),
}


def _refused(query: str, variables: dict[str, object], *, is_open: bool) -> RefusedDocument:
    documents = PreparedDocuments(SCHEMA, introspection=is_open)
    execution = Execution(SCHEMA, Turns(monotonic), name_the_schema=is_open)

    async def prepared() -> None:
        await execution.prepare(documents.make(query).operation(None), variables)

    with pytest.raises(RefusedDocument) as caught:
        asyncio.run(prepared())
    return caught.value


def _said(query: str, variables: dict[str, object], *, is_open: bool) -> tuple[ErrorCode, Any]:
    """The code and the details of the one error, none of which repeats what was made up."""
    refused = _refused(query, variables, is_open=is_open)
    (error,) = refused.errors
    assert SECRET not in str(error)
    said: Any = error["extensions"]
    assert said["code"] == refused.code
    return refused.code, {name: said[name] for name in Details.__slots__ if name in said}


def _literal(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{k}: {_literal(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case str():
            return f'"{value}"'
    return str(value)


Asked = tuple[str, dict[str, object], str, str | None]
"""A query, its variables, and the argument and the field that an error names."""


def _as_variable(value: object) -> Asked:
    return "query($g: Group!) { ask(group: $g) }", {"g": value}, "$g", None


def _as_literal(value: object) -> Asked:
    return f"{{ ask(group: {_literal(value)}) }}", {}, "group", "Query.ask"


WAYS = {"a variable": _as_variable, "a literal": _as_literal}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("way", WAYS)
def test_the_open_profile_says_where_and_what_would_fit(way: str, case: Case) -> None:
    value, code, path, missing, allowed = case
    query, variables, argument, field = WAYS[way](value)
    expected = Details(field, argument, (*path, *missing), allowed=allowed)
    assert _said(query, variables, is_open=True) == (code, expected.members())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("way", WAYS)
def test_the_closed_profile_names_nothing_that_the_request_does_not(way: str, case: Case) -> None:
    value, code, path, _missing, _allowed = case
    query, variables, argument, field = WAYS[way](value)
    assert _said(query, variables, is_open=False) == (
        code,
        Details(field, argument, path).members(),
    )
    written = set(re.findall(r"\w+", f"{query} {variables}"))
    assert {step for step in path if isinstance(step, str)} <= written


def test_a_variable_that_is_not_given_is_named() -> None:
    code, said = _said("query($g: Group!) { ask(group: $g) }", {}, is_open=True)
    assert (code, said) == (VALUE, {"argument": "$g", "allowed": ("Group!",)})


def test_only_the_variable_that_is_at_fault_is_named() -> None:
    query = "query($n: String!, $g: Group!) { ask(group: $g, note: $n) }"
    given: dict[str, object] = {"n": "fine", "g": {"people": [5], "leader": JO}}
    _, said = _said(query, given, is_open=False)
    assert said == {"argument": "$g", "path": ("people", 0)}


def test_a_default_of_a_variable_is_named_as_the_variable() -> None:
    query = "query($n: String! = 5) { ask(group: {people: [], leader: {name: $n}}) }"
    _, said = _said(query, {}, is_open=True)
    assert said == {"argument": "$n", "allowed": ("String!",)}


def test_an_argument_of_a_directive_is_named() -> None:
    query = '{ itself @include(if: "yes") { __typename } }'
    _, said = _said(query, {}, is_open=True)
    assert said == {"argument": "if", "allowed": ("Boolean!",)}


def test_a_field_below_the_root_is_named_by_its_type() -> None:
    query = "{ itself { ask(group: 5) } }"
    _, said = _said(query, {}, is_open=True)
    assert said["field"] == "Query.ask"


def test_each_argument_at_fault_has_an_error_of_its_own() -> None:
    refused = _refused("{ ask(group: 5, note: 6) }", {}, is_open=True)
    assert [_extensions(error)["argument"] for error in refused.errors] == ["group", "note"]


def test_a_document_that_is_invalid_otherwise_too_is_an_invalid_document() -> None:
    refused = _refused("{ ask(group: 5) nothing }", {}, is_open=True)
    assert refused.code is ErrorCode.DOCUMENT_INVALID
    codes = {_extensions(error)["code"] for error in refused.errors}
    assert codes == {"DOCUMENT_INVALID", "INVALID_VALUE"}


def test_the_first_of_a_thousand_faults_is_the_one_that_is_told() -> None:
    given: dict[str, object] = {"g": {"people": [{"name": n} for n in range(1000)], "leader": JO}}
    _, said = _said("query($g: Group!) { ask(group: $g) }", given, is_open=True)
    assert said["path"] == ("people", 0, "name")


NAMES = ["people", "leader", "place", "born", "region", "rows", *PERSON, *PLACES, SECRET]
LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from([SECRET, "RED", "321100"])
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=1_000, deadline=None, database=None)
@given(JSON)
def test_a_place_is_found_in_whatever_the_library_refuses(value: object) -> None:
    fits = coerce_input_value(value, GROUP) is not Undefined
    misfit = misfit_of_value(value, GROUP)
    assert (misfit is None) is fits
    if misfit is not None:
        assert SECRET not in str(misfit)
        assert {step for step in misfit.path if isinstance(step, str)} <= set(_keys(value))


def _keys(value: object) -> Iterator[str]:
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        yield from value
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for each in inner:
        yield from _keys(each)


def _extensions(error: dict[str, Any]) -> dict[str, Any]:
    extensions: dict[str, Any] = error["extensions"]
    return extensions
