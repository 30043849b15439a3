"""Runs operations, and spares plain fields the ceremony that only other fields need.

Responsible for variables being coerced once, for long lists being written in pieces, and for the
short way of a field that is an attribute of a value and a leaf (or a list of leaves) of the schema:
four fifths of the fields of an answer.
Refuses to know how an error is shown: an unusual value takes the library's long way, from the
beginning.

This is the only file that rests on the internals of graphql-core's executor: ``Executor`` with its
methods ``execute_fields``, ``execute_field``, ``complete_awaitable_value``,
``complete_iterable_value``, ``complete_list_item_value``, ``complete_leaf_value``,
``handle_field_error`` and ``settle_in_background`` and its attribute ``context_value``, and the
shape of the selections handed to them.
``tests/graphql/test_plain_fields.py`` fails if a release changes them.
"""

import asyncio
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from enum import Enum
from inspect import isawaitable
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from graphql import (
    ExecutionResult,
    Executor,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    VariableValues,
    create_source_event_stream,
    execute_root_selection_set,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    map_source_to_response_event,
)
from graphql.pyutils import Path

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.answer_size import AnswerSize
from tongxing.gateway.graphql.document_errors import refused_variables
from tongxing.gateway.graphql.document_limits import MAX_LIST_VALUES
from tongxing.gateway.graphql.documents import PreparedDocument
from tongxing.gateway.graphql.guarded import Keys
from tongxing.gateway.graphql.strawberry_internals import (
    StrawberryEnum,
    StrawberryExecutor,
    definition_of,
)
from tongxing.gateway.turns import Turns


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its variables, ready to be authorized and then run, once. Printing it
    shows no variable: they name travelers."""

    kind: OperationType
    name: str | None
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    guarded: Keys
    variables: VariableValues
    executor: Executor[Any]

    def run(self, context: object) -> Awaitable[ExecutionResult] | ExecutionResult:
        """``context`` is what resolvers find in ``info.context``."""
        self.executor.context_value = context
        return execute_root_selection_set(self.executor)

    @property
    def has_long_answer(self) -> bool:
        """Once it has run."""
        return isinstance(self.executor, HubExecutor) and self.executor.size.is_long

    async def stream(self, context: object) -> AsyncGenerator[ExecutionResult, None]:
        """The results of a subscription."""
        self.executor.context_value = context
        made = create_source_event_stream(self.executor)
        source = await made if isawaitable(made) else made
        if isinstance(source, ExecutionResult):
            yield source
            return
        results = map_source_to_response_event(self.executor, source)
        try:
            async for result in results:
                yield result
        finally:
            await results.aclose()

    def __repr__(self) -> str:
        return f"Operation({self.kind.value})"


LONG_LIST = 4
"""Items of a list that are written at once; more are written in pieces."""

LONG_VARIABLES = 50
"""Items of a list among the variables that are coerced on the event loop: some 2 ms."""


TOO_LONG_A_LIST = Details(limit=MAX_LIST_VALUES, unit="travelers")


class Execution:
    """Makes operations of one schema, made by Strawberry, ready to run. ``name_the_schema`` is
    false if a refusal must not show the schema."""

    def __init__(self, schema: GraphQLSchema, turns: Turns, *, name_the_schema: bool) -> None:
        self._schema = schema
        self._turns = turns
        self._name_the_schema = name_the_schema
        self._plain_fields = plain_fields(schema)

    async def prepare(
        self,
        document: PreparedDocument,
        node: OperationDefinitionNode,
        given: Mapping[str, object],
    ) -> Operation:
        """As ``_prepared``, in a thread if the variables are long. Raises Refused if a list among
        them is longer than any that is asked for."""
        longest = _longest_list(given)
        if longest > MAX_LIST_VALUES:
            raise Refused(ErrorCode.BATCH_SIZE, TOO_LONG_A_LIST)
        if longest > LONG_VARIABLES:
            return await asyncio.to_thread(self._prepared, document, node, given)
        return self._prepared(document, node, given)

    def _prepared(
        self,
        document: PreparedDocument,
        node: OperationDefinitionNode,
        given: Mapping[str, object],
    ) -> Operation:
        """``node`` of ``document``, with the ``given`` variables as values of their types. Raises
        RefusedDocument, which says which variable does not fit and where inside it, and nothing of
        what was given."""
        name = node.name.value if node.name else None
        make, own = self._executor(node.operation)
        executor = make.build(
            self._schema,
            document.node,
            raw_variable_values=dict(given),
            operation_name=name,
            max_coercion_errors=1,
            hide_suggestions=True,
            **own,
        )
        if isinstance(executor, list):
            raise refused_variables(
                self._schema, node, given, executor[0], name_the_schema=self._name_the_schema
            )
        return Operation(
            kind=node.operation,
            name=name,
            node=node,
            fragments=executor.fragment_definitions,
            guarded=document.guarded.get(name or "", frozenset()),
            variables=executor.variable_values,
            executor=executor,
        )

    def _executor(self, kind: OperationType) -> tuple[type[Executor[Any]], Mapping[str, Any]]:
        """A subscription gets the library's own: what HubExecutor remembers of each selection would
        grow with every event."""
        if kind is OperationType.SUBSCRIPTION:
            return StrawberryExecutor, {}
        return HubExecutor, {"plain_fields": self._plain_fields, "turns": self._turns}


def _longest_list(given: Mapping[str, object]) -> int:
    """Among the variables and what their members hold. What the items of a list hold is not looked
    at: no type has lists in a list."""
    longest, waiting = 0, list(given.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            longest = max(longest, len(value))
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
    return longest


Write = Callable[[Any], Any]
"""From a value to what the answer holds. Raises if the long way has to say what is wrong."""

PlainFields = Mapping[tuple[str, str], Write]
"""For (type, field): from a value of the type to what the answer holds for the field."""


class Unusual(Exception):
    """A value for which the short way has no answer."""


class HubExecutor(StrawberryExecutor):
    """``plain_fields`` are those of the schema that is executed. ``turns`` are shared with whatever
    else takes long in the hub."""

    def __init__(self, *args: Any, plain_fields: PlainFields, turns: Turns, **others: Any) -> None:
        super().__init__(*args, **others)
        self._plain_fields = plain_fields
        self._turns = turns
        self._is_wide = False
        self.size = AnswerSize()
        self._plain_selections: dict[int, tuple[object, Sequence[tuple[str, Write]]]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        if path is None:
            self._is_wide = len(grouped_field_set) > 1
        self.size.add_values(len(grouped_field_set))
        writes = self._writes(parent_type, grouped_field_set)
        if writes:
            try:
                written = {name: write(source_value) for name, write in writes}
            except Exception:  # noqa: BLE001, S110 - the long way meets it again, and reports it
                pass
            else:
                self.size.add_texts(written.values())
                return written
        return super().execute_fields(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    def _writes(self, parent_type: GraphQLObjectType, selected: Any) -> Sequence[tuple[str, Write]]:
        """What writes the selection; empty unless all of it is plain. Remembered by the identity of
        the selection, which is kept with it so that no other object gets the same identity."""
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
                written = write(source)
            except Exception:  # noqa: BLE001, S110 - the long way meets it again, and reports it
                pass
            else:
                self.size.add_texts((written,))
                return written
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )

    def complete_leaf_value(self, return_type: GraphQLLeafType, result: Any) -> Any:  # type: ignore[override]
        written = super().complete_leaf_value(return_type, result)
        self.size.add_texts((written,))
        return written

    def handle_field_error(
        self,
        raw_error: Exception,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        path: Path,
    ) -> None:
        """An answer that is too large has no part that may be null instead: all of it ends."""
        if self.size.is_exceeded and not isinstance(return_type, GraphQLNonNull):
            return_type = GraphQLNonNull(return_type)
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    async def complete_awaitable_value(  # noqa: PLR0917 - the library's
        self,
        return_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """The fields of a wide operation are resolved and written in turns: all of them at once
        would be one long step, however short each is."""
        if self._is_wide:
            result = self._in_turn(result)
        return await super().complete_awaitable_value(
            return_type, field_details_list, info, path, result, position_context
        )

    async def _in_turn(self, result: Awaitable[Any]) -> Any:
        await self._turns.next()
        value = await result
        await self._turns.next()
        return value

    def complete_iterable_value(  # noqa: PLR0917 - the library's
        self,
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        if isinstance(items, Collection) and len(items) > LONG_LIST:
            return self._long_list(
                item_type, field_details_list, info, path, items, position_context
            )
        return super().complete_iterable_value(
            item_type, field_details_list, info, path, items, position_context
        )

    async def _long_list(  # noqa: PLR0917 - the library's
        self,
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> list[Any]:
        completed: list[Any] = []
        waiting: list[int] = []
        try:
            for index, item in enumerate(items):
                await self._turns.next()
                where = path.add_key(index, None)
                if self.complete_list_item_value(
                    item, completed, item_type, field_details_list, info, where, position_context
                ):
                    waiting.append(index)
        except BaseException:
            self.settle_in_background([completed[index] for index in waiting])
            raise
        for index, value in zip(
            waiting, await asyncio.gather(*(completed[index] for index in waiting)), strict=True
        ):
            completed[index] = value
        return completed


def plain_fields(schema: GraphQLSchema) -> PlainFields:
    """The fields of ``schema``, made by Strawberry, that have a short way."""
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
    """The attribute that the field shows; None if a resolver makes the value."""
    definition = definition_of(field)
    if definition is None or not definition.is_basic_field or field.args:
        return None
    return definition.python_name


def _of_attribute(attribute: str, write_value: Write) -> Write:
    read = attrgetter(attribute)
    return lambda source: write_value(read(source))


def _writer(kind: GraphQLOutputType) -> Write | None:
    """None if the value has fields to select from."""
    required = is_non_null_type(kind)
    nullable = kind.of_type if is_non_null_type(kind) else kind
    if is_list_type(nullable):
        item = _writer(nullable.of_type)
        write = None if item is None else _list_writer(item)
    elif isinstance(nullable, StrawberryEnum):
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


def _enum_writer(kind: StrawberryEnum) -> Write:
    """Looks a member up; the library goes through all of them."""
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
