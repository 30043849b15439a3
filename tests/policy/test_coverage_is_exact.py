"""The load-time check against the decision itself, over policies that nobody thought of."""

from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recognition.given import AT, shipped
from tests.recognition.strategies import TAPES, Tape
from tongxing.gateway.policy.coverage import faults
from tongxing.gateway.policy.effort import RULES_LIMIT_STEPS, steps_to_rule
from tongxing.gateway.policy.finding_classes import classes_of
from tongxing.gateway.policy.policy_refusal import PolicyFault
from tongxing.gateway.recognition.conditions import ChangesOver, When, conditions_of
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.hearing import hear
from tongxing.gateway.recognition.policy import Effect, Policy, Rule, Undecided
from tongxing.gateway.recognition.ruling import contradict
from tongxing.schema import Basis, Color, Decision, DocumentKind, Evidence, Purpose, Text, Via
from tongxing.schema.case import Case
from tongxing.schema.color import RESTRICTIVENESS

BASE = shipped("zhenjiang-1")
EFFECTS = (
    Effect(Color.RED, Decision.REFUSE),
    Effect(Color.YELLOW, Decision.INSPECT),
    Effect(Color.GREEN, Decision.ADMIT),
    Effect(Color.UNKNOWN, Decision.INSPECT),
)


ASKED: list[dict[str, Any]] = [
    {},
    {"issuer": ("sukangma",)},
    {"mandatory": True},
    {"mandatory": False},
    {"evidence": (Evidence.SIGNED,)},
    {"basis": (Basis.CLOSE_CONTACT, Basis.SYMPTOMS)},
    {"basis_only": (Basis.DECLARED,)},
    {"age_within": "12h"},
    {"age_over": "24h"},
    {"previous_color": (Color.RED,)},
    {"changed_within": "24h"},
    {"changed_over": "14d"},
    {"changes_over": ChangesOver(times=3, within="7d")},
    {"changes_over": ChangesOver(times=1, within="36h")},
    {"place": ("320000",)},
    {"place_outside": ("321100",)},
    {"newer_green_from": ("zhenjiang", "national")},
    {"document": (DocumentKind.PASSPORT,)},
    {"purpose": (Purpose.TRANSPORT,)},
    {"via": (Via.LIST,)},
]
"""What a rule may ask besides a color; each condition at least once."""


def a_condition(tape: Tape) -> dict[str, Any]:
    return tape.pick(ASKED)


def test_every_condition_is_asked() -> None:
    """A condition that ``finding_classes`` does not know fails below, but only if it is asked."""
    asked = {key for condition in ASKED for key in condition}
    assert asked | {"color", "because"} == set(When.__struct_fields__)


def a_rule(tape: Tape, index: int) -> Rule:
    color = tape.pick([Color.RED, Color.YELLOW, Color.GREEN, Color.UNKNOWN])
    when = When(color=(color,), **{**a_condition(tape), **a_condition(tape)})
    effect = next(effect for effect in EFFECTS if effect.color is color)
    return a_rule_of(f"r{index}", when, tape.pick([effect, effect, *EFFECTS]))


def a_rule_of(name: str, when: When, effect: Effect) -> Rule:
    return Rule(name, Text(zh="规则", en="rule"), when, conditions_of(when), effect, relaxes=False)


def a_policy(tape: Tape) -> Policy:
    """A handful of rules before one for each color, of which one may be wanting."""
    rules = [a_rule(tape, index) for index in range(tape.pick([2, 1, 3]))]
    last = [a_rule_of(f"all-{e.color.value}", When(color=(e.color,)), e) for e in EFFECTS]
    kept = last if tape.pick([True, True, False]) else last[1:]
    return replace(BASE, rules=tuple(rules + kept))


def findings(tape: Tape, policy: Policy) -> list[Finding]:
    hearing = hear(Case(tape.answers(), tape.circumstances(), AT), policy)
    return contradict(hearing.standing)


def spoken(policy: Policy, finding: Finding) -> Rule | None:
    try:
        return policy.rule_on(finding)
    except Undecided:
        return None


@settings(max_examples=60, deadline=None, database=None)
@given(TAPES, st.lists(TAPES, min_size=20, max_size=20))
def test_what_the_check_promises_holds_for_whatever_is_heard(
    tape: Tape, others: list[Tape]
) -> None:
    policy = a_policy(tape)
    found = list(islice(faults(policy), 2000))
    codes = {fault.code for fault in found}
    dead = {fault.rule for fault in found if fault.code is PolicyFault.UNREACHABLE}
    for other in others:
        for finding in findings(other, policy):
            rule = spoken(policy, finding)
            assert rule is not None or PolicyFault.UNDECIDED in codes
            if rule is None:
                continue
            assert rule.id not in dead
            greener = RESTRICTIVENESS[rule.effect.color] < RESTRICTIVENESS[finding.color]
            assert not greener or {PolicyFault.MAKES_GREENER, PolicyFault.INVENTS_COLOR} & codes


@settings(max_examples=60, deadline=None, database=None)
@given(TAPES, st.lists(TAPES, min_size=10, max_size=10))
def test_every_finding_is_ruled_on_like_one_of_the_representatives(
    tape: Tape, others: list[Tape]
) -> None:
    policy = a_policy(tape)

    def key(finding: Finding) -> tuple[object, ...]:
        rules = policy.rules
        return (
            finding.color,
            finding.cause,
            finding.mandatory,
            tuple(rule.speaks_on(finding) for rule in rules),
        )

    represented = {key(finding) for finding in classes_of(policy)}
    heard = [finding for other in others for finding in findings(other, policy)]
    assert {key(finding) for finding in heard} <= represented


def test_a_contradiction_that_makes_greener_has_to_be_called_a_relaxation() -> None:
    """A yellow that is red unless a later green contradicts it never goes below its own color, and
    yet one more green would make the answer greener."""
    yellow = EFFECTS[1]
    rules = (
        a_rule_of("soft", When(color=(Color.YELLOW,), newer_green_from=("zhenjiang",)), yellow),
        a_rule_of("hard", When(color=(Color.YELLOW,)), EFFECTS[0]),
        *(
            a_rule_of(e.color.value, When(color=(e.color,)), e)
            for e in (*EFFECTS[:1], *EFFECTS[2:])
        ),
    )
    found = list(faults(replace(BASE, rules=rules)))
    assert {(fault.code, fault.rule) for fault in found} == {(PolicyFault.MAKES_GREENER, "soft")}


def test_a_green_that_softens_what_another_green_hardens_is_a_relaxation() -> None:
    """Alone it changes nothing: only one of the ways to be contradicted by fewer is stricter."""
    red, yellow = EFFECTS[0], EFFECTS[1]
    rules = (
        a_rule_of("soft", When(color=(Color.YELLOW,), newer_green_from=("zhenjiang",)), yellow),
        a_rule_of("hard", When(color=(Color.YELLOW,), newer_green_from=("national",)), red),
        *(a_rule_of(e.color.value, When(color=(e.color,)), e) for e in EFFECTS),
    )
    found = list(faults(replace(BASE, rules=rules)))
    assert {(fault.code, fault.rule) for fault in found} == {(PolicyFault.MAKES_GREENER, "soft")}


def test_an_issuer_may_be_contradicted_by_the_other_of_two_that_a_rule_names() -> None:
    when = When(
        color=(Color.RED,), issuer=("zhenjiang",), newer_green_from=("zhenjiang", "national")
    )
    rules = (
        a_rule_of("contested", when, EFFECTS[0]),
        *(a_rule_of(e.color.value, When(color=(e.color,)), e) for e in EFFECTS),
    )
    assert list(faults(replace(BASE, rules=rules))) == []


FOR_EACH_COLOR = tuple(a_rule_of(e.color.value, When(color=(e.color,)), e) for e in EFFECTS)


@pytest.mark.parametrize("over", [0, 1])
def test_the_lists_of_rules_have_as_many_members_as_the_limit_allows_and_no_more(over: int) -> None:
    """Counted before anything is looked through."""
    long = steps_to_rule([a_rule_of("long", When(issuer=("zhenjiang",)), EFFECTS[0])])
    room = RULES_LIMIT_STEPS - steps_to_rule(FOR_EACH_COLOR) - long
    when = When(issuer=("zhenjiang",) * (room + 1 + over))
    rules = (a_rule_of("long", when, EFFECTS[0]), *FOR_EACH_COLOR)
    assert steps_to_rule(rules) == RULES_LIMIT_STEPS + over
    found = list(faults(replace(BASE, rules=rules)))
    refused = [fault for fault in found if "too many members" in fault.reason]
    assert [fault.code for fault in refused] == [PolicyFault.TOO_MANY_COMBINATIONS] * over


def test_a_yellow_that_is_decided_only_if_it_is_contradicted_is_named_and_nothing_else() -> None:
    soft = When(color=(Color.YELLOW,), newer_green_from=("zhenjiang",))
    others = (rule for rule in FOR_EACH_COLOR if rule.id != "YELLOW")
    rules = (a_rule_of("soft", soft, EFFECTS[1]), *others)
    found = list(faults(replace(BASE, rules=rules)))
    assert {fault.code for fault in found} == {PolicyFault.UNDECIDED}


UNASKED: dict[str, tuple[Effect, bool, set[PolicyFault]]] = {
    "a place may say that it passes without the issuers a scan leaves unasked": (
        EFFECTS[2],
        True,
        set(),
    ),
    "it has to say that this is a relaxation": (EFFECTS[2], False, {PolicyFault.INVENTS_COLOR}),
    "no other color is set without an issuer": (
        EFFECTS[1],
        True,
        {PolicyFault.INVENTS_COLOR, PolicyFault.RELAXES_NOTHING},
    ),
}


@pytest.mark.parametrize("claim", UNASKED)
def test_a_scan_whose_holder_is_not_known(claim: str) -> None:
    effect, relaxes, codes = UNASKED[claim]
    unasked = a_rule_of("unasked", When(because=(Cause.HOLDER_UNKNOWN,)), effect)
    rules = (replace(unasked, relaxes=relaxes), *FOR_EACH_COLOR)
    found = {fault.code for fault in faults(replace(BASE, rules=rules))}
    assert found == codes


def test_an_issuer_id_is_only_text() -> None:
    """Issuers that the policy does not name fall into one class, whatever they are called."""
    tape = Tape(bytes(120))
    source = replace(tape.answer("zhejiang"), issuer=strawberry.ID("zhejiang"))
    (finding,) = [
        f
        for f in hear(Case([source], tape.circumstances(), AT), BASE).standing
        if f.issuer == "zhejiang"
    ]
    assert BASE.rule_on(finding).id == "green-admit"
