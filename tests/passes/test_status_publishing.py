"""Passes and their lists over both databases: places, colors, states, and what time takes away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.answering.list_issuer import ListingIssuer, line
from tests.back_ends import open_database
from tests.passes.published import ALL_GREEN, CITY, ENTRIES, GATE, HUB, LISTER, PassHub
from tests.recognition.given import stated
from tongxing.gateway.passes.status_list_store import DELTAS_KEPT_FOR, ENDED_KEPT_FOR
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, PassRecord
from tongxing.gateway.storage.slices import Slice
from tongxing.keys.passes import PassStatus
from tongxing.schema import Color, DocumentKind, Outcome, SourceAnswer, TravelDocument
from tongxing.schema.audit_words import PassAction

GREEN, YELLOW, RED, WITHDRAWN = (
    PassStatus.GREEN,
    PassStatus.YELLOW,
    PassStatus.RED,
    PassStatus.WITHDRAWN,
)
MINUTES = timedelta(minutes=1)
ANNING = TravelDocument.parse(DocumentKind.RESIDENT_ID, "11010519491231002X", "王安宁")
MIRA = TravelDocument.parse(DocumentKind.PASSPORT, "X3211001", "LINDEN MIRA")
_PLACE = 3
"""Of the place in an entry of a list."""


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[PassHub]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        yield PassHub(database)


def said(issuer: str, color: Color, hub: PassHub) -> SourceAnswer:
    """Just now."""
    source = stated(issuer, color)
    return replace(source, codes=[replace(source.codes[0], as_of=hub.now)])


async def test_places_are_free_and_serials_rise(hub: PassHub) -> None:
    places = [await hub.issue(number) for number in range(20)]
    assert len({place.idx for place in places}) == len(places)
    assert [place.serial for place in places] == list(range(1, len(places) + 1))
    assert {place.number for place in places} == {places[0].number}
    assert [place.idx for place in places] != sorted(place.idx for place in places)


async def test_a_full_list_is_followed_by_another(hub: PassHub) -> None:
    places = [await hub.issue(number) for number in range(ENTRIES * 3 // 4 + 1)]
    assert len({place.number for place in places}) == 2
    assert len({(place.number, place.idx) for place in places}) == len(places)
    assert places[-1].serial == 1


async def test_issue_and_withdrawal_are_recorded_with_what_they_change(hub: PassHub) -> None:
    place = await hub.issue()
    assert not await hub.withdraw(place, "transport-hub")
    assert await hub.withdraw(place)
    page = await (await AuditLog.open(hub.database)).page(AuditFilter(), Slice(100))
    records = [each.record for each in page.items if isinstance(each.record, PassRecord)]
    assert [record.action for record in records] == [PassAction.ISSUED, PassAction.WITHDRAWN]
    assert {record.client_id for record in records} == {GATE}


async def test_a_new_pass_is_not_covered_before_the_next_state(hub: PassHub) -> None:
    first = await hub.issue()
    assert await hub.status(first) is GREEN
    second = await hub.issue(1)
    known = await hub.fetched(second.number)
    assert known.state.covers == first.serial < second.serial
    assert await hub.status(second) is GREEN


async def test_news_of_an_issuer_turns_the_pass_of_its_holder_alone(hub: PassHub) -> None:
    mine, other = await hub.issue(0), await hub.issue(1)
    await hub.publish()
    await hub.see(0, said("sukangma", Color.RED, hub))
    assert await hub.status(mine) is RED
    assert await hub.status(other) is GREEN


async def test_a_daily_list_turns_the_passes_of_those_whom_it_names(hub: PassHub) -> None:
    named = await hub.issue(0, document=ANNING)
    other = await hub.issue(1, document=MIRA)
    assert await hub.status(named) is GREEN
    entry = line(LISTER, ANNING)
    entry[_PLACE] = CITY
    issuer = ListingIssuer(LISTER, hub.federation.sukangma)
    received = issuer.made(hub.now - MINUTES, entry)
    await hub.daily.take(LISTER, received, hub.trust.current(hub.now), hub.now)
    assert await hub.status(named) is RED
    assert await hub.status(other) is GREEN
    await hub.see(0, *ALL_GREEN)
    assert await hub.status(named) is RED


async def test_silence_leaves_the_last_word(hub: PassHub) -> None:
    place = await hub.issue()
    await hub.see(0, said("sukangma", Color.RED, hub))
    silent = [
        replace(source, outcome=Outcome.TIMED_OUT, codes=[], evidence=None) for source in ALL_GREEN
    ]
    await hub.see(0, *silent)
    assert await hub.status(place) is RED


async def test_an_earlier_word_that_comes_late_changes_nothing(hub: PassHub) -> None:
    place = await hub.issue()
    await hub.see(0, said("sukangma", Color.RED, hub))
    await hub.see(0, *ALL_GREEN)
    assert await hub.status(place) is RED


async def test_an_issuer_that_takes_its_red_back_makes_the_pass_green_again(hub: PassHub) -> None:
    place = await hub.issue()
    await hub.see(0, said("zhenjiang", Color.YELLOW, hub))
    assert await hub.status(place) is not GREEN
    hub.now += MINUTES
    renewed = [said(source.issuer, Color.GREEN, hub) for source in ALL_GREEN]
    await hub.see(0, *renewed)
    assert await hub.status(place) is GREEN


async def test_a_green_ends_with_what_it_rests_on(hub: PassHub) -> None:
    """Nobody says anything more, the evidence grows too old, and the pass is still there."""
    place = await hub.issue(lives_for=timedelta(days=6), outlives=True)
    assert await hub.status(place) is GREEN
    await hub.publish(timedelta(days=5))
    assert await hub.status(place) is YELLOW


async def test_another_trust_list_takes_greens_away(hub: PassHub) -> None:
    green, red = (
        await hub.issue(0),
        await hub.issue(1, [*ALL_GREEN[:1], stated("sukangma", Color.RED)]),
    )
    assert await hub.status(green) is GREEN
    newer = hub.federation.signed(hub.federation.payload(version=8))
    hub.trust.replace(newer, hub.now)
    assert await hub.status(green) is YELLOW
    assert await hub.status(red) is RED
    await hub.see(0, said("zhenjiang", Color.GREEN, hub))
    assert await hub.status(green) is YELLOW


async def test_a_withdrawn_pass_is_not_turned_by_news(hub: PassHub) -> None:
    place = await hub.issue()
    assert await hub.withdraw(place)
    await hub.see(0, *[said(source.issuer, Color.GREEN, hub) for source in ALL_GREEN])
    assert await hub.status(place) is WITHDRAWN


async def test_who_follows_the_deltas_knows_what_the_snapshot_says(hub: PassHub) -> None:
    places = [await hub.issue(number) for number in range(8)]
    await hub.publish()
    known = (await hub.fetched(places[0].number)).state
    for number in (1, 3, 5):
        await hub.see(number, said("sukangma", Color.RED, hub))
        await hub.publish()
    stepped = await hub.stepped(places[0].number, known)
    assert stepped == (await hub.fetched(places[0].number, stepped)).state
    assert stepped.number == known.number + 3
    reds = [place for place in places if stepped.status(place.idx) == RED]
    assert reds == [places[1], places[3], places[5]]


async def test_deltas_go_after_their_time_and_the_snapshot_stays(hub: PassHub) -> None:
    place = await hub.issue()
    await hub.publish()
    first = (await hub.fetched(place.number)).state
    await hub.publish()
    assert await hub.lists.delta(place.number, first.number) is not None
    await hub.publish(DELTAS_KEPT_FOR)
    assert await hub.lists.delta(place.number, first.number) is None
    assert (await hub.fetched(place.number)).state.number > first.number


async def test_a_pass_is_deleted_after_its_end_and_leaves_a_clean_place(hub: PassHub) -> None:
    place = await hub.issue(lives_for=10 * MINUTES)
    await hub.see(0, said("sukangma", Color.RED, hub))
    assert await hub.status(place) is RED
    await hub.publish(10 * MINUTES)
    assert await hub.store.find(place.number, place.idx) is not None
    await hub.publish(ENDED_KEPT_FOR)
    assert await hub.store.find(place.number, place.idx) is None
    assert (await hub.fetched(place.number)).state.status(place.idx) == GREEN


async def test_of_two_that_publish_at_once_one_is_first(hub: PassHub) -> None:
    place = await hub.issue()
    await hub.publish()
    before = (await hub.fetched(place.number)).state
    await asyncio.gather(*(hub.publishing.publish() for _ in range(3)))
    stepped = await hub.stepped(place.number, before)
    assert stepped == (await hub.fetched(place.number, before)).state


async def test_after_a_restore_the_passes_of_before_are_withdrawn(tmp_path: Path) -> None:
    """Some of them may be forgotten: nobody knows which."""
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        before = PassHub(database)
        place = await before.issue()
        await before.publish()
        known = await before.fetched(place.number)
        assert known.status(place) is GREEN
        resumed = PassHub(database, log=f"{HUB}/audit/2020-03-09-resumed")
        resumed.now = before.now
        await resumed.publish()
        closed = (await resumed.fetched(place.number, known.state)).state
        assert {closed.status(index) for index in range(ENTRIES)} == {int(WITHDRAWN)}
        fresh = await resumed.issue(1)
        assert fresh.number != place.number
        assert await resumed.status(fresh) is GREEN
        await resumed.publish(timedelta(hours=26))
        assert await resumed.lists.snapshot(place.number) is None
