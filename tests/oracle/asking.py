"""A question through the whole stack, something wrong with it, and the case that it amounts to."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.adapters.people import AT
from tests.oracle.account import needed
from tests.oracle.conditions import lies_in
from tests.oracle.faults import FAULTS, Disturbance, Kind
from tests.oracle.places import Place
from tests.oracle.stack import ISSUERS, LISTED, STRICTER_AT, Stack, person, places
from tests.oracle.telling import PLACES, Told
from tests.oracle.words import Answer, Asked, Case, Code, Said
from tongxing.adapters.dialect import ByCode, ByDocument
from tongxing.schema import Recognition, TravelDocument, Via

REGIONS = ("321100", "321100", "320000", "340100", "310000", "370000", "330100")
ZHENJIANG, JIANGSU, SHANGHAI = "321100", "320000", "310000"
SHARING = ("321100", "320000", "310000", "330100")
LEVELS = {"national": "national", "zhenjiang": "city"}
SPEAKS_FOR = {"zhenjiang": "321100", "sukangma": "320000", "national": "000000"}
"""Of the other issuers the province of the place that they report on."""

LISTS = ("anhui", "sukangma", "zhejiang")
REVEALS = "zhenjiang"
"""The one issuer whose answer to a scan names the holder."""


@dataclass(frozen=True)
class Put:
    """One question, as it was put and as it has to be judged."""

    kind: str
    case: Case
    place: Place
    recognition: Recognition
    answer: Answer
    to_ask: frozenset[str]
    """The issuers that the policy asks about the holder."""

    @property
    def asked(self) -> frozenset[str]:
        """Those that the hub says it asked; one of the connected ones only claims codes."""
        live = (s.issuer for s in self.recognition.sources if s.via is Via.LIVE)
        return frozenset(live) & frozenset(ISSUERS)

    @property
    def left_out(self) -> frozenset[str]:
        """Those that the hub says it did not ask."""
        return frozenset(each.issuer for each in self.recognition.behind.left_out()) & frozenset(
            ISSUERS
        )


@dataclass
class Questioner:
    """Asks one question after the other, each about somebody new."""

    stack: Stack
    random: Random
    lists_ended: bool
    places: Mapping[str, Place]
    asked: int = 0
    home: str = ""

    @classmethod
    def of(cls, stack: Stack, random: Random, *, lists_ended: bool) -> "Questioner":
        return cls(stack, random, lists_ended, places())

    async def put(self, name: str) -> Put:
        self.asked += 1
        someone = person(self.asked)
        self.prepare(someone)
        if name in HAPPENINGS:
            return await HAPPENINGS[name](self, someone)
        kind = FAULTS[name]
        if kind.scans and self.random.random() < 0.2:
            return await self.scanned(name, kind, someone)
        return await self.by_document(name, kind, someone)

    def prepare(self, someone: TravelDocument, now: datetime = AT) -> None:
        self.home = someone.number[:6]
        self.stack.prepare(someone, now)

    async def by_document(self, name: str, kind: Kind, someone: TravelDocument) -> Put:
        region = self.random.choice(REGIONS)
        struck = self.random.choice(kind.strikes)
        said = self.tell(AT, {struck: kind})
        return await self.judged(name, region, ByDocument(someone), Asked(), said, hasty=kind.hasty)

    async def scanned(self, name: str, kind: Kind, someone: TravelDocument) -> Put:
        """The code of the issuer that the fault strikes."""
        region = self.random.choice(SHARING)
        struck = self.random.choice([i for i in kind.strikes if i in ISSUERS])
        said = self.tell(AT, {struck: kind})
        named = ("VERIFIED", "CODE_EXPIRED", "UNMAPPED_VALUE", "MUST_UPDATE")
        told = said[struck]
        reveals = struck == REVEALS and (told.outcome in named or bool(told.codes))
        asked = Asked(document="RESIDENT_ID" if reveals else None, scanned=struck)
        if not reveals:
            said = {struck: said[struck]}
        scan = self.stack.scan(struck)
        return await self.judged(name, region, scan, asked, said, hasty=kind.hasty)

    def tell(self, at: datetime, struck: Mapping[str, Kind]) -> dict[str, Said]:
        """What each issuer says: green, but for the ones that are struck."""
        said = {}
        for issuer in ISSUERS:
            where = Disturbance(self.stack, issuer, at)
            kind = struck.get(issuer)
            said[issuer] = where.tells(self.an_age()) if kind is None else kind.fault(where)
        return said

    def an_age(self) -> Told:
        return Told(age=self.random.choice((0, 60, 600, 3_600)))

    async def judged(
        self,
        name: str,
        region: str,
        question: ByDocument | ByCode,
        asked: Asked,
        said: Mapping[str, Said],
        *,
        hasty: bool = False,
        place: Place | None = None,
    ) -> Put:
        place = place or self.places[region]
        purpose = self.random.choice(("ENTRY", "TRANSPORT", "WORK"))
        recognition = await self.stack.ask(question, region, purpose, hasty=hasty)
        asked = Asked(purpose, asked.document, asked.scanned)
        heard = [each for issuer, each in said.items() if self.is_asked(issuer, region, asked)]
        if asked.document is not None:
            heard += self.listings(region, question)
        case = Case(tuple(heard), asked, self.stack.clock.now.timestamp())
        answer = answer_of(recognition, tuple(sorted(self.stack.watch.alarms)))
        to_ask = frozenset(each.issuer for each in heard if not each.listed)
        return Put(name, case, place, recognition, answer, to_ask)

    def is_asked(self, issuer: str, region: str, asked: Asked) -> bool:
        """Those that the policy relies on or names; those of its agreement's parties; and of the
        levels that it says, those of the holder's home and of the receiving place
        (docs/recognition.md, who is asked about whom)."""
        place = self.places[region]
        if issuer == asked.scanned or asked.document is None:
            return True
        told = place.asked
        assert told is not None, "every shipped policy says whom it asks"
        if issuer in needed(asked, place) | place.lists | told["issuers"]:
            return True
        level = LEVELS.get(issuer, "province")
        mine = SPEAKS_FOR.get(issuer, PLACES[issuer][:2] + "0000")
        covers = frozenset({mine})
        if level != "national" and any(lies_in(party, covers) for party in told["parties"]):
            return True
        if level in told["holder_home"] and lies_in(self.home, covers):
            return True
        here = lies_in(region, covers) or lies_in(mine, frozenset({region}))
        return level in told["receiving_place"] and here

    def listings(self, region: str, question: ByDocument | ByCode) -> list[Said]:
        if region != SHANGHAI:
            return []
        found = [Said(issuer, "NOT_ENROLLED", listed=True) for issuer in LISTS]
        is_listed = isinstance(question, ByDocument) and question.document in LISTED
        outcome = "STALE" if self.lists_ended else "VERIFIED"
        if is_listed:
            made = (AT - timedelta(hours=9)).timestamp()
            red = Code("RED", "sukangma", "320000", ("CLOSE_CONTACT",), made)
            found[1] = Said("sukangma", outcome, codes=(red,), listed=True)
        elif self.lists_ended:
            found[1] = Said("sukangma", outcome, signed=False, listed=True)
        return found


def answer_of(recognition: Recognition, alarms: tuple[str, ...]) -> Answer:
    as_of = recognition.as_of
    return Answer(
        color=recognition.color.value,
        decision=recognition.decision.value,
        rule="" if (rule := recognition.reasons[0].rule) is None else rule.id,
        decided_by=recognition.decided_by,
        relaxed=recognition.relaxed,
        evidence=None if recognition.evidence is None else recognition.evidence.value,
        as_of=None if as_of is None else as_of.timestamp(),
        until=recognition.valid_until.timestamp(),
        alarms=alarms,
    )


async def _stricter_policy(asking: Questioner, someone: TravelDocument) -> Put:
    """While the issuers are asked a version begins that makes the city's issuer mandatory, and
    that one does not know the holder."""
    before = STRICTER_AT - timedelta(seconds=1)
    asking.prepare(someone, before)
    said = asking.tell(before, {"zhenjiang": FAULTS["not enrolled"]})

    def begins() -> None:
        asking.stack.clock.now = STRICTER_AT + timedelta(seconds=1)

    asking.stack.lines["sukangma"].meanwhile = begins
    later = asking.places["320000 later"]
    name = "a stricter policy begins in mid-question"
    return await asking.judged(name, JIANGSU, ByDocument(someone), Asked(), said, place=later)


REVOKED = "a key is revoked in mid-question"
STRUCK_OFF = "an issuer is struck off in mid-question"
Happening = Callable[["Questioner", TravelDocument], Awaitable["Put"]]


def _trust_changes(name: str, **change: str) -> Happening:
    async def happen(asking: Questioner, someone: TravelDocument) -> Put:
        said = asking.tell(AT, {})
        said["national"] = Said("national", "BAD_SIGNATURE", signed=False)
        publish = asking.stack.trusted.publish
        asking.stack.lines["sukangma"].meanwhile = lambda: publish(**change)  # type: ignore[arg-type]
        try:
            region = asking.random.choice(("321100", "320000"))
            return await asking.judged(name, region, ByDocument(someone), Asked(), said)
        finally:
            publish()

    return happen


async def _two_claim(asking: Questioner, someone: TravelDocument) -> Put:
    """Another system's codes look the same, and it would say green of somebody else."""
    said = asking.tell(AT, {"anhui": FAULTS["a red"]})
    asked = Asked(document=None, scanned="anhui")
    region = asking.random.choice(SHARING)
    scan = asking.stack.scan("anhui")
    name = "two issuers claim one scan"
    return await asking.judged(name, region, scan, asked, {"anhui": said["anhui"]})


async def _listed(asking: Questioner, _: TravelDocument) -> Put:
    someone = asking.random.choice(LISTED)
    asking.prepare(someone)
    said = asking.tell(AT, {"sukangma": FAULTS["status 503"]})
    name = "a red on a daily list"
    return await asking.judged(name, SHANGHAI, ByDocument(someone), Asked(), said)


async def _kept_and_revoked(asking: Questioner, someone: TravelDocument) -> Put:
    """Asked again after the key was revoked; the issuer still signs with it."""
    asking.tell(AT, {})
    await asking.stack.ask(ByDocument(someone), ZHENJIANG, "ENTRY")
    said = asking.tell(AT, {})
    asking.stack.trusted.publish(revoked="sukangma")
    said["sukangma"] = Said("sukangma", "BAD_SIGNATURE", signed=False)
    try:
        name = "a kept statement whose key was revoked since"
        return await asking.judged(name, ZHENJIANG, ByDocument(someone), Asked(), said)
    finally:
        asking.stack.trusted.publish()


HAPPENINGS: Mapping[str, Happening] = {
    "a stricter policy begins in mid-question": _stricter_policy,
    REVOKED: _trust_changes(REVOKED, revoked="national"),
    STRUCK_OFF: _trust_changes(STRUCK_OFF, without="national"),
    "two issuers claim one scan": _two_claim,
    "a red on a daily list": _listed,
    "a kept statement whose key was revoked since": _kept_and_revoked,
}

EVERY_FAULT = (*FAULTS, *HAPPENINGS)
