"""An answer that is given again is the one that would be made anew, whatever happened between.

Two hubs over the same statements and histories are asked the same at the same moment: one gives
again what it can, the other makes everything anew. Each answer is written out as clients get it.
``PREPARED_QUESTIONS`` says how often they are asked; without it 600.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from graphql import VariableValues, parse

from tests.adapters.people import AT
from tests.answering.on_disk import records_of
from tests.graphql.both_ways import prepared
from tests.oracle.faults import Disturbance
from tests.oracle.stack import ISSUERS, Preparing, Stack, person, stack
from tests.oracle.telling import Told
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.claims_again import ClaimsAgain
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.prepared import (
    TEXT_BYTES,
    Prepared,
    PreparedAnswers,
    PreparedKey,
)
from tongxing.gateway.graphql.history_pages import history_page
from tongxing.gateway.graphql.issuer_views import IssuerViews
from tongxing.gateway.graphql.plan import MEETINGS
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.run import Run
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.graphql.writers import Write
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import (
    AuditRecord,
    OutcomeRecord,
    RepeatedOutcome,
    unpack_case,
)
from tongxing.gateway.storage.entries import AuditRow
from tongxing.keys import HolderEpoch, HolderKey, TrustList, base64url
from tongxing.keys.log_proof import read_proof
from tongxing.keys.strict_json import parse_object
from tongxing.schema import HealthCode, Purpose, Recognition, RegionCode
from tongxing.schema.kept_texts import KeptTexts

QUESTIONS = int(os.environ.get("PREPARED_QUESTIONS", "600"))
SEED = 20200306
PEOPLE = [person(number) for number in range(6)]
CLIENTS = ("city-a", "city-b")
REGIONS = ("321100", "321100", "321100", "320000", "340100", "310000", "370000", "330100")
PURPOSES = (Purpose.ENTRY, Purpose.TRANSPORT, Purpose.WORK)
HOUR, SECOND = 3_600, timedelta(seconds=1)
HOLDER_KEY = HolderKey(b"k" * 32)
EXPLAINED = 0.03
"""Of the questions are explained too: it takes some 20 ms."""

AGES = (0, 60, HOUR, 12 * HOUR - 20, 24 * HOUR - 15, 24 * HOUR - 40, 14 * 24 * HOUR - 12)
"""Of states: some pass a limit of a policy while they are kept."""

MUST_DIFFER = ("request_id", "audit_index")
"""Which request it is, and where the log holds it."""

COMPARED_APART = (
    "behind",
    "texts",
    "receipt",
    "proof",
    "decider",
    "explanation",
    "history",
    "not_asked",
)
"""What is made when somebody asks for it."""

SELECTED = (
    """requestId decidedAt validUntil holder purpose color decision madeGreener evidence asOf
    receivingRegion mode trustListVersion auditIndex receipt policy { region number digest }
    decidedBy { id name { zh } } reasons { code text { zh en } rule { id } issuer { id } }""",
    """proof again: proof validUntil sources {
        issuer { id name { zh en } keys { keyId } } outcome evidence evidenceDigest via
        codes { color rawValue issuingPlace basis asOf validUntil previousColor changedAt }
    } notAsked { issuer { id } reason }""",
    """validUntil auditIndex history(first: 50) {
        edges { cursor node { color knownAt } } pageInfo { hasNextPage }
    }""",
)
"""What clients ask for: at a gate, to check it, and the past, which is written anew each time."""

LEFT_OUT = frozenset((*MUST_DIFFER, *COMPARED_APART))
CLAIMS_DIFFER = ("request", "audit")


class Names:
    """What resolvers find in the context of a request."""

    def __init__(self, views: IssuerViews) -> None:
        self.issuer = views.issuer
        self.history_page = history_page


class Writers:
    """Compiled plans, as a hub has them for operations that it has met before."""

    def __init__(self, around: Stack) -> None:
        self._context = Names(IssuerViews(around.trusted.store, frozenset(ISSUERS)))
        schema, self._none = core_schema(graphql_schema()), VariableValues({}, {})
        plans = [
            prepared(schema, parse(HEAD.replace("MORE", more))).plan(self._none)
            for more in SELECTED
        ]
        for plan in plans * MEETINGS:
            plan.meet()
        self._writes = [plan.only.write for plan in plans if plan.only is not None]
        assert len(self._writes) == len(SELECTED)

    def written(self, answer: Recognition) -> list[bytes]:
        """``answer`` as bytes, but for what must differ."""
        return [self._without(write, answer) for write in self._writes]

    def _without(self, write: Write, answer: Recognition) -> bytes:
        run = Run(self._context, self._none)
        text = msgspec.json.encode(run.written(write, answer))
        behind, index = answer.behind, msgspec.json.encode(answer.audit_index)
        for own in (answer.request_id, behind.signed(), behind.proven()):
            text = text.replace(msgspec.json.encode(own), b"-")
        return text.replace(b'"auditIndex":' + index, b"-")


HEAD = """query ($input: TravelerInput!) { traveler(input: $input) {
    ... on TravelerRecognition { MORE } } }"""


@dataclass
class Traffic:
    """Questions, most of them again, and what happens between two of them."""

    around: Stack
    path: Path
    random: Random
    writers: Writers
    asked: int = 0
    last: Inquiry | None = None
    compared: int = 0
    wrong: list[object] = field(default_factory=list)

    async def go_on(self, questions: int, *, until_wrong: bool) -> None:
        self.around.prepare(PEOPLE[0])
        for issuer in ISSUERS:
            self.tell(issuer)
        for _ in range(questions):
            self.happen()
            await self.ask()
            if self.wrong and until_wrong:
                break

    def tell(self, issuer: str) -> None:
        """What an issuer says from now on, when it is asked again."""
        line, now = self.around.lines[issuer], self.around.clock.now
        line.issuer.people = self.random.sample(PEOPLE, self.random.choice((4, 6, 6)))
        color = self.random.choice(("GREEN",) * 16 + ("YELLOW", "RED"))
        told = Told(color, self.random.choice(AGES), self.random.choice((14, 30)))
        Disturbance(self.around, issuer, now).tells(told)

    def happen(self) -> None:
        kind, clock = self.random.random(), self.around.clock
        if kind < 0.5:
            clock.now += self.random.choice((0, 0, 1, 4, 11)) * SECOND
        elif kind < 0.6:
            self.tell(self.random.choice(ISSUERS))
        elif kind < 0.66:
            self.around.trusted.publish(revoked=self.random.choice((None,) * 5 + ("national",)))
        elif kind < 0.72:
            self.change_policies()
        elif kind < 0.74:
            clock.now += self.random.choice((60, 1_500)) * SECOND
        for line in self.around.lines.values():
            line.issuer.late = clock.now - AT

    def change_policies(self) -> None:
        now, lifetime = self.around.policies, self.random.choice((1, 5, 10)) * 60 * SECOND
        changed = [replace(each, answer_lifetime=lifetime) for each in now.policies]
        now.policies = Policies.of({str(number): each for number, each in enumerate(changed)})

    async def correct(self, inquiry: Inquiry) -> None:
        """An issuer took a correction: its statement about the holder is not kept any longer."""
        assert isinstance(inquiry.question, ByDocument)
        document = inquiry.question.document
        issuer = self.random.choice(ISSUERS)
        self.tell(issuer)
        holder = HOLDER_KEY.ref(document.kind.value, document.number)
        await self.around.links[issuer].forget(holder)

    async def learn(self, inquiry: Inquiry) -> None:
        """Somebody who has asked nothing yet hears another color; Zhenjiang keeps histories."""
        issuer = self.random.choice(ISSUERS)
        Disturbance(self.around, issuer, self.around.clock.now).tells(Told("YELLOW", age=0))
        self.around.lines[issuer].issuer.people = PEOPLE
        there = replace(inquiry, receiving_region=RegionCode(REGIONS[0]))
        await self.answer(self.around.whole, there, f"city-{self.asked}", why=False)

    def question(self) -> Inquiry:
        if self.last is not None and self.random.random() < 0.9:
            if self.random.random() < 0.9:
                return self.last
            return replace(self.last, purpose=self.random.choice(PURPOSES))
        region = RegionCode(self.random.choice(REGIONS))
        return Inquiry(ByDocument(self.random.choice(PEOPLE)), region, Purpose.ENTRY)

    async def ask(self) -> None:
        self.last = inquiry = self.question()
        if self.random.random() < 0.05:
            await self.correct(inquiry)
        if self.random.random() < 0.05:
            await self.learn(inquiry)
        client = self.random.choice((CLIENTS[0], *CLIENTS))
        hubs = [self.around.hub, self.around.whole]
        self.random.shuffle(hubs)
        why = self.random.random() < EXPLAINED
        answers = {hub: await self.answer(hub, inquiry, client, why=why) for hub in hubs}
        ours, whole = answers[self.around.hub], answers[self.around.whole]
        if ours["asked"] or whole["asked"]:
            return
        self.compared += 1
        if ours != whole or not ours["digest"]:
            differing = {name for name in ours if ours[name] != whole[name]}
            self.wrong.append((differing, inquiry.receiving_region, ours, whole))

    async def answer(self, hub: Hub, inquiry: Inquiry, client: str, *, why: bool) -> dict[str, Any]:
        self.asked += 1
        request = f"asked-{self.asked}"
        self.around.watch.alarms.clear()
        (recognition,) = await hub.recognize([inquiry], Asker(client, request))
        assert isinstance(recognition, Recognition)
        records = records_of(self.path, request)
        told = {f.name: getattr(recognition, f.name) for f in fields(recognition)}
        claims = claims_of(recognition.behind.signed())
        return {
            **{name: value for name, value in told.items() if name not in LEFT_OUT},
            "claims": {name: claims[name] for name in claims if name not in CLAIMS_DIFFER},
            "left out": recognition.behind.left_out(),
            "past": recognition.behind.past(),
            "written": self.writers.written(recognition),
            "digest": digests(records) == [digest_of(recognition.behind.proven())],
            "explanation": await recognition.behind.explained() if why else None,
            "records": [plain(record) for record in records],
            "cases": [Packed(r) for r in records if isinstance(r, OutcomeRecord)],
            "alarms": frozenset(self.around.watch.alarms),
            "asked": not all(isinstance(record, OutcomeRecord) for record in records),
        }


def plain(record: AuditRecord) -> AuditRecord:
    """Without the request, which the digest of the claims tells too, and without the entry that the
    evidence and the case stand in."""
    record = replace(record, request_id="-")
    if not isinstance(record, OutcomeRecord):
        return record
    return replace(record, claims=None, same_as=None, packed_case=None, case_at=None)


class Packed:
    """What an outcome says that it was judged on. Each was rounded to whole seconds at a moment of
    its own, so the same times come out less than a second apart."""

    def __init__(self, record: OutcomeRecord) -> None:
        case = unpack_case(record)
        assert case is not None
        codes = [code for source in case.sources for code in source.codes]
        self.times = [(code.as_of, code.valid_until, code.changed_at) for code in codes]
        sources = [
            replace(source, codes=[_timeless(code, case.at) for code in source.codes])
            for source in case.sources
        ]
        self.rest = replace(case, sources=sources)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Packed) or self.rest != other.rest:
            return False
        pairs = zip(chain(*self.times), chain(*other.times), strict=True)
        return all(
            mine is theirs if mine is None or theirs is None else abs(mine - theirs) < SECOND
            for mine, theirs in pairs
        )

    __hash__ = None  # type: ignore[assignment]  # two that are nearly alike are equal


def _timeless(code: HealthCode, at: datetime) -> HealthCode:
    return replace(code, as_of=at, valid_until=None, changed_at=None)


SECOND = timedelta(seconds=1)


def digests(records: Sequence[AuditRecord]) -> list[bytes | None]:
    """What the log holds of what clients were told."""
    return [record.claims for record in records if isinstance(record, OutcomeRecord)]


def digest_of(proof: str) -> bytes:
    """Of the claims that come with it."""
    _, _, told = read_proof(proof).extra.partition(b"\n")
    return sha256(told).digest()


def claims_of(receipt: str) -> Mapping[str, Any]:
    return parse_object(base64url.decode(receipt.split(".")[1]), at_most_bytes=2**16)


class Counting(PreparedAnswers):
    """How many answers were given again."""

    given = 0

    def find(self, *asked: Any) -> Prepared | None:
        found = super().find(*asked)
        self.given += found is not None
        return found


async def driven(preparing: Preparing, directory: Path, *, until_wrong: bool) -> Traffic:
    async with stack(directory, lists_ended=False, preparing=preparing) as around:
        traffic = Traffic(
            around, directory / "state" / "hub.sqlite3", Random(SEED), Writers(around)
        )
        await traffic.go_on(QUESTIONS, until_wrong=until_wrong)
    return traffic


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as made:
        yield Path(made)


async def test_what_is_given_again_is_what_would_be_made_anew(directory: Path) -> None:
    made: list[Counting] = []

    def counting(*parts: Any, **more: Any) -> PreparedAnswers:
        made.append(Counting(*parts, **more))
        return made[-1]

    traffic = await driven(counting, directory, until_wrong=False)
    assert traffic.wrong[:1] == [], f"{len(traffic.wrong)} of {traffic.compared}"
    assert made[0].given > QUESTIONS // 8, "too little is given again for this to say anything"


class Weak(PreparedAnswers):
    """Bugs are made of it: gives again whatever is there."""

    def find(
        self,
        key: PreparedKey,
        trust_list: TrustList,
        policy: Policy,
        epoch: HolderEpoch,
        at: datetime,
    ) -> Prepared | None:
        found = self._memory.get(key.client_id, key)
        is_same = found is not None and self.is_same(found, trust_list, policy, epoch, at)
        return found if is_same else None

    def is_same(
        self,
        found: Prepared,
        trust_list: TrustList,
        policy: Policy,
        epoch: HolderEpoch,
        at: datetime,
    ) -> bool:
        return found.rests_on(trust_list, policy, epoch, at)


class AcrossTrustLists(Weak):
    def is_same(self, found: Prepared, _: TrustList, *rest: Any) -> bool:
        return super().is_same(found, found.trust_list, *rest)


class AcrossPolicies(Weak):
    def is_same(self, found: Prepared, trust_list: TrustList, *rest: Any) -> bool:
        return super().is_same(found, trust_list, found.policy, *rest[1:])


class AcrossTime(Weak):
    def is_same(self, found: Prepared, trust_list: TrustList, *rest: Any) -> bool:
        return super().is_same(found, trust_list, rest[0], rest[1], found.since)


class AcrossStatements(PreparedAnswers):
    def _are_kept(self, *_: object) -> bool:
        return True


class AcrossHistories(PreparedAnswers):
    def _is_known(self, *_: object) -> bool:
        return True


class AcrossClients(PreparedAnswers):
    def find(self, key: PreparedKey, *rest: Any) -> Prepared | None:
        return super().find(key._replace(client_id=CLIENTS[0]), *rest)

    def keep(self, key: PreparedKey, made: Prepared) -> None:
        super().keep(key._replace(client_id=CLIENTS[0]), made)


class AcrossPurposes(PreparedAnswers):
    def find(self, key: PreparedKey, *rest: Any) -> Prepared | None:
        return super().find(key._replace(purpose=Purpose.ENTRY), *rest)

    def keep(self, key: PreparedKey, made: Prepared) -> None:
        super().keep(key._replace(purpose=Purpose.ENTRY), made)


class Changed(PreparedAnswers):
    """Bugs are made of it: keeps something else than what was made."""

    def keep(self, key: PreparedKey, made: Prepared) -> None:
        super().keep(key, self.changed(key, made))

    def changed(self, key: PreparedKey, made: Prepared) -> Prepared:
        raise NotImplementedError


class OldText:
    """A kept text in which ``member`` stays that of the answer into which it was filled first."""

    def __init__(self, text: Any, member: str) -> None:
        self.gapped, self.cost, self._text = text.gapped, text.cost, text
        self._member = member
        self._first: dict[str, Any] = {}

    def of(self, answer: Recognition) -> bytes:
        self._first = self._first or {self._member: getattr(answer, self._member)}
        filled: bytes = self._text.of(replace(answer, **self._first))
        return filled


class OldTexts(KeptTexts[Any]):
    __slots__ = ("_member",)

    def __init__(self, member: str) -> None:
        super().__init__(TEXT_BYTES)
        self._member = member

    def keep(self, number: int, text: Any, size: int) -> bool:
        return super().keep(number, OldText(text, self._member), size)


class OldEnds(Changed):
    def changed(self, key: PreparedKey, made: Prepared) -> Prepared:
        return replace(made, texts=OldTexts("valid_until"))


class OldMoments(Changed):
    def changed(self, key: PreparedKey, made: Prepared) -> Prepared:
        return replace(made, texts=OldTexts("decided_at"))


class OldReceipts(Changed):
    def changed(self, key: PreparedKey, made: Prepared) -> Prepared:
        return replace(made, texts=OldTexts("behind"))


class ClaimsOfBefore(ClaimsAgain):
    __slots__ = ("_ends", "_inner")

    def __init__(self, inner: ClaimsAgain, ends: datetime) -> None:
        self._inner, self._ends = inner, ends

    def text(self, request_id: str, at: datetime, valid_until: datetime) -> bytes:
        return self._inner.text(request_id, at, self._ends)


class OldClaims(Changed):
    def changed(self, key: PreparedKey, made: Prepared) -> Prepared:
        ends = made.judged.judgement.valid_until
        return replace(made, claims=ClaimsOfBefore(made.claims, ends))


class OutcomeOfBefore(RepeatedOutcome):
    __slots__ = ("_inner", "_since")

    def __init__(self, inner: RepeatedOutcome, since: datetime) -> None:
        self._inner, self._since = inner, since

    def again(self, at: datetime, request_id: str, claims: bytes) -> AuditRow:
        return self._inner.again(self._since, request_id, claims)


class OldRecord(Changed):
    def changed(self, key: PreparedKey, made: Prepared) -> Prepared:
        return replace(made, outcome=OutcomeOfBefore(made.outcome, made.since))


class SharedTexts(Changed):
    """Between answers to questions that ``alike`` makes one, while they rest on the same."""

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self._shared: dict[object, tuple[Prepared, KeptTexts[Any]]] = {}

    def changed(self, key: PreparedKey, made: Prepared) -> Prepared:
        digests = [source.evidence_digest for source in made.judged.case.sources]
        shared = self.alike(key), tuple(digests), made.trust_list.version, id(made.policy)
        _, texts = self._shared.setdefault(shared, (made, made.texts))
        return replace(made, texts=texts)

    def alike(self, key: PreparedKey) -> object:
        raise NotImplementedError


class TextsOfAllClients(SharedTexts):
    def alike(self, key: PreparedKey) -> object:
        return key._replace(client_id="")


class TextsOfAllPurposes(SharedTexts):
    def alike(self, key: PreparedKey) -> object:
        return key._replace(purpose=Purpose.ENTRY)


PLANTED: Mapping[str, Preparing] = {
    "another trust list": AcrossTrustLists,
    "another policy": AcrossPolicies,
    "the moment at which it turns": AcrossTime,
    "a statement that is not kept any longer": AcrossStatements,
    "a history that was learned since": AcrossHistories,
    "another client": AcrossClients,
    "another purpose": AcrossPurposes,
    "a text that keeps the end of the answer before": OldEnds,
    "a text that keeps its moment": OldMoments,
    "a text that keeps its receipt": OldReceipts,
    "claims that keep the end of the first answer": OldClaims,
    "a record that keeps the moment of the first answer": OldRecord,
    "texts of another client": TextsOfAllClients,
    "texts for another purpose": TextsOfAllPurposes,
}


@pytest.mark.parametrize("bug", PLANTED)
async def test_it_is_seen_that_an_answer_is_given_again_across(bug: str, directory: Path) -> None:
    traffic = await driven(PLANTED[bug], directory, until_wrong=True)
    assert traffic.wrong
