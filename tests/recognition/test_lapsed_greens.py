"""The older the proof of a red, the milder the answer must not be: what a rule holds against a
green counts while the green itself counts no longer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from tests.recognition.given import AT, beside, code, greens, judged, outcome, shipped, verified
from tests.recognition.strategies import TAPES, Tape
from tests.recognition.test_monotone import a_case
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.policy import STRICTNESS
from tongxing.schema import Color, Decision, Evidence, HealthCode, Outcome, SourceAnswer
from tongxing.schema.case import Case

HANGZHOU = shipped("hangzhou-1")


def turned(hours: float, *, as_of: float) -> HealthCode:
    """A green of the Zhenjiang code, which was red until ``hours`` ago."""
    return code("zhenjiang", Color.GREEN, hours=as_of, previous=Color.RED, changed_hours=hours)


PROOFS: dict[str, SourceAnswer] = {
    "of an hour ago": verified(turned(30, as_of=1)),
    "one hour before its limit": verified(turned(30, as_of=23)),
    "past its limit": verified(turned(30, as_of=25)),
    "unsigned": verified(turned(30, as_of=1), evidence=Evidence.CHANNEL),
    "61 seconds ahead of the clock": verified(turned(30, as_of=-61 / 3600)),
    "past its own end": verified(replace(turned(30, as_of=1), valid_until=AT)),
    "all that its issuer said, and ended": beside(
        Outcome.CODE_EXPIRED, replace(turned(30, as_of=1), valid_until=AT)
    ),
    "beside a request to declare again": beside(Outcome.MUST_UPDATE, turned(30, as_of=1)),
}


@pytest.mark.parametrize("proof", PROOFS)
def test_a_red_of_thirty_hours_ago_turns_back_however_old_its_proof_is(proof: str) -> None:
    judgement = judged(HANGZHOU, *greens("zhejiang", "national"), PROOFS[proof])
    assert judgement.decision is Decision.REFUSE


def test_a_green_that_lapsed_and_that_no_rule_holds_anything_against_takes_nothing_away() -> None:
    old = verified(code("zhenjiang", Color.GREEN, hours=25))
    judgement = judged(HANGZHOU, *greens("zhejiang", "national"), old)
    assert judgement.decision is Decision.ADMIT


@settings(max_examples=2_000, deadline=None, database=None)
@given(TAPES)
def test_a_green_never_makes_an_answer_milder_by_growing_old(tape: Tape) -> None:
    """Compared with the same issuer silent, which is what a green that lapsed amounts to."""
    policy, circumstances, heard = a_case(tape)
    issuer = tape.pick([source.issuer for source in heard] or ["zhenjiang"])
    others = [source for source in heard if source.issuer != issuer]
    green = replace(tape.code(issuer), color=Color.GREEN, as_of=AT - timedelta(days=9))
    old = verified(replace(green, valid_until=None))
    silent = outcome(issuer, Outcome.TIMED_OUT)
    before = recognize(Case([*others, silent], circumstances, AT), policy)
    after = recognize(Case([*others, old], circumstances, AT), policy)
    assert STRICTNESS[after.decision] >= STRICTNESS[before.decision]


def test_an_answer_ends_when_a_green_that_is_ahead_of_the_clock_begins_to_count() -> None:
    ahead = verified(code("zhenjiang", Color.GREEN, hours=-90 / 3600))
    judgement = judged(HANGZHOU, *greens("zhejiang", "national"), ahead)
    assert judgement.valid_until == AT + timedelta(seconds=30)
