"""Everybody in the sandbox: the named personas and a seeded crowd of any size.

A person of the crowd is computed from the seed and an index on every question, so 1.6 million of
them take no memory. All three issuers compute the same people. In the crowd, a green person is
green at every issuer that knows them, except for a small share of conflicts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain

from tongxing.sandbox.town.documents import DIVISIONS, Document, Kind, Numbers, invented_name
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.records import (
    DAY,
    HOUR,
    Basis,
    Color,
    IssuerName,
    Person,
    ProvinceReport,
    Record,
)

_MASK = (1 << 64) - 1
_SHARES = 10_000
_ZHENJIANG_PLACES = 6
CROWD_BEGINS = 1_000
"""Ordinals: personas count from 0, the crowd from here."""

_KNOWN = {IssuerName.ZHENJIANG: 90, IssuerName.SUKANGMA: 97, IssuerName.NATIONAL: 99}
"""How many in a hundred each issuer knows."""

_Setting = tuple[Color, tuple[Basis, ...]]


@dataclass(frozen=True, slots=True)
class Situation:
    """How the three issuers see one kind of person; ``share`` in ten thousand."""

    share: int
    settings: Mapping[IssuerName, _Setting]


def _alike(share: int, color: Color, *basis: Basis) -> Situation:
    """All three agree; the city adds the grounds that it alone records."""
    return Situation(
        share,
        {
            IssuerName.ZHENJIANG: (color, basis),
            IssuerName.SUKANGMA: (color, basis[:1]),
            IssuerName.NATIONAL: (color, basis[:1]),
        },
    )


_GREEN: _Setting = (Color.GREEN, (Basis.DECLARED,))

_SITUATIONS = (
    _alike(170, Color.YELLOW, Basis.MEDIUM_RISK_AREA, Basis.ARRIVED_WITHIN_14_DAYS),
    _alike(90, Color.RED, Basis.HIGH_RISK_AREA, Basis.ARRIVED_WITHIN_14_DAYS),
    _alike(20, Color.RED, Basis.CLOSE_CONTACT),
    _alike(5, Color.RED, Basis.CONFIRMED_OR_SUSPECTED),
    Situation(
        55,
        {
            IssuerName.ZHENJIANG: (Color.YELLOW, (Basis.SYMPTOMS,)),
            IssuerName.SUKANGMA: (Color.YELLOW, (Basis.SYMPTOMS,)),
            IssuerName.NATIONAL: (Color.YELLOW, (Basis.ON_SITE_TEMPERATURE,)),
        },
    ),
    Situation(
        15,
        {
            IssuerName.ZHENJIANG: (Color.GREEN, (Basis.CONVERTED,)),
            IssuerName.SUKANGMA: (Color.RED, (Basis.HIGH_RISK_AREA,)),
            IssuerName.NATIONAL: _GREEN,
        },
    ),
    Situation(
        15,
        {
            IssuerName.ZHENJIANG: _GREEN,
            IssuerName.SUKANGMA: _GREEN,
            IssuerName.NATIONAL: (Color.YELLOW, (Basis.ON_SITE_TEMPERATURE,)),
        },
    ),
)
_EVERYDAY = _alike(_SHARES - sum(s.share for s in _SITUATIONS), Color.GREEN, Basis.DECLARED)


def _situation(draw: int) -> Situation:
    for situation in _SITUATIONS:
        if draw < situation.share:
            return situation
        draw -= situation.share
    return _EVERYDAY


_BY_DRAW = tuple(_situation(draw) for draw in range(_SHARES))


def _kind(index: int) -> Kind:
    """Ninety-six in a hundred have a resident ID."""
    rest = index % 100
    if rest == 97:  # noqa: PLR2004 -- the positions of the rare kinds, once
        return Kind.HK_MACAO_PERMIT
    if rest == 98:  # noqa: PLR2004
        return Kind.TAIWAN_PERMIT
    if rest == 99:  # noqa: PLR2004
        return Kind.FOREIGN_PERMANENT_RESIDENCE
    return Kind.PASSPORT if rest == 96 else Kind.RESIDENT_ID  # noqa: PLR2004


class Population:
    """``size`` persons of the crowd drawn from ``seed``, and the personas before them."""

    def __init__(self, seed: int, size: int) -> None:
        self.size = size
        self._seed = seed
        self._numbers = Numbers(seed)
        self._personas = tuple(PERSONAS.values())
        self._ordinals = {
            (person.document.kind, person.document.number): ordinal
            for ordinal, person in enumerate(self._personas)
        }

    def ordinals(self) -> Iterator[int]:
        return chain(range(len(self._personas)), range(CROWD_BEGINS, CROWD_BEGINS + self.size))

    def document(self, index: int) -> Document:
        """The document of the crowd's person ``index``, 0 … size - 1."""
        kind = _kind(index)
        number = self._numbers.number(kind, index)
        return Document(kind, number, self._name(kind, number, index))

    def person(self, index: int) -> Person:
        """The crowd's person ``index`` with all that the three issuers hold."""
        held = {issuer: self._record(index, issuer) for issuer in IssuerName}
        return Person(self.document(index), {i: r for i, r in held.items() if r is not None})

    def find(self, kind: Kind, number: str, name_given: str) -> int | None:
        """The ordinal of the person with exactly this document. None for a wrong number, a wrong
        name and an unknown person alike, so that no caller can tell these apart."""
        ordinal = self._ordinal(kind, number)
        if ordinal is None or self._name_of(ordinal, kind, number) != name_given:
            return None
        return ordinal

    def has_number(self, kind: Kind, number: str) -> bool:
        """Whether a person has this number, under any name. Not for answers to the hub."""
        return self._ordinal(kind, number) is not None

    def document_of(self, ordinal: int) -> Document:
        if ordinal < CROWD_BEGINS:
            return self._personas[ordinal].document
        return self.document(ordinal - CROWD_BEGINS)

    def record_of(self, ordinal: int, issuer: IssuerName) -> Record | None:
        """What ``issuer`` holds about this person; None if it does not know them."""
        if ordinal < CROWD_BEGINS:
            return self._personas[ordinal].records.get(issuer)
        return self._record(ordinal - CROWD_BEGINS, issuer)

    def _ordinal(self, kind: Kind, number: str) -> int | None:
        ordinal = self._ordinals.get((kind, number))
        if ordinal is not None:
            return ordinal
        index = self._numbers.index(kind, number)
        if index is None or index >= self.size or _kind(index) is not kind:
            return None
        return CROWD_BEGINS + index

    def _name_of(self, ordinal: int, kind: Kind, number: str) -> str:
        if ordinal < CROWD_BEGINS:
            return self._personas[ordinal].document.name
        return self._name(kind, number, ordinal - CROWD_BEGINS)

    def _name(self, kind: Kind, number: str, index: int) -> str:
        return invented_name(kind, number, self._draw(index, 1))

    def _record(self, index: int, issuer: IssuerName) -> Record | None:
        draw = self._draw(index, 2)
        draw, known = divmod(draw, 100)
        if not _is_known(known, issuer):
            return None
        draw, situation = divmod(draw, _SHARES)
        color, basis = _BY_DRAW[situation].settings[issuer]
        draw, days = divmod(draw, 7)
        return _held(issuer, color, basis, days, _place(issuer, draw))

    def _draw(self, index: int, purpose: int) -> int:
        """64 bits that depend on seed, index and purpose alone (the finisher of SplitMix64)."""
        z = (self._seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03 + purpose) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)


def _is_known(draw: int, issuer: IssuerName) -> bool:
    """Cut from opposite ends, so that at least one issuer knows each person of the crowd."""
    return draw >= 100 - _KNOWN[issuer] if issuer is IssuerName.NATIONAL else draw < _KNOWN[issuer]


def _place(issuer: IssuerName, draw: int) -> str:
    if issuer is IssuerName.NATIONAL:
        return "000000"
    if issuer is IssuerName.SUKANGMA:
        return "321100"
    return DIVISIONS[draw % _ZHENJIANG_PLACES]


@cache
def _held(
    issuer: IssuerName, color: Color, basis: tuple[Basis, ...], days: int, place: str
) -> Record:
    """The crowd has about a thousand different records; each is made once.

    A green is a live state; reds and yellows come from the day's list and are an hour old.
    """
    as_of = None if color is Color.GREEN else -HOUR
    converted = Basis.CONVERTED in basis
    reports = (ProvinceReport("320000", color, as_of),) if issuer is IssuerName.NATIONAL else ()
    return Record(
        color,
        basis,
        place,
        as_of=as_of,
        declared_at=-days * DAY - HOUR,
        valid_until=(14 - days) * DAY,
        previous=Color.RED if converted else None,
        changed_at=-5 * HOUR if converted else None,
        reports=reports,
    )
