"""The city's own feed, over its own interface: it turns somebody red, nobody asks, and within a
minute the list of passes says so, and the district is told. Time is the test's."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.feed_issuer import FEED, ISSUER
from tests.adapters.signers import trust_list
from tests.back_ends import open_database
from tests.followup.arrival_given import DISTRICT, arrival, new
from tests.followup.test_known_colors import stated as word
from tests.holder_keys import holder_keys
from tests.passes.published import HOLDERS, PassHub
from tests.recognition.given import AT, greens, stated
from tests.sandbox.test_town import convert
from tests.sandbox.towns import Clock, Town, newcomer, opened
from tongxing.adapters.dialect import ChangeFeed, ReceivedChanges
from tongxing.adapters.wire import HttpResponse
from tongxing.gateway.answering.feed_following import FeedFollower
from tongxing.gateway.answering.feed_holders import FeedHolders
from tongxing.gateway.answering.feed_store import FeedMarks, FeedStore
from tongxing.gateway.answering.sightings import Lookouts, Sighting
from tongxing.gateway.followup.arrival_event_store import ArrivalEventStore
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.followup.known_colors import KnownColors
from tongxing.gateway.followup.outdated import OutdatedStatements, Outdating
from tongxing.gateway.passes.pass_store import PassPlace
from tongxing.gateway.settings import IssuerSettings, PassSettings
from tongxing.keys import Holder, HolderRef, TrustList
from tongxing.keys.passes import PassStatus
from tongxing.keys.suites import PublicKey, public_key_from_jwk
from tongxing.schema import Color, DocumentKind, Outcome, RegionCode, SourceAnswer, TravelDocument
from tongxing.schema.arrival_event import ArrivalColorChanged

WHO = newcomer(1)
PERSON = TravelDocument.parse(DocumentKind.RESIDENT_ID, WHO["number"], WHO["name"])
MINUTE = timedelta(minutes=1)
NUMBER = 7
EVERY_SECONDS: float = IssuerSettings.__struct_defaults__[-1]
PUBLISHED_SECONDS = PassSettings().publish_seconds


@dataclass
class _Known:
    """A key of which this side has the public half."""

    public_key: PublicKey
    key_id: str

    def sign(self, message: bytes) -> bytes:
        raise NotImplementedError


class FollowingPasses:
    """A hub of passes and arrivals, before a city whose clock is the hub's."""

    def __init__(self, town: Town, clock: Clock, passes: PassHub) -> None:
        self.town, self.clock, self.passes = town, clock, passes
        database, keys = passes.database, holder_keys(HOLDERS.secret)
        told = Lookouts(Outdating(), KnownColors(), passes.colors)
        self.arrivals = ArrivalStore(database)
        self.outdated = OutdatedStatements(database)
        self.holders = FeedHolders({ISSUER: FEED}, keys, told)
        self.events: list[object] = []
        self.follower = FeedFollower(
            ISSUER,
            FEED,
            self,
            FeedStore(database),
            FeedMarks(keys),
            self.holders,
            self,
            self,
            clock,
            EVERY_SECONDS,
        )

    async def changes(
        self, feed: ChangeFeed, after: int, limit: int, *, deadline: float
    ) -> ReceivedChanges | Outcome:
        asking = feed.ask_changes(after, limit)
        response = await self.town.http.get(next(asking).path)
        try:
            asking.send(HttpResponse(response.status_code, {}, response.content))
        except StopIteration as end:
            (received,) = end.value
            assert isinstance(received, ReceivedChanges)
            return received
        raise AssertionError("one request is enough")

    def current(self, _at: datetime) -> TrustList:
        return trust_list(
            {ISSUER: [_Known(public_key_from_jwk(self.town.jwk), self.town.jwk["kid"])]}
        )

    def feed_begun(self, issuer: str, number: int) -> None:
        self.events.append(number)

    def changes_taken(self, issuer: str, number: int) -> None:
        self.events += [number] if number else []

    def change_passed_over(self, issuer: str, code: str) -> None:
        self.events.append(code)

    def feed_refused(self, issuer: str, code: str) -> None:
        self.events.append(code)

    async def go_by(self, time: timedelta) -> None:
        self.clock.at += time
        self.passes.now += time

    async def issue(self, sources: Sequence[SourceAnswer]) -> PassPlace:
        """On an answer about the person, which was the first."""
        ref = HolderRef(arrival(NUMBER).holder)
        sighting = Sighting(Holder(ref, (ref,)), list, sources, PERSON)
        await self.passes.database.write(self.holders.seeing([sighting], self.clock.at))
        return await self.passes.issue(NUMBER, sources)

    async def listed(self, place: PassPlace) -> PassStatus:
        """By what is published at the latest when the next reading and the next state are due."""
        assert await self.follower.next_in() == EVERY_SECONDS, self.events
        await self.go_by(timedelta(seconds=EVERY_SECONDS + PUBLISHED_SECONDS))
        assert await self.follower.next_in() == EVERY_SECONDS, self.events
        return await self.passes.status(place)

    async def changed_colors(self) -> list[Color]:
        store = ArrivalEventStore(self.passes.database)
        page = await store.page(RegionCode(DISTRICT), after=0, first=100, at=self.clock.at)
        found = (each.event for each in page.events)
        return [each.color for each in found if isinstance(each, ArrivalColorChanged)]


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[FollowingPasses]:
    clock = Clock()
    clock.at = AT
    async with (
        opened(tmp_path / "city", clock) as town,
        open_database(tmp_path / "state" / "hub.sqlite3") as database,
    ):
        await town.declare(WHO)
        yield FollowingPasses(town, clock, PassHub(database))


ALL_GREEN = greens("zhenjiang", "sukangma", "national")


async def test_the_list_says_red_within_a_minute_though_nobody_asks(hub: FollowingPasses) -> None:
    place = await hub.issue(ALL_GREEN)
    assert await hub.listed(place) is PassStatus.GREEN
    await hub.go_by(10 * MINUTE)
    turned_at = hub.clock.at
    await hub.town.post("/community/control", {"who": WHO, "household": []})
    assert await hub.listed(place) is PassStatus.RED
    assert hub.clock.at - turned_at <= MINUTE


async def test_the_district_is_told_though_nobody_asks(hub: FollowingPasses) -> None:
    await hub.issue(ALL_GREEN)
    await hub.follower.next_in()
    recorded = new(NUMBER, at=hub.clock.at, stated=[word(Color.GREEN, by=ISSUER)])
    await hub.arrivals.record(recorded, request_id="request")
    await hub.town.post("/community/control", {"who": WHO, "household": []})
    await hub.follower.next_in()
    assert await hub.changed_colors() == [Color.RED]


async def test_an_arrival_on_an_older_receipt_is_told_what_came_since(
    hub: FollowingPasses,
) -> None:
    await hub.issue(ALL_GREEN)
    await hub.follower.next_in()
    await hub.town.post("/community/control", {"who": WHO, "household": []})
    await hub.follower.next_in()
    recorded = new(NUMBER, at=hub.clock.at, stated=[word(Color.GREEN, by=ISSUER)])
    await hub.arrivals.record(recorded, request_id="request")
    assert await hub.changed_colors() == [Color.RED]


async def test_what_processes_keep_about_them_is_outdated(hub: FollowingPasses) -> None:
    await hub.issue(ALL_GREEN)
    await hub.follower.next_in()
    before = await hub.outdated.last_number(hub.clock.at)
    await hub.town.post("/community/control", {"who": WHO, "household": []})
    await hub.follower.next_in()
    (outdated,) = await hub.outdated.after(before)
    assert (outdated.issuer, outdated.holder) == (ISSUER, arrival(NUMBER).holder)


OTHERS = {
    "the others are green": (greens("sukangma", "national"), PassStatus.GREEN),
    "another issuer is red": (
        [stated("sukangma", Color.RED), *greens("national")],
        PassStatus.RED,
    ),
    "another issuer was silent": (greens("sukangma"), PassStatus.YELLOW),
}


@pytest.mark.parametrize(("others", "status"), OTHERS.values(), ids=list(OTHERS))
async def test_a_green_of_the_feed_lifts_what_its_own_issuer_said_and_nothing_else(
    hub: FollowingPasses, others: Sequence[SourceAnswer], status: PassStatus
) -> None:
    await hub.town.declare(WHO, contact_in_key_area=True)
    place = await hub.issue([stated(ISSUER, Color.RED), *others])
    assert await hub.listed(place) is PassStatus.RED
    await convert(hub.town, WHO)
    await hub.town.post("/sandbox/daybreak", WHO)
    assert await hub.listed(place) is status
