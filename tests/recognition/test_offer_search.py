"""How far an offer is searched for, and what is tried on the way."""

from dataclasses import replace

import pytest

from tests.recognition.given import (
    BY_DOCUMENT,
    code,
    explanation_of,
    greens,
    outcome,
    shipped,
    stated,
    verified,
)
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.policy import ConflictOrder, Effect, NotEnrolled, Policy, Rule
from tongxing.schema import Color, Decision, Outcome, SourceAnswer, Text, Via
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


R, Y = Color.RED, Color.YELLOW
NATION_FIRST = replace(
    ZHENJIANG,
    conflict_order=ConflictOrder.HOME_ISSUER_FIRST,
    issuers=replace(ZHENJIANG.issuers, home="national"),
)
FRESHEST = replace(ZHENJIANG, conflict_order=ConflictOrder.FRESHEST)
OF_THE_NATION = When(color=(G,), issuer=NATION, place=("420000",))
RELYING = replace(ZHENJIANG, issuers=replace(ZHENJIANG.issuers, mandatory=frozenset({"zhejiang"})))
SHANGHAI = shipped("shanghai-1")

CHOSEN: dict[str, tuple[Policy, list[SourceAnswer], Decision, list[tuple[str, str | None]]]] = {
    "of two changes that each help, the one that helps more": (
        NATION_FIRST,
        [*greens("sukangma"), outcome("national", Outcome.BUSY), stated("zhejiang", R)],
        Decision.ADMIT,
        [("national", None)],
    ),
    "no change whose effect depends on how new the statement is": (
        FRESHEST,
        [
            stated("national", G, hours=9),
            stated("sukangma", R, hours=8),
            stated("zhejiang", Y, hours=5),
        ],
        Decision.ADMIT,
        [("sukangma", "320000"), ("zhejiang", "330000")],
    ),
    "a red turns green although a green of the same issuer is inspected all the same": (
        inspecting(OF_THE_NATION),
        [
            *greens("sukangma"),
            verified(code("national", R, place="330000"), code("national", G, place="420000")),
        ],
        Decision.INSPECT,
        [("national", "330000"), ("national", "420000")],
    ),
    "a green that lapsed is stated anew beside a red, if that helps more": (
        RELYING,
        [
            verified(
                code("zhejiang", R, place="330100", hours=5),
                code("zhejiang", G, place="330000", hours=30),
            )
        ],
        Decision.ADMIT,
        [("zhejiang", "330100"), ("zhejiang", "330000")],
    ),
    "who is yellow on a list alone waits for the next one": (
        SHANGHAI,
        [
            *greens("national", "sukangma", "zhejiang", "anhui"),
            replace(verified(code("anhui", Y, place="340000", hours=9)), via=Via.LIST),
        ],
        Decision.ADMIT,
        [("anhui", None)],
    ),
}


@pytest.mark.parametrize("claim", CHOSEN)
def test_what_is_chosen(claim: str) -> None:
    policy, heard, decision, needs = CHOSEN[claim]
    change = explanation_of(heard, policy, BY_DOCUMENT).smallest_change
    assert change is not None
    assert change.decision is decision
    assert [(need.issuer, need.place) for need in change.needs] == needs
    assert all(need.basis is None for need in change.needs)


def test_if_no_issuer_knows_the_holder_the_green_of_any_of_them_is_offered() -> None:
    """Where a mandatory issuer need not know the holder."""
    issuers = replace(ZHENJIANG.issuers, not_enrolled=NotEnrolled.ACCEPTED)
    nobody = [outcome(issuer, Outcome.NOT_ENROLLED) for issuer in ("sukangma", "national")]
    accepting = replace(ZHENJIANG, issuers=issuers)
    change = explanation_of(nobody, accepting, BY_DOCUMENT).smallest_change
    assert change is not None
    assert (change.decision, len(change.needs)) == (Decision.ADMIT, 1)
    assert change.needs[0].issuer in ("sukangma", "national")


@pytest.mark.parametrize(("ages", "is_found"), [(2, True), (23, False)])
def test_a_search_that_would_take_too_long_is_given_up(ages: int, is_found: bool) -> None:  # noqa: FBT001
    """Each age that a rule names is one more that a green may have."""
    whens = (When(color=(G,), issuer=("zhejiang",), age_over=f"{h + 1}h") for h in range(ages))
    assert (offered(inspecting(*whens)) is not None) == is_found


MANY = ("zhenjiang", "sukangma", "national", "zhejiang", "anhui", "shanghai", "shandong")


@pytest.mark.parametrize("number", [6, 7])
def test_the_changes_of_up_to_six_issuers_are_tried_together(number: int) -> None:
    reds = [stated(issuer, R) for issuer in MANY[:number]]
    others = greens(*({"sukangma", "national"} - set(MANY[:number])))
    change = explanation_of([*reds, *others], shipped("jiangsu-1"), BY_DOCUMENT).smallest_change
    assert (change is None) == (number == 7)
    if change is not None:
        assert {need.issuer for need in change.needs} == set(MANY[:number])


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
