"""What may be used once is used once; what cannot be known is never taken for unused."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.conftest import Store
from tests.storage.disk import Disk, Moment, fail
from tests.storage.records import AT
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.replay import (
    KEPT_AFTER_EXPIRY,
    SWEPT_WITH_EACH_USE,
    USABLE_FOR,
    ReplayList,
    doubt_uses_before,
)

ENDS = AT + timedelta(minutes=5)


async def test_the_first_passes_and_no_other(store: Store) -> None:
    assert await store.replay.first_use("client|jti", ENDS)
    assert not await store.replay.first_use("client|jti", ENDS)
    assert not await store.replay.first_use("client|jti", ENDS + timedelta(minutes=1))
    assert await store.replay.first_use("other|jti", ENDS)


async def test_of_many_at_once_one_passes(store: Store) -> None:
    uses = await asyncio.gather(*(store.replay.first_use("jti", ENDS) for _ in range(200)))
    assert sum(uses) == 1


async def test_it_is_remembered_over_a_restart(path: Path) -> None:
    async with open_database(path) as database:
        assert await ReplayList(database, lambda: AT).first_use("jti", ENDS)
    async with open_database(path) as database:
        assert not await ReplayList(database, lambda: AT).first_use("jti", ENDS)


async def test_within_any_leeway_of_its_end_it_passes_once(store: Store) -> None:
    store.now = ENDS + timedelta(seconds=60)
    assert await store.replay.first_use("jti", ENDS)
    assert not await store.replay.first_use("jti", ENDS)


async def test_it_is_remembered_past_its_end_for_any_leeway(store: Store) -> None:
    await store.replay.first_use("jti", ENDS)
    store.now = ENDS + KEPT_AFTER_EXPIRY
    assert await store.replay.first_use("another, which sweeps", store.now)
    assert not await store.replay.first_use("jti", ENDS)


async def test_what_ended_long_ago_has_no_first_use(store: Store) -> None:
    store.now = ENDS + KEPT_AFTER_EXPIRY + timedelta(microseconds=1)
    assert not await store.replay.first_use("jti", ENDS)


async def test_a_longer_text_is_another_key(store: Store) -> None:
    assert await store.replay.first_use("a" * 100_000, ENDS)
    assert await store.replay.first_use("a" * 100_001, ENDS)


async def test_the_list_stays_short(path: Path) -> None:
    clock = [AT]
    async with open_database(path) as database:
        replay = ReplayList(database, lambda: clock[0])
        await asyncio.gather(
            *(replay.first_use(f"{n}", ENDS) for n in range(SWEPT_WITH_EACH_USE * 2))
        )
        clock[0] = ENDS + timedelta(hours=1)
        for number in range(3):
            await replay.first_use(f"later {number}", clock[0])
        [(left,)] = await database.fetch("SELECT count(*) FROM used_once")
    assert left == 3


@pytest.mark.parametrize("moment", Moment)
async def test_where_storage_fails_nobody_passes_twice(
    path: Path, back_end: str, moment: Moment
) -> None:
    disk = Disk()
    passed = 0
    async with open_database(path, disk) as database:
        replay = ReplayList(database, lambda: AT)
        for number in range(1, 30):
            disk.arm(number, moment, fail)
            for _ in range(4):
                try:
                    passed += await replay.first_use(f"jti {number}", ENDS)
                except StorageUnavailable:
                    continue
            disk.disarm()
            assert not await replay.first_use(f"jti {number}", ENDS)
    # A COMMIT whose end is not known leaves a key used, and no client was let in on it. So does one
    # of a server whose flush behind it failed.
    assert passed == 29 - (moment is Moment.AFTER) - (back_end == "postgres")


async def test_a_closed_list_raises(path: Path) -> None:
    database = open_database(path)
    replay = ReplayList(database, lambda: AT)
    await database.close()
    with pytest.raises(StorageUnavailable):
        await replay.first_use("jti", ENDS)


async def test_after_a_restore_what_may_have_been_used_before_does_not_pass(path: Path) -> None:
    """The list is of last night: what could have been accepted until the restore is refused for as
    long as it still could be."""
    async with open_database(path) as database:
        replay = ReplayList(database, lambda: AT)
        await database.write(partial(doubt_uses_before, AT))
        assert not await replay.first_use("perhaps used before", AT + USABLE_FOR)
        assert await replay.first_use("made later", AT + USABLE_FOR + timedelta(seconds=1))
        assert not await replay.first_use("made later", AT + USABLE_FOR + timedelta(seconds=1))
