"""What is counted of one entry of the log. Pure: an entry and what was before it, and no clock.

Each fact goes into one cell: a table, the receiving place, and words that say what happened. A
person counts if an issuer confirmed number and name, or if no issuer could say: a client may have
made up whoever all issuers that answered do not know.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, unique
from hashlib import sha256
from typing import NamedTuple

import msgspec
import strawberry

from tongxing.gateway.rollups.cells import (
    AGE_SECONDS,
    WAIT_SECONDS,
    Numbers,
    OpenCell,
    person,
    step_of,
)
from tongxing.gateway.storage.audit import (
    CorrectionRecord,
    OutcomeRecord,
    RefusalRecord,
    SourceOutcome,
    unpack_case,
)
from tongxing.schema import Color, HealthCode, Outcome, RegionCode, SourceAnswer, Via
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.case import Case
from tongxing.schema.color import RESTRICTIVENESS


@unique
class CellTable(IntEnum):
    """Each a list of words, in the order of a cell's: what may never change is its number."""

    ASKED = 1
    """issuer, issuing place or nothing, outcome, color or nothing"""
    DECIDED = 2
    """place of the policy, its version, rule or nothing, color, decision"""
    DISAGREED = 3
    """issuer, its color, other issuer, its color, rule or nothing, decision"""
    KNOWN_LATER = 4
    """issuer, its color, other issuer, its color, which of them was right, how that is known"""
    REFUSED = 5
    """code"""
    CORRECTED = 6
    """issuer, what became of the report"""


class CellPart(NamedTuple):
    """``region`` is empty if none was known."""

    table: CellTable
    region: str
    words: tuple[str, ...]
    cell: OpenCell


@dataclass(frozen=True, slots=True)
class Asking:
    """An intent: where and when the question was recorded, and whom it went to."""

    index: int
    at: datetime
    issuers: tuple[str, ...]


PLAIN = frozenset((Outcome.VERIFIED, Outcome.NOT_ENROLLED, Outcome.NOT_THIS_ISSUER))
"""Answers as they should be; so are the two about the holder's own part."""

HOLDERS_PART = frozenset((Outcome.CODE_EXPIRED, Outcome.MUST_UPDATE))

_UNKNOWN_THERE = frozenset((Outcome.NOT_ENROLLED, Outcome.NOT_THIS_ISSUER, Outcome.WRONG_HOLDER))

COUNTED_REPORTS = frozenset(
    (
        *(CorrectionAction.REPORTED, CorrectionAction.NOT_TAKEN),
        *(CorrectionAction.ACCEPTED, CorrectionAction.REJECTED),
    )
)


def is_failure(outcome: Outcome) -> bool:
    """The issuer's fault or the way's to it, and not the holder's."""
    return outcome not in PLAIN and outcome not in HOLDERS_PART


def asked_facts(
    record: OutcomeRecord, case: Case | None, asking: Asking | None
) -> Iterator[CellPart]:
    """One for each issuer that was asked, or whose kept statement was used, and one for the answer
    as a whole. A daily list is not asked."""
    people = counted_person(record)
    waited = None if asking is None else record.at - asking.at
    for source in _live(record, case):
        code = worst(source.codes)
        is_asked = asking is not None and source.issuer in asking.issuers
        yield CellPart(
            CellTable.ASKED,
            record.receiving_region,
            (
                source.issuer,
                "" if code is None else code.issuing_place,
                source.outcome.value,
                "" if code is None else code.color.value,
            ),
            once(
                people,
                waited=waited if is_asked else None,
                aged=None if code is None else record.at - code.as_of,
            ),
        )
    version = record.policy_region, str(record.policy_version), record.rule or ""
    words = *version, record.color.value, record.decision.value
    yield CellPart(CellTable.DECIDED, record.receiving_region, words, once(people, waited=waited))


def refused_fact(record: RefusalRecord) -> CellPart:
    """Each request about a traveler who is not known counts as another traveler."""
    if record.holder is None:
        people = frozenset((sha256(record.request_id.encode()).digest()[:8],))
    else:
        people = frozenset((person(record.holder),))
    return CellPart(CellTable.REFUSED, record.receiving_region or "", (record.code,), once(people))


def corrected_fact(record: CorrectionRecord, reported_at: datetime | None) -> CellPart:
    """``reported_at``: when the issuer took it, if this is its decision."""
    people = frozenset[bytes]() if record.holder is None else frozenset((person(record.holder),))
    took = None if reported_at is None else record.at - reported_at
    words = record.issuer, record.action.value
    return CellPart(CellTable.CORRECTED, record.receiving_region, words, once(people, aged=took))


def once(
    people: frozenset[bytes], *, waited: timedelta | None = None, aged: timedelta | None = None
) -> OpenCell:
    numbers = Numbers(
        1,
        () if waited is None else step_of(WAIT_SECONDS, waited.total_seconds()),
        () if aged is None else step_of(AGE_SECONDS, aged.total_seconds()),
    )
    return OpenCell(numbers, people)


def counted_person(record: OutcomeRecord) -> frozenset[bytes]:
    """The holder, or nobody."""
    outcomes = {source.outcome for source in record.sources}
    is_known = Outcome.VERIFIED in outcomes or not outcomes & _UNKNOWN_THERE
    if record.holder is None or not is_known:
        return frozenset()
    return frozenset((person(record.holder),))


def case_of(record: OutcomeRecord) -> Case | None:
    """What it was judged on; None if that was not kept, or if no version of this program wrote
    it."""
    try:
        return unpack_case(record)
    except (LookupError, ValueError, msgspec.MsgspecError):
        return None


def worst(codes: Sequence[HealthCode]) -> HealthCode | None:
    """The most restrictive of an issuer's codes, the latest of several such."""
    return max(codes, key=lambda code: (RESTRICTIVENESS[code.color], code.as_of), default=None)


def stated(case: Case) -> Mapping[str, HealthCode]:
    """What each issuer stated by its worst code, live or on its daily list; a color that is not
    known is no statement."""
    found: dict[str, HealthCode] = {}
    for source in case.sources:
        known = [code for code in source.codes if code.color is not Color.UNKNOWN]
        code = worst([*known, *([found[source.issuer]] if source.issuer in found else [])])
        if code is not None:
            found[source.issuer] = code
    return found


def _live(record: OutcomeRecord, case: Case | None) -> Sequence[SourceAnswer]:
    if case is not None:
        return [source for source in case.sources if source.via is Via.LIVE]
    return [_without_codes(source) for source in record.sources]


def _without_codes(source: SourceOutcome) -> SourceAnswer:
    return SourceAnswer(
        issuer=strawberry.ID(source.issuer),
        outcome=source.outcome,
        evidence=None,
        codes=[],
        evidence_digest=source.evidence_digest,
    )


def place_or_none(word: str) -> RegionCode | None:
    return RegionCode(word) if word else None
