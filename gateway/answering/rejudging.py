"""The decision of a receipt made again, from nothing but the receipt and the policy files.

Responsible for reading the claims back into what was judged, and for saying where the result
differs. Refuses to verify: what comes here was signed by the hub (``keys.receipts``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
import strawberry

from tongxing.gateway.answering.receipt import verdict_claims
from tongxing.gateway.recognition.circumstances import Circumstances, ColorChange
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.explain import explain
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.columns import from_microseconds
from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    PolicyVersion,
    Purpose,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.explanation import Explanation

Seconds = int | float


class CannotRejudge(ValueError):
    """The receipt was made by another program than this, or under a policy that is not there; the
    sentence says which, for the person who reads it."""


class _Part(msgspec.Struct, frozen=True):
    """Some claims of ``gateway.answering.receipt``, under the same names."""


class _Code(_Part, frozen=True):
    color: Color
    place: RegionCode
    basis: tuple[Basis, ...]
    as_of: Seconds
    valid_until: Seconds | None
    previous_color: Color | None
    changed_at: Seconds | None


class _Source(_Part, frozen=True):
    issuer: str
    outcome: Outcome
    evidence: Evidence | None
    digest: str | None
    codes: tuple[_Code, ...]
    via: Via = Via.LIVE


class _Change(_Part, frozen=True):
    issuer: str
    place: str
    at: Seconds


class _Policy(_Part, frozen=True):
    region: RegionCode
    version: int
    digest: str


class _Inputs(_Part, frozen=True):
    at: Seconds
    purpose: Purpose
    document: DocumentKind | None
    code_issuer: str | None
    changes: tuple[_Change, ...]
    policy: _Policy
    sources: tuple[_Source, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """``claim`` of the receipt, as it ``was`` signed and as it ``is`` now."""

    claim: str
    was: object
    now: object


@dataclass(frozen=True, slots=True)
class Rejudged:
    """``differences`` is empty where the decision comes out as it was signed."""

    policy: Policy
    judgement: Judgement
    explanation: Explanation
    differences: tuple[Difference, ...]


def rejudge(claims: Mapping[str, object], policies: Iterable[Policy]) -> Rejudged:
    """Judge what the receipt with these ``claims`` rests on, as of its own time and under the very
    policy file that it names. Raises CannotRejudge."""
    try:
        inputs = msgspec.convert(dict(claims), _Inputs)
        at, sources, circumstances = _judged(inputs)
    except (msgspec.ValidationError, OverflowError) as error:
        raise CannotRejudge("the receipt does not carry what it was decided on") from error
    policy = _policy_of(inputs.policy, policies)
    judgement = recognize(sources, policy, circumstances, at)
    return Rejudged(
        policy=policy,
        judgement=judgement,
        explanation=explain(sources, policy, circumstances, at),
        differences=tuple(
            Difference(claim, claims.get(claim), now)
            for claim, now in verdict_claims(judgement).items()
            if claims.get(claim) != now
        ),
    )


def _policy_of(named: _Policy, policies: Iterable[Policy]) -> Policy:
    version = PolicyVersion(region=named.region, version=named.version, digest=named.digest)
    found = next((policy for policy in policies if policy.version == version), None)
    if found is None:
        raise CannotRejudge(
            f"no policy file there is version {named.version} of {named.region} with the digest "
            f"{named.digest}"
        )
    return found


def _judged(inputs: _Inputs) -> tuple[datetime, list[SourceAnswer], Circumstances]:
    circumstances = Circumstances(
        purpose=inputs.purpose,
        document=inputs.document,
        code_issuer=inputs.code_issuer,
        changes=tuple(
            ColorChange(change.issuer, change.place, _time(change.at)) for change in inputs.changes
        ),
    )
    return _time(inputs.at), [_answer(source) for source in inputs.sources], circumstances


def _answer(source: _Source) -> SourceAnswer:
    return SourceAnswer(
        issuer=strawberry.ID(source.issuer),
        outcome=source.outcome,
        evidence=source.evidence,
        codes=[_code(code, source.issuer) for code in source.codes],
        evidence_digest=source.digest,
        via=source.via,
    )


def _code(code: _Code, issuer: str) -> HealthCode:
    """The raw value is not in a receipt; no rule looks at it."""
    return HealthCode(
        color=code.color,
        raw_value=code.color.value,
        issuer=strawberry.ID(issuer),
        issuing_place=code.place,
        basis=list(code.basis),
        as_of=_time(code.as_of),
        valid_until=None if code.valid_until is None else _time(code.valid_until),
        previous_color=code.previous_color,
        changed_at=None if code.changed_at is None else _time(code.changed_at),
    )


def _time(seconds: Seconds) -> datetime:
    """Exact to the microsecond: see ``gateway.answering.receipt``."""
    return from_microseconds(round(seconds * 1_000_000))
