"""Where a field fails, the others end before they have begun, at whatever moment that is."""

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
import strawberry
from graphql import ExecutionResult, parse

from tests.graphql.both_ways import by_library, by_plan, prepared
from tongxing.gateway.graphql.execution import LONG_LIST
from tongxing.gateway.graphql.strawberry_internals import core_schema

STEPS = 12
"""More turns of the loop than the deepest field of the document is away."""


@strawberry.type
class Part:
    @strawberry.field
    async def parts(self) -> list["Part"]:
        return [Part(), Part()]

    @strawberry.field
    def long(self) -> list["Part"]:
        return [Part()] * (LONG_LIST + 1)

    @strawberry.field
    def inner(self) -> "Part":
        return Part()

    @strawberry.field
    async def later(self) -> int:
        return 1


@strawberry.type
class Query:
    @strawberry.field
    async def part(self) -> Part:
        return Part()

    @strawberry.field
    async def fails(self, after: int) -> int:
        for _ in range(after):
            await asyncio.sleep(0)
        raise ValueError("this one")


SCHEMA = core_schema(strawberry.Schema(Query))
DOCUMENT = parse(
    """query ($after: Int!) {
        part {
            inner { inner { one: later two: later } later }
            parts { later inner { one: later two: later } parts { later more: later } }
            long { later inner { later more: later } }
        }
        fails(after: $after)
    }"""
)

Ask = Callable[[int], Awaitable[ExecutionResult]]


async def _ours(after: int) -> ExecutionResult:
    return await by_plan(prepared(SCHEMA, DOCUMENT), SCHEMA, None, {"after": after})


async def _theirs(after: int) -> ExecutionResult:
    return await by_library(SCHEMA, DOCUMENT, None, {"after": after})


@contextmanager
def _only_new_garbage() -> Iterator[None]:
    """What the other tests keep is not gone through each time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _warnings(ask: Ask) -> list[str]:
    with _only_new_garbage(), warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        for after in range(STEPS):
            result = await ask(after)
            assert result.data is None
            await asyncio.sleep(0)
            del result
            gc.collect()
    return [str(each.message) for each in met]


async def test_no_coroutine_is_left_without_an_end() -> None:
    assert await _warnings(_ours) == []


async def test_the_library_alone_leaves_some() -> None:
    assert any("never awaited" in each for each in await _warnings(_theirs))


@pytest.mark.parametrize("seconds", [0.0, 0.001])
async def test_nor_if_the_time_of_the_request_is_up(seconds: float) -> None:
    async def ask(after: int) -> ExecutionResult:
        try:
            async with asyncio.timeout(seconds):
                return await _ours(1_000 + after)
        except TimeoutError:
            return ExecutionResult(None, None)

    assert await _warnings(ask) == []
