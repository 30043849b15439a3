"""A database belongs to one hub; another one is refused, and told what is different."""

import asyncio
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tongxing.gateway.storage.faults import StorageRefusal, StorageRefused
from tongxing.gateway.storage.ownership import Owner, check_owner, claim, disown

OURS = Owner("hub", "key", "holders")
OTHERS = {
    "hub.id": OURS._replace(hub_id="another"),
    "keys.hub": OURS._replace(hub_key="another"),
    "keys.holder": OURS._replace(holder_key="another"),
}


@pytest.mark.parametrize(("named", "other"), OTHERS.items(), ids=OTHERS)
async def test_another_hub_is_refused_and_told_why(path: Path, named: str, other: Owner) -> None:
    async with open_database(path) as database:
        await claim(database, OURS)
    async with open_database(path) as database:
        for look in (claim, check_owner):
            with pytest.raises(StorageRefused) as refused:
                await look(database, other)
            assert refused.value.refusal is StorageRefusal.OTHER_HUB
            assert f"({named})" in str(refused.value)
        await claim(database, OURS)


async def test_of_two_that_start_at_once_one_has_it(path: Path) -> None:
    everybody = [OURS, *OTHERS.values()]
    async with open_database(path) as one, open_database(path) as two:
        claims = (claim((one, two)[n % 2], owner) for n, owner in enumerate(everybody))
        results = await asyncio.gather(*claims, return_exceptions=True)
        assert [type(result) for result in results].count(StorageRefused) == len(OTHERS)


async def test_who_only_looks_takes_nothing(path: Path) -> None:
    async with open_database(path) as database:
        await check_owner(database, OURS)
        await claim(database, OTHERS["keys.hub"])


async def test_one_that_was_handed_over_is_the_next_ones(path: Path) -> None:
    async with open_database(path) as database:
        await claim(database, OURS)
        await disown(database)
        await claim(database, OTHERS["keys.hub"])
        with pytest.raises(StorageRefused):
            await claim(database, OURS)
