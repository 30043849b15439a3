"""What one issuer could state differently: every offer that is tried, the smallest first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    beside,
    code,
    greens,
    judged,
    outcome,
    shipped,
    verified,
)
from tests.recognition.test_offer_search import inspecting
from tongxing.gateway.recognition.conditions import ChangesOver, When
from tongxing.gateway.recognition.policy import ConflictOrder, Policy
from tongxing.gateway.recognition.remedies import Remedy, remedies
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    Decision,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case, Circumstances, ColorChange
from tongxing.schema.explanation import NeedKind

G, Y, R, U = Color.GREEN, Color.YELLOW, Color.RED, Color.UNKNOWN
HOUR, A_MOMENT = timedelta(hours=1), timedelta(microseconds=1)
DAY_AGO, NATION = AT - 24 * HOUR, "national"
GREEN, NEWER = NeedKind.STATES_GREEN, NeedKind.NEWER_STATEMENT
KEPT, OFF_LIST = NeedKind.LONGER_UNCHANGED, NeedKind.LEFT_OFF_LIST
ZHENJIANG = shipped("zhenjiang-1")
BARE = replace(
    ZHENJIANG,
    rules=tuple(
        rule
        for rule in ZHENJIANG.rules
        if not (rule.when.basis or rule.when.basis_only or rule.when.changes_over)
        and rule.when.newer_green_from is None
    ),
)
"""It asks for colors and causes alone."""


def asking(*whens: When) -> Policy:
    rules = inspecting(*whens).rules[: len(whens)]
    return replace(BARE, rules=(*rules, *BARE.rules))


OF_SIX_HOURS = asking(When(color=(G,), age_over="6h"))
OF_CHANGES = asking(When(color=(G,), changes_over=ChangesOver(3, "7d")))


def case_of(
    *sources: SourceAnswer,
    circumstances: Circumstances = BY_DOCUMENT,
    changes: Sequence[float] = (),
) -> Case:
    dated = tuple(ColorChange(NATION, "420000", AT - h * HOUR) for h in changes)
    return Case([*greens("sukangma"), *sources], replace(circumstances, changes=dated), AT)


def tried(policy: Policy, case: Case, *, at: datetime = AT, blocks: bool = True) -> list[Remedy]:
    """For the national code."""
    trace = judged(policy, *case.sources, circumstances=case.circumstances).trace
    blocking = [
        ruled
        for ruled in trace
        if blocks
        and ruled.finding.issuer == NATION
        and ruled.rule.effect.decision is not Decision.ADMIT
    ]
    return list(remedies(NATION, blocking, case, at, policy))


def kinds(found: Sequence[Remedy]) -> set[NeedKind]:
    return {need.kind for remedy in found for need in remedy.needs}


def places(found: Sequence[Remedy]) -> list[tuple[str | None, ...]]:
    """Of each green that is offered, without those of more words."""
    named = [tuple(need.place for need in each.needs if need.kind is GREEN) for each in found]
    return list(dict.fromkeys(each for each in named if each))


def bounds(found: Sequence[Remedy]) -> list[datetime | None]:
    return list(dict.fromkeys(need.after for each in found for need in each.needs))


def red(place: str = "420000", hours: float = 5) -> SourceAnswer:
    return verified(code(NATION, R, place=place, hours=hours))


SILENT = outcome(NATION, Outcome.BUSY)
LISTED = replace(red(hours=9), via=Via.LIST)


def test_nothing_but_what_others_change_is_tried_first() -> None:
    case = case_of(red())
    first, *others = tried(ZHENJIANG, case)
    assert first.needs == ()
    assert [way(case) for way in first.ways] == [case]
    assert all(other.needs for other in others)


@pytest.mark.parametrize(
    "source",
    [SILENT, red(hours=6), verified(code(NATION, U)), verified(code(NATION, G, hours=30))],
    ids=["silent", "red", "no color", "too old"],
)
def test_no_offer_is_tried_twice(source: SourceAnswer) -> None:
    placed = When(color=(G,), place=("330000",), basis=(Basis.DECLARED,))
    policy = asking(placed, When(color=(G,), age_over="6h"))
    found = tried(policy, case_of(source))
    texts = [tuple(need.text.en for need in each.needs) for each in found]
    assert len(texts) == len(set(texts)) > 1


def test_who_stands_on_a_list_alone_is_offered_the_next_list_alone() -> None:
    case = case_of(*greens(NATION), LISTED)
    found = tried(BARE, case)
    assert [[need.kind for need in each.needs] for each in found] == [[], [OFF_LIST]]
    sources = found[1].ways[0](case).sources
    assert [(s.issuer, s.via, s.outcome) for s in sources] == [
        ("sukangma", Via.LIVE, Outcome.VERIFIED),
        (NATION, Via.LIVE, Outcome.VERIFIED),
        (NATION, Via.LIST, Outcome.NOT_ENROLLED),
    ]


def test_the_lists_of_other_issuers_stand_as_they_were() -> None:
    other = replace(verified(code("anhui", Y, place="340000")), via=Via.LIST)
    case = case_of(*greens(NATION), LISTED, other)
    assert other in tried(BARE, case)[1].ways[0](case).sources


def test_who_stands_on_a_list_and_is_red_when_asked_needs_both() -> None:
    case = case_of(LISTED, red())
    _, *found = tried(BARE, case)
    assert found
    for each in found:
        assert [need.kind for need in each.needs] == [OFF_LIST, GREEN]
        for way in each.ways:
            live, absent = (s for s in way(case).sources if s.issuer == NATION)
            if live.via is Via.LIST:
                live, absent = absent, live
            assert [each.color for each in live.codes] == [G]
            assert (absent.via, absent.codes) == (Via.LIST, [])


def test_a_missing_list_is_made_up_for_by_a_statement() -> None:
    policy = replace(BARE, lists=frozenset({NATION}), rules=shipped("shanghai-1").rules)
    found = tried(policy, case_of(SILENT))
    assert any([need.kind for need in each.needs] == [GREEN] for each in found)


BY_SCAN = Circumstances(Purpose.ENTRY, None, "sukangma")


@pytest.mark.parametrize("blocks", [True, False])
def test_of_a_scan_an_issuer_that_could_not_be_asked_is_offered_nothing(*, blocks: bool) -> None:
    assert tried(BARE, case_of(circumstances=BY_SCAN), blocks=blocks) == []


def test_of_a_scan_an_issuer_that_answered_all_the_same_can_answer_otherwise() -> None:
    assert kinds(tried(BARE, case_of(red(), circumstances=BY_SCAN))) == {GREEN}


def test_of_a_scan_the_issuer_of_the_code_can_be_asked_although_it_did_not_answer() -> None:
    scan = replace(BY_SCAN, code_issuer=NATION)
    assert GREEN in kinds(tried(BARE, case_of(circumstances=scan)))


def test_an_issuer_of_which_nothing_blocks_may_have_to_state_a_green() -> None:
    found = tried(BARE, case_of(), blocks=False)
    assert kinds(found) == {GREEN}
    assert all(each.needs for each in found)


HELD = code(NATION, G, place="420000", hours=8)
STATEMENTS: dict[str, tuple[SourceAnswer, set[NeedKind]]] = {
    "a green whose age a rule holds against it has to be newer": (verified(HELD), {NEWER}),
    "beside a red it has to turn green": (
        verified(HELD, code(NATION, R, place="320000", hours=5)),
        {GREEN},
    ),
    "a code that has ended has to be stated anew": (
        verified(code(NATION, G, place="420000", hours=1, valid_hours=-0.5)),
        {GREEN},
    ),
    "so has one that was played again": (beside(Outcome.STALE, HELD), {GREEN}),
    "so has one ahead of the clock": (
        verified(code(NATION, G, place="420000", hours=-1)),
        {GREEN},
    ),
}


@pytest.mark.parametrize("claim", STATEMENTS)
def test_what_has_to_be_stated(claim: str) -> None:
    source, expected = STATEMENTS[claim]
    assert kinds(tried(OF_SIX_HOURS, case_of(source))) == expected


OLD = code(NATION, G, place="320000", hours=30)
PLACES: dict[str, tuple[SourceAnswer, list[tuple[str, ...]]]] = {
    "a red has to turn green in its place": (red(), [("420000",)]),
    "every red has to": (
        verified(code(NATION, R, place="320000"), code(NATION, Y, place="321100")),
        [("320000", "321100")],
    ),
    "a green that lapsed may have to be stated anew beside it": (
        verified(code(NATION, R, place="321100"), OLD),
        [("321100",), ("321100", "320000")],
    ),
    "what was said beside an outcome that is no state has to be stated": (
        beside(Outcome.MUST_UPDATE, code(NATION, G, place="420000")),
        [("420000",)],
    ),
    "the nation has to be stated besides if no province carries": (
        verified(code(NATION, R, place="420000"), code(NATION, R, place="330000")),
        [("420000", "330000"), ("420000", "330000", COUNTRY)],
    ),
}


@pytest.mark.parametrize("claim", PLACES)
def test_of_which_places(claim: str) -> None:
    source, expected = PLACES[claim]
    assert places(tried(BARE, case_of(source))) == expected


def test_one_of_the_places_that_carry_has_to_be_stated_besides() -> None:
    carrying = {NATION: frozenset({RegionCode("330000"), COUNTRY})}
    policy = replace(BARE, issuers=replace(BARE.issuers, green_from=carrying))
    assert places(tried(policy, case_of(red()))) == [("420000",), ("420000", COUNTRY)]


def test_a_color_that_has_to_rest_afterwards_turns_now_and_any_other_when_it_is_stated() -> None:
    case = case_of(red())
    green = next(each for each in tried(OF_CHANGES, case) if each.needs)
    turns = {c.at for way in green.ways for c in way(case).circumstances.changes}
    assert turns == {AT - 5 * HOUR + A_MOMENT, AT}
    later = next(each for each in tried(OF_CHANGES, case, at=AT + HOUR) if each.needs)
    assert {c.at for way in later.ways for c in way(case).circumstances.changes} == {AT}


FRESHEST = replace(BARE, conflict_order=ConflictOrder.FRESHEST)
CONTESTED = asking(When(color=(R,), newer_green_from=(NATION,)))
OTHER_RED = verified(code("zhejiang", R, hours=5))
BOUNDS: dict[str, tuple[Policy, tuple[SourceAnswer, ...], list[datetime]]] = {
    "younger than any green may be": (BARE, (SILENT,), [DAY_AGO]),
    "newer than a red": (BARE, (red(),), [AT - 5 * HOUR]),
    "newer than a red of now": (BARE, (red(hours=0),), [AT]),
    "or than an age that a rule names": (OF_SIX_HOURS, (SILENT,), [DAY_AGO, AT - 6 * HOUR]),
    "but not than an age that is past": (OF_SIX_HOURS, (red(),), [AT - 5 * HOUR]),
    "and of one bound once": (OF_SIX_HOURS, (red(hours=6),), [AT - 6 * HOUR]),
    "or than what it contradicts, if the freshest counts": (
        FRESHEST,
        (SILENT, OTHER_RED),
        [DAY_AGO, AT - 5 * HOUR],
    ),
    "or if a rule asks for a newer green": (
        CONTESTED,
        (SILENT, OTHER_RED),
        [DAY_AGO, AT - 5 * HOUR],
    ),
    "and not if neither does": (BARE, (SILENT, OTHER_RED), [DAY_AGO]),
    "nor than a green": (FRESHEST, (SILENT, verified(code("zhejiang", G, hours=5))), [DAY_AGO]),
    "nor than what it cannot be newer than": (
        FRESHEST,
        (SILENT, verified(code("zhejiang", R, hours=0))),
        [DAY_AGO],
    ),
}


@pytest.mark.parametrize("claim", BOUNDS)
def test_how_new_a_statement_has_to_be(claim: str) -> None:
    policy, sources, expected = BOUNDS[claim]
    assert bounds(tried(policy, case_of(*sources))) == expected


def test_a_red_of_its_own_list_is_not_what_an_issuer_contradicts() -> None:
    found = tried(FRESHEST, case_of(SILENT, replace(LISTED, outcome=Outcome.STALE)))
    assert AT - 9 * HOUR not in bounds(found)


def test_only_what_was_ahead_of_the_clock_is_told_not_to_be() -> None:
    now, ahead = (tried(BARE, case_of(red(hours=hours)))[1].needs[0] for hours in (0, -1))
    assert "ahead of the clock" not in now.text.en
    assert "ahead of the clock" in ahead.text.en


KEEPING: dict[str, tuple[Policy, SourceAnswer, tuple[float, ...], bool]] = {
    "a silent issuer": (OF_CHANGES, SILENT, (), True),
    "a state that is no color": (OF_CHANGES, verified(code(NATION, U, place="420000")), (), True),
    "a state that is no color beside a red": (
        OF_CHANGES,
        verified(code(NATION, U, place="420000"), code(NATION, R, place="421000")),
        (),
        True,
    ),
    "a red": (OF_CHANGES, red(), (), False),
    "a silent issuer where no rule looks back": (BARE, SILENT, (), False),
    "one that changed lately": (OF_CHANGES, SILENT, (100,), False),
    "one that changed exactly as long ago as rules look back": (OF_CHANGES, SILENT, (168,), False),
    "one that changed longer ago": (OF_CHANGES, SILENT, (169,), True),
    "one whose changes no rule counts": (
        asking(When(color=(G,), changed_within="7d")),
        SILENT,
        (100,),
        True,
    ),
}


@pytest.mark.parametrize("claim", KEEPING)
def test_that_a_color_was_kept_is_said_of(claim: str) -> None:
    policy, source, changes, expected = KEEPING[claim]
    assert (KEPT in kinds(tried(policy, case_of(source, changes=changes)))) == expected


def test_the_changes_of_another_issuer_are_not_its_own() -> None:
    changes = (ColorChange("sukangma", "320000", AT - HOUR),)
    case = replace(case_of(SILENT), circumstances=replace(BY_DOCUMENT, changes=changes))
    assert KEPT in kinds(tried(OF_CHANGES, case))


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (BARE, False),
        (asking(When(color=(G,), basis=(Basis.CONVERTED,))), True),
        (asking(When(color=(R,), basis_only=(Basis.CONVERTED,))), True),
    ],
    ids=["no rule asks for one", "a rule asks for one of some", "a rule asks for no other"],
)
def test_a_basis_is_said_if(policy: Policy, said: bool) -> None:  # noqa: FBT001
    named = {need.basis for each in tried(policy, case_of(SILENT)) for need in each.needs}
    likely = {Basis.DATA_NORMAL, Basis.DECLARED, Basis.CONVERTED, Basis.NOT_STATED}
    assert named == {None, *(likely if said else ())}
