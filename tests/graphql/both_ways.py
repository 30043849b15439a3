"""One operation run by its plan, and by the library alone."""

from collections.abc import Mapping
from inspect import isawaitable
from time import monotonic
from typing import Any

import msgspec
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, get_operation_ast, parse

from tongxing.gateway.graphql.execution import Execution
from tongxing.gateway.graphql.plan import MEETINGS
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.graphql.strawberry_internals import StrawberryExecutor
from tongxing.gateway.turns import Turns


def prepared(schema: GraphQLSchema, document: DocumentNode) -> PreparedOperation:
    """The one operation of ``document``, as one that was met before, so that it is compiled."""
    node = get_operation_ast(document)
    assert node is not None
    return PreparedOperation(schema, document, node, frozenset())


async def by_plan(
    operation: PreparedOperation,
    schema: GraphQLSchema,
    context: object,
    variables: Mapping[str, object] | None = None,
    turns: Turns | None = None,
) -> ExecutionResult:
    execution = Execution(schema, turns or Turns(monotonic), name_the_schema=True)
    made = await execution.prepare(operation, variables or {})
    for _ in range(MEETINGS):
        operation.plan(made.variables).meet()
    return await _awaited(made.run(context))


async def by_library(
    schema: GraphQLSchema,
    document: DocumentNode,
    context: object,
    variables: Mapping[str, object] | None = None,
) -> ExecutionResult:
    return await _awaited(
        execute(
            schema,
            document,
            context_value=context,
            variable_values=dict(variables or {}),
            executor_class=StrawberryExecutor,
        )
    )


async def _awaited(result: Any) -> ExecutionResult:
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    return result


def are_alike(ours: ExecutionResult, theirs: ExecutionResult) -> bool:
    """Of an answer that ends whole, the specification asks for one error: which of its other fields
    have already failed by then depends on turns."""
    (our_data, our_errors), (their_data, their_errors) = answer(ours), answer(theirs)
    if our_data == their_data == b"null":
        return not set(our_errors).isdisjoint(their_errors)
    return our_data == their_data and our_errors == their_errors


def answer(result: ExecutionResult) -> tuple[bytes, list[bytes]]:
    """The data as bytes, and the errors: in what order fields end is nobody's promise."""
    errors = [msgspec.json.encode(error.formatted) for error in result.errors or ()]
    return msgspec.json.encode(result.data), sorted(errors)


async def assert_alike(
    schema: GraphQLSchema,
    text: str,
    context: object,
    variables: Mapping[str, object] | None = None,
    turns: Turns | None = None,
) -> ExecutionResult:
    document = parse(text)
    ours = await by_plan(prepared(schema, document), schema, context, variables, turns)
    theirs = await by_library(schema, document, context, variables)
    assert answer(ours) == answer(theirs)
    return ours
