"""A compiled operation: what reads, calls and writes what it asks for.

Responsible for the short way of an operation that has one field at its root, which most have: its
resolver is called, and its value is written, without the library. Refuses to complete what is
unusual (``execution``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
)

from tongxing.gateway.graphql.arguments import Arguments, ReadArguments, arguments_of
from tongxing.gateway.graphql.calls import Resolver, resolver_of
from tongxing.gateway.graphql.core_internals import FragmentDetails, collect_fields
from tongxing.gateway.graphql.given_again import WrittenAgain
from tongxing.gateway.graphql.memos import Memo, Memos
from tongxing.gateway.graphql.run import Run
from tongxing.gateway.graphql.strawberry_internals import definition_of
from tongxing.gateway.graphql.writers import Write, Writers

MEETINGS = 2
"""Compiling takes some milliseconds, about half of what validating takes."""


_INPUTS = Memo[Arguments]()


@dataclass(frozen=True, slots=True)
class OnlyField:
    """The one field of a root, under its ``name`` in the answer."""

    name: str
    node: FieldNode
    arguments: ReadArguments
    resolver: Resolver
    write: Write

    async def resolve(self, run: Run, memos: Memos) -> Any:
        """Raises what the resolver raises. ``run`` keeps either."""
        inputs = memos.get(_INPUTS)
        arguments = self.arguments(run.variables) if inputs is None else {}
        try:
            if inputs is None:
                inputs = self.resolver.inputs(arguments)
                memos.note(_INPUTS, inputs)
            value = self.resolver.call(None, run, inputs)
            if isawaitable(value):
                value = await value
        except Exception as error:
            run.keep_error(None, self.node, error)
            raise
        run.keep(None, self.node, value)
        return value


class Plan:
    """Of one operation, for the Boolean ``variables`` in its @include and @skip. It is compiled
    when it is met for the second time: a document that is sent once costs no more than before."""

    def __init__(
        self,
        schema: GraphQLSchema,
        node: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._node = node
        self._fragments = fragments
        self._variables = variables
        self._times_met = 0
        self.writers = Writers(schema, node, fragments, variables)
        self.only: OnlyField | None = None
        """None if the operation takes the general way: before it is compiled; a mutation, whose
        fields run one after the other; a root with several fields, which are resolved in turns;
        introspection."""

    @property
    def written_fields(self) -> int:
        return self.writers.written_fields

    @property
    def is_compiled(self) -> bool:
        return self._times_met >= MEETINGS

    def meet(self) -> None:
        """For each request."""
        self._times_met += 1
        if self._times_met == MEETINGS:
            self.only = self._only()

    def _only(self) -> OnlyField | None:
        if self._node.operation is not OperationType.QUERY or self._schema.query_type is None:
            return None
        root = self._schema.query_type
        try:
            selected = collect_fields(
                self._schema, dict(self._fragments), self._variables, root, self._node
            ).grouped_field_set
        except GraphQLError:
            return None
        if len(selected) != 1:
            return None
        ((name, details),) = selected.items()
        node = details[0].node
        field = root.fields.get(node.name.value)
        declared = None if field is None else definition_of(field)
        if field is None or declared is None or declared.is_basic_field:
            return None
        write = self.writers.of_value(field.type, details)
        arguments, resolver = arguments_of(field, node), resolver_of(field, declared)
        return write and OnlyField(name, node, arguments, resolver, WrittenAgain(write))
