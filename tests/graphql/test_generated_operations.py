"""Thousands of operations, with values sound and unsound, written by the plan and by the library.

This is the argument for there being two ways of writing an answer out: they are one answer.
"""

from collections import Counter
from random import Random

import pytest
from graphql import (
    DocumentNode,
    GraphQLError,
    VariableValues,
    get_operation_ast,
    get_variable_values,
    parse,
    validate,
)

from tests.graphql.both_ways import are_alike, by_library, by_plan, prepared
from tests.graphql.generated_operations import SCHEMA, World, Writing, variables
from tongxing.gateway.graphql.document_errors import RefusedDocument

DOCUMENTS = 60
TIMES = 3
"""Each document, with other variables each time."""

UNSOUND = (0, 2, 20)
"""Of a hundred values."""

PARTS = 4


def _valid(random: Random) -> DocumentNode:
    while True:
        document = parse(Writing(random).document())
        if not validate(SCHEMA, document):
            return document


@pytest.mark.parametrize("part", range(PARTS))
async def test_both_ways_give_the_same_bytes(part: int) -> None:
    met: Counter[str] = Counter()
    for number in range(DOCUMENTS):
        random = Random(f"{part} {number}")
        document = _valid(random)
        for unsound in UNSOUND * TIMES:
            seed = random.randrange(10**9)
            met[await _compared(document, variables(random), unsound, seed)] += 1
    assert min(met["data"], met["errors"], met["refused"]) > DOCUMENTS * TIMES / 10, met


async def _compared(
    document: DocumentNode, given: dict[str, object], unsound: int, seed: int
) -> str:
    ours, theirs = World(seed, unsound), World(seed, unsound)
    expected = await by_library(SCHEMA, document, theirs, given)
    try:
        made = await by_plan(prepared(SCHEMA, document), SCHEMA, ours, given)
    except RefusedDocument:
        assert expected.data is None
        assert not theirs.calls
        return "refused"
    assert are_alike(made, expected), (document.loc and document.loc.source.body, given, seed)
    assert not ours.calls - theirs.calls, "a resolver was called more often"
    return "errors" if made.errors else "data"


def _given(values: VariableValues) -> list[tuple[str, str, object]]:
    return [(name, str(each.signature.type), each.value) for name, each in values.sources.items()]


async def test_variables_are_read_as_the_library_reads_them() -> None:
    met: Counter[bool] = Counter()
    for number in range(DOCUMENTS):
        random = Random(number)
        document = _valid(random)
        node = get_operation_ast(document)
        assert node is not None
        operation = prepared(SCHEMA, document)
        for _ in range(30):
            given = variables(random)
            read = operation.variables.read(given)
            theirs = get_variable_values(SCHEMA, node.variable_definitions or (), given)
            met[read is None] += 1
            if read is not None:
                assert isinstance(theirs, VariableValues)
                assert read.coerced == theirs.coerced
                assert _given(read) == _given(theirs)
            elif isinstance(theirs, list):
                coerced = operation.variables.coerced(given)
                assert isinstance(coerced, GraphQLError)
                assert coerced.message == theirs[0].message
    assert min(met.values()) > DOCUMENTS, met
