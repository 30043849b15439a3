"""What issuers stated lately, in the memory of one process: its bounds, and what is taken apart.

tests/answering/test_kept_statements.py has what holds wherever it is kept."""

import asyncio
import tracemalloc
from dataclasses import replace

import pytest

from tests.adapters.people import AT, WANG
from tests.holder_keys import one
from tongxing.adapters.dialect import ByDocument, Reading, ReadStatement, Statement
from tongxing.gateway.answering.packed_statement import packed
from tongxing.gateway.answering.statement_cache import (
    MOST_FORGOTTEN,
    PACKED_BYTES,
    READ_PART,
    StatementCache,
    StatementKey,
)
from tongxing.gateway.memory import ENTRY_BYTES
from tongxing.keys import Holder, HolderRef
from tongxing.schema import Outcome

HOLDER = one(HolderRef("A" * 22))
STATED = Statement("city", "form", AT, (b"statement",))
READ = ReadStatement(
    STATED,
    ByDocument(WANG),
    (),
    Reading(Outcome.VERIFIED, AT),
    STATED.digest(),
    is_signed=True,
)
NAMES = ("one spelling", "another spelling")


class Caching:
    """A cache for two packed statements of each client, each for a minute, at the time ``seconds``;
    ``room`` in bytes makes it larger."""

    def __init__(self, room: int = 0) -> None:
        self.seconds = 0.0
        one = PACKED_BYTES + len(packed(STATED, HOLDER, 0.0)) + ENTRY_BYTES
        of_client = room or 2 * one * READ_PART // (READ_PART - 1) + READ_PART
        self.cache = StatementCache(
            lifetime_seconds=60,
            room_of_client=of_client,
            room=1_000_000,
            clock=lambda: self.seconds,
        )

    async def put(self, ref: str, holder: Holder = HOLDER, client: str = "one") -> None:
        key, asked_at = StatementKey(client, "city", ref), self.cache.now()
        await self.cache.put(key, READ, holder, asked_at=asked_at)

    async def held(self, *refs: str, client: str = "one", issuer: str = "city") -> list[str]:
        keys = [StatementKey(client, issuer, ref) for ref in refs]
        return [key.ref for key in keys if await self.cache.get(key) is not None]


@pytest.mark.parametrize("room", [0, 100_000], ids=["packed", "taken apart"])
async def test_a_statement_is_given_as_it_was_kept(room: int) -> None:
    here = Caching(room)
    await here.put("a")
    found = await here.cache.get(StatementKey("one", "city", "a"))
    assert found is READ if room else found == STATED


async def test_what_was_read_once_more_ends_when_its_statement_ends() -> None:
    here, key = Caching(100_000), StatementKey("one", "city", "a")
    await here.put("a")
    here.seconds = 59.0
    await here.cache.put_read(key, READ)
    here.seconds = 60.0
    assert await here.held("a") == []
    await here.cache.put_read(key, READ)
    assert await here.held("a") == []


async def test_what_is_taken_apart_again_stays_though_all_others_end_later() -> None:
    """A manifest had driven it out. To put it where it ends first would drive it out again at each
    question, after a search among all that end later."""
    here, key = Caching(100_000), StatementKey("one", "city", "a")
    await here.put("a")
    here.seconds = 1.0
    for number in range(6):
        await here.put(f"of a manifest {number}")
    assert await here.cache.get(key) == STATED
    await here.cache.put_read(key, READ)
    assert await here.cache.get(key) is READ
    assert here.cache.are_kept("one", [(key, READ)])
    here.seconds = 60.0
    assert not here.cache.are_kept("one", [(key, READ)])
    assert await here.held("a", "of a manifest 5") == ["of a manifest 5"]


async def test_what_is_read_late_takes_the_place_of_nothing_that_came_since() -> None:
    here, key = Caching(100_000), StatementKey("one", "city", "a")
    await here.put("a")
    here.seconds = 1.0
    await here.cache.forget("city", HOLDER.ref)
    here.seconds = 2.0
    newer = replace(READ, statement=replace(STATED, parts=(b"corrected",)))
    await here.cache.put(key, newer, HOLDER, asked_at=here.seconds)
    await here.cache.put_read(key, READ)
    assert await here.cache.get(key) is newer


@pytest.mark.parametrize("room", [0, 100_000], ids=["packed", "taken apart"])
async def test_what_is_outdated_is_not_given_though_it_is_there(room: int) -> None:
    here = Caching(room)
    await here.put("a")
    await here.cache.forget("city", HOLDER.ref)
    assert await here.held("a") == []
    here.seconds = 1.0
    await here.put("a")
    assert await here.held("a") == ["a"]


async def test_if_too_many_are_forgotten_everybody_is() -> None:
    here = Caching()
    await here.put("a")
    for number in range(MOST_FORGOTTEN + 1):
        await here.cache.forget("city", HolderRef(f"{number:022d}"))
    assert await here.held("a") == []


async def test_packed_statements_take_no_more_than_they_are_counted() -> None:
    """benchmarks/kept_codes.py measures a million of them."""
    statement = replace(STATED, parts=(b"h" * 90, b"p" * 400, b"s" * 86))
    read, room = replace(READ, statement=statement), 4_000_000
    cache = StatementCache(lifetime_seconds=60, room_of_client=room, room=room, clock=lambda: 0.0)
    tracemalloc.start()
    for number in range(room // 600):
        key = StatementKey("one", "city", f"{number:043d}")
        await cache.put(key, read, HOLDER, asked_at=cache.now())
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken <= room


async def test_beyond_the_capacity_the_least_recently_put_goes_first() -> None:
    here = Caching()
    for ref in ("a", "b", "a", "c"):
        await here.put(ref)
    assert await here.held("a", "b", "c") == ["a", "c"]


async def test_a_client_that_asks_much_drives_out_no_statement_of_another() -> None:
    here = Caching()
    await here.put("a", client="one")
    for ref in ("a", "b", "c", "d"):
        await here.put(ref, client="busy")
    assert await here.held("a", client="one") == ["a"]


async def test_what_has_expired_is_let_go_of_also_if_its_client_asks_no_more() -> None:
    here = Caching(100_000)
    await here.put("a", client="silent")
    here.seconds = 60.0
    while here.cache.tidy():
        pass
    here.seconds = 0.0
    assert await here.held("a", client="silent") == []


async def test_two_who_forget_one_holder_at_once_do_not_trip_over_each_other() -> None:
    here = Caching()
    for name in NAMES:
        await here.put(name)
    await asyncio.gather(*(here.cache.forget("city", HOLDER.ref) for _ in range(3)))
    assert await here.held(*NAMES) == []


async def test_a_closed_cache_holds_nothing() -> None:
    here = Caching()
    await here.put("a")
    await here.cache.close()
    assert await here.held("a") == []
