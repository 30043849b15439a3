"""The whole stack in one process: a hub, the issuers that it asks, its trust list, its policies and
the clock, all in the hands of a test.

Every part of the hub is the product's own. The issuers are simulated and sign; between them and the
hub runs a line that can be disturbed, and on which something else may happen meanwhile.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from tests.adapters.docked_issuers import DOCKED, SimulatedDocked
from tests.adapters.federation import SCANS, SIMULATED
from tests.adapters.people import AT, GATE, STRANGER, WANG, resident
from tests.adapters.signers import REGIONS
from tests.adapters.simulated_issuer import SimulatedIssuer, leave
from tests.answering.list_issuer import ListingIssuer
from tests.answering.list_issuer import line as list_line
from tests.back_ends import open_database
from tests.holder_keys import holder_keys
from tests.keys.federation import EdSigner, Signer, instant, issuer_entry, key_entry, list_payload
from tests.oracle.places import Place, read
from tests.oracle.translated import SHIPPED
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import ByCode, ByDocument
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.flip_store import FlipAlarms
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.history_store import HistoryStore, RememberedHistories
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.answering.prepared import PreparedAnswers
from tongxing.gateway.answering.routes import RememberedRoutes
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.followup.known_colors import KnownColors
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.turns import Turns
from tongxing.keys import HubSigner, TrustStore
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import sign_trust_list
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.schema import (
    Color,
    Decision,
    Outcome,
    Purpose,
    Recognition,
    RegionCode,
    TravelDocument,
)
from tongxing.schema.stopped_client import StopReason

CONNECTED = ("zhenjiang", "sukangma", "national", "zhejiang", "anhui", "anhui-text", "beijing")
ISSUERS = tuple(issuer for issuer in CONNECTED if issuer != "anhui-text")
"""Those that are asked about people; the last of the others only claims codes like Anhui's."""

LEVELS = {"national": "national", "zhenjiang": "city"}
CHANNEL_ONLY = "beijing"
STRICTER_AT = AT + timedelta(hours=1)
"""From then on the Zhenjiang code is mandatory in Jiangsu."""

LIMITLESS = GuessLimits(per_prefix=10**6, per_name=10**6, unconfirmed=10**6)
"""All the people of these questions are neighbors and namesakes, as those of a sweep are."""

JIANGSU = (SHIPPED / "jiangsu-1.toml").read_text("utf-8")
STRICTER = (
    JIANGSU.replace("\nversion = 1\n", "\nversion = 2\nreplaces = 1\n")
    .replace(
        'mandatory = ["sukangma", "national"]', 'mandatory = ["sukangma", "national", "zhenjiang"]'
    )
    .replace("valid_from = 2020-03-01T00:00:00+08:00", f"valid_from = {STRICTER_AT.isoformat()}")
    .replace('  { issuer = "zhenjiang", outcome = "WRONG_HOLDER" },\n', "")
    .replace("\nvalid_until", "\n# the earlier one ends when this begins\nvalid_until")
)
HUB_DEADLINE_SECONDS = 5.0
HASTY_DEADLINE_SECONDS = 0.05


def signer_of(issuer: str) -> Signer:
    if issuer == "national":
        return Sm2Signer.generate()
    return Es256Signer.generate() if issuer in ("zhenjiang", "beijing") else EdSigner()


@dataclass
class Keys:
    """Of one issuer: the key in use, and others that no longer are or never were."""

    used: Signer
    retired: Signer
    revoked: Signer
    unlisted: Signer

    @classmethod
    def of(cls, issuer: str) -> "Keys":
        return cls(*(signer_of(issuer) for _ in range(4)))

    def listed(self, *, revoked: bool, lenient: bool) -> list[dict[str, Any]]:
        """``lenient`` is a bug: every key is listed as if it counted."""
        a_day, a_month = timedelta(days=1), timedelta(days=30)
        span = {"not_before": instant(AT - a_month), "not_after": instant(AT + a_month)}
        past = span | {"not_after": instant(AT - a_day)}
        gone = span | {"revoked_at": instant(AT - a_day)}
        if lenient:
            past = gone = span
        now = gone if revoked else span
        return [
            key_entry(self.used, **now),
            key_entry(self.retired, **past),
            key_entry(self.revoked, **gone),
        ]


Trouble = Callable[[HttpRequest, float], Awaitable[HttpResponse]]


@dataclass
class Line:
    """The connection to one issuer. ``trouble`` answers in its place, ``garble`` changes what it
    answers, ``meanwhile`` happens once, while the hub waits."""

    issuer: SimulatedIssuer
    trouble: Trouble | None = None
    garble: Callable[[HttpResponse], HttpResponse] = lambda response: response
    meanwhile: Callable[[], None] | None = None

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        if self.meanwhile is not None:
            happening, self.meanwhile = self.meanwhile, None
            happening()
        if self.trouble is not None:
            return await self.trouble(request, deadline)
        return self.garble(self.issuer.answer(request))

    def at_rest(self, person: TravelDocument, used: Signer, late: timedelta) -> None:
        """As if nothing had ever gone wrong; the issuer knows ``person``."""
        self.trouble, self.garble, self.meanwhile = None, lambda response: response, None
        mine = self.issuer
        mine.people, mine.shown_by, mine.about = [person], person, None
        mine.signer, mine.late, mine.edit = used, late, leave


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@dataclass
class Watching:
    """The alarms of the last question."""

    alarms: set[str] = field(default_factory=set)

    def recognized(self, color: Color, decision: Decision) -> None: ...
    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None: ...
    def mass_flip(self, issuer: str, basis: str, people: int) -> None: ...
    def client_stopped(self, client: str, reason: StopReason, counted: int) -> None: ...
    def issuer_silent(self, issuer: str, is_silent: bool) -> None: ...  # noqa: FBT001
    def issuer_left_alone(self, issuer: str, why: str, is_left: bool) -> None: ...  # noqa: FBT001
    def filter_taken(self, issuer: str, holders: int) -> None: ...
    def filter_refused(self, issuer: str, code: str) -> None: ...

    def integrity_alarm(self, request_id: str, issuer: str) -> None:
        self.alarms.add(issuer)


@dataclass
class Trusted:
    """The trust list as its root keys sign it, version after version."""

    keys: dict[str, Keys]
    roots: Sequence[Es256Signer] = field(
        default_factory=lambda: [Es256Signer.generate(), Es256Signer.generate()]
    )
    version: int = 0

    def __post_init__(self) -> None:
        keys = {root.key_id: root.public_key for root in self.roots}
        self.store = TrustStore(RootKeys(2, keys), at_least_version=0)

    def publish(
        self, *, revoked: str | None = None, without: str | None = None, lenient: bool = False
    ) -> None:
        self.version += 1
        issuers = [
            _entry(issuer, self.keys[issuer].listed(revoked=issuer == revoked, lenient=lenient))
            for issuer in CONNECTED
            if issuer != without
        ]
        payload = list_payload(*issuers, version=self.version)
        self.store.replace(sign_trust_list(payload, self.roots), AT)


def _entry(issuer: str, keys: Sequence[dict[str, Any]]) -> dict[str, Any]:
    prefix = {"anhui-text": "AKT:"}.get(issuer, SCANS[issuer][:4])
    members: dict[str, Any] = {"regions": list(REGIONS[issuer]), "code_prefix": prefix}
    members["level"] = LEVELS.get(issuer, "province")
    if issuer == CHANNEL_ONLY:
        return issuer_entry(issuer, channel_only=True, **members)
    return issuer_entry(issuer, *keys, **members)


@dataclass
class Stack:
    """``hub`` asks with all the time that it needs, ``hasty`` waits a twentieth of a second,
    ``whole`` gives no answer again; they share all that they keep of statements and histories."""

    hub: Hub
    whole: Hub
    hasty: Hub
    links: dict[str, IssuerLink]
    lines: dict[str, Line]
    keys: dict[str, Keys]
    trusted: Trusted
    policies: "Changing"
    clock: Clock
    watch: Watching
    database: Database
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def prepare(self, person: TravelDocument, now: datetime = AT) -> None:
        self.clock.now = now
        self.watch.alarms.clear()
        for issuer, line in self.lines.items():
            line.at_rest(person, self.keys[issuer].used, now - AT)

    async def ask(
        self, question: ByDocument | ByCode, region: str, purpose: str, *, hasty: bool = False
    ) -> Recognition:
        inquiry = Inquiry(question, RegionCode(region), Purpose(purpose))
        asker = Asker("city-a", f"request-{next(self.numbers)}")
        (recognition,) = await (self.hasty if hasty else self.hub).recognize([inquiry], asker)
        assert isinstance(recognition, Recognition)
        return recognition

    def scan(self, issuer: str) -> ByCode:
        return ByCode(SCANS[issuer], GATE)


HOMES = ("321102", "110105", "330106", "420102", "340102")
"""The divisions that people's numbers begin with; no issuer speaks for the fourth."""


def person(number: int) -> TravelDocument:
    """Somebody of whom nobody has heard yet; at most 300,000."""
    home = HOMES[number % len(HOMES)]
    day, sequence = divmod(number, 1_000)
    month, day = divmod(day, 28)
    year, month = divmod(month, 12)
    return resident(f"{home}{1960 + year}{month + 1:02d}{day + 1:02d}{sequence:03d}", "王小明")


LISTED = [person(299_000 + number) for number in range(20)]
"""Red on the list of Sukangma."""


def places() -> dict[str, Place]:
    """By region, as the oracle reads them; Jiangsu's next version under ``320000 later``."""
    files = {file.stem: read(file.read_text("utf-8")) for file in SHIPPED.glob("*.toml")}
    regions = {"zhenjiang-1": "321100", "jiangsu-1": "320000", "hefei-1": "340100"}
    regions |= {"shanghai-1": "310000", "shandong-1": "370000", "hangzhou-1": "330100"}
    return {regions[name]: place for name, place in files.items()} | {
        "320000 later": read(STRICTER)
    }


@dataclass
class Changing:
    """Policies in whose place others may come."""

    policies: Policies

    def in_force(self, region: RegionCode, at: datetime) -> Policy:
        return self.policies.in_force(region, at)


Preparing = Callable[..., PreparedAnswers]
"""How prepared answers are kept: another one is a bug that a test plants."""

Guarding = Callable[[AuditLog, HolderKeys, GuessLimits, Watching], GuessGuard]
"""How a guard is made: another one is a bug that a test plants."""


@asynccontextmanager
async def stack(
    directory: Path,
    *,
    lists_ended: bool,
    guarding: Guarding = GuessGuard,
    preparing: Preparing = PreparedAnswers,
    turns: Turns | None = None,
) -> AsyncIterator[Stack]:
    keys = {issuer: Keys.of(issuer) for issuer in CONNECTED}
    lines = {issuer: Line(_simulated(issuer, keys[issuer].used)) for issuer in CONNECTED}
    trusted, clock, watch = Trusted(keys), Clock(), Watching()
    trusted.publish()
    keyring = holder_keys()
    with ThreadPoolExecutor(1) as readers:
        signer = HubSigner.generate()
        path, log_signer = directory / "state" / "hub.sqlite3", signer.log_signer("hub")
        async with open_database(path, signer=log_signer) as database:
            lists = await DailyLists.open(ListStore(database), keyring)
            await _publish_lists(lists, trusted, keys, ended=lists_ended)
            cache = StatementCache(
                lifetime_seconds=30.0,
                room_of_client=1_000_000,
                room=10_000_000,
                clock=clock.seconds,
            )

            evidence = ClockEvidence(lambda _: None)

            def link(issuer: str) -> IssuerLink:
                adapter = _adapter(issuer, lines[issuer])
                return IssuerLink(
                    adapter,
                    cache=cache,
                    readers=readers,
                    evidence=evidence,
                    watch=watch,
                    clock=clock.seconds,
                )

            links = {issuer: link(issuer) for issuer in CONNECTED}
            history = RememberedHistories(
                HistoryStore(database),
                lifetime_seconds=30.0,
                room_of_client=1_000_000,
                room=10_000_000,
                clock=clock.seconds,
            )
            policies = Changing(_policies())
            keeping: dict[str, Any] = {"lifetime_seconds": 30.0, "clock": clock.seconds}
            ready = preparing(cache, history, room_of_client=10**6, room=10**7, **keeping)
            never = PreparedAnswers(cache, history, room_of_client=0, room=0, **keeping)
            parts: dict[str, Any] = {
                "hub_id": "hub",
                "links": links,
                "policies": policies,
                "trust": trusted.store,
                "evidence": evidence,
                "turns": turns or Turns(monotonic),
                "explainers": readers,
                "guard": guarding(await AuditLog.open(database), keyring, LIMITLESS, watch),
                "history": history,
                "lists": lists,
                "routes": RememberedRoutes(lifetime_seconds=30.0, clock=clock.seconds),
                "filters": MembershipFilters({}, room=0, watch=watch),
                "flips": FlipAlarms(watch),
                "lookout": KnownColors(),
                "signer": signer,
                "holder_keys": keyring,
                "holder_links": HolderLinks(database),
                "watch": watch,
                "clock": clock,
            }
            hub = Hub(**parts, prepared=ready, deadline_seconds=HUB_DEADLINE_SECONDS)
            whole = Hub(**parts, prepared=never, deadline_seconds=HUB_DEADLINE_SECONDS)
            hasty = Hub(**parts, prepared=ready, deadline_seconds=HASTY_DEADLINE_SECONDS)
            yield Stack(
                hub, whole, hasty, links, lines, keys, trusted, policies, clock, watch, database
            )


def _policies() -> Policies:
    files = {file.name: file.read_bytes() for file in SHIPPED.glob("*.toml")}
    files["jiangsu-2.toml"] = STRICTER.encode()
    return Policies.of({name: read_policy(name, content) for name, content in files.items()})


def _simulated(issuer: str, signer: Signer) -> SimulatedIssuer:
    made = SIMULATED[issuer](signer=signer, people=[WANG], scanned=SCANS[issuer], shown_by=STRANGER)
    if issuer in DOCKED and isinstance(made, SimulatedDocked):
        made.signs = issuer != CHANNEL_ONLY
    return made


HUB_KEY = Sm2Signer.generate()
_NONCE = count()


def _adapter(issuer: str, line: Line) -> Adapter:
    identity = HubIdentity(issuer, Credential("hub-token"), "hub", lambda: HUB_KEY)
    return Adapter(
        DIALECTS[issuer](identity), line, _nonce, authenticates_issuer=issuer == CHANNEL_ONLY
    )


def _nonce() -> str:
    return f"{next(_NONCE):022d}"


async def _publish_lists(
    lists: DailyLists, trusted: Trusted, keys: dict[str, Keys], *, ended: bool
) -> None:
    """One for each issuer whose list Shanghai looks up; that of Sukangma has ended, or holds."""
    for issuer in ("sukangma", "zhejiang", "anhui"):
        made = AT - timedelta(hours=9)
        end = AT - timedelta(hours=1) if ended and issuer == "sukangma" else AT + timedelta(hours=9)
        rows = [list_line(issuer, someone) for someone in LISTED] if issuer == "sukangma" else []
        writer = ListingIssuer(issuer, keys[issuer].used)
        until = int(end.timestamp())
        received = writer.made(made, *rows, next_at=until, valid_until=until)
        taken_at = made + timedelta(minutes=1)
        await lists.take(issuer, received, trusted.store.current(AT), taken_at)
