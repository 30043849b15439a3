"""The arguments of one field of a document, read from the variables of each request.

Responsible for the common case, an argument that is a variable, costing one look-up. Whatever else
there may be, the library reads.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    VariableNode,
    VariableValues,
    get_argument_values,
    is_non_null_type,
)

Arguments = dict[str, Any]

ReadArguments = Callable[[VariableValues], Arguments]
"""Raises GraphQLError if a value does not fit."""

_NOT_GIVEN = object()


def arguments_of(field: GraphQLField, node: FieldNode) -> ReadArguments:
    def read_all(variables: VariableValues) -> Arguments:
        return get_argument_values(field, node, variables)

    if not field.args:
        return lambda _variables: {}
    written = {each.name.value: each.value for each in node.arguments or ()}
    if written.keys() != field.args.keys():
        return read_all
    simple: list[tuple[str, str, bool]] = []
    for name, argument in field.args.items():
        value = written[name]
        if not isinstance(value, VariableNode):
            return read_all
        place = argument.out_name or name
        simple.append((place, value.name.value, is_non_null_type(argument.type)))

    def read(variables: VariableValues) -> Arguments:
        arguments: Arguments = {}
        for place, variable, is_required in simple:
            value = variables.coerced.get(variable, _NOT_GIVEN)
            if value is _NOT_GIVEN or (value is None and is_required):
                return read_all(variables)
            arguments[place] = value
        return arguments

    return read
