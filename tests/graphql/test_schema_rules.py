"""Rules that the whole schema keeps, so that whatever is added later keeps them too."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_introspection_type,
    is_non_null_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from tongxing.gateway.graphql.page_totals import sizes_of
from tongxing.gateway.graphql.published_sdl import GATEWAY_DIRECTIVES, GATEWAY_TYPES
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema, definition_of
from tongxing.schema.scope import scopes_of

SCHEMA = core_schema(graphql_schema())
ROOTS = ("Query", "Mutation", "Subscription")

OF_FEDERATION = {"_FieldSet", "link__Import", "link__Purpose"}
IMPORTED = {*GATEWAY_DIRECTIVES, "link"}
"""Described by their specifications, as graphql's own are."""

TYPES: dict[str, GraphQLNamedType] = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if not is_introspection_type(kind)
    and name not in OF_FEDERATION
    and not (isinstance(kind, GraphQLScalarType) and is_specified_scalar_type(kind))
}
OUTPUTS = {
    name: kind
    for name, kind in TYPES.items()
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
}
INPUTS = {n: kind for n, kind in TYPES.items() if isinstance(kind, GraphQLInputObjectType)}


class Element(NamedTuple):
    """Something that a reader of the SDL meets, by its coordinate."""

    coordinate: str
    description: str | None


def _elements() -> Iterator[Element]:
    for name, kind in TYPES.items():
        yield Element(name, kind.description)
        if isinstance(kind, GraphQLEnumType):
            for member, value in kind.values.items():
                yield Element(f"{name}.{member}", value.description)
        if isinstance(kind, GraphQLInputObjectType):
            for field_name, member_field in kind.fields.items():
                yield Element(f"{name}.{field_name}", member_field.description)
    for coordinate, field in _fields():
        yield Element(coordinate, field.description)
        for argument_name, argument in field.args.items():
            yield Element(f"{coordinate}({argument_name}:)", argument.description)
    for directive in SCHEMA.directives:
        if not is_specified_directive(directive) and directive.name not in IMPORTED:
            yield Element(f"@{directive.name}", directive.description)


def _fields() -> Iterator[tuple[str, GraphQLField]]:
    for name, kind in OUTPUTS.items():
        for field_name, field in kind.fields.items():
            yield f"{name}.{field_name}", field


FIELDS = dict(_fields())
ELEMENTS = {element.coordinate: element for element in _elements()}

HAN = "\u4e00-\u9fff"
BOTH_LANGUAGES = re.compile(rf"[^{HAN}]{{0,20}}[{HAN}][\s\S]* [A-Z@`\"][^{HAN}]{{2,}}")
"""Chinese first, and behind it a sentence in English alone."""


def in_both_languages(description: str | None) -> bool:
    return BOTH_LANGUAGES.fullmatch(description or "") is not None


def test_everything_is_described_in_chinese_and_in_english() -> None:
    assert [e.coordinate for e in ELEMENTS.values() if not in_both_languages(e.description)] == []


def test_a_field_that_can_be_null_says_when() -> None:
    silent = [
        coordinate
        for coordinate, field in FIELDS.items()
        if not is_non_null_type(field.type)
        and not (
            "为空" in (field.description or "") and "null" in (field.description or "").lower()
        )
    ]
    assert silent == []


GIVEN = {"Node", "PageInfo", "DateTime", *GATEWAY_TYPES}
"""Names that specifications give, for all schemas."""

ALONE = {*ROOTS, *GIVEN, "Refusal"}


def test_a_type_has_a_name_of_its_own() -> None:
    """Two words at least, so that no other subgraph means something else by it."""
    single = [name for name in TYPES if len(re.findall(r"[A-Z][a-z0-9]+", name)) < 2]
    assert set(single) <= ALONE


def test_a_field_of_the_root_says_who_may_ask_for_it() -> None:
    silent = []
    for coordinate, field in FIELDS.items():
        definition = definition_of(field)
        declared = definition is not None and scopes_of(definition.directives) is not None
        if coordinate.partition(".")[0] in ROOTS and not declared:
            silent.append(coordinate)
    assert silent == []


def test_a_mutation_takes_one_input() -> None:
    mutation = SCHEMA.mutation_type
    assert mutation is not None
    assert {name: list(field.args) for name, field in mutation.fields.items()} == {
        name: ["input"] for name in mutation.fields
    }


PAGING = {"first": 50, "last": None, "after": None, "before": None}


def _given() -> Iterator[tuple[str, GraphQLArgument | GraphQLInputField]]:
    for coordinate, field in FIELDS.items():
        for name, argument in field.args.items():
            yield f"{coordinate}({name}:)", argument
    for kind_name, kind in INPUTS.items():
        for name, field in kind.fields.items():
            yield f"{kind_name}.{name}", field


def test_no_default_decides_anything() -> None:
    """Null is no default: it says that nothing was given."""
    assert [
        coordinate for coordinate, given in _given() if given.default_value not in (None, Undefined)
    ] == []


CURSOR = r"\((after|before):\)$"
"""A cursor that is none of the hub's is refused, so it needs no bound of its own."""


def test_a_text_that_is_given_says_how_long_it_may_be() -> None:
    texts = {
        coordinate: given
        for coordinate, given in _given()
        if get_named_type(given.type).name in ("String", "ID") and not re.search(CURSOR, coordinate)
    }
    unbounded = [
        coordinate
        for coordinate, given in texts.items()
        if not re.search(r"[至最]多[0-9]+", given.description or "")
        or not re.search(r"at most [0-9,]+", given.description or "", re.IGNORECASE)
    ]
    assert unbounded == []


def test_a_list_in_pages_says_in_both_languages_how_long_a_page_is() -> None:
    paged = {name: sizes for name, field in FIELDS.items() if (sizes := sizes_of(field))}
    said = {name: (FIELDS[name].description or "").replace(",", "") for name in paged}
    assert len(paged) > 5
    assert [
        name
        for name, sizes in paged.items()
        for number in (sizes.usual, sizes.most)
        if len(re.findall(rf"(?<!\d){number}(?!\d)", said[name])) < 2
    ] == []


def test_a_list_in_pages_can_be_read_in_both_directions() -> None:
    connections = {
        coordinate: set(field.args)
        for coordinate, field in FIELDS.items()
        if get_named_type(field.type).name.endswith("Connection")
    }
    assert connections
    assert [c for c, given in connections.items() if not set(PAGING) <= given] == []


def test_a_refusal_is_one_of_the_family() -> None:
    refusal = TYPES["Refusal"]
    assert isinstance(refusal, GraphQLInterfaceType)
    members = {kind.name for kind in SCHEMA.get_possible_types(refusal)}
    results = [k for k in TYPES.values() if isinstance(k, GraphQLUnionType) and "Result" in k.name]
    for union in results:
        assert len([kind for kind in union.types if kind.name in members]) == 1, union.name
    coded = {
        name
        for name, kind in OUTPUTS.items()
        for field in kind.fields.values()
        if get_named_type(field.type).name == "RefusalCode"
    }
    assert coded == members | {"Refusal"}


TYPED = {
    "digest": "Sha256Digest",
    "holder": "HolderRef",
    "receipt": "RecognitionReceipt",
    "region": "RegionCode",
    "issuer": "HealthCodeIssuer",
    "rule": "PolicyRule",
    "policy": "PolicyRef",
}


@pytest.mark.parametrize(("word", "kind"), TYPED.items())
def test_a_word_has_one_type(word: str, kind: str) -> None:
    """Wherever a field is called so, or its name ends so."""
    others = {
        coordinate: get_named_type(field.type).name
        for coordinate, field in FIELDS.items()
        if re.search(rf"(?:\.|[a-z]){word}$", coordinate, re.IGNORECASE)
        and not coordinate.startswith(ROOTS)
        and coordinate != "PolicyRef.policy"
    }
    assert {c: name for c, name in others.items() if name != kind} == {}


DESCRIBED = {
    "both": ("颜色 The color.", True),
    "Chinese with letters of its own": ("回执（JWS） The receipt.", True),
    "English alone": ("The color.", False),
    "Chinese alone": ("颜色", False),
    "English first": ("The color 颜色", False),
    "none": (None, False),
}


@pytest.mark.parametrize(("description", "is_good"), DESCRIBED.values(), ids=DESCRIBED)
def test_the_rule_of_two_languages_can_fail(description: str | None, is_good: object) -> None:
    assert in_both_languages(description) is is_good
