"""The variables of an operation, read by functions that are prepared with it.

Responsible for taking exactly what the library's own coercion takes, and for making the same of it.
Refuses to say what is wrong: if a function is not sure, the library coerces, and says so.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    VariableValues,
    get_variable_values,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

from tongxing.gateway.graphql.core_internals import (
    GraphQLVariableSignature,
    VariableValueSource,
    coerce_default_value,
    get_variable_signature,
)

_Read = Callable[[Any], Any]
"""From a JSON value to a value of a type. Raises any Exception if it is not sure."""

_NOT_GIVEN = object()


class _NotSure(Exception):
    pass


class PreparedVariables:
    """Of one operation of a valid document."""

    def __init__(
        self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
    ) -> None:
        self._schema = schema
        self._definitions = definitions
        self._each = [_Variable(schema, definition) for definition in definitions]

    def read(self, given: Mapping[str, object]) -> VariableValues | None:
        """None if the library has to look (``coerced``)."""
        sources: dict[str, VariableValueSource] = {}
        values: dict[str, Any] = {}
        try:
            for each in self._each:
                each.read(given, sources, values)
        except Exception:  # noqa: BLE001 - whatever it is, the library says it
            return None
        return VariableValues(sources, values)

    def coerced(self, given: Mapping[str, object]) -> VariableValues | GraphQLError:
        """By the library. The error is about the first value that does not fit."""
        values = get_variable_values(
            self._schema, self._definitions, dict(given), max_errors=1, hide_suggestions=True
        )
        return values[0] if isinstance(values, list) else values


class _Variable:
    def __init__(self, schema: GraphQLSchema, definition: VariableDefinitionNode) -> None:
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            raise signature
        self._name = signature.name
        self._signature = signature
        self._read = _read_of(signature.type, {})
        self._is_required = is_non_null_type(signature.type)
        self._not_given = VariableValueSource(signature)

    def read(
        self,
        given: Mapping[str, object],
        sources: dict[str, VariableValueSource],
        values: dict[str, Any],
    ) -> None:
        name, value = self._name, given.get(self._name, _NOT_GIVEN)
        if value is not _NOT_GIVEN:
            sources[name] = VariableValueSource(self._signature, value)
            values[name] = self._read(value)
            return
        sources[name] = self._not_given
        if self._signature.default is not None:
            values[name] = _default(self._signature)
        elif self._is_required:
            raise _NotSure


def _default(declared: GraphQLVariableSignature | GraphQLInputField) -> Any:
    """Undefined if there is none. A default that could be changed by whoever gets it is left to the
    library."""
    value = coerce_default_value(declared)
    if isinstance(value, dict | list):
        raise _NotSure
    return value


_Known = dict[str, _Read]
"""Of the input objects above a type, by name: a type may hold itself."""


def _read_of(kind: GraphQLInputType, known: _Known) -> _Read:
    if is_non_null_type(kind):
        return _read_present(kind.of_type, known)
    read = _read_present(kind, known)
    return lambda value: None if value is None else read(value)


def _read_present(kind: GraphQLInputType, known: _Known) -> _Read:
    """Of a value that is not None."""
    if is_list_type(kind):
        return _read_list(_read_of(kind.of_type, known))
    if is_input_object_type(kind):
        return _read_object(kind, known)
    if kind is GraphQLString:
        return _read_exactly(str)
    if kind is GraphQLBoolean:
        return _read_exactly(bool)
    if is_enum_type(kind):
        return {name: kind.coerce_input_value(name) for name in kind.values}.__getitem__
    coerce: _Read = kind.coerce_input_value  # type: ignore[union-attr]

    def read(value: Any) -> Any:
        made = None if value is None else coerce(value)
        if made is None or made is Undefined:
            raise _NotSure
        return made

    return read


def _read_exactly(known: type) -> _Read:
    def read(value: Any) -> Any:
        if value.__class__ is not known:
            raise _NotSure
        return value

    return read


def _read_list(read_item: _Read) -> _Read:
    def read(value: Any) -> Any:
        if value.__class__ is not list:
            raise _NotSure
        return [read_item(item) for item in value]

    return read


def _read_object(kind: GraphQLInputObjectType, known: _Known) -> _Read:
    if kind.name in known:
        return known[kind.name]
    fields: list[tuple[str, str, GraphQLInputField, _Read]] = []

    def read(value: Any) -> Any:
        if value.__class__ is not dict or kind.is_one_of:
            raise _NotSure
        made: dict[str, Any] = {}
        found = 0
        for name, place, field, read_field in fields:
            member = value.get(name, _NOT_GIVEN)
            if member is not _NOT_GIVEN:
                found += 1
                made[place] = read_field(member)
            elif is_required_input_field(field):
                raise _NotSure
            else:
                default = _default(field)
                if default is not Undefined:
                    made[place] = default
        if found != len(value):
            raise _NotSure
        return kind.out_type(made)

    known = {**known, kind.name: read}
    fields += [
        (name, field.out_name or name, field, _read_of(field.type, known))
        for name, field in kind.fields.items()
    ]
    return read
