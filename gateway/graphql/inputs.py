"""The values of input types, made of arguments that were coerced, by functions that are prepared.

Responsible for the same values as Strawberry's own conversion, which looks every name and type of
every member up each time: 80 µs for one traveler. Refuses the types that make their own values
(``from_input``) and those with members that may be left out or null (``Maybe``): they are left to
Strawberry.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from tongxing.gateway.graphql.strawberry_internals import (
    argument_of,
    input_definition_of,
    input_field_of,
)

Make = Callable[[Any], Any]
"""From a coerced value to the value of its type."""


class _LeftToStrawberry(Exception):
    pass


def inputs_of(field: GraphQLField) -> Callable[[Mapping[str, Any]], dict[str, Any]] | None:
    """From the arguments of ``field`` to those of its resolver; None if Strawberry has to."""
    try:
        makers = [
            (name, argument_of(argument), _maker(argument.type, ()))
            for name, argument in field.args.items()
        ]
    except _LeftToStrawberry:
        return None
    named = [(name, known.python_name, make) for name, known, make in makers if known is not None]
    if len(named) < len(field.args):
        return None
    return lambda given: {to: make(given[name]) for name, to, make in named if name in given}


def _maker(kind: GraphQLInputType, around: tuple[str, ...]) -> Make:
    if is_non_null_type(kind):
        kind = kind.of_type
    if is_leaf_type(kind):
        return _itself
    if is_list_type(kind):
        make_item = _maker(kind.of_type, around)
        return lambda value: None if value is None else [make_item(item) for item in value]
    if is_input_object_type(kind) and kind.name not in around:
        return _object_maker(kind, (*around, kind.name))
    raise _LeftToStrawberry


def _itself(value: Any) -> Any:
    return value


def _object_maker(kind: GraphQLInputObjectType, around: tuple[str, ...]) -> Make:
    definition = input_definition_of(kind)
    if definition is None or definition.from_input is not None or definition.is_one_of:
        raise _LeftToStrawberry
    members = [
        (name, input_field_of(field), _maker(field.type, around))
        for name, field in kind.fields.items()
    ]
    named = [(name, known.python_name, make) for name, known, make in members if known is not None]
    if len(named) < len(kind.fields):
        raise _LeftToStrawberry
    made, unset = (
        definition.origin,
        {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        },
    )

    def make(value: Any) -> Any:
        if value is None:
            return None
        given = {to: make(value[name]) for name, to, make in named if name in value}
        return made(**{**unset, **given})

    return make
