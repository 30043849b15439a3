"""Facts only rise, in any order of calls, and outlive a restart."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.conftest import Store
from tongxing.gateway.storage import Database, Fact, Facts, Mark


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


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=6))
async def test_the_highest_stays_over_restarts(versions: list[int]) -> None:
    with TemporaryDirectory() as directory:
        for version in versions:
            async with Database.open(Path(directory) / "hub.sqlite3") as database:
                await Facts(database).advance(Fact.TRUST_LIST, Mark(version, "digest"))
        async with Database.open(Path(directory) / "hub.sqlite3") as database:
            highest = await Facts(database).highest(Fact.TRUST_LIST)
    assert highest == Mark(max(versions), "digest")
