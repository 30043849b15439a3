"""What a decision was made on, in the fewest bytes: enough to judge it again under a draft.

Responsible for the numbers and for their packing into an outcome's last member. Colors, bases,
places and ages; no raw value and no text. Written for every answer and read for a preview only, so
writing goes straight to the bytes. Version 1. What may never change: the meaning of a number
and the order of the members; new members are added at the end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import msgpack

from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    RegionCode,
    SourceAnswer,
    Via,
)

PackedCode = tuple[int | None, ...]
Packed = tuple[int, str | None, tuple[tuple[int | PackedCode, ...], ...]]
"""Kind of document (0: not known), issuer of the scanned code, and for each source its evidence
(0: none; more by LISTED where it is a daily list) followed by its codes."""

HEARD_COLOR_NUMBERS = {Color.GREEN: 1, Color.YELLOW: 2, Color.RED: 3, Color.UNKNOWN: 4}
EVIDENCE_NUMBERS = {Evidence.SIGNED: 1, Evidence.CHANNEL: 2}
LISTED = 8
"""Added to the number of the evidence of what was found on a daily list."""

DOCUMENT_NUMBERS = {
    DocumentKind.RESIDENT_ID: 1,
    DocumentKind.PASSPORT: 2,
    DocumentKind.HK_MACAO_PERMIT: 3,
    DocumentKind.TAIWAN_PERMIT: 4,
    DocumentKind.FOREIGN_PERMANENT_RESIDENCE: 5,
}
BASIS_BITS = {
    Basis.DECLARED: 0,
    Basis.SYMPTOMS: 1,
    Basis.MEDIUM_RISK_AREA: 2,
    Basis.HIGH_RISK_AREA: 3,
    Basis.CLOSE_CONTACT: 4,
    Basis.CONFIRMED_OR_SUSPECTED: 5,
    Basis.ISOLATION_NOT_ENDED: 6,
    Basis.ARRIVED_WITHIN_14_DAYS: 7,
    Basis.ON_SITE_TEMPERATURE: 8,
    Basis.FALSE_DECLARATION: 9,
    Basis.CROSS_CHECK: 10,
    Basis.HOUSEHOLD_MEMBER: 11,
    Basis.CONVERTED: 12,
    Basis.DATA_NORMAL: 13,
    Basis.NOT_STATED: 14,
}


@dataclass(frozen=True, slots=True)
class HeardCode:
    """Ages count back from the record's time, in whole seconds, rounded so that a green is never
    younger and never lasts longer than it did."""

    color: Color
    basis: frozenset[Basis]
    place: RegionCode
    age_seconds: int
    valid_seconds: int | None
    previous_color: Color | None
    changed_seconds: int | None


@dataclass(frozen=True, slots=True)
class HeardSource:
    evidence: Evidence | None
    codes: tuple[HeardCode, ...]
    via: Via


@dataclass(frozen=True, slots=True)
class Heard:
    """``sources`` in the order of the record's. ``scanned`` is the issuer of a scanned code."""

    document: DocumentKind | None
    scanned: str | None
    sources: tuple[HeardSource, ...]


def pack_heard(
    document: DocumentKind | None,
    scanned: str | None,
    sources: Iterable[SourceAnswer],
    at: datetime,
) -> bytes:
    """What ``sources`` said, as a record of the time ``at`` keeps it."""
    kind = 0 if document is None else DOCUMENT_NUMBERS[document]
    return msgpack.encode((kind, scanned, [_pack_source(source, at) for source in sources]))


def unpack_heard(octets: bytes) -> Heard:
    """Raises LookupError, ValueError or MsgspecError for what no version of this program packed."""
    document, scanned, sources = msgpack.decode(octets, type=Packed)
    return Heard(
        document=_DOCUMENTS[document] if document else None,
        scanned=scanned,
        sources=tuple(_unpack_source(*source) for source in sources),
    )


def _pack_source(source: SourceAnswer, at: datetime) -> list[object]:
    evidence = 0 if source.evidence is None else EVIDENCE_NUMBERS[source.evidence]
    if source.via is Via.LIST:
        evidence += LISTED
    return [evidence, *[_pack_code(code, at) for code in source.codes]]


def _unpack_source(evidence: int | PackedCode, *codes: int | PackedCode) -> HeardSource:
    if not isinstance(evidence, int):
        raise ValueError("a source begins with its evidence")  # noqa: TRY004 - part of the contract
    via = Via.LIST if evidence >= LISTED else Via.LIVE
    number = evidence - LISTED if via is Via.LIST else evidence
    known = None if number == 0 else _EVIDENCE[number]
    return HeardSource(known, tuple(_unpack_code(code) for code in codes), via)


def _pack_code(code: HealthCode, at: datetime) -> list[int | None]:
    """Without the members at the end that say nothing; most codes never changed."""
    mask = 0
    for basis in code.basis:
        mask |= 1 << BASIS_BITS[basis]
    age = -((code.as_of - at) // _SECOND)
    members: list[int | None]
    members = [HEARD_COLOR_NUMBERS[code.color], mask, int(code.issuing_place), age]
    ends, before, changed = code.valid_until, code.previous_color, code.changed_at
    if ends is None and before is None and changed is None:
        return members
    more = [
        None if ends is None else (ends - at) // _SECOND,
        None if before is None else HEARD_COLOR_NUMBERS[before],
        None if changed is None else (at - changed) // _SECOND,
    ]
    while more[-1] is None:
        more.pop()
    return [*members, *more]


def _unpack_code(packed: int | PackedCode) -> HeardCode:
    if isinstance(packed, int) or not _SHORTEST <= len(packed) <= _LONGEST:
        raise ValueError("a code has four to seven members")
    padded = (*packed, *(None for _ in range(_LONGEST - len(packed))))
    color, mask, place, age, valid, previous, changed = padded
    if mask is None or place is None or age is None:
        raise ValueError("a code has a basis, a place and an age")
    return HeardCode(
        color=_COLORS[color],
        basis=frozenset(basis for basis, bit in BASIS_BITS.items() if mask >> bit & 1),
        place=RegionCode(f"{place:06d}"),
        age_seconds=age,
        valid_seconds=valid,
        previous_color=None if previous is None else _COLORS[previous],
        changed_seconds=changed,
    )


_SECOND = timedelta(seconds=1)
_SHORTEST, _LONGEST = 4, 7
_COLORS: Mapping[object, Color] = {number: c for c, number in HEARD_COLOR_NUMBERS.items()}
_EVIDENCE: Mapping[object, Evidence] = {number: e for e, number in EVIDENCE_NUMBERS.items()}
_DOCUMENTS: Mapping[int, DocumentKind] = {number: d for d, number in DOCUMENT_NUMBERS.items()}
