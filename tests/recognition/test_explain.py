"""What would change the answer, and which rules looked and passed."""

import pytest
from hypothesis import given, settings

from gateway.recognition.decide import recognize
from gateway.recognition.explain import PassedOver, passed_over, smallest_change
from gateway.recognition.policy import STRICTNESS, Policy
from schema import Basis, Color, Decision, Outcome, SourceAnswer
from tests.recognition.given import AT, BY_DOCUMENT, code, greens, judged, outcome, stated, verified
from tests.recognition.strategies import TAPES, Tape
from tests.recognition.test_monotone import a_case

R, Y = Color.RED, Color.YELLOW
ADMIT, INSPECT = Decision.ADMIT, Decision.INSPECT

CHANGES: dict[str, tuple[list[SourceAnswer], tuple[str, ...], Decision, str]] = {
    "a provincial red waits for the province": (
        [*greens("zhenjiang", "national"), stated("sukangma", R, hours=20)],
        ("sukangma",),
        ADMIT,
        "Admitted once Sukangma states GREEN as of later than 2020-03-08 14:00",
    ),
    "a silent issuer has to speak": (
        [*greens("sukangma"), outcome("national", Outcome.TIMED_OUT)],
        ("national",),
        ADMIT,
        "Admitted once the national code states GREEN",
    ),
    "of a red and a yellow the red alone makes it milder": (
        [stated("sukangma", Y), stated("national", R)],
        ("national",),
        INSPECT,
        "Inspected once the national code states GREEN as of later than 2020-03-09 09:00",
    ),
    "two silent issuers both have to speak": (
        [],
        ("national", "sukangma"),
        ADMIT,
        "Admitted once the national code states GREEN and Sukangma states GREEN",
    ),
    "an issuer that reports for two provinces clears both": (
        [*greens("sukangma"), verified(code("national", R), code("national", R, place="330000"))],
        ("national",),
        ADMIT,
        "Admitted once the national code states GREEN as of later than 2020-03-09 09:00",
    ),
}


@pytest.mark.parametrize("claim", CHANGES)
def test_the_smallest_change(claim: str, zhenjiang: Policy) -> None:
    sources, issuers, decision, text = CHANGES[claim]
    change = smallest_change(sources, zhenjiang, BY_DOCUMENT, AT)
    assert change is not None
    assert (change.issuers, change.decision, change.text.en) == (issuers, decision, text)
    assert change.text.zh.startswith("待")


def test_a_pass_needs_no_change(zhenjiang: Policy) -> None:
    assert smallest_change(greens("sukangma", "national"), zhenjiang, BY_DOCUMENT, AT) is None


@settings(max_examples=150, deadline=None, database=None)
@given(TAPES)
def test_what_does_not_admit_can_be_changed_unless_no_issuer_claims_the_code(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    change = smallest_change(heard, policy, circumstances, AT)
    decision = recognize(heard, policy, circumstances, AT).decision
    if change is not None:
        assert STRICTNESS[change.decision] < STRICTNESS[decision]
    else:
        unclaimed = circumstances.document is None and circumstances.code_issuer is None
        assert decision is ADMIT or unclaimed


def test_the_rules_that_looked_and_passed_say_why(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, stated("sukangma", R, Basis.SYMPTOMS), *greens("national"))
    deciding = judgement.trace[0]
    assert deciding.rule.id == "red-refuse"
    assert passed_over(zhenjiang, deciding.finding) == (
        PassedOver("temperature-inspect", "color"),
        PassedOver("grave-red-refuse", "basis"),
        PassedOver("contested-red-inspect", "newer_green_from"),
    )
