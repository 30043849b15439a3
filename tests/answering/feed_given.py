"""A hub that follows a city's feed and does nothing else, at a time that the test says."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.adapters.feed_issuer import FEED, ISSUER, FeedIssuer
from tests.back_ends import open_database
from tests.holder_keys import holder_keys
from tongxing.gateway.answering.feed_following import FeedFollower
from tongxing.gateway.answering.feed_holders import FeedHolders
from tongxing.gateway.answering.feed_store import FeedMarks, FeedStore
from tongxing.gateway.answering.feed_words import FeedWords
from tongxing.gateway.answering.sightings import Sighting
from tongxing.gateway.storage import Database, UnitOfWork, Work
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.keys import Holder, HolderRef
from tongxing.schema import Color, Outcome, SourceAnswer, TravelDocument

SECONDS = 10.0
ASKED = [SourceAnswer(issuer=ISSUER, outcome=Outcome.TIMED_OUT)]  # type: ignore[arg-type]  # a text


@dataclass
class Told:
    """What was committed of what changes say: who was turned which color. ``kill`` is called
    before each is."""

    said: list[tuple[HolderRef, Color]] = field(default_factory=list)
    kill: Callable[[], None] = lambda: None

    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        def look(_unit: UnitOfWork) -> None:
            self.kill()
            for each in sightings:
                colors = [code.color for source in each.sources for code in source.codes]
                self.said += [(each.holder.ref, color) for color in colors]

        return look


@dataclass
class FollowingHub:
    """One process of it. ``events`` is what operators are told."""

    database: Database
    city: FeedIssuer
    keys: HolderKeys = field(default_factory=holder_keys)
    told: Told = field(default_factory=Told)
    events: list[tuple[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.holders = FeedHolders({ISSUER: FEED}, self.keys, self.told)
        self.store = FeedStore(self.database)
        self.words = FeedWords(self.database)
        self.follower = FeedFollower(
            ISSUER,
            FEED,
            self.city,
            self.store,
            FeedMarks(self.keys),
            self.holders,
            self.city,
            self,
            lambda: self.city.now,
            SECONDS,
        )

    def feed_begun(self, issuer: str, number: int) -> None:
        self.events.append(("begun", number))

    def changes_taken(self, issuer: str, number: int) -> None:
        if number:
            self.events.append(("taken", number))

    def change_passed_over(self, issuer: str, code: str) -> None:
        self.events.append(("passed over", code))

    def feed_refused(self, issuer: str, code: str) -> None:
        self.events.append(("refused", code))

    def holder(self, person: TravelDocument) -> Holder:
        return self.keys.all().holder(person.kind.value, person.number, self.city.now)

    async def answer(self, person: TravelDocument) -> Holder:
        """As the COMMIT of the first answer about somebody of whom the city was asked."""
        holder = self.holder(person)
        sighting = Sighting(holder, list, ASKED, person)
        await self.database.write(self.holders.seeing([sighting], self.city.now))
        return holder

    async def number(self) -> int | None:
        mark = (await self.store.state(ISSUER, self.city.now)).mark
        return None if mark is None else mark.number

    async def next_in(self) -> float:
        return await self.follower.next_in()


@asynccontextmanager
async def following(path: Path, city: FeedIssuer) -> AsyncIterator[FollowingHub]:
    async with open_database(path / "state" / "hub.sqlite3") as database:
        yield FollowingHub(database, city)
