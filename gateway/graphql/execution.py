"""Runs operations: the short way of their plan, or the general way, which is the library's.

Responsible for both giving the same answer: what a plan finds unusual, graphql-core completes from
the values that the resolvers gave; and for long lists being written in pieces, whoever writes them.
Refuses to know how an error is shown.

The general way asks the plan for each value that it completes, so that one unusual value costs no
other its short way. It is taken by mutations, operations with several fields at the root, fields
below the root that have to be waited for, introspection, and documents that are met for the first
time. Subscriptions are the library's alone: what is remembered of a run would grow with each event.

This is the only file that rests on the internals of graphql-core's executor: ``Executor`` with its
methods ``complete_object_value``, ``complete_abstract_value``, ``complete_awaitable_value``,
``complete_iterable_value``, ``complete_list_item_value``, ``complete_leaf_value``,
``execute_fields``, ``handle_field_error`` and ``settle_in_background``, its attributes
``context_value`` and ``middleware_manager``, its argument ``is_awaitable``, and the shape of the
selections handed to them.
``tests/graphql/test_writers.py`` fails if a release changes them.
"""

import asyncio
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
)
from inspect import isawaitable
from typing import Any
from weakref import ref

import msgspec
from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    MiddlewareManager,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    create_source_event_stream,
    default_field_resolver,
    default_type_resolver,
    execute_root_selection_set,
    map_source_to_response_event,
)
from graphql.pyutils import Path

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.document_errors import refused_variables
from tongxing.gateway.graphql.document_limits import MAX_LIST_VALUES
from tongxing.gateway.graphql.guarded import Keys
from tongxing.gateway.graphql.memos import Memos
from tongxing.gateway.graphql.plan import OnlyField, Plan
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.graphql.run import Run
from tongxing.gateway.graphql.strawberry_internals import StrawberryExecutor
from tongxing.gateway.graphql.unbegun import Unbegun
from tongxing.gateway.turns import Turns


class Operation:
    """One operation with its variables, ready to be authorized and then run, once. Printing it
    shows no variable: they name travelers."""

    def __init__(
        self,
        schema: GraphQLSchema,
        prepared: PreparedOperation,
        variables: VariableValues,
        turns: Turns,
        memos: Memos,
    ) -> None:
        self.prepared = prepared
        self.variables = variables
        self.memos = memos
        self.schema = schema
        self.turns = turns
        self._run: Run | None = None

    @property
    def kind(self) -> OperationType:
        return self.prepared.kind

    @property
    def name(self) -> str | None:
        return self.prepared.name

    @property
    def node(self) -> OperationDefinitionNode:
        return self.prepared.node

    @property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]:
        return self.prepared.fragments

    @property
    def guarded(self) -> Keys:
        return self.prepared.guarded

    def remembered(self) -> "RememberedOperation":
        """For the same request, if it comes again."""
        return RememberedOperation(self)

    def run(self, context: object) -> Awaitable[ExecutionResult] | ExecutionResult:
        """``context`` is what resolvers find in ``info.context``."""
        self._run = run = Run(context, self.variables)
        plan = self.prepared.plan(self.variables)
        plan.meet()
        if plan.only is None:
            return self._general(plan, run, context)
        return self._short(plan, plan.only, run, context)

    @property
    def has_long_answer(self) -> bool:
        """Once it has run."""
        return self._run is not None and self._run.size.is_long

    async def _short(
        self, plan: Plan, only: OnlyField, run: Run, context: object
    ) -> ExecutionResult:
        try:
            value = await only.resolve(run, self.memos)
            return ExecutionResult({only.name: run.written(only.write, value)}, None)
        except Exception:  # noqa: BLE001 - the general way meets it again, and reports it
            run.is_again = True
            result = self._general(plan, run, context)
            return await result if isawaitable(result) else result

    def _general(
        self, plan: Plan, run: Run, context: object
    ) -> Awaitable[ExecutionResult] | ExecutionResult:
        executor = HubExecutor(
            *self._of_every_executor(context), plan=plan, run=run, turns=self.turns
        )
        result = execute_root_selection_set(executor)
        return _to_its_end(executor, result) if isawaitable(result) else result

    async def stream(self, context: object) -> AsyncGenerator[ExecutionResult, None]:
        """The results of a subscription."""
        executor = StrawberryExecutor(*self._of_every_executor(context))
        made = create_source_event_stream(executor)
        source = await made if isawaitable(made) else made
        if isinstance(source, ExecutionResult):
            yield source
            return
        results = map_source_to_response_event(executor, source)
        try:
            async for result in results:
                yield result
        finally:
            await results.aclose()

    def _of_every_executor(self, context: object) -> tuple[Any, ...]:
        prepared = self.prepared
        return (
            self.schema,
            prepared.fragments,
            prepared.details,
            None,
            context,
            prepared.node,
            self.variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
        )

    def __repr__(self) -> str:
        return f"Operation({self.kind.value})"


class RememberedOperation:
    """What is kept of an operation for the next request of the same bytes and the same rights: its
    variables as values of their types, and its memos. The document is kept by those who bound what
    documents take, and not here. Printing it shows nothing of a traveler."""

    __slots__ = ("_memos", "_prepared", "_schema", "_turns", "_variables")

    def __init__(self, operation: Operation) -> None:
        self._prepared = ref(operation.prepared)
        self._schema = operation.schema
        self._variables = operation.variables
        self._turns = operation.turns
        self._memos = operation.memos

    def took(self, given: Mapping[str, object]) -> bool:
        """Whether each of the ``given`` variables is one of the document."""
        return given.keys() <= self._variables.sources.keys()

    def again(self, prepared: PreparedOperation | None = None) -> Operation | None:
        """The operation, to be run once more; None if its document is forgotten, or is not that of
        ``prepared``."""
        mine = self._prepared()
        if mine is None or (prepared is not None and prepared is not mine):
            return None
        return Operation(self._schema, mine, self._variables, self._turns, self._memos)


async def _to_its_end(
    executor: "HubExecutor", result: Awaitable[ExecutionResult]
) -> ExecutionResult:
    try:
        return await result
    finally:
        executor.unbegun.close()


LONG_LIST = 4
"""Items of a list that the general way writes at once; more are written in pieces."""

LONG_VARIABLES = 100
"""Items of a list among the variables that are read on the event loop: 0.3 ms, and 2 ms if the
library has to say what is wrong."""


TOO_LONG_A_LIST = Details(limit=MAX_LIST_VALUES, unit="items")


class Execution:
    """Makes operations of one schema, made by Strawberry, ready to run. ``name_the_schema`` is
    false if a refusal must not show the schema."""

    def __init__(self, schema: GraphQLSchema, turns: Turns, *, name_the_schema: bool) -> None:
        self._schema = schema
        self._turns = turns
        self._name_the_schema = name_the_schema

    async def prepare(self, prepared: PreparedOperation, given: Mapping[str, object]) -> Operation:
        """``prepared`` with the ``given`` variables as values of their types. Raises Refused if a
        list among them is longer than any that is asked for, and RefusedDocument, which says which
        variable does not fit and where inside it, and nothing of what was given."""
        longest = _longest_list(given)
        if longest > MAX_LIST_VALUES:
            raise Refused(ErrorCode.BATCH_SIZE, TOO_LONG_A_LIST)
        if longest > LONG_VARIABLES:
            variables = await asyncio.to_thread(self._read, prepared, given)
        else:
            variables = self._read(prepared, given)
        return Operation(self._schema, prepared, variables, self._turns, Memos())

    def _read(self, prepared: PreparedOperation, given: Mapping[str, object]) -> VariableValues:
        read = prepared.variables.read(given)
        values = prepared.variables.coerced(given) if read is None else read
        if isinstance(values, GraphQLError):
            raise refused_variables(
                self._schema, prepared.node, given, values, name_the_schema=self._name_the_schema
            )
        return values


def _longest_list(given: Mapping[str, Any]) -> int:
    """Among the variables, which are JSON, and what their members hold. What the items of a list
    hold is not looked at: no type has lists in a list."""
    longest = 0
    waiting: list[Any] = list(given.values())
    while waiting:
        value = waiting.pop()
        if value.__class__ is list:
            longest = max(longest, len(value))
        elif value.__class__ is dict:
            waiting.extend(value.values())
    return longest


class HubExecutor(StrawberryExecutor):
    """``turns`` are shared with whatever else takes long in the hub."""

    def __init__(self, *args: Any, plan: Plan, run: Run, turns: Turns, **others: Any) -> None:
        self.unbegun = Unbegun()
        super().__init__(
            *args, hide_suggestions=True, is_awaitable=self.unbegun.is_awaitable, **others
        )
        self._writers = plan.writers
        self._is_compiled = plan.is_compiled
        self._run = run
        self._turns = turns
        self._is_wide = False
        self.size = run.size
        if run.is_again:
            self.middleware_manager = _Given(run)

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
        return super().execute_fields(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    def complete_object_value(  # noqa: PLR0917 - the library's
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        written = self._written(return_type, field_details_list, result)
        if written is not None:
            return written
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def complete_abstract_value(  # noqa: PLR0917 - the library's
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        written = self._written(return_type, field_details_list, result)
        if written is not None:
            return written
        return super().complete_abstract_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _written(
        self, kind: GraphQLOutputType, field_details_list: Any, value: object
    ) -> msgspec.Raw | None:
        """``value`` as JSON; None if it is unusual, or not written by the plan. It is encoded here,
        because a long answer of so many small objects would keep the garbage collection busy."""
        if not self._is_compiled:
            return None
        write = self._writers.of(kind, field_details_list)
        if write is None:
            return None
        try:
            return msgspec.Raw(msgspec.json.encode(self._run.written(write, value)))
        except Exception:  # noqa: BLE001 - the library meets it again, and reports it
            self.middleware_manager = _Given(self._run)
            return None

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

    def complete_list_item_value(  # noqa: PLR0917 - the library's
        self,
        item: Any,
        complete_results: list[Any],
        item_type: GraphQLOutputType,
        field_details_list: Any,
        info: Any,
        item_path: Path,
        position_context: Any,
    ) -> bool:
        """The library does not ask of its own coroutine whether it is one."""
        super().complete_list_item_value(
            item,
            complete_results,
            item_type,
            field_details_list,
            info,
            item_path,
            position_context,
        )
        return self.unbegun.is_awaitable(complete_results[-1])

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
        self._is_compiled = True
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


class _Given(MiddlewareManager):
    """Stands before the resolvers: what one of them has given already, it is not asked again."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def get_field_resolver(self, field_resolver: Callable[..., Any]) -> Callable[..., Any]:
        def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            return self._run.given(
                source, info.field_nodes[0], lambda: field_resolver(source, info, **arguments)
            )

        return resolve
