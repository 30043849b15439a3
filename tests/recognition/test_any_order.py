"""The order in which issuers, and codes of one issuer, were heard shows in nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings

from tests.recognition.given import AT, code, greens, judged, shipped, verified
from tests.recognition.strategies import TAPES, Tape
from tests.recognition.test_monotone import a_case
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.schema import Basis, Color, SourceAnswer
from tongxing.schema.case import Case

HANGZHOU = shipped("hangzhou-1")


def turned_round(heard: Sequence[SourceAnswer]) -> list[SourceAnswer]:
    return [replace(source, codes=source.codes[::-1]) for source in heard[::-1]]


def shown(judgement: Judgement) -> Judgement:
    """The reasons of the hub itself stand in the order of the findings that they are about."""
    reasons = sorted(judgement.reasons, key=lambda reason: (reason.code.value, reason.text.en))
    return replace(judgement, reasons=tuple(reasons))


def test_as_of_does_not_depend_on_which_of_two_greens_that_lapse_together_comes_first() -> None:
    fresh = code("zhejiang", Color.GREEN, hours=1, place="330100", valid_hours=7)
    older = code("zhejiang", Color.GREEN, hours=5, place="330200")
    one = judged(HANGZHOU, *greens("national"), verified(fresh, older))
    other = judged(HANGZHOU, *greens("national"), verified(older, fresh))
    assert one.as_of == other.as_of == AT - timedelta(hours=5)


def test_two_optional_greens_that_lapse_together_give_one_as_of() -> None:
    policy = replace(HANGZHOU, issuers=replace(HANGZHOU.issuers, mandatory=frozenset()))
    fresh = verified(code("sukangma", Color.GREEN, hours=1, valid_hours=7))
    older = verified(code("zhenjiang", Color.GREEN, hours=5))
    found = {judged(policy, *heard).as_of for heard in ([fresh, older], [older, fresh])}
    assert found == {AT - timedelta(hours=5)}


def test_two_reds_of_one_place_and_time_are_told_in_one_order() -> None:
    ill = code("national", Color.RED, Basis.SYMPTOMS)
    near = code("national", Color.RED, Basis.CLOSE_CONTACT)
    one = judged(HANGZHOU, *greens("zhejiang"), verified(ill, near))
    other = judged(HANGZHOU, *greens("zhejiang"), verified(near, ill))
    assert one.trace == other.trace


@settings(max_examples=2_000, deadline=None, database=None)
@given(TAPES)
def test_the_order_shows_in_nothing(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    one = recognize(Case(heard, circumstances, AT), policy)
    other = recognize(Case(turned_round(heard), circumstances, AT), policy)
    assert shown(one) == shown(other)
