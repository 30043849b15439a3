"""Every kind of statement that fits the words of an offer, and none twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.recognition.given import AT, BY_DOCUMENT, code, greens, shipped, verified
from tests.recognition.test_offer_search import inspecting
from tongxing.gateway.recognition.conditions import ChangesOver, When
from tongxing.gateway.recognition.new_statements import (
    ELSEWHERE,
    Speaker,
    Wording,
    greens_in,
    newer_in,
    open_places,
    times_after,
)
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import COUNTRY, Basis, Color, HealthCode, Outcome, RegionCode, Via
from tongxing.schema.case import Case, ColorChange

R, Y, G = Color.RED, Color.YELLOW, Color.GREEN
HOUR, A_MOMENT = timedelta(hours=1), timedelta(microseconds=1)
DAY_AGO = AT - 24 * HOUR
PLAIN = replace(shipped("zhenjiang-1"), rules=shipped("jiangsu-1").rules)
"""None of its rules on greens asks for an age, a basis, a place or a past."""


def asking(*whens: When) -> Policy:
    rules = inspecting(*whens).rules[: len(whens)]
    return replace(PLAIN, rules=(*rules, *PLAIN.rules))


SIX_HOURS = asking(When(color=(G,), age_over="6h"))
TIMES = {
    "both sides of an age that a rule names": (
        DAY_AGO,
        [DAY_AGO + A_MOMENT, AT - 6 * HOUR, AT - 6 * HOUR + A_MOMENT, AT],
    ),
    "no age that is past already": (AT - 3 * HOUR, [AT - 3 * HOUR + A_MOMENT, AT]),
    "an age that is the bound itself once": (AT - 6 * HOUR, [AT - 6 * HOUR + A_MOMENT, AT]),
    "an age just after the bound once": (
        AT - 6 * HOUR - A_MOMENT,
        [AT - 6 * HOUR, AT - 6 * HOUR + A_MOMENT, AT],
    ),
    "the moment itself once": (AT - A_MOMENT, [AT]),
    "nothing that is later than the moment but the first": (AT, [AT + A_MOMENT]),
}


@pytest.mark.parametrize("claim", TIMES)
def test_the_times_that_are_tried_are(claim: str) -> None:
    after, expected = TIMES[claim]
    assert times_after(after, AT, SIX_HOURS) == expected


def speaker(*said: HealthCode, adds: str | None = None) -> Speaker:
    new = None if adds is None else RegionCode(adds)
    return Speaker("national", dict(enumerate(said)), [], None, new)


def cases(
    who: Speaker, wording: Wording, policy: Policy = PLAIN, changes: Sequence[ColorChange] = ()
) -> list[Case]:
    """What is once the words have come true, in each way."""
    said = verified(*who.said.values()) if who.said else None
    sources = [*greens("sukangma"), *([] if said is None else [said])]
    case = Case(sources, replace(BY_DOCUMENT, changes=tuple(changes)), AT)
    return [way(case) for way in greens_in(who, wording, AT, policy)]


def codes(case: Case) -> list[HealthCode]:
    return case.sources[-1].codes


def firsts(found: Sequence[Case]) -> list[HealthCode]:
    return [codes(case)[0] for case in found]


def wording(**said: object) -> Wording:
    return replace(Wording(DAY_AGO, on_time=False), **said)  # type: ignore[arg-type]


def bases(policy: Policy, **said: object) -> list[Basis]:
    found = firsts(cases(speaker(), wording(**said), policy))
    return list(dict.fromkeys(each for code in found for each in code.basis))


OF_TWO_BASES = asking(
    When(color=(G,), basis=(Basis.DECLARED,)), When(color=(G,), basis_only=(Basis.CONVERTED,))
)


def test_each_basis_that_a_rule_on_greens_names_is_tried_and_one_other() -> None:
    first, *named = bases(OF_TWO_BASES)
    assert named == [Basis.CONVERTED, Basis.DECLARED]
    assert first not in named


def test_a_basis_that_only_rules_on_reds_name_is_not_tried() -> None:
    assert bases(asking(When(color=(R,), basis=(Basis.DECLARED,)))) == [Basis.DATA_NORMAL]


def test_a_basis_that_is_said_is_the_only_one() -> None:
    assert bases(OF_TWO_BASES, basis=Basis.NOT_STATED) == [Basis.NOT_STATED]


def test_a_green_of_no_place_may_be_of_any() -> None:
    policy = asking(When(color=(G,), place=("330000",)), When(color=(G,), place_outside=("32",)))
    carried = {
        "national": frozenset({RegionCode("420000")}),
        "zhejiang": frozenset({RegionCode("110000")}),
    }
    policy = replace(policy, issuers=replace(policy.issuers, green_from=carried))
    who = replace(speaker(), changed_in=[RegionCode("210000")])
    places = [COUNTRY, "210000", "32", "330000", "420000"]
    assert open_places(who, policy) == places
    found = firsts(cases(who, wording(), policy))
    assert list(dict.fromkeys(code.issuing_place for code in found)) == [*places, ELSEWHERE]


def test_a_green_of_a_place_that_is_said_is_of_that_place() -> None:
    found = firsts(cases(speaker(), wording(place=RegionCode("210000"))))
    assert {code.issuing_place for code in found} == {"210000"}


RED = code("national", R, place="420000", hours=5)
GREEN = code("national", G, place="330000", hours=5, previous=Y, changed_hours=9)
TURNED = asking(When(color=(G,), previous_color=(R,)))
COUNTED = asking(When(color=(G,), changes_over=ChangesOver(3, "7d")))


def test_what_was_said_of_a_place_is_tried_at_each_time_and_at_no_other_place() -> None:
    found = firsts(cases(speaker(RED), wording()))
    assert [code.as_of for code in found] == [DAY_AGO + A_MOMENT, AT]
    assert {code.issuing_place for code in found} == {"420000"}


def colors_before(policy: Policy, *said: HealthCode) -> set[Color | None]:
    return {code.previous_color for code in firsts(cases(speaker(*said), wording(), policy))}


@pytest.mark.parametrize("policy", [TURNED, COUNTED], ids=["turned", "counted"])
def test_what_is_not_known_to_have_come_before_may_have_been_yellow_or_red(policy: Policy) -> None:
    unmapped = code("national", Color.UNKNOWN, place="420000")
    assert colors_before(policy) == {None, Y, R}
    assert colors_before(policy, unmapped) == {None, Y, R}


@pytest.mark.parametrize("policy", [TURNED, COUNTED], ids=["turned", "counted"])
def test_what_is_known_to_have_come_before_did_or_is_left_out(policy: Policy) -> None:
    assert colors_before(policy, RED) == {None, R}
    assert colors_before(policy, GREEN) == {None, Y}


def test_what_came_before_is_left_out_if_no_rule_on_greens_asks_for_it() -> None:
    assert colors_before(PLAIN) == {None}


def turns(who: Speaker, policy: Policy = COUNTED, **said: object) -> set[tuple[str, object]]:
    """The places and moments of the changes that the history then has besides."""
    return {
        (change.place, change.at)
        for case in cases(who, wording(**said), policy)
        for change in case.circumstances.changes
    }


def test_a_turn_to_green_is_one_more_change() -> None:
    assert turns(speaker(RED)) == {("420000", DAY_AGO + A_MOMENT), ("420000", AT)}


def test_a_color_that_would_turn_at_once_changes_then() -> None:
    assert turns(replace(speaker(RED), turned_at=AT - HOUR)) == {("420000", AT - HOUR)}


def test_a_green_of_which_nothing_is_known_may_be_one_more_change() -> None:
    assert (COUNTRY, AT) in turns(speaker())
    assert turns(replace(speaker(), turned_at=AT - HOUR), place=COUNTRY) == {(COUNTRY, AT - HOUR)}


def test_a_green_that_is_stated_again_is_no_change() -> None:
    assert not turns(speaker(GREEN))


def test_a_color_that_was_kept_changed_before_any_rule_looks_back() -> None:
    assert not turns(speaker(), kept=True)
    found = firsts(cases(speaker(), wording(kept=True), COUNTED))
    assert {code.changed_at for code in found} == {None, AT - timedelta(days=7) - A_MOMENT}


def test_changes_that_look_alike_are_all_kept() -> None:
    twice = [ColorChange("national", "420000", AT - HOUR)] * 2
    (*_, newest) = cases(speaker(RED), wording(), COUNTED, twice)
    assert newest.circumstances.changes == (*twice, ColorChange("national", "420000", AT))


def test_the_changes_are_in_the_order_of_time() -> None:
    (*_, newest) = cases(
        replace(speaker(RED), turned_at=AT - 3 * HOUR),
        wording(),
        COUNTED,
        [ColorChange("national", "420000", AT - HOUR)],
    )
    assert [change.at for change in newest.circumstances.changes] == [AT - 3 * HOUR, AT - HOUR]


def test_a_place_more_is_stated_beside_what_was_said() -> None:
    found = cases(speaker(RED, GREEN, adds="110000"), wording())
    for case in found:
        places = [code.issuing_place for code in codes(case)]
        assert sorted(places) == ["110000", "330000", "420000"]
        assert {code.color for code in codes(case)} == {G}


def test_what_is_not_named_stands_as_it_was_and_the_rest_is_replaced() -> None:
    listed = replace(verified(RED), via=Via.LIST)
    case = Case([*greens("sukangma"), verified(GREEN, RED), listed], BY_DOCUMENT, AT)
    who = Speaker("national", {1: RED}, [], None)
    (first, *_) = greens_in(who, wording(), AT, PLAIN)
    others = {(str(s.issuer), s.via): s.codes for s in first(case).sources}
    assert others["national", Via.LIST] == [RED]
    assert set(others) == {(s.issuer, s.via) for s in case.sources}
    new, old = others["national", Via.LIVE]
    assert (new.color, new.issuing_place, old) == (G, "420000", GREEN)


def test_what_was_said_beside_an_outcome_that_is_no_state_is_not_kept() -> None:
    declaring = replace(verified(GREEN, RED), outcome=Outcome.MUST_UPDATE)
    case = Case([declaring], BY_DOCUMENT, AT)
    (first, *_) = greens_in(Speaker("national", {1: RED}, [], None), wording(), AT, PLAIN)
    (source,) = first(case).sources
    assert [code.issuing_place for code in source.codes] == ["420000"]


def test_a_newer_statement_is_the_same_but_for_its_time() -> None:
    case = Case([verified(GREEN)], BY_DOCUMENT, AT)
    ways = newer_in(speaker(GREEN), DAY_AGO, AT, PLAIN)
    found = [codes(way(case)) for way in ways]
    assert found == [[replace(GREEN, as_of=time)] for time in (DAY_AGO + A_MOMENT, AT)]
