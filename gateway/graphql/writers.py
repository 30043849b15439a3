"""Functions that write values out, one for each type and selection of an operation.

Responsible for an answer being the library's own, byte for byte: a function writes only what it
knows by its exact class, and raises at anything else; then the library completes the same value
(``execution``). ``tests/graphql/test_writers.py`` compares both. Refuses to know how an error is
shown.

A function is made when it is first needed and lives as long as its document is remembered. Fields
are collected by graphql-core itself (``collect_subfields``), by the rules of the specification.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from tongxing.gateway.graphql.answer_size import CHARACTERS_OF_A_VALUE
from tongxing.gateway.graphql.calls import call_of
from tongxing.gateway.graphql.compiled import Source
from tongxing.gateway.graphql.core_internals import (
    FieldDetails,
    FragmentDetails,
    collect_subfields,
)
from tongxing.gateway.graphql.leaves import write_leaf
from tongxing.gateway.graphql.run import Run, Unusual
from tongxing.gateway.graphql.strawberry_internals import (
    class_of,
    definition_of,
    is_resolved_by_class,
)

Write = Callable[[Any, Run], Any]
"""From a value, which is not None, to what the answer holds."""

Selected = Sequence[FieldDetails]
"""The fields of one name in the answer, merged."""

TYPENAME = "__typename"


class _NotWritten(Exception):
    """There is no function: something below has to be waited for, or is of the library's own."""


class Writers:
    """Of one operation, for one choice of the Boolean variables in its @include and @skip, which
    are all that is looked at of ``variables``."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = dict(fragments)
        self._variables = variables
        self._made: dict[tuple[str, tuple[int, ...]], Write | None] = {}
        self.written_fields = 0

    def of(self, kind: GraphQLOutputType, selected: Selected) -> Write | None:
        """What writes a value of ``kind``, an object, an interface or a union, with what is
        ``selected``. None if the library has to."""
        key = (kind.name, tuple([id(each.node) for each in selected]))  # type: ignore[union-attr]
        if key not in self._made:
            self._made[key] = self._make(kind, selected)
        return self._made[key]

    def of_value(self, kind: GraphQLOutputType, selected: Selected) -> Write | None:
        """As ``of``, of any type; the value may be None, and counts as one."""
        try:
            return _FunctionSource(self._below).of_value(kind, selected)
        except _NotWritten:
            return None

    def _make(self, kind: GraphQLOutputType, selected: Selected) -> Write | None:
        try:
            if is_object_type(kind):
                return self._object(kind, selected)
            return self._abstract(kind, selected) if is_abstract_type(kind) else None
        except (_NotWritten, GraphQLError):
            return None

    def _below(self, kind: GraphQLOutputType, selected: Selected) -> Write:
        write = self.of(kind, selected)
        if write is None:
            raise _NotWritten
        return write

    def _abstract(self, kind: GraphQLAbstractType, selected: Selected) -> Write:
        """By the exact class of the value; the function of a class is made when one is met."""
        if not is_resolved_by_class(kind):
            raise _NotWritten
        by_class = _ByClass(
            {class_of(each): each for each in self._schema.get_possible_types(kind)},
            lambda member: self.of(member, selected),
        )
        return lambda value, run: by_class[value.__class__](value, run)

    def _object(self, kind: GraphQLObjectType, selected: Selected) -> Write:
        known = class_of(kind)
        if known is None:
            raise _NotWritten
        fields = self._fields(kind, selected)
        self.written_fields += len(fields)
        return _FunctionSource(self._below).of_object(kind, fields, known)

    def _fields(self, kind: GraphQLObjectType, selected: Selected) -> dict[str, list[FieldDetails]]:
        collected = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, kind, list(selected)
        )
        return dict(collected.grouped_field_set)


class _ByClass(dict[type, Write]):
    def __init__(
        self,
        types: Mapping[type | None, GraphQLObjectType],
        write_of: Callable[[GraphQLObjectType], Write | None],
    ) -> None:
        super().__init__()
        self._types = types
        self._write_of = write_of

    def __missing__(self, met: type) -> Write:
        kind = self._types.get(met)
        write = None if kind is None else self._write_of(kind)
        if write is None:
            raise Unusual
        self[met] = write
        return write


class _FunctionSource:
    """The source of one function. ``below`` makes the functions that it calls."""

    def __init__(self, below: Callable[[GraphQLOutputType, Selected], Write]) -> None:
        self._below = below
        self._source = Source("value, run")

    def of_object(
        self, kind: GraphQLObjectType, fields: Mapping[str, Selected], known: type
    ) -> Write:
        """Of the very instances of ``known``."""
        source = self._source
        self._unusual_if(f"value.__class__ is not {source.bind(known)}")
        source.line(f"size = {CHARACTERS_OF_A_VALUE * len(fields)}")
        members = [
            f"{source.bind(name)}: {self._field(kind, selected)}"
            for name, selected in fields.items()
        ]
        return self._end(f"{{{', '.join(members)}}}")

    def of_value(self, kind: GraphQLOutputType, selected: Selected) -> Write:
        self._source.line(f"size = {CHARACTERS_OF_A_VALUE}")
        self._complete(kind, selected, "value")
        return self._end("value")

    def _end(self, made: str) -> Write:
        self._source.line("run.size.left -= size")
        self._unusual_if("run.size.left < 0")
        self._source.line(f"return {made}")
        return self._source.function()

    def _field(self, kind: GraphQLObjectType, selected: Selected) -> str:
        """The expression that stands for the field, once its lines are written."""
        node = selected[0].node
        name = node.name.value
        if name == TYPENAME:
            return self._source.bind(kind.name)
        field = kind.fields.get(name)
        if field is None:
            raise _NotWritten
        variable = self._source.variable()
        self._source.line(f"{variable} = {self._read(field, node)}")
        self._complete(field.type, selected, variable)
        return variable

    def _read(self, field: GraphQLField, node: FieldNode) -> str:
        declared = definition_of(field)
        if declared is None:
            raise _NotWritten
        if declared.is_basic_field and declared.default_resolver is getattr and not field.args:
            return f"value.{declared.python_name}"
        call = call_of(field, declared, node)
        if call is None:
            raise _NotWritten
        return f"{self._source.bind(call)}(value, run)"

    def _complete(self, kind: GraphQLOutputType, selected: Selected, variable: str) -> None:
        """The lines that replace the value in ``variable`` with what the answer holds."""
        if is_non_null_type(kind):
            self._complete_present(kind.of_type, selected, variable)
            return
        with self._source.block(f"if {variable} is not None"):
            self._complete_present(kind, selected, variable)

    def _complete_present(self, kind: GraphQLOutputType, selected: Selected, variable: str) -> None:
        """None is found by its class."""
        source = self._source
        if is_list_type(kind):
            self._complete_list(kind.of_type, selected, variable)
        elif is_leaf_type(kind):
            if write_leaf(source, kind, variable):
                source.line(f"size += len({variable})")
        else:
            write = source.bind(self._below(kind, selected))
            source.line(f"{variable} = {write}({variable}, run)")

    def _complete_list(self, item: GraphQLOutputType, selected: Selected, variable: str) -> None:
        source, made, each = self._source, self._source.variable(), self._source.variable()
        self._unusual_if(f"{variable}.__class__ is not list and {variable}.__class__ is not tuple")
        source.line(f"run.items -= len({variable})")
        self._unusual_if("run.items < 0")
        source.line(f"size += {CHARACTERS_OF_A_VALUE} * len({variable})")
        source.line(f"{made} = []")
        with source.block(f"for {each} in {variable}"):
            self._complete(item, selected, each)
            source.line(f"{made}.append({each})")
        source.line(f"{variable} = {made}")

    def _unusual_if(self, condition: str) -> None:
        with self._source.block(f"if {condition}"):
            self._source.line(f"raise {self._source.bind(Unusual)}")
