"""A long list is written in pieces, and reads as the library would have written it."""

from collections.abc import Callable
from time import monotonic

import pytest
import strawberry

from tests.graphql.both_ways import assert_alike
from tongxing.gateway.graphql.run import ITEMS_AT_ONCE
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.turns import Turns

COUNT = ITEMS_AT_ONCE + 10


@strawberry.type
class Item:
    number: int

    @strawberry.field
    def doubled(self) -> int:
        return 2 * self.number

    @strawberry.field
    async def later(self) -> int:
        return 3 * self.number

    @strawberry.field
    def sometimes(self) -> int:
        if self.number == COUNT - 1:
            raise ValueError("not this one")
        return self.number


@strawberry.type
class Query:
    @strawberry.field
    def items(self) -> list[Item]:
        return [Item(number=number) for number in range(COUNT)]

    @strawberry.field
    def perhaps(self) -> list[Item | None]:
        return [Item(number=number) if number % 3 else None for number in range(COUNT)]

    @strawberry.field
    async def numbers(self) -> list[int]:
        return list(range(COUNT))

    @strawberry.field
    def itself(self) -> list["Query"]:
        return [Query()] * 5


SCHEMA = core_schema(strawberry.Schema(Query))

DOCUMENTS = {
    "items": "{ items { number doubled } }",
    "items that come later": "{ items { later doubled } }",
    "leaves": "{ numbers }",
    "nulls": "{ perhaps { number later } }",
    "an error that takes the list": "{ items { sometimes later } }",
    "an error that takes one item": "{ perhaps { sometimes later } }",
    "lists in a list": "{ itself { numbers items { later } } }",
    "several lists": "{ a: items { later } b: numbers c: items { doubled } d: perhaps { number } }",
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("clock", [monotonic, iter(range(10**9)).__next__], ids=["quick", "slow"])
async def test_it_reads_as_the_library_writes_it(document: str, clock: Callable[[], float]) -> None:
    """On the slow clock every step uses up a turn of the loop."""
    await assert_alike(SCHEMA, document, None, turns=Turns(clock))
