"""What the color of a pass rests on, and what it comes to under a policy at a moment.

Pure. A pass keeps what each issuer said last; news of an issuer takes the place of its last word,
and silence leaves it. Judged by the decision itself (``recognition.decide``), as every answer is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Struct

from tongxing.gateway.answering.receipt import (
    Receipt,
    ReceiptChange,
    ReceiptSource,
    change_of,
    source_claims,
    source_of,
)
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.hearing import InconsistentSources
from tongxing.gateway.recognition.holding import holds_until
from tongxing.gateway.recognition.policy import Policy, Undecided
from tongxing.keys.passes import PassStatus
from tongxing.schema import Color, Decision, DocumentKind, Outcome, Purpose, SourceAnswer
from tongxing.schema.case import Case, Circumstances


class PassBasis(Struct, frozen=True, array_like=True):
    """As a receipt states it; no name, no number. Members are added at the end."""

    purpose: Purpose
    document: DocumentKind | None
    code_issuer: str | None
    changes: tuple[ReceiptChange, ...]
    sources: tuple[ReceiptSource, ...]


@dataclass(frozen=True, slots=True)
class PassStanding:
    """``status`` holds until ``holds_until`` if there is no news; ``end``: what it rests on has
    ended by then."""

    status: PassStatus
    holds_until: datetime
    end: datetime


def basis_of(receipt: Receipt) -> PassBasis:
    return PassBasis(
        receipt.purpose, receipt.document, receipt.code_issuer, receipt.changes, receipt.sources
    )


def basis_octets(basis: PassBasis) -> bytes:
    return msgspec.msgpack.encode(basis)


def basis_from(octets: bytes) -> PassBasis:
    """Raises msgspec.MsgspecError for what no version of this program wrote."""
    return msgspec.msgpack.decode(octets, type=PassBasis)


SAYS_SOMETHING = frozenset(
    {Outcome.VERIFIED, Outcome.NOT_ENROLLED, Outcome.CODE_EXPIRED, Outcome.MUST_UPDATE}
)
"""Outcomes that are an issuer's own word about the holder, also without a code."""


def with_news(basis: PassBasis, news: Iterable[SourceAnswer]) -> PassBasis:
    """``basis`` after ``news``: of each issuer, and of its list apart from it, the later word."""
    said = {(each.issuer, each.via): each for each in basis.sources}
    for source in news:
        if not source.codes and source.outcome not in SAYS_SOMETHING:
            continue
        new = source_claims(source)
        known = said.get((new.issuer, new.via))
        if known is None or _as_of(new, known) >= _as_of(known, new):
            said[new.issuer, new.via] = new
    return msgspec.structs.replace(basis, sources=tuple(said.values()))


def _as_of(source: ReceiptSource, other: ReceiptSource) -> float:
    """A word without a code has no time of its own and counts as news."""
    times = [code.as_of for code in source.codes] or [code.as_of for code in other.codes]
    return max(times, default=0)


def pass_standing(basis: PassBasis, policy: Policy | None, at: datetime) -> PassStanding:
    """Without a policy in force nothing is green, and if the hub contradicts itself neither."""
    if policy is None:
        return PassStanding(PassStatus.YELLOW, at, at)
    case = case_at(basis, at)
    try:
        judgement = recognize(case, policy)
    except (Undecided, InconsistentSources):
        return PassStanding(PassStatus.YELLOW, at, at)
    status = status_of(judgement.color, judgement.decision)
    return PassStanding(status, holds_until(case, policy), judgement.end)


def status_of(color: Color, decision: Decision) -> PassStatus:
    """GREEN means that a gate may admit without looking further."""
    if color is Color.RED or decision is Decision.REFUSE:
        return PassStatus.RED
    admits = color is Color.GREEN and decision is Decision.ADMIT
    return PassStatus.GREEN if admits else PassStatus.YELLOW


def case_at(basis: PassBasis, at: datetime) -> Case:
    """Raises OverflowError for a time that no calendar has."""
    return Case(
        sources=[source_of(source) for source in basis.sources],
        circumstances=Circumstances(
            purpose=basis.purpose,
            document=basis.document,
            code_issuer=basis.code_issuer,
            changes=tuple(change_of(change) for change in basis.changes),
        ),
        at=at,
    )
