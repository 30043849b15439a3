"""Inputs are made by prepared functions as Strawberry makes them, for every field of the schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import convert_arguments

from tests.graphql.generated_operations import SCHEMA as SMALL
from tongxing.gateway.graphql.inputs import inputs_of
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema, definition_of

DECLARED = graphql_schema()
SCHEMA = core_schema(DECLARED)
LEFT_TO_STRAWBERRY = {
    "Query.travelers": "a manifest makes its own value",
    "Query.previewPolicy": "a draft is tried on one of two things",
    "Query.pet": "a wish holds a wish",
    "Mutation.change": "a wish holds a wish",
}


def _fields() -> Iterator[tuple[str, GraphQLField]]:
    for schema in (SCHEMA, SMALL):
        for kind in filter(is_object_type, schema.type_map.values()):
            if not kind.name.startswith("__"):
                for name, field in kind.fields.items():
                    if field.args:
                        yield f"{kind.name}.{name}", field


FIELDS = dict(_fields())


def _values(kind: Any, depth: int = 0) -> list[Any]:
    """Some coerced values of ``kind``: all of it, next to nothing of it, and null."""
    if is_non_null_type(kind):
        return [value for value in _values(kind.of_type, depth) if value is not None]
    if is_list_type(kind):
        return [_values(kind.of_type, depth), [], None]
    if is_input_object_type(kind):
        if depth > 1:
            return [None]
        each = {name: _values(field.type, depth + 1) for name, field in kind.fields.items()}
        return [{name: values[0] for name, values in each.items()}, {}, None]
    if is_enum_type(kind):
        return [kind.coerce_input_value(name) for name in kind.values]
    return ["a text", None]


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_they_are_made_alike(field: GraphQLField, request: pytest.FixtureRequest) -> None:
    made = inputs_of(field)
    declared = definition_of(field)
    assert declared is not None
    if made is None:
        assert request.node.callspec.id in LEFT_TO_STRAWBERRY
        return
    config = StrawberryConfig()
    registry = DECLARED.schema_converter.scalar_registry
    for name, argument in field.args.items():
        for value in _values(argument.type):
            given = {name: value}
            theirs = _outcome(
                lambda given=given: convert_arguments(given, declared.arguments, registry, config)
            )
            assert _outcome(lambda given=given: made(given)) == theirs
    assert made({}) == {}


def _outcome(make: Any) -> object:
    try:
        return make()
    except TypeError as error:
        return str(error)
