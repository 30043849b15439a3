"""Cases that nobody thought of, from a seeded generator.

Every issuer has a stock of things to say; a case picks from the stocks. So making a case costs
little, and each of its parts still meets every other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import TypeVar

from tests.oracle.places import Place
from tests.oracle.words import COUNTRY, Asked, Case, Change, Code, Said

T = TypeVar("T")

AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC).timestamp()
ISSUERS = ("sukangma", "national", "zhenjiang", "zhejiang", "shanghai", "anhui")
HOUR, DAY = 3_600, 86_400

COLORS = ("GREEN",) * 40 + ("YELLOW", "RED", "RED", "UNKNOWN")
BEFORE = (None, None, None, "GREEN", "YELLOW", "RED", "RED", "UNKNOWN")
PLACES = (COUNTRY, COUNTRY, "320000", "321100", "321102", "330100", "330300", "310000", "420000")
BASES = (
    "DECLARED SYMPTOMS MEDIUM_RISK_AREA HIGH_RISK_AREA CLOSE_CONTACT CONFIRMED_OR_SUSPECTED "
    "ISOLATION_NOT_ENDED ARRIVED_WITHIN_14_DAYS ON_SITE_TEMPERATURE ON_SITE_TEMPERATURE "
    "FALSE_DECLARATION CROSS_CHECK HOUSEHOLD_MEMBER CONVERTED DATA_NORMAL NOT_STATED"
).split()
FAILURES = (
    "NOT_ENROLLED NOT_THIS_ISSUER CODE_EXPIRED MUST_UPDATE NO_ACCESS BUSY TIMED_OUT CIRCUIT_OPEN "
    "MALFORMED BAD_SIGNATURE WRONG_HOLDER STALE"
).split()
LISTS = ("NOT_ENROLLED",) * 20 + ("VERIFIED",) * 2 + ("BUSY", "STALE", "BAD_SIGNATURE")
PURPOSES = ("ENTRY", "ENTRY", "TRANSPORT", "VENUE", "WORK", "AUDIT")
DOCUMENTS = (
    "RESIDENT_ID",
    "RESIDENT_ID",
    "RESIDENT_ID",
    "RESIDENT_ID",
    "PASSPORT",
    "TAIWAN_PERMIT",
    None,
)

ROUND = (6 * HOUR, 12 * HOUR, DAY, 36 * HOUR, 7 * DAY, 14 * DAY, 15 * DAY)
"""Lengths that policies name."""

STOCK = 600
"""Things that each issuer can say."""


def an_age(random: Random) -> float:
    """Mostly fresh, often around a length that a policy names, sometimes ahead of the clock."""
    kind = random.random()
    if kind < 0.75:
        return random.choice((0, 1, 60, 600, HOUR, 3 * HOUR, 5 * HOUR))
    if kind < 0.97:
        return random.choice(ROUND) + random.choice((-300, -1, 0, 1, 300, -HOUR, HOUR))
    return random.choice((-1, -59, -60, -61, -90, -HOUR))


def an_end(random: Random) -> float | None:
    if random.random() < 0.4:
        return None
    return AT + random.choice((14 * DAY, 14 * DAY, DAY, 300, 60, 1, 0, -1, -DAY))


def a_code(issuer: str, random: Random) -> Code:
    before = random.choice(BEFORE)
    turned = before is not None or random.random() < 0.1
    place = random.choice((COUNTRY, COUNTRY, *PLACES)) if issuer == "national" else None
    return Code(
        color=random.choice(COLORS),
        issuer=issuer,
        place=place or random.choice(PLACES),
        basis=tuple(random.sample(BASES, random.choice((0, 1, 1, 1, 2)))),
        as_of=AT - an_age(random),
        ends=an_end(random),
        before=before,
        changed=AT - abs(an_age(random)) if turned else None,
    )


def an_answer(issuer: str, random: Random) -> Said:
    kind = random.random()
    codes = tuple(a_code(issuer, random) for _ in range(random.choice((1, 1, 1, 1, 2, 3))))
    signed = random.random() < 0.96
    if kind < 0.9:
        return Said(issuer, "VERIFIED", signed, codes)
    if kind < 0.92:
        return Said(issuer, "UNMAPPED_VALUE", signed, codes)
    if kind < 0.95:
        return ended_or_withheld(issuer, random)
    if kind < 0.97:
        return in_part(issuer, random)
    return Said(issuer, random.choice(FAILURES), signed=False)


IN_PART = ("MALFORMED", "STALE", "BAD_SIGNATURE")


def in_part(issuer: str, random: Random) -> Said:
    """What still counts of a statement that is not believed as a whole."""
    color = random.choice(("RED", "YELLOW"))
    codes = tuple(replace(a_code(issuer, random), color=color) for _ in random.choice(("x", "xx")))
    return Said(issuer, random.choice(IN_PART), codes=codes)


def ended_or_withheld(issuer: str, random: Random) -> Said:
    """An outcome with the codes that came beside it: greens at their end, or what an issuer said
    before it asks for a new declaration."""
    code = a_code(issuer, random)
    if random.random() < 0.5:
        ended = replace(code, color="GREEN", ends=AT - random.choice((0, 1, DAY)))
        return Said(issuer, "CODE_EXPIRED", codes=(ended,))
    return Said(issuer, "MUST_UPDATE", codes=(code,))


def a_listing(issuer: str, random: Random) -> Said:
    outcome = random.choice(LISTS)
    if outcome != "VERIFIED":
        return Said(issuer, outcome, signed=outcome == "NOT_ENROLLED", listed=True)
    color, age = random.choice(("RED", "YELLOW")), random.choice((HOUR, 9 * HOUR, 25 * HOUR))
    basis = tuple(random.sample(BASES, 1))
    code = Code(color, issuer, "320000", basis, AT - age, AT + 2 * HOUR)
    return Said(issuer, outcome, codes=(code,), listed=True)


def an_asking(random: Random) -> Asked:
    return Asked(
        purpose=random.choice(PURPOSES),
        document=random.choice(DOCUMENTS),
        scanned=random.choice((None, None, *ISSUERS)),
        changes=_changes(random) if random.random() < 0.4 else (),
    )


def _changes(random: Random) -> tuple[Change, ...]:
    found = [
        (random.choice(ISSUERS[:3]), random.choice(PLACES), AT - abs(an_age(random)))
        for _ in range(random.choice((2, 6, 40, 80)))
    ]
    return tuple(sorted(found, key=lambda change: change[2]))


@dataclass(frozen=True)
class Stocks:
    """``answers`` and ``listings`` by issuer."""

    answers: dict[str, Sequence[Said]]
    listings: dict[str, Sequence[Said]]
    askings: Sequence[Asked]

    @classmethod
    def of(cls, random: Random) -> "Stocks":
        return cls(
            {i: [an_answer(i, random) for _ in range(STOCK)] for i in ISSUERS},
            {i: [a_listing(i, random) for _ in range(60)] for i in ISSUERS},
            [an_asking(random) for _ in range(STOCK)],
        )

    def cases(self, places: Sequence[Place], random: Random) -> Iterator[tuple[int, Case]]:
        """Without an end: the index of a place, and a case for it."""
        while True:
            index = int(random.random() * len(places))
            asked = _one_of(self.askings, random)
            yield index, Case(tuple(self.said(places[index], asked, random)), asked, AT)

    def said(self, place: Place, asked: Asked, random: Random) -> Iterator[Said]:
        """The mandatory issuers nearly always answer, the others one time in three."""
        for issuer in ISSUERS:
            wanted = issuer in place.mandatory or issuer == asked.scanned
            if random.random() < (0.97 if wanted else 0.25):
                yield _one_of(self.answers[issuer], random)
        if asked.document is not None:
            for issuer in sorted(place.lists):
                yield _one_of(self.listings[issuer], random)


def _one_of(stock: Sequence[T], random: Random) -> T:
    """``random.choice`` takes four times as long."""
    return stock[int(random.random() * len(stock))]
