"""What issuers answer, in the fewest words: the other party of the decision."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import strawberry

from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.published import load_policies
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.explain import explain
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
)
from tongxing.schema.case import Case, Circumstances
from tongxing.schema.explanation import Explanation

SHIPPED = Path(__file__).parents[2] / "gateway" / "policies"
AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)
"""9 March 2020, ten in the morning in Zhenjiang."""

PLACES = {"zhenjiang": "321102", "sukangma": "320000", "national": "000000"}
BY_DOCUMENT = Circumstances(Purpose.ENTRY, DocumentKind.RESIDENT_ID)


@cache
def shipped(name: str) -> Policy:
    """Policies cannot be changed, so one reading serves every test."""
    file = SHIPPED / f"{name}.toml"
    return read_policy(file.name, file.read_bytes())


@cache
def all_shipped() -> Policies:
    return load_policies(SHIPPED)


def code(
    issuer: str,
    color: Color,
    *basis: Basis,
    hours: float = 1,
    place: str | None = None,
    valid_hours: float | None = None,
    previous: Color | None = None,
    changed_hours: float | None = None,
) -> HealthCode:
    return HealthCode(
        color=color,
        raw_value=color.value.lower(),
        issuer=strawberry.ID(issuer),
        issuing_place=RegionCode(place or PLACES.get(issuer, "330000")),
        basis=list(basis) or [Basis.DECLARED],
        as_of=AT - timedelta(hours=hours),
        valid_until=None if valid_hours is None else AT + timedelta(hours=valid_hours),
        previous_color=previous,
        changed_at=None if changed_hours is None else AT - timedelta(hours=changed_hours),
    )


def verified(*codes: HealthCode, evidence: Evidence = Evidence.SIGNED) -> SourceAnswer:
    return SourceAnswer(
        issuer=codes[0].issuer, outcome=Outcome.VERIFIED, evidence=evidence, codes=list(codes)
    )


def stated(issuer: str, color: Color, *basis: Basis, hours: float = 1) -> SourceAnswer:
    return verified(code(issuer, color, *basis, hours=hours))


def outcome(issuer: str, what: Outcome) -> SourceAnswer:
    return SourceAnswer(issuer=strawberry.ID(issuer), outcome=what)


def beside(what: Outcome, *codes: HealthCode) -> SourceAnswer:
    """An outcome that is no state, and the codes that were stated with it."""
    return replace(verified(*codes), outcome=what)


def greens(*issuers: str) -> list[SourceAnswer]:
    return [stated(issuer, Color.GREEN) for issuer in issuers]


def explanation_of(
    sources: Sequence[SourceAnswer], policy: Policy, circumstances: Circumstances
) -> Explanation:
    case = Case(sources, circumstances, AT)
    return explain(recognize(case, policy), case, policy)


def judged(
    policy: Policy, *sources: SourceAnswer, circumstances: Circumstances = BY_DOCUMENT
) -> Judgement:
    return recognize(Case(sources, circumstances, AT), policy)
