"""What would change the answer, and which rules did not apply."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    code,
    explanation_of,
    greens,
    judged,
    outcome,
    stated,
    verified,
)
from tests.recognition.strategies import TAPES, Tape
from tests.recognition.test_monotone import POLICIES, a_case
from tongxing.gateway.recognition.conditions import CONDITIONS, When, conditions_of
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.explain import NO_CHANGE, passed_over
from tongxing.gateway.recognition.facts import BASIS_NAMES, CONDITION_NAMES
from tongxing.gateway.recognition.policy import Effect, Policy, Rule
from tongxing.schema import Basis, Color, Decision, DocumentKind, Outcome, SourceAnswer, Text
from tongxing.schema.case import Case, Circumstances, ColorChange
from tongxing.schema.explanation import NeedKind

R, Y = Color.RED, Color.YELLOW
ADMIT, INSPECT = Decision.ADMIT, Decision.INSPECT

CHANGES: dict[str, tuple[list[SourceAnswer], tuple[str, ...], Decision, str]] = {
    "a provincial red waits for the province": (
        [*greens("zhenjiang", "national"), stated("sukangma", R, hours=20)],
        ("sukangma",),
        ADMIT,
        (
            "Admitted once Sukangma (Jiangsu) states GREEN, signed and in date, as of later than "
            "2020-03-08 14:00 Beijing time"
        ),
    ),
    "a silent issuer has to speak": (
        [*greens("sukangma"), outcome("national", Outcome.TIMED_OUT)],
        ("national",),
        ADMIT,
        (
            "Admitted once the national code states GREEN, signed and in date, as of later than "
            "2020-03-08 10:00 Beijing time"
        ),
    ),
    "of a red and a yellow the red alone makes it milder": (
        [stated("sukangma", Y), stated("national", R)],
        ("national",),
        INSPECT,
        (
            "Inspected once the national code states GREEN, signed and in date, as of later than "
            "2020-03-09 09:00 Beijing time"
        ),
    ),
    "two silent issuers both have to speak": (
        [],
        ("national", "sukangma"),
        ADMIT,
        (
            "Admitted once the national code states GREEN, signed and in date, as of later than "
            "2020-03-08 10:00 Beijing time and Sukangma states GREEN, signed and in date, as of "
            "later than "
            "2020-03-08 10:00 Beijing time"
        ),
    ),
    "a green that grew too old has to be stated again": (
        [*greens("national"), stated("sukangma", Color.GREEN, hours=26)],
        ("sukangma",),
        ADMIT,
        (
            "Admitted once the statement of Sukangma (Jiangsu) is signed and newer than "
            "2020-03-08 10:00 Beijing time"
        ),
    ),
    "an issuer that reports for two provinces clears both": (
        [*greens("sukangma"), verified(code("national", R), code("national", R, place="330000"))],
        ("national", "national"),
        ADMIT,
        (
            "Admitted once the national code states GREEN, signed and in date, as of later than "
            "2020-03-09 09:00 Beijing time and the national code (Zhejiang) states GREEN, signed "
            "and in date, as "
            "of later than 2020-03-09 09:00 Beijing time"
        ),
    ),
}


@pytest.mark.parametrize("claim", CHANGES)
def test_the_smallest_change(claim: str, zhenjiang: Policy) -> None:
    sources, issuers, decision, text = CHANGES[claim]
    change = explanation_of(sources, zhenjiang, BY_DOCUMENT).smallest_change
    assert change is not None
    found = tuple(need.issuer for need in change.needs)
    assert (found, change.decision, change.text.en) == (issuers, decision, text)
    assert change.text.zh.endswith("，可放行" if decision is ADMIT else "，改为核查")


def test_a_pass_needs_no_change(zhenjiang: Policy) -> None:
    explained = explanation_of(greens("sukangma", "national"), zhenjiang, BY_DOCUMENT)
    assert explained.smallest_change is None


@settings(max_examples=150, deadline=None, database=None)
@given(TAPES)
def test_what_does_not_admit_can_be_changed_if_the_holder_is_known(tape: Tape) -> None:
    """In a place that admits every green."""
    _, circumstances, heard = a_case(tape)
    policy = POLICIES[tape.pick(["jiangsu-1", "hefei-1"])]
    known = replace(circumstances, document=DocumentKind.RESIDENT_ID)
    change = explanation_of(heard, policy, known).smallest_change
    decision = recognize(Case(heard, known, AT), policy).decision
    assert (change is None) == (decision is ADMIT)


def test_the_rules_that_did_not_apply_say_why(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, stated("sukangma", R, Basis.SYMPTOMS), *greens("national"))
    deciding = judgement.trace[0]
    assert deciding.rule.id == "red-refuse"
    passed = passed_over(zhenjiang, deciding.finding)
    assert [(each.rule.id, each.condition) for each in passed] == [
        ("temperature-inspect", "color"),
        ("grave-red-refuse", "basis"),
        ("contested-red-inspect", "newer_green_from"),
    ]


def test_every_basis_and_every_condition_has_a_name() -> None:
    assert set(BASIS_NAMES) == set(Basis)
    assert set(CONDITION_NAMES) == set(CONDITIONS)


def flapping(*hours: float) -> Circumstances:
    changes = [ColorChange("sukangma", "320000", AT - timedelta(hours=h)) for h in hours]
    return replace(BY_DOCUMENT, changes=tuple(changes))


def test_a_color_that_flaps_waits_until_enough_changes_have_passed(zhenjiang: Policy) -> None:
    heard = greens("sukangma", "national")
    explained = explanation_of(heard, zhenjiang, flapping(160, 100, 60, 30, 1))
    assert explained.deciding.rule.id == "flapping-inspect"
    change = explained.smallest_change
    assert change is not None
    assert change.text.en == (
        "Admitted once Sukangma has changed its color no more than 3 times within 7 days, "
        "at the earliest after 2020-03-12 06:00 Beijing time and nothing else has changed by then"
    )
    (need,) = change.needs
    assert need.after is not None
    earlier = recognize(Case(heard, flapping(160, 100, 60, 30), AT), zhenjiang)
    assert earlier.decision is INSPECT


@pytest.mark.parametrize("hours", [(100, 50, 1), (100, 100, 100)], ids=["apart", "dated alike"])
def test_a_fresh_green_is_one_more_change(zhenjiang: Policy, hours: tuple[float, ...]) -> None:
    """Three changes are allowed; the turn to green would be the fourth. A case dates the changes
    that a limit needs all alike."""
    heard = [stated("sukangma", Y), *greens("national")]
    change = explanation_of(heard, zhenjiang, flapping(*hours)).smallest_change
    assert change is not None
    assert [need.kind for need in change.needs] == [
        NeedKind.STATES_GREEN,
        NeedKind.FEWER_CHANGES,
    ]


def test_a_recent_change_has_to_grow_old(zhenjiang: Policy) -> None:
    when = When(color=(Color.GREEN,), changed_within="24h")
    effect = Effect(Color.GREEN, INSPECT)
    cautious = Rule("fresh", Text(zh="新", en="new"), when, conditions_of(when), effect, False)
    policy = replace(zhenjiang, rules=(cautious, *zhenjiang.rules))
    turned = verified(code("sukangma", Color.GREEN, previous=R, changed_hours=2))
    change = explanation_of([turned, *greens("national")], policy, BY_DOCUMENT).smallest_change
    assert change is not None
    assert change.text.en == (
        "Admitted once Sukangma has kept its color until after 2020-03-10 08:00 Beijing time "
        "and nothing else has changed by then"
    )
    (need,) = change.needs
    assert (need.kind, need.place) == (NeedKind.LONGER_UNCHANGED, "320000")


def test_the_explanation_as_it_is_read(zhenjiang: Policy) -> None:
    heard = [stated("sukangma", R, Basis.HIGH_RISK_AREA, hours=20), *greens("national")]
    lines = explanation_of(heard, zhenjiang, BY_DOCUMENT).lines
    red = next(rule for rule in zhenjiang.rules if rule.id == "red-refuse")
    assert [line.en for line in lines] == [
        f"RED, not admitted: rule red-refuse, “{red.text.en}”",
        (
            "The fact: Sukangma (Jiangsu) states RED (high-risk area) as of 2020-03-08 14:00 "
            "Beijing time"
        ),
        (
            "Rules that did not apply: grave-red-refuse (asks for another basis); "
            "contested-red-inspect (asks for a newer "
            "green of another issuer)"
        ),
        (
            "Also: the national code states GREEN (declared) as of 2020-03-09 09:00 Beijing time "
            "(this alone: admitted, rule green-admit)"
        ),
        (
            "Conflict: Sukangma (Jiangsu) states RED as of 2020-03-08 14:00 Beijing time, the "
            "national code "
            "GREEN as of 2020-03-09 09:00 Beijing time; only the issuer that set the RED "
            "(Sukangma) "
            "can change it, and the holder can ask for a correction"
        ),
        (
            "Admitted once Sukangma (Jiangsu) states GREEN, signed and in date, as of later than "
            "2020-03-08 14:00 Beijing time"
        ),
    ]
    assert lines[0].zh == f"红码，不放行：规则red-refuse“{red.text.zh}”"


FACTS: dict[str, tuple[SourceAnswer, str]] = {
    "a change after which the color before is not known": (
        verified(code("sukangma", R, changed_hours=3)),
        (
            "Sukangma (Jiangsu) states RED (declared) as of 2020-03-09 09:00 Beijing time, "
            "changed at 2020-03-09 07:00 Beijing time"
        ),
    ),
    "a change after which the color before is known": (
        verified(code("sukangma", R, previous=Y, changed_hours=3)),
        (
            "Sukangma (Jiangsu) states RED (declared) as of 2020-03-09 09:00 Beijing time, "
            "changed from YELLOW at 2020-03-09 07:00 Beijing time"
        ),
    ),
    "a state that stands for no color": (
        verified(code("sukangma", Color.UNKNOWN)),
        "Sukangma gave a state that stands for no known color; check the ID document",
    ),
    "a green that is too old": (
        stated("sukangma", Color.GREEN, hours=26),
        (
            "What Sukangma says is not current; let it be renewed and ask again "
            "(GREEN as of 2020-03-08 08:00 Beijing time)"
        ),
    ),
}


@pytest.mark.parametrize("claim", FACTS)
def test_a_fact_says_what_is_known_and_no_more(claim: str, zhenjiang: Policy) -> None:
    source, said = FACTS[claim]
    deciding = explanation_of([source, *greens("national")], zhenjiang, BY_DOCUMENT).deciding
    assert (deciding.issuer, deciding.fact.en) == ("sukangma", said)


def test_what_no_issuer_can_change_is_said_so(zhenjiang: Policy) -> None:
    nobody = replace(BY_DOCUMENT, document=None)
    assert explanation_of([], zhenjiang, nobody).lines[-1] == NO_CHANGE
