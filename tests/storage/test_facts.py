"""Facts only rise, in any order of calls, and outlive a restart."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.back_ends import open_database, sqlite_only
from tests.storage.conftest import Store
from tests.storage.records import AT
from tests.storage.registrations import client
from tests.storage.test_tampering import NO_LIMITS
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.storage import Fact, Facts, Mark
from tongxing.gateway.storage.clients import ClientRegistry
from tongxing.gateway.storage.faults import StorageDamaged
from tongxing.gateway.storage.sqlite_library import sqlite3


async def test_what_was_never_seen_is_not_there(store: Store) -> None:
    assert await store.facts.highest(Fact.TRUST_LIST) is None


async def test_higher_is_taken_and_lower_is_not(store: Store) -> None:
    assert await store.facts.advance(Fact.TRUST_LIST, Mark(7, "a")) == Mark(7, "a")
    assert await store.facts.advance(Fact.TRUST_LIST, Mark(6, "b")) == Mark(7, "a")
    assert await store.facts.advance(Fact.TRUST_LIST, Mark(8, "c")) == Mark(8, "c")
    assert await store.facts.highest(Fact.TRUST_LIST) == Mark(8, "c")


async def test_the_same_version_with_another_digest_is_seen_to_be_a_fork(store: Store) -> None:
    await store.facts.advance(Fact.TRUST_LIST, Mark(7, "a"))
    assert await store.facts.advance(Fact.TRUST_LIST, Mark(7, "b")) == Mark(7, "a")


@pytest.mark.usefixtures("back_end")
@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=6))
async def test_the_highest_stays_over_restarts(versions: list[int]) -> None:
    with TemporaryDirectory() as directory:
        for version in versions:
            async with open_database(Path(directory) / "hub.sqlite3") as database:
                await Facts(database).advance(Fact.TRUST_LIST, Mark(version, "digest"))
        async with open_database(Path(directory) / "hub.sqlite3") as database:
            highest = await Facts(database).highest(Fact.TRUST_LIST)
    assert highest == Mark(max(versions), "digest")


def _spoil(path: Path, table: str, column: str, value: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (*NO_LIMITS, f"UPDATE {table} SET {column} = {value}"):  # noqa: S608 - a table of tests
        connection.execute(statement)
    connection.close()


KINDS = ["NULL", "x'00'", "'☃'"]
"""A column of texts may hold the last one."""


@sqlite_only
@pytest.mark.parametrize(
    ("column", "value"),
    [("digest", "NULL"), ("digest", "x'00'")] + [("version", value) for value in KINDS],
)
async def test_a_mark_of_another_kind_is_damage(path: Path, column: str, value: str) -> None:
    async with open_database(path) as database:
        await Facts(database).advance(Fact.TRUST_LIST, Mark(1, "first"))
        _spoil(path, "facts", column, value)
        with pytest.raises(StorageDamaged):
            await Facts(database).highest(Fact.TRUST_LIST)


@sqlite_only
@pytest.mark.parametrize(
    ("column", "value"),
    [("head", "NULL"), ("head", "'☃'")]
    + [("as_of", value) for value in (*KINDS, "9223372036854775807")],
)
async def test_a_list_of_another_kind_is_damage(path: Path, column: str, value: str) -> None:
    async with open_database(path) as database:
        lists = ListStore(database)
        await lists.complete(await lists.begin("sukangma", b"head", AT, 0))
        _spoil(path, "lists", column, value)
        with pytest.raises(StorageDamaged):
            await lists.current()


@sqlite_only
@pytest.mark.parametrize("column", ["content", "created_at"])
@pytest.mark.parametrize("value", [*KINDS, "9223372036854775807"])
async def test_a_client_of_another_kind_is_damage(path: Path, column: str, value: str) -> None:
    async with open_database(path) as database:
        clients = ClientRegistry(database)
        await clients.add(client(), actor="test", request_id="request")
        _spoil(path, "clients", column, value)
        with pytest.raises(StorageDamaged):
            await clients.list()
