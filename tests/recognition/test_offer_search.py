"""How far an offer is searched for, and what is tried on the way."""

from dataclasses import replace

import pytest

from tests.recognition.given import BY_DOCUMENT, explanation_of, greens, outcome, shipped
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.policy import Effect, Policy, Rule
from tongxing.schema import Color, Decision, Outcome, Text
from tongxing.schema.explanation import SmallestChange

G = Color.GREEN
ZHENJIANG = shipped("zhenjiang-1")
GOOD_PLACE = "150000"
"""It comes after all the bad ones."""

NATION = ("national",)
BAD_PLACES = ("110000", "120000", "130000", "140000")


def inspecting(*whens: When) -> Policy:
    effect = Effect(G, Decision.INSPECT)
    rules = [
        Rule(
            f"careful-{number}",
            Text(zh="慎", en="careful"),
            when,
            conditions_of(when),
            effect,
            False,
        )
        for number, when in enumerate(whens)
    ]
    return replace(ZHENJIANG, rules=(*rules, *ZHENJIANG.rules))


def offered(policy: Policy) -> SmallestChange | None:
    """The national code did not answer, so its green could be of any place."""
    heard = [*greens("sukangma"), outcome("national", Outcome.BUSY)]
    return explanation_of(heard, policy, BY_DOCUMENT).smallest_change


@pytest.mark.parametrize("bad", [3, 4])
def test_four_places_are_tried_for_an_issuer_that_has_named_none(bad: int) -> None:
    policy = inspecting(
        When(color=(G,), issuer=NATION, place=BAD_PLACES[:bad]),
        When(color=(G,), issuer=NATION, place_outside=(GOOD_PLACE,)),
    )
    change = offered(policy)
    assert (change is None) == (bad == 4)
    if change is not None:
        assert [need.place for need in change.needs] == [GOOD_PLACE]
