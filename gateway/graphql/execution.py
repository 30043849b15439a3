"""Runs operations, and spares plain fields the ceremony that only other fields need.

Responsible for the short way of a field that is an attribute of a value and a leaf (or a list of
leaves) of the schema: four fifths of the fields of an answer. Refuses to know what an error looks
like: whatever is unusual goes the long way of the library, from the beginning.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.types.field import StrawberryField

Write = Callable[[Any], Any]
"""From a value to what stands in the answer. Raises where it takes the long way to say so."""

PlainFields = Mapping[tuple[str, str], Write]
"""For (type, field): from a value of the type to what stands in the answer for the field."""


class Unusual(Exception):
    """A value for which the short way has no answer."""


class HubExecutor(StrawberryGraphQLCoreExecutionContext):
    """``plain_fields`` are those of the schema that is executed."""

    def __init__(self, *args: Any, plain_fields: PlainFields, **others: Any) -> None:
        super().__init__(*args, **others)
        self._plain_fields = plain_fields
        self._plain_selections: dict[int, tuple[object, Sequence[tuple[str, Write]]]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        writes = self._writes(parent_type, grouped_field_set)
        if writes:
            try:
                return {name: write(source_value) for name, write in writes}
            except Exception:  # noqa: BLE001, S110 - the long way meets it again, and reports it
                pass
        return super().execute_fields(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    def _writes(self, parent_type: GraphQLObjectType, selected: Any) -> Sequence[tuple[str, Write]]:
        """What writes the selection; nothing unless all of it is plain. Remembered by the identity
        of the selection, which is kept beside it so that no other can have the same one."""
        known = self._plain_selections.get(id(selected))
        if known is None:
            of_type = [
                (shown, self._plain_fields.get((parent_type.name, details[0].node.name.value)))
                for shown, details in selected.items()
            ]
            plain = [(shown, write) for shown, write in of_type if write is not None]
            known = (selected, plain if len(plain) == len(of_type) else [])
            self._plain_selections[id(selected)] = known
        return known[1]

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Path,
        position_context: Any,
    ) -> Any:
        name = field_details_list[0].node.name.value
        write = self._plain_fields.get((parent_type.name, name))
        if write is not None:
            try:
                return write(source)
            except Exception:  # noqa: BLE001, S110 - the long way meets it again, and reports it
                pass
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )


def plain_fields(schema: GraphQLSchema) -> PlainFields:
    """The fields of ``schema`` (made by Strawberry) for which there is a short way."""
    return MappingProxyType(
        {
            (kind.name, name): write
            for kind in schema.type_map.values()
            if is_object_type(kind)
            for name, write in _plain_of(kind)
        }
    )


def _plain_of(kind: GraphQLObjectType) -> Iterator[tuple[str, Write]]:
    for name, field in kind.fields.items():
        write_value, attribute = _writer(field.type), _attribute(field)
        if write_value is not None and attribute is not None:
            yield name, _of_attribute(attribute, write_value)


def _attribute(field: GraphQLField) -> str | None:
    """The attribute that the field shows; None where it is made by a resolver."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(definition, StrawberryField) and definition.is_basic_field and not field.args:
        return definition.python_name
    return None


def _of_attribute(attribute: str, write_value: Write) -> Write:
    read = attrgetter(attribute)
    return lambda source: write_value(read(source))


def _writer(kind: GraphQLOutputType) -> Write | None:
    """None where something is to be selected of the value."""
    required = is_non_null_type(kind)
    nullable = kind.of_type if is_non_null_type(kind) else kind
    if is_list_type(nullable):
        item = _writer(nullable.of_type)
        write = None if item is None else _list_writer(item)
    elif isinstance(nullable, CustomGraphQLEnumType):
        write = _enum_writer(nullable)
    else:
        write = _leaf_writer(nullable) if is_leaf_type(nullable) else None
    if write is None or required:
        return write
    return _or_null(write)


def _list_writer(item: Write) -> Write:
    def write(values: Any) -> Any:
        if type(values) is not list:
            raise Unusual
        return [item(value) for value in values]

    return write


def _enum_writer(kind: CustomGraphQLEnumType) -> Write:
    """Members by what they are, not found by going through them all."""
    members: Iterable[Enum] = kind.wrapped_cls
    return {member: kind.coerce_output_value(member) for member in members}.__getitem__


def _leaf_writer(kind: GraphQLLeafType) -> Write:
    coerce = kind.coerce_output_value

    def write(value: Any) -> Any:
        written = None if value is None else coerce(value)
        if written is None or written is Undefined:
            raise Unusual
        return written

    return write


def _or_null(write: Write) -> Write:
    return lambda value: None if value is None else write(value)
