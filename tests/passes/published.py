"""A hub's passes and lists without the hub: what is judged, kept and published, at a time that the
test says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from tests.holder_keys import holder_keys
from tests.holder_keys import one as known_as
from tests.keys.federation import Federation
from tests.recognition.given import AT, BY_DOCUMENT, all_shipped, greens
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.answering.receipt import source_claims
from tongxing.gateway.answering.sightings import Sighting
from tongxing.gateway.passes.list_news import ListNews
from tongxing.gateway.passes.list_publishing import ListPublishing, PublishingTerms, list_uri
from tongxing.gateway.passes.pass_basis import PassBasis, pass_standing
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.pass_store import NewPass, PassPlace, PassStore
from tongxing.gateway.passes.status_list_store import StatusListStore
from tongxing.gateway.policy.in_force import ruling
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import PassRecord
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.keys import HolderKey, HolderRef, HubSigner, TrustStore
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.known_hub import KnownHub
from tongxing.keys.passes import PassStatus
from tongxing.keys.status_delta import take_delta
from tongxing.keys.status_list import StatusList, take_snapshot
from tongxing.schema import AuditIndex, RegionCode, SourceAnswer, TravelDocument
from tongxing.schema.audit_words import PassAction

HUB = "tongxing-zhenjiang"
URL = "https://hub.example.cn"
LOG = f"{HUB}/audit"
GATE = "city-system"
CITY = RegionCode("321100")
ENTRIES = 256
LISTER = "sukangma"
SECONDS = timedelta(seconds=1)
HOLDERS = HolderKey(b"a synthetic key of thirty-two by")
SIGNER = HubSigner.generate()
ALL_GREEN = greens("zhenjiang", "sukangma", "national")
TERMS = PublishingTerms(HUB, URL, LOG, 15 * SECONDS, timedelta(hours=1))


def holder(number: int) -> HolderRef:
    return HOLDERS.ref("PASSPORT", str(number))


@dataclass(frozen=True)
class Followed:
    """What a gate knows of one list."""

    state: StatusList

    def status(self, place: PassPlace) -> PassStatus:
        assert place.serial <= self.state.covers
        return PassStatus(self.state.status(place.idx))


class PassHub:
    def __init__(self, database: Database, *, log: str = LOG, entries: int = ENTRIES) -> None:
        self.now = AT
        federation = Federation()
        trust = TrustStore(federation.roots, at_least_version=1)
        trust.replace(federation.signed(federation.payload()), AT)
        self.federation = federation
        self.trust = trust
        self.database = database
        self.colors = PassColors(all_shipped(), trust)
        self.store = PassStore(database, log, entries)
        self.lists = StatusListStore(database)
        keys = HubKeys.of_one(SIGNER, HUB, lambda: self.now)
        self.daily = DailyLists(ListStore(database), holder_keys())
        ear = NewsEar(database.news, Topic.PASSES, 15.0, monotonic)
        self.publishing = ListPublishing(
            database,
            self.colors,
            keys,
            TERMS if log == LOG else PublishingTerms(HUB, URL, log, TERMS.every, TERMS.usable),
            lambda: self.now,
            ear=ear,
            news=ListNews(database, self.daily, self.colors),
        )

    async def issue(
        self,
        number: int = 0,
        sources: Sequence[SourceAnswer] = ALL_GREEN,
        lives_for: timedelta = timedelta(hours=12),
        *,
        outlives: bool = False,
        document: TravelDocument | None = None,
    ) -> PassPlace:
        """``outlives``: its end is set without a look at what it rests on."""
        basis = PassBasis(
            BY_DOCUMENT.purpose,
            BY_DOCUMENT.document,
            None,
            (),
            tuple(source_claims(source) for source in sources),
        )
        standing = pass_standing(basis, ruling(self.colors.policies, CITY, self.now), self.now)
        ends_at = self.now + lives_for
        if not outlives:
            ends_at = min(ends_at, standing.end)
        new = NewPass(
            holder=holder(number),
            client_id=GATE,
            region=CITY,
            recognition=AuditIndex(7),
            ends_at=ends_at,
            holds_until=min(standing.holds_until, ends_at),
            trust_list=self.colors.trusted(self.now),
            status=standing.status,
            basis=basis,
            listings=[] if document is None else self.daily.places([LISTER], document),
        )
        return await self.store.issue(new, self.record(PassAction.ISSUED, number))

    def record(self, action: PassAction, number: int = 0) -> PassRecord:
        return PassRecord(
            at=self.now,
            request_id="request",
            client_id=GATE,
            action=action,
            receiving_region=CITY,
            holder=holder(number),
            recognition=AuditIndex(7),
        )

    async def withdraw(self, place: PassPlace, client: str = GATE) -> bool:
        record = self.record(PassAction.WITHDRAWN)
        return await self.store.withdraw((place.number, place.idx), client, record)

    async def see(self, number: int, *sources: SourceAnswer) -> None:
        """As an answer to somebody about this holder."""
        sighting = Sighting(known_as(holder(number)), list, sources)
        await self.database.write(self.colors.seeing([sighting], self.now))

    async def publish(self, later: timedelta = SECONDS) -> None:
        self.now += later
        await self.publishing.publish()

    def known(self) -> KnownHub:
        return KnownHub(HUB, {SIGNER.key_id: SIGNER.public_key}, self.now)

    async def fetched(self, number: int, known: StatusList | None = None) -> Followed:
        text = await self.lists.snapshot(number)
        assert text is not None
        uri = list_uri(URL, number)
        return Followed(take_snapshot(text, uri, self.known(), known, self.now))

    async def stepped(self, number: int, state: StatusList) -> StatusList:
        """By all deltas there are."""
        while (text := await self.lists.delta(number, state.number)) is not None:
            state = take_delta(text, self.known(), state, self.now)
        return state

    async def status(self, place: PassPlace) -> PassStatus:
        """After the next publication."""
        await self.publish()
        return (await self.fetched(place.number)).status(place)
