"""The hub itself, without HTTP: what holds at the moment of the answer, and not of the question."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import cast

import pytest

from tests.adapters.federation import KEYS, TRUSTED, federated
from tests.adapters.people import AT, WANG
from tests.adapters.signers import REGIONS, own_keys, trust_list
from tests.adapters.words import write
from tests.back_ends import open_database
from tests.holder_keys import holder_keys
from tests.recognition.given import shipped
from tests.storage.disk import Disk
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument, Question
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
from tongxing.gateway.operation.steady_clock import ClockJumped, SteadyClock
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.recognition.circle import Circle
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, RefusalRecord, kind_of
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.turns import Turns
from tongxing.keys import HubSigner, TrustList, TrustStore
from tongxing.schema import (
    Color,
    Decision,
    Outcome,
    Purpose,
    Recognition,
    RefusalCode,
    RegionCode,
)
from tongxing.schema.stopped_client import StopReason

REGION = RegionCode("321100")
ELSEWHERE = RegionCode("330100")
ASKER = Asker("city-a", "request-1")
STEP = timedelta(seconds=2)
STATED_FOR = timedelta(seconds=300)
"""How long a statement of Zhenjiang is good."""
EARLIER = replace(shipped("zhenjiang-1"), valid_from=AT - STEP, valid_until=AT + 100 * STEP)
LATER = replace(
    EARLIER, version=replace(EARLIER.version, version=2), replaces=1, valid_from=AT + STEP
)

POLICIES = Policies.of({"1.toml": EARLIER, "2.toml": LATER})


@dataclass
class Ticking:
    """Each look at the clock is one step later."""

    now: datetime = AT - STEP

    def __call__(self) -> datetime:
        self.now += STEP
        return self.now


class Trusting:
    """Holds ``later`` from the second look on, or ``now``."""

    def __init__(self, later: TrustList = TRUSTED, *, now: bool = False) -> None:
        self.lists = [later] if now else [TRUSTED, later]

    def current(self, _at: datetime) -> TrustList:
        return self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]


class Unwatched:
    def recognized(self, color: Color, decision: Decision) -> None: ...
    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None: ...
    def integrity_alarm(self, request_id: str, issuer: str) -> None: ...
    def issuer_silent(self, issuer: str, is_silent: bool) -> None: ...  # noqa: FBT001
    def issuer_left_alone(self, issuer: str, why: str, is_left: bool) -> None: ...  # noqa: FBT001
    def filter_taken(self, issuer: str, holders: int) -> None: ...
    def filter_refused(self, issuer: str, code: str) -> None: ...
    def mass_flip(self, issuer: str, basis: str, people: int) -> None: ...
    def client_stopped(self, client: str, reason: StopReason, counted: int) -> None: ...


@asynccontextmanager
async def opened(
    directory: Path,
    trust: Trusting,
    links: Mapping[str, IssuerLink] | None = None,
    clock: Callable[[], datetime] | None = None,
    policies: Policies = POLICIES,
    *,
    disk: Disk | None = None,
    deadline_seconds: float = 1.0,
    filters: MembershipFilters | None = None,
    statements: StatementCache | None = None,
) -> AsyncIterator[Hub]:
    """``statements`` of the links; without them no answer is given again."""
    keys, watch = holder_keys(), Unwatched()
    async with open_database(directory / "state" / "hub.sqlite3", disk) as database:
        history = RememberedHistories(
            HistoryStore(database),
            lifetime_seconds=30.0,
            room_of_client=1_000_000,
            room=10_000_000,
            clock=monotonic,
        )
        yield Hub(
            hub_id="hub",
            links=links or {},
            policies=policies,
            trust=cast("TrustStore", trust),
            guard=GuessGuard(await AuditLog.open(database), keys, GuessLimits(), watch),
            history=history,
            prepared=PreparedAnswers(
                statements or keeping_statements(),
                history,
                lifetime_seconds=30.0,
                room_of_client=1_000_000,
                room=10_000_000,
                clock=monotonic,
            ),
            routes=RememberedRoutes(lifetime_seconds=30.0, clock=monotonic),
            filters=filters or MembershipFilters({}, room=0, watch=watch),
            lists=await DailyLists.open(ListStore(database), keys),
            flips=FlipAlarms(watch),
            lookout=KnownColors(),
            signer=HubSigner.generate(),
            holder_keys=keys,
            holder_links=HolderLinks(database),
            evidence=ClockEvidence(lambda _: None),
            watch=watch,
            turns=Turns(monotonic),
            explainers=ThreadPoolExecutor(1),
            clock=clock or Ticking(),
            deadline_seconds=deadline_seconds,
        )


async def test_without_a_clock_that_can_be_believed_there_is_no_answer(tmp_path: Path) -> None:
    clock = SteadyClock(Ticking(), lambda: 0.0, lambda _: None)
    async with opened(tmp_path, Trusting(), clock=clock) as hub:
        with pytest.raises(ClockJumped):
            await recognized(hub)


async def recognized(hub: Hub, asker: Asker = ASKER) -> Recognition:
    inquiry = Inquiry(ByDocument(WANG), REGION, Purpose.ENTRY)
    (recognition,) = await hub.recognize([inquiry], asker)
    assert isinstance(recognition, Recognition)
    return recognition


async def test_a_policy_that_begins_while_issuers_are_asked_decides(tmp_path: Path) -> None:
    async with opened(tmp_path, Trusting()) as hub:
        assert (await recognized(hub)).policy.number == 2


ENDING = replace(EARLIER, valid_until=AT + STEP)
"""In force when Ticking is looked at for the first time, and not the second time."""


@pytest.mark.parametrize("policies", [{}, {"1.toml": ENDING}], ids=["never", "any more"])
async def test_where_no_policy_is_in_force_the_traveler_alone_is_not_answered(
    tmp_path: Path, links: dict[str, IssuerLink], policies: dict[str, Policy]
) -> None:
    everywhere = Policies.of({**policies, "2.toml": elsewhere(EARLIER)})
    asked = [
        Inquiry(ByDocument(WANG), RegionCode(region), Purpose.ENTRY)
        for region in (ELSEWHERE, REGION, ELSEWHERE)
    ]
    async with opened(tmp_path, Trusting(), links, policies=everywhere) as hub:
        first, ruled_out, last = await hub.recognize(asked, Asker("city-a", "request-1", 3))
    assert ruled_out is RefusalCode.NO_POLICY_IN_FORCE
    assert isinstance(first, Recognition)
    assert isinstance(last, Recognition)
    assert first.receiving_region == last.receiving_region == ELSEWHERE


@pytest.mark.parametrize(
    ("policies", "kinds"),
    [({}, ["REFUSAL"]), ({"1.toml": ENDING}, ["INTENT", "REFUSAL"])],
    ids=["never", "any more"],
)
async def test_that_nothing_was_decided_is_in_the_log_and_makes_no_guess(
    tmp_path: Path,
    links: dict[str, IssuerLink],
    policies: dict[str, Policy],
    kinds: list[str],
) -> None:
    asked = [Inquiry(ByDocument(WANG), REGION, Purpose.ENTRY)]
    made = Policies.of(policies)
    async with opened(tmp_path, Trusting(), links, policies=made) as hub:
        assert await hub.recognize(asked, ASKER) == [RefusalCode.NO_POLICY_IN_FORCE]
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        entries = (await (await AuditLog.open(database)).page(AuditFilter(), Slice(10))).items
        assert [kind_of(entry.record).value for entry in entries] == kinds
        assert entries[-1].record == RefusalRecord(
            at=entries[-1].record.at,
            request_id=ASKER.request_id,
            client_id=ASKER.client_id,
            code="NO_POLICY_IN_FORCE",
            purpose=Purpose.ENTRY,
            receiving_region=REGION,
        )
        ((guesses,),) = await database.fetch("SELECT count(*) FROM guesses", ())
    assert guesses == 0


def elsewhere(policy: Policy) -> Policy:
    return replace(policy, version=replace(policy.version, region=ELSEWHERE))


LISTED = {name: [key] for name, key in KEYS.items()}
TURNED = {
    "a newer list revokes the key": trust_list(LISTED, revoked=frozenset({"zhenjiang"})),
    "a newer list has another key": trust_list(LISTED | {"zhenjiang": [own_keys()["zhenjiang"]]}),
    "a newer list speaks for another region": trust_list(
        LISTED, regions=dict.fromkeys(REGIONS, ("650000",))
    ),
}


@pytest.fixture
def links() -> Iterator[dict[str, IssuerLink]]:
    """The Zhenjiang code, which states a green of its own."""
    with ThreadPoolExecutor(1) as readers:
        yield {"zhenjiang": link(federated("zhenjiang").adapter, readers)}


def keeping_statements(kept_seconds: float = 30.0) -> StatementCache:
    return StatementCache(
        lifetime_seconds=kept_seconds, room_of_client=100_000, room=1_000_000, clock=monotonic
    )


def link(
    adapter: Adapter,
    readers: ThreadPoolExecutor,
    *,
    kept_seconds: float = 30.0,
    statements: StatementCache | None = None,
) -> IssuerLink:
    return IssuerLink(
        adapter,
        cache=statements or keeping_statements(kept_seconds),
        readers=readers,
        evidence=ClockEvidence(lambda _: None),
        watch=Unwatched(),
        clock=monotonic,
    )


def numbering(listed: TrustList, prefix: str) -> Trusting:
    """Always ``listed``, with codes of Zhenjiang that begin so."""
    zhenjiang = replace(listed.issuers["zhenjiang"], code_prefix=prefix)
    return Trusting(replace(listed, issuers={**listed.issuers, "zhenjiang": zhenjiang}), now=True)


def asking(policy: Policy, *issuers: str) -> Policy:
    """With only the Zhenjiang code mandatory."""
    circle = Circle(False, frozenset(issuers), frozenset(), frozenset(), frozenset())
    mandatory = replace(policy.issuers, mandatory=frozenset({"zhenjiang"}))
    return replace(policy, circle=circle, issuers=mandatory)


WIDER = Policies.of(
    {
        "1.toml": asking(EARLIER, "zhenjiang"),
        "2.toml": asking(LATER, "zhenjiang", "sukangma"),
    }
)
QUESTIONS = {
    "by document": ByDocument(WANG),
    "by a code that shows its holder": federated("zhenjiang").scan,
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_a_policy_that_begins_in_mid_question_misses_no_red_of_those_whom_it_asks(
    tmp_path: Path, links: dict[str, IssuerLink], question: Question
) -> None:
    inquiry = Inquiry(question, REGION, Purpose.ENTRY)
    with ThreadPoolExecutor(1) as readers:
        red = federated("sukangma", edit=write("sukangma", "red")).adapter
        links["sukangma"] = link(red, readers)
        async with opened(tmp_path, numbering(TRUSTED, "ZJC1."), links, policies=WIDER) as hub:
            (recognition,) = await hub.recognize([inquiry], ASKER)
    assert isinstance(recognition, Recognition)
    assert recognition.policy.number == 2
    assert [source.issuer for source in recognition.sources] == ["zhenjiang", "sukangma"]
    assert recognition.color is Color.RED
    assert recognition.behind.left_out() == []


async def test_an_issuer_that_only_the_later_policy_asks_is_announced_behind_kept_statements(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    """All that the earlier policy wants is kept, so nothing was announced when the later one
    begins."""
    with ThreadPoolExecutor(1) as readers:
        async with opened(tmp_path / "before", Trusting(), links) as hub:
            await recognized(hub)
        links["sukangma"] = link(federated("sukangma").adapter, readers)
        async with opened(tmp_path, Trusting(now=True), links, policies=WIDER) as hub:
            recognition = await recognized(hub)
    assert [source.issuer for source in recognition.sources] == ["zhenjiang", "sukangma"]
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        entries = (await (await AuditLog.open(database)).page(AuditFilter(), Slice(10))).items
    assert [kind_of(entry.record).value for entry in entries] == ["INTENT", "OUTCOME"]


@pytest.mark.parametrize("later", TURNED.values(), ids=TURNED)
@pytest.mark.parametrize("kept", [False, True], ids=["asked", "kept"])
async def test_what_the_trust_list_stops_to_believe_in_mid_question_is_not_believed(
    tmp_path: Path, links: dict[str, IssuerLink], later: TrustList, *, kept: bool
) -> None:
    if kept:
        async with opened(tmp_path / "before", Trusting(), links) as hub:
            assert [s.outcome for s in (await recognized(hub)).sources] == [Outcome.VERIFIED]
    async with opened(tmp_path, Trusting(later), links) as hub:
        recognition = await recognized(hub)
    (source,) = recognition.sources
    assert source.outcome is Outcome.BAD_SIGNATURE
    assert source.codes == []
    assert recognition.color is not Color.GREEN


async def test_an_answer_with_news_takes_no_more_commits_than_one_without(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    """Else the time of the answer would show whether another client had asked before."""
    disk = Disk()
    async with opened(tmp_path, Trusting(), links, disk=disk) as hub:
        commits, learned = [], []
        for client in ("city-a", "city-b"):
            disk.said.clear()
            await recognized(hub, Asker(client, "request-1"))
            commits.append(disk.said.count("COMMIT"))
            learned.append(any("INSERT INTO history" in statement for statement in disk.said))
    assert learned == [True, False]
    assert commits == [2, 2]


async def test_a_key_that_ends_in_mid_question_is_not_believed(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    """The list is the same all the time: Ticking goes two seconds further with each look."""
    trust = Trusting()
    trust.lists = [ending(TRUSTED, AT + STEP / 2)]
    async with opened(tmp_path, trust, links) as hub:
        (source,) = (await recognized(hub)).sources
    assert source.outcome is Outcome.BAD_SIGNATURE


async def test_a_statement_that_ends_between_question_and_answer_is_not_given(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    """What was kept is good at the look before the question and not at that before the answer;
    also not when it is asked once more, by then from what was made before."""
    policies = Policies.of({"1.toml": replace(EARLIER, valid_until=AT + timedelta(days=1))})
    clock, told = Ticking(), []
    async with opened(tmp_path, Trusting(now=True), links, clock, policies) as hub:
        (source,) = (await recognized(hub)).sources
        assert source.outcome is Outcome.VERIFIED
        clock.now = AT + STATED_FOR - 1.5 * STEP
        for _ in range(3):
            (source,) = (await recognized(hub)).sources
            told.append(source.outcome)
    assert Outcome.VERIFIED not in told


def ending(listed: TrustList, at: datetime) -> TrustList:
    """``listed`` with keys that are valid until ``at``."""
    issuers = {
        name: replace(
            issuer, keys={k: replace(key, not_after=at) for k, key in issuer.keys.items()}
        )
        for name, issuer in listed.issuers.items()
    }
    return replace(listed, issuers=issuers)
