"""What is told of the lists' age, by what lies in the database."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.passes.published import ENTRIES, PassHub
from tongxing.gateway.passes.list_ages import ListAges, list_ages


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[PassHub]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        yield PassHub(database)


async def test_without_a_pass_there_is_nothing_to_publish(hub: PassHub) -> None:
    assert await list_ages(hub.database) == ListAges(None, 0)


async def test_a_list_that_was_never_published_is_told_apart(hub: PassHub) -> None:
    await hub.issue()
    assert await list_ages(hub.database) == ListAges(None, 1)
    await hub.publish()
    assert await list_ages(hub.database) == ListAges(hub.now, 0)


async def test_of_several_lists_the_one_counts_that_has_waited_longest(hub: PassHub) -> None:
    for number in range(ENTRIES * 3 // 4):
        await hub.issue(number)
    await hub.publish()
    first = hub.now
    await hub.issue(ENTRIES)
    hub.now += timedelta(minutes=5)
    assert await list_ages(hub.database) == ListAges(first, 1)
    await hub.publish()
    assert await list_ages(hub.database) == ListAges(hub.now, 0)
