"""A policy's own tests: each rule shows what it is for, and its tests run when the file is loaded.

A test says what the issuers answer, and which color and decision must come out. The tested rule
must be among the rules that spoke. Every mandatory issuer that the test does not name states a
fresh green, so that a test says only what it is about.
"""

from collections.abc import Container, Iterator
from datetime import datetime, timedelta

import strawberry

from tongxing.gateway.policy.shape import GivenPart, TestPart
from tongxing.gateway.recognition.conditions import duration
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    Evidence,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case, Circumstances, ColorChange

FRESH = timedelta(minutes=1)


def run_test(policy: Policy, rule_id: str, test: TestPart) -> str | None:
    """Why ``test`` fails, or None. Runs at the policy's first moment; ages count back from it."""
    return _difference(recognize(case_of(test, policy, policy.valid_from), policy), rule_id, test)


def case_of(test: TestPart, policy: Policy, at: datetime) -> Case:
    """What ``test`` says was answered and asked; ages count back from ``at``."""
    circumstances = Circumstances(
        purpose=test.purpose,
        document=None if test.holder_unknown else test.document,
        code_issuer=test.scanned,
        changes=_changes(test, at),
    )
    return Case(_sources(policy, circumstances, test, at), circumstances, at)


def _difference(judgement: Judgement, rule_id: str, test: TestPart) -> str | None:
    expected, given = test.expect, (judgement.color, judgement.decision)
    if given != (expected.color, expected.decision):
        wanted = f"{expected.color.value} {expected.decision.value}"
        made = f"{given[0].value} {given[1].value}"
        return (
            f"应为 {wanted}，而规则 {judgement.rule} 得出 {made}。 "
            f"expected {wanted}, but rule {judgement.rule} gives {made}"
        )
    spoke = [ruled.rule.id for ruled in judgement.trace]
    if rule_id not in spoke:
        by = ", ".join(spoke)
        zh = f"结果相符，但由 {by} 得出，本规则没有参与。"
        return f"{zh} comes out as expected, but by {by} and not by this rule"
    return None


def _sources(
    policy: Policy, circumstances: Circumstances, test: TestPart, at: datetime
) -> list[SourceAnswer]:
    named = dict.fromkeys((part.issuer, part.via) for part in test.given)
    told = [_source([p for p in test.given if (p.issuer, p.via) == answer], at) for answer in named]
    return told + [each for each in _others(policy, circumstances, at) if _is_untold(each, named)]


def _others(policy: Policy, circumstances: Circumstances, at: datetime) -> Iterator[SourceAnswer]:
    """What goes without saying: every mandatory issuer that can be asked states a fresh green, and
    the lists are in force and do not name the holder."""
    for issuer in sorted(policy.mandatory_in(circumstances)):
        if circumstances.document is not None or issuer == circumstances.code_issuer:
            yield _fresh_green(issuer, policy, at)
    if circumstances.document is not None:
        for issuer in sorted(policy.lists):
            yield not_listed(issuer)


def _is_untold(source: SourceAnswer, named: Container[tuple[str, Via]]) -> bool:
    return (source.issuer, source.via) not in named


def not_listed(issuer: str) -> SourceAnswer:
    """What a daily list in force says of a holder who is not on it."""
    return SourceAnswer(
        issuer=strawberry.ID(issuer),
        outcome=Outcome.NOT_ENROLLED,
        evidence=Evidence.SIGNED,
        via=Via.LIST,
    )


def _changes(test: TestPart, at: datetime) -> tuple[ColorChange, ...]:
    found = [
        ColorChange(part.issuer, part.place, at - duration(ago))
        for part in test.given
        for ago in part.changes
    ]
    return tuple(sorted(found, key=lambda change: change.at))


def _source(parts: list[GivenPart], at: datetime) -> SourceAnswer:
    issuer = strawberry.ID(parts[0].issuer)
    codes = [_code(part, part.color, at) for part in parts if part.color is not None]
    outcome = next((part.outcome for part in parts if part.outcome is not None), Outcome.VERIFIED)
    return SourceAnswer(
        issuer=issuer,
        outcome=outcome,
        evidence=parts[0].evidence,
        codes=codes,
        via=parts[0].via,
    )


def _code(part: GivenPart, color: Color, at: datetime) -> HealthCode:
    return HealthCode(
        color=color,
        raw_value=color.value,
        issuer=strawberry.ID(part.issuer),
        issuing_place=RegionCode(part.place),
        basis=list(part.basis),
        as_of=at - duration(part.age),
        valid_until=None if part.valid_for is None else at + duration(part.valid_for),
        previous_color=part.previous_color,
        changed_at=None if part.changed is None else at - duration(part.changed),
    )


def _fresh_green(issuer: str, policy: Policy, at: datetime) -> SourceAnswer:
    """Of a place that carries it."""
    code = HealthCode(
        color=Color.GREEN,
        raw_value=Color.GREEN.value,
        issuer=strawberry.ID(issuer),
        issuing_place=min(policy.issuers.green_from.get(issuer, (COUNTRY,))),
        basis=[Basis.DATA_NORMAL],
        as_of=at - FRESH,
    )
    return SourceAnswer(
        issuer=strawberry.ID(issuer),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=[code],
    )
