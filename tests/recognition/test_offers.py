"""An offer is true: what its words say is done, and exactly what they promise comes of it.

The words are carried out here by the other party, from the needs alone and in whatever way they
leave open: how new the statement is, what came before it, its basis and its place.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    code,
    explanation_of,
    greens,
    outcome,
    shipped,
    stated,
    verified,
)
from tests.recognition.strategies import TAPES, Tape
from tests.recognition.test_monotone import a_case
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.policy import (
    STRICTNESS,
    Effect,
    OptionalFault,
    Policy,
    Rule,
)
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    Decision,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    SourceAnswer,
    Text,
    Via,
)
from tongxing.schema.case import Case, Circumstances, ColorChange
from tongxing.schema.explanation import Need, NeedKind, SmallestChange

HANGZHOU, SHANGHAI = shipped("hangzhou-1"), shipped("shanghai-1")
SHANDONG, ZHENJIANG = shipped("shandong-1"), shipped("zhenjiang-1")
A_MOMENT = timedelta(microseconds=1)
STATEMENTS = (NeedKind.STATES_GREEN, NeedKind.NEWER_STATEMENT)
TIME = (NeedKind.LONGER_UNCHANGED, NeedKind.FEWER_CHANGES)
R, Y, G = Color.RED, Color.YELLOW, Color.GREEN


def carried_out(change: SmallestChange, case: Case, tape: Tape) -> Case:
    """``case`` after all that ``change`` asks for, and nothing else, has happened."""
    waits = [need.after for need in change.needs if need.kind in TIME and need.after is not None]
    then = max((wait + A_MOMENT for wait in waits), default=case.at)
    after = renewed(case, then, everything=tape.pick([True, False]))
    for issuer in dict.fromkeys(need.issuer for need in change.needs):
        mine = [need for need in change.needs if need.issuer == issuer]
        if any(need.kind is NeedKind.LEFT_OFF_LIST for need in mine):
            after = left_off(after, issuer)
        if any(need.kind in STATEMENTS for need in mine):
            after = restated(after, case, issuer, mine, tape)
    return after


def renewed(case: Case, then: datetime, *, everything: bool) -> Case:
    shift = then - case.at
    return replace(
        case,
        at=then,
        sources=tuple(
            replace(
                source,
                codes=[
                    replace(
                        each,
                        as_of=each.as_of + shift,
                        valid_until=each.valid_until and each.valid_until + shift,
                    )
                    if everything or each.color not in (R, Y)
                    else each
                    for each in source.codes
                ],
            )
            for source in case.sources
        ),
    )


def left_off(case: Case, issuer: str) -> Case:
    others = [s for s in case.sources if (s.issuer, s.via) != (issuer, Via.LIST)]
    absent = replace(outcome(issuer, Outcome.NOT_ENROLLED), via=Via.LIST)
    return replace(case, sources=(*others, absent))


def restated(case: Case, before: Case, issuer: str, needs: Sequence[Need], tape: Tape) -> Case:
    """Every code of a place that a need names is stated anew; a green of no place may be of any."""
    live = next((s for s in case.sources if (s.issuer, s.via) == (issuer, Via.LIVE)), None)
    said = [] if live is None else live.codes
    asked = [need for need in needs if need.kind in STATEMENTS]
    kept = any(need.kind is NeedKind.LONGER_UNCHANGED and need.after is None for need in needs)
    turned_at = tape.pick([before.at, None]) if case.at == before.at else before.at
    codes: list[HealthCode] = []
    changes = list(case.circumstances.changes)
    for need in asked:
        assert need.after is not None
        as_of = tape.pick([need.after + A_MOMENT, max(case.at, need.after + A_MOMENT)])
        here = [each for each in said if each.issuing_place == need.place]
        if need.kind is NeedKind.NEWER_STATEMENT:
            codes += [replace(each, as_of=as_of) for each in here]
            continue
        old = next((each for each in here if each.color in (R, Y)), None)
        green = a_green(issuer, need, tape)
        green = replace(green, as_of=as_of)
        if old is not None and tape.pick([True, True, False]):
            turn = turned_at or as_of
            green = replace(green, previous_color=old.color, changed_at=turn)
            changes.append(ColorChange(issuer, green.issuing_place, turn))
        elif not here and not kept and tape.pick([True, False]):
            color = tape.pick([R, Y])
            green = replace(green, previous_color=color, changed_at=turned_at or as_of)
            changes.append(ColorChange(issuer, green.issuing_place, turned_at or as_of))
        codes.append(green)
    places = {need.place for need in asked}
    if live is not None and live.outcome is Outcome.VERIFIED:
        codes += [each for each in said if each.issuing_place not in places]
    answer = verified(*codes)
    others = [s for s in case.sources if (s.issuer, s.via) != (issuer, Via.LIVE)]
    looked_at = replace(
        case.circumstances, changes=tuple(sorted(changes, key=lambda c: (c.at, c.issuer, c.place)))
    )
    return replace(case, sources=(*others, answer), circumstances=looked_at)


def a_green(issuer: str, need: Need, tape: Tape) -> HealthCode:
    basis = need.basis or tape.pick(list(Basis))
    place = need.place or tape.pick(["000000", "320000", "321102", "330100", "420000"])
    return code(issuer, G, basis, place=place)


def lists(tape: Tape, policy: Policy) -> list[SourceAnswer]:
    found = []
    for issuer in sorted(policy.lists):
        what = tape.pick(["absent", "absent", "red", "yellow", "missing", "ended"])
        if what in ("red", "yellow", "ended"):
            entry = replace(tape.code(issuer), color=Y if what == "yellow" else R)
            source = replace(verified(entry), via=Via.LIST)
            if what == "ended":
                source = replace(source, outcome=Outcome.STALE)
        else:
            came = Outcome.NOT_ENROLLED if what == "absent" else Outcome.BUSY
            source = replace(outcome(issuer, came), via=Via.LIST)
        found.append(source)
    return found


ON_GREENS: dict[str, When | None] = {
    "as it is shipped": None,
    "inspects a green of six hours": When(color=(G,), age_over="6h"),
    "inspects a green of the last half hour": When(color=(G,), age_within="30m"),
    "inspects a green that was converted": When(color=(G,), basis=(Basis.CONVERTED,)),
    "inspects a green whose data are normal": When(color=(G,), basis_only=(Basis.DATA_NORMAL,)),
    "inspects a green of another province": When(color=(G,), place_outside=("320000", "330000")),
    "inspects a green that was ever red": When(color=(G,), previous_color=(R,)),
    "inspects a green that changed today": When(color=(G,), changed_within="24h"),
    "inspects a green that changed long ago": When(color=(G,), changed_over="10d"),
    "inspects an unsigned green": When(color=(G,), evidence=(Evidence.CHANNEL,)),
}


def with_rule(policy: Policy, when: When | None) -> Policy:
    if when is None:
        return policy
    effect = Effect(G, Decision.INSPECT)
    careful = Rule("careful", Text(zh="慎", en="careful"), when, conditions_of(when), effect, False)
    return replace(policy, rules=(careful, *policy.rules))


@pytest.mark.parametrize("place", ON_GREENS)
@settings(max_examples=80, deadline=None, database=None)
@given(tape=TAPES)
def test_what_an_offer_asks_for_brings_what_it_promises(place: str, tape: Tape) -> None:
    shipped_policy, circumstances, heard = a_case(tape)
    policy = with_rule(shipped_policy, ON_GREENS[place])
    carrying = tape.pick([{}, {}, NATION_ONLY])
    faults = tape.pick([*OptionalFault, None])
    issuers = replace(policy.issuers, green_from=carrying, optional_fault=faults)
    policy = replace(policy, issuers=issuers)
    case = Case([*heard, *lists(tape, policy)], circumstances, AT)
    change = explanation_of(case.sources, policy, circumstances).smallest_change
    if change is None:
        return
    assert STRICTNESS[change.decision] < STRICTNESS[recognize(case, policy).decision]
    came = recognize(carried_out(change, case, tape), policy)
    assert (came.color, came.decision) == (change.color, change.decision)


AT_WORK = replace(BY_DOCUMENT, purpose=Purpose.WORK)
BY_SCAN = Circumstances(Purpose.ENTRY, None, "sukangma")
LISTED = replace(verified(code("anhui", R, place="340000", hours=9)), via=Via.LIST)

NATION_ONLY = {"national": frozenset({COUNTRY})}

OFFERS: dict[str, tuple[Policy, list[SourceAnswer], Circumstances, str]] = {
    "a red that turns green waits for the days after a red": (
        HANGZHOU,
        [*greens("national"), verified(code("zhejiang", R, place="330100"))],
        BY_DOCUMENT,
        (
            "Admitted once the Zhejiang code (Hangzhou) states GREEN, signed and in date, as of "
            "later than 2020-03-22 22:01 Beijing time and the Zhejiang code has kept its color "
            "until after "
            "2020-03-23 10:00 Beijing time and nothing else has changed by then"
        ),
    ),
    "a green has to be younger than any green may be, not only newer than an old yellow": (
        ZHENJIANG,
        [*greens("national"), verified(code("sukangma", Y, hours=480))],
        BY_DOCUMENT,
        (
            "Admitted once Sukangma (Jiangsu) states GREEN, signed and in date, as of later than "
            "2020-03-08 10:00 Beijing time"
        ),
    ),
    "what a silent issuer may not have been lately is said": (
        HANGZHOU,
        [*greens("zhejiang"), outcome("national", Outcome.TIMED_OUT)],
        BY_DOCUMENT,
        (
            "Admitted once the national code states GREEN, signed and in date, as of later than "
            "2020-03-08 22:00 Beijing time and the national code has not changed its color for "
            "longer than 14 days"
        ),
    ),
    "which place is said if greens of other places are inspected": (
        SHANDONG,
        [outcome("national", Outcome.BUSY)],
        AT_WORK,
        (
            "Admitted once the national code (Shandong) states GREEN, signed and in date, as of "
            "later than 2020-03-08 10:00 Beijing time"
        ),
    ),
    "which level is said if no other carries the issuer's green": (
        replace(ZHENJIANG, issuers=replace(ZHENJIANG.issuers, green_from=NATION_ONLY)),
        [*greens("sukangma"), outcome("national", Outcome.TIMED_OUT)],
        BY_DOCUMENT,
        (
            "Admitted once the national code (its national level) states GREEN, signed and in "
            "date, as of later than 2020-03-08 10:00 Beijing time"
        ),
    ),
    "a red on a list alone waits for the next list alone": (
        SHANGHAI,
        [*greens("national", "sukangma", "zhejiang", "anhui"), LISTED],
        BY_DOCUMENT,
        "Admitted once the next list of the Anhui code is in force and leaves this person out",
    ),
    "a green ahead of the clock": (
        ZHENJIANG,
        [*greens("national"), verified(code("sukangma", G, hours=-1))],
        BY_DOCUMENT,
        (
            "Admitted once Sukangma (Jiangsu) states GREEN, signed and in date, as of later than "
            "2020-03-08 10:00 Beijing time and not ahead of the clock"
        ),
    ),
    "a bound within a minute is the next whole one": (
        ZHENJIANG,
        [*greens("national"), verified(code("sukangma", Y, hours=10.5 / 3600))],
        BY_DOCUMENT,
        (
            "Admitted once Sukangma (Jiangsu) states GREEN, signed and in date, as of later than "
            "2020-03-09 10:00 Beijing time"
        ),
    ),
    "a scanned red is inspected once it is green, since the document is still unknown": (
        ZHENJIANG,
        [stated("sukangma", R)],
        BY_SCAN,
        (
            "Inspected once Sukangma (Jiangsu) states GREEN, signed and in date, as of later than "
            "2020-03-09 09:00 Beijing time"
        ),
    ),
}


@pytest.mark.parametrize("claim", OFFERS)
def test_an_offer_says_every_condition(claim: str) -> None:
    policy, heard, circumstances, text = OFFERS[claim]
    change = explanation_of(heard, policy, circumstances).smallest_change
    assert change is not None
    assert change.text.en == text


NO_OFFERS: dict[str, tuple[Policy, list[SourceAnswer], Circumstances]] = {
    "a scan that only a document can complete": (ZHENJIANG, greens("sukangma"), BY_SCAN),
    "an expired code whose holder nobody knows": (
        ZHENJIANG,
        [outcome("sukangma", Outcome.CODE_EXPIRED)],
        BY_SCAN,
    ),
    "a code that no issuer claims": (ZHENJIANG, [], replace(BY_SCAN, code_issuer=None)),
    "a green of a place that is always inspected": (
        SHANGHAI,
        [
            *greens("national", "sukangma", "zhejiang", "anhui"),
            verified(code("shanghai", G, place="420000")),
        ],
        AT_WORK,
    ),
}


@pytest.mark.parametrize("claim", NO_OFFERS)
def test_nothing_is_offered_that_no_statement_could_bring(claim: str) -> None:
    policy, heard, circumstances = NO_OFFERS[claim]
    assert explanation_of(heard, policy, circumstances).smallest_change is None
