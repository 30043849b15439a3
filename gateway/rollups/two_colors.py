"""Where two issuers stated different colors of one person in one case, and who was right later.

Pure. An issuer was right if the other one comes to its color while it stays with it, or accepts a
report that it was wrong. As far as this hub hears of it: nobody is asked for this.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from msgspec import Struct

from tongxing.gateway.rollups.cells import person
from tongxing.gateway.rollups.counted_facts import CellPart, CellTable, counted_person, once
from tongxing.gateway.storage.audit import AuditEntry, CorrectionRecord, OutcomeRecord
from tongxing.keys import HolderRef
from tongxing.schema import Color, HealthCode, RegionCode
from tongxing.schema.disagreement import LaterProof

FOLLOWED = timedelta(days=30)
"""How long it is watched who turns out to be right."""

PAIRS_OF_ENTRY = 16
"""Disagreements of one answer that are kept: of six issuers there are fifteen at the most."""


class Side(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """``age`` in whole seconds when it was used; ``basis`` in words."""

    issuer: str
    color: str
    basis: tuple[str, ...]
    place: str
    age: int


class Sides(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Two sides in the order of their ids, and what the answer came to."""

    first: Side
    second: Side
    color: str
    decision: str
    rule: str | None
    decided_by: str | None
    policy_region: str
    policy_version: int

    @property
    def words(self) -> tuple[str, str, str, str]:
        return self.first.issuer, self.first.color, self.second.issuer, self.second.color


class Disagreement(NamedTuple):
    """``number`` is that of its entry and its place among those of the entry."""

    number: int
    at: datetime
    region: RegionCode
    sides: Sides
    holder: HolderRef | None


class Proof(NamedTuple):
    """The issuer ``right`` was right, which is known from ``at`` on."""

    number: int
    right: str
    how: LaterProof
    at: datetime


def disagreements_of(entry: AuditEntry, colors: Mapping[str, HealthCode]) -> Iterator[Disagreement]:
    """Those of the outcome ``entry``, in which each issuer stated ``colors``."""
    record = entry.record
    if not isinstance(record, OutcomeRecord):
        return
    pairs = combinations(sorted(colors), 2)
    differing = [(a, b) for a, b in pairs if colors[a].color is not colors[b].color]
    for place, (a, b) in enumerate(differing[:PAIRS_OF_ENTRY]):
        sides = Sides(
            _side(a, colors[a], record.at),
            _side(b, colors[b], record.at),
            record.color.value,
            record.decision.value,
            record.rule,
            record.decided_by,
            record.policy_region,
            record.policy_version,
        )
        number = entry.index * PAIRS_OF_ENTRY + place
        yield Disagreement(number, record.at, record.receiving_region, sides, record.holder)


def disagreed_fact(of: Disagreement, record: OutcomeRecord) -> CellPart:
    words = *of.sides.words, of.sides.rule or "", of.sides.decision
    return CellPart(CellTable.DISAGREED, of.region, words, once(counted_person(record)))


def proofs_by_change(
    known: Sequence[Disagreement], colors: Mapping[str, HealthCode], at: datetime
) -> Iterator[Proof]:
    """Of ``known`` disagreements about one person, what the ``colors`` of a later answer show."""
    for each in known:
        first, second = each.sides.first, each.sides.second
        has_first = _color(colors, first.issuer)
        has_second = _color(colors, second.issuer)
        if has_second == first.color and has_first in (None, first.color):
            yield Proof(each.number, first.issuer, LaterProof.CHANGED, at)
        elif has_first == second.color and has_second in (None, second.color):
            yield Proof(each.number, second.issuer, LaterProof.CHANGED, at)


def proofs_by_correction(
    known: Sequence[Disagreement], accepted: CorrectionRecord
) -> Iterator[Proof]:
    """The issuer has accepted that it was wrong."""
    for each in known:
        first, second = each.sides.first.issuer, each.sides.second.issuer
        if accepted.issuer in (first, second):
            right = second if accepted.issuer == first else first
            yield Proof(each.number, right, LaterProof.CORRECTED, accepted.at)


def known_facts(known: Sequence[Disagreement], proofs: Sequence[Proof]) -> Iterator[CellPart]:
    """One for each two issuers and colors, however often the person was asked about meanwhile: from
    the first time to the proof."""
    shown = {proof.number: proof for proof in proofs}
    first: dict[tuple[str, ...], Disagreement] = {}
    for each in sorted(known, key=lambda each: each.number):
        if each.number in shown:
            first.setdefault(each.sides.words, each)
    for each in first.values():
        proof = shown[each.number]
        people = frozenset() if each.holder is None else frozenset((person(each.holder),))
        words = *each.sides.words, proof.right, proof.how.value
        yield CellPart(
            CellTable.KNOWN_LATER, each.region, words, once(people, aged=proof.at - each.at)
        )


def _side(issuer: str, code: HealthCode, at: datetime) -> Side:
    basis = tuple(each.value for each in code.basis)
    age = max(0, (at - code.as_of) // timedelta(seconds=1))
    return Side(issuer, code.color.value, basis, code.issuing_place, age)


def _color(colors: Mapping[str, HealthCode], issuer: str) -> str | None:
    code = colors.get(issuer)
    return None if code is None or code.color is Color.UNKNOWN else code.color.value
