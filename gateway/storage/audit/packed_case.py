"""What an answer was judged on, packed into the fewest bytes: enough to judge it again.

The one codec of a case in the audit log. It holds colors, bases, places and ages; no raw value, no
text, no history of the holder. Written with every answer and read only for a preview, so writing
goes straight to the bytes. Version 1: what may never change is the meaning of a number and the
order of the members; new members are added at the end.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import strawberry
from msgspec import msgpack

from tongxing.gateway.storage.audit.numbers import COLOR_NUMBERS
from tongxing.gateway.storage.audit.records import OutcomeRecord, SourceOutcome
from tongxing.gateway.storage.columns import microseconds
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
from tongxing.schema.case import Case, Circumstances

PackedCode = tuple[int | None, ...]
Packed = tuple[int, str | None, tuple[tuple[int | PackedCode, ...], ...]]
"""Kind of document (0: not known), issuer of the scanned code, and for each source its evidence
(0: none; more by LISTED if it is a daily list) followed by its codes."""

EVIDENCE_NUMBERS = {Evidence.SIGNED: 1, Evidence.CHANNEL: 2, Evidence.RELAYED: 3}
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


def pack_case(case: Case) -> bytes:
    """``case`` as the record of its outcome keeps it. Ages count back from ``case.at`` in whole
    seconds, rounded so that a green is never younger and never lasts longer than it did."""
    document, code_issuer = case.circumstances.document, case.circumstances.code_issuer
    kind = 0 if document is None else DOCUMENT_NUMBERS[document]
    now = microseconds(case.at)
    sources = [_pack_source(source, now) for source in case.sources]
    return msgpack.encode((kind, code_issuer, sources))


def unpack_case(record: OutcomeRecord) -> Case | None:
    """The case that ``record`` was judged on, without the holder's history; None in the records of
    the first versions, which kept none. Raises LookupError, ValueError or MsgspecError for bytes
    that no version of this program packed."""
    if record.packed_case is None:
        return None
    document, code_issuer, sources = msgpack.decode(record.packed_case, type=Packed)
    packed_at = record.at if record.case_at is None else record.case_at
    return Case(
        sources=[
            _unpack_source(outcome, packed_at, *packed)
            for outcome, packed in zip(record.sources, sources, strict=True)
        ],
        circumstances=Circumstances(
            purpose=record.purpose,
            document=_DOCUMENTS[document] if document else None,
            code_issuer=code_issuer,
        ),
        at=record.at,
    )


def _pack_source(source: SourceAnswer, now: int) -> list[object]:
    evidence = 0 if source.evidence is None else EVIDENCE_NUMBERS[source.evidence]
    if source.via is Via.LIST:
        evidence += LISTED
    return [evidence, *[_pack_code(code, now) for code in source.codes]]


def _unpack_source(
    outcome: SourceOutcome, at: datetime, evidence: int | PackedCode, *codes: int | PackedCode
) -> SourceAnswer:
    if not isinstance(evidence, int):
        raise ValueError("a source begins with its evidence")  # noqa: TRY004 - part of the contract
    via = Via.LIST if evidence >= LISTED else Via.LIVE
    number = evidence - LISTED if via is Via.LIST else evidence
    return SourceAnswer(
        issuer=strawberry.ID(outcome.issuer),
        outcome=outcome.outcome,
        evidence=None if number == 0 else _EVIDENCE[number],
        codes=[_unpack_code(code, outcome.issuer, at) for code in codes],
        evidence_digest=outcome.evidence_digest,
        via=via,
    )


def _pack_code(code: HealthCode, now: int) -> list[int | None]:
    """Without the members at the end that say nothing; most codes never changed."""
    mask = 0
    for basis in code.basis:
        mask |= 1 << BASIS_BITS[basis]
    age = -((microseconds(code.as_of) - now) // _MICROSECONDS)
    members = [COLOR_NUMBERS[code.color], mask, int(code.issuing_place), age]
    ends, before, changed = code.valid_until, code.previous_color, code.changed_at
    if ends is None and before is None and changed is None:
        return [*members]
    more = [
        None if ends is None else (microseconds(ends) - now) // _MICROSECONDS,
        None if before is None else COLOR_NUMBERS[before],
        None if changed is None else (now - microseconds(changed)) // _MICROSECONDS,
    ]
    while more[-1] is None:
        more.pop()
    return [*members, *more]


def _unpack_code(packed: int | PackedCode, issuer: str, at: datetime) -> HealthCode:
    """The raw value was not kept; no rule looks at it."""
    if isinstance(packed, int) or not _SHORTEST <= len(packed) <= _LONGEST:
        raise ValueError("a code has four to seven members")
    padded = (*packed, *(None for _ in range(_LONGEST - len(packed))))
    color, mask, place, age, valid, previous, changed = padded
    if mask is None or place is None or age is None:
        raise ValueError("a code has a basis, a place and an age")
    return HealthCode(
        color=_COLORS[color],
        raw_value=_COLORS[color].value,
        issuer=strawberry.ID(issuer),
        issuing_place=RegionCode(f"{place:06d}"),
        basis=sorted(
            (basis for basis, bit in BASIS_BITS.items() if mask >> bit & 1), key=_basis_name
        ),
        as_of=at - age * _SECOND,
        valid_until=None if valid is None else at + valid * _SECOND,
        previous_color=None if previous is None else _COLORS[previous],
        changed_at=None if changed is None else at - changed * _SECOND,
    )


def _basis_name(basis: Basis) -> str:
    return basis.value


_SECOND = timedelta(seconds=1)
_MICROSECONDS = 1_000_000
"""Of a second."""
_SHORTEST, _LONGEST = 4, 7
_COLORS: Mapping[object, Color] = {number: c for c, number in COLOR_NUMBERS.items()}
_EVIDENCE: Mapping[object, Evidence] = {number: e for e, number in EVIDENCE_NUMBERS.items()}
_DOCUMENTS: Mapping[int, DocumentKind] = {number: d for d, number in DOCUMENT_NUMBERS.items()}
