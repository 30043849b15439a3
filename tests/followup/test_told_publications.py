"""Who follows what is published misses none, and is refused where that cannot be promised."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from time import monotonic

import pytest

from tests.back_ends import open_database
from tests.storage.records import AT, intent, refusal
from tongxing.gateway.followup.told_publications import (
    OF_POLICIES,
    OF_TRUST,
    ToldPublications,
    WantedPublications,
)
from tongxing.gateway.storage import Database, InvalidCursor
from tongxing.gateway.storage.audit import AuditLog, PublicationRecord
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import PublicationAction

CITY, OTHER = RegionCode("321100"), RegionCode("310000")
PATIENCE_SECONDS = 60.0
LIST = PublicationAction.TRUST_LIST_TAKEN
POLICY = PublicationAction.POLICY_TAKEN


class Published:
    """The log of a hub, and two processes that tell of it."""

    def __init__(self, database: Database, audit: AuditLog) -> None:
        self._audit = audit
        self.here, self.beside = (ToldPublications(audit, database, monotonic) for _ in range(2))

    async def take(
        self, action: PublicationAction, version: int, region: RegionCode | None = None
    ) -> int:
        """Among entries of other kinds; its index."""
        record = PublicationRecord(
            at=AT,
            request_id="hub",
            client_id="hub",
            action=action,
            version=version,
            digest="a" * 43,
            receiving_region=region,
        )

        def tell(unit: UnitOfWork) -> None:
            unit.announce(Topic.PUBLICATIONS)

        marks = await self._audit.append([intent(1), refusal(2), record], [tell])
        return int(marks[-1].index)

    async def others(self) -> int:
        """Entries that tell of no publication; the index of the last one."""
        return int((await self._audit.append([intent(3), refusal(4)]))[-1].index)


@pytest.fixture
async def published(tmp_path: Path) -> AsyncIterator[Published]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        yield Published(database, await AuditLog.open(database))


async def versions(
    told: ToldPublications, wanted: WantedPublications, count: int, after: int | None = None
) -> Sequence[tuple[int, int]]:
    following = told.follow(wanted, after)
    async with asyncio.timeout(PATIENCE_SECONDS):
        found = [await anext(following) for _ in range(count)]
    await following.aclose()
    return [(each.index, each.record.version) for each in found]


async def test_without_a_cursor_the_last_one_comes_then_each_new_one(published: Published) -> None:
    await published.take(LIST, 1)
    await published.take(LIST, 2)
    await published.take(POLICY, 9, CITY)
    following = published.here.follow(WantedPublications(OF_TRUST), None)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await anext(following)).record.version == 2
        waiting = asyncio.create_task(anext(following))
        await published.take(POLICY, 10, CITY)
        await published.take(LIST, 3)
        assert (await waiting).record.version == 3
    await following.aclose()


async def test_the_first_entry_of_a_log_is_told_too(published: Published) -> None:
    waiting = asyncio.create_task(versions(published.here, WantedPublications(OF_TRUST), 1))
    await asyncio.sleep(0)
    index = await published.take(LIST, 1)
    assert await waiting == [(index, 1)]


async def test_what_came_while_away_is_told_by_another_process_in_order(
    published: Published,
) -> None:
    first = await published.take(POLICY, 1, CITY)
    assert await versions(published.here, WantedPublications(OF_POLICIES), 1) == [(first, 1)]
    taken = [(await published.take(POLICY, number, CITY), number) for number in range(2, 7)]
    assert await versions(published.beside, WantedPublications(OF_POLICIES), 5, first) == taken
    for place, (index, _) in enumerate(taken[:-1]):
        rest = taken[place + 1 :]
        assert (
            await versions(published.here, WantedPublications(OF_POLICIES), len(rest), index)
            == rest
        )


async def test_a_region_is_told_of_its_own_policies(published: Published) -> None:
    first = await published.take(POLICY, 1, CITY)
    await published.take(POLICY, 2, OTHER)
    last = await published.take(PublicationAction.POLICY_WITHDRAWN, 0, CITY)
    wanted = WantedPublications(OF_POLICIES, CITY)
    assert await versions(published.here, wanted, 1) == [(last, 0)]
    assert await versions(published.here, wanted, 1, first) == [(last, 0)]


async def test_only_the_place_of_one_of_these_publications_is_a_cursor(
    published: Published,
) -> None:
    trust = await published.take(LIST, 1)
    policy = await published.take(POLICY, 1, CITY)
    other = await published.others()
    await published.here.check(WantedPublications(OF_TRUST), trust)
    await published.here.check(WantedPublications(OF_POLICIES, OTHER), policy)
    for wanted, index in (
        (WantedPublications(OF_TRUST), policy),
        (WantedPublications(OF_POLICIES), trust),
        (WantedPublications(OF_TRUST), other),
        (WantedPublications(OF_TRUST), other + 1),
        (WantedPublications(OF_TRUST), 2**52),
    ):
        with pytest.raises(InvalidCursor):
            await published.here.check(wanted, index)
