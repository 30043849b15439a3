"""A judgement stays what it is until the moment that it names; and the comparison sees one that is
named too late.

``HELD_CASES`` says how many cases; without it 3,000.
"""

import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest

from tests.oracle.generated import Stocks
from tests.oracle.translated import Translator, every_place
from tests.recognition.given import AT, BY_DOCUMENT, code, greens, shipped, verified
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.holding import JUST_AFTER, holds_until
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import Color
from tongxing.schema.case import Case, ColorChange

CASES = int(os.environ.get("HELD_CASES", "3000"))
LOOKED_AT = 4
"""Moments for each case."""

FAR = timedelta(days=20)

Holds = Callable[[Case, Policy], datetime]


def cases(seed: int) -> Iterator[tuple[Case, Policy]]:
    random, translator = Random(seed), Translator()
    for index, case in Stocks.of(random).cases([both.place for both in every_place()], random):
        yield translator.case(case), every_place()[index].policy


def moments(since: datetime, until: datetime, random: Random) -> Iterator[datetime]:
    """In the interval: its last moment, and others that lie near its beginning or anywhere."""
    last = min(until - since, FAR) // JUST_AFTER - 1
    yield since + last * JUST_AFTER
    for _ in range(LOOKED_AT - 1):
        yield since + int(last * random.random() ** random.choice((1, 4))) * JUST_AFTER


def plain(judgement: Judgement, at: datetime) -> Judgement:
    """Without the one thing that must differ: the time of the case in the findings of the trace."""
    trace = tuple(
        replace(ruled, finding=replace(ruled.finding, at=at)) for ruled in judgement.trace
    )
    return replace(judgement, trace=trace)


def differences(holds: Holds, seed: int, count: int = CASES) -> Iterator[Case]:
    """The cases that are judged otherwise at a moment before the one that ``holds`` names."""
    random = Random(seed)
    for case, policy in islice(cases(seed), count):
        until, judgement = holds(case, policy), recognize(case, policy)
        if until <= case.at:
            continue
        for at in moments(case.at, until, random):
            later = recognize(replace(case, at=at), policy)
            if plain(judgement.given_at(at, policy), case.at) != plain(later, case.at):
                yield case
                break


@pytest.mark.parametrize("seed", [20200309, 20200310])
def test_inside_its_interval_a_judgement_is_the_same(seed: int) -> None:
    assert list(islice(differences(holds_until, seed), 3)) == []


def test_intervals_are_worth_having() -> None:
    """Else nothing would be looked at."""
    long = [
        holds_until(case, policy) - case.at >= timedelta(seconds=1)
        for case, policy in islice(cases(1), 1_000)
    ]
    assert sum(long) > 900


def without(**members: Any) -> Holds:
    """A bug: the policy's lengths of this name are left out."""

    def holds(case: Case, policy: Policy) -> datetime:
        blind = copy.copy(policy)
        for name, lengths in members.items():
            object.__setattr__(blind, name, lengths)
        return holds_until(case, blind)

    return holds


def unseen(**members: Any) -> Holds:
    """A bug: this member of the codes is not looked at."""

    def holds(case: Case, policy: Policy) -> datetime:
        sources = [
            replace(source, codes=[replace(code, **members) for code in source.codes])
            for source in case.sources
        ]
        return holds_until(replace(case, sources=sources), policy)

    return holds


def _without_history(case: Case, policy: Policy) -> datetime:
    return holds_until(replace(case, circumstances=replace(case.circumstances, changes=())), policy)


PLANTED: dict[str, Holds] = {
    "the age thresholds of rules are left out": without(rule_ages=()),
    "the thresholds since a change are left out": without(rule_changes=()),
    "the windows in which changes count are left out": without(change_windows=()),
    "the greatest age of a green is left out": without(maximum_age={}),
    "the end that an issuer states is left out": unseen(valid_until=None),
    "the time of a change is left out": unseen(changed_at=None),
    "the history is left out": _without_history,
    "a judgement holds as long as its answer": lambda case, policy: (
        recognize(case, policy).valid_until
    ),
    "a judgement holds for ever": lambda case, _: case.at + FAR,
}


@pytest.mark.parametrize("bug", PLANTED)
def test_it_is_seen_that(bug: str) -> None:
    assert any(True for _ in differences(PLANTED[bug], 20200309))


def test_an_age_that_a_rule_names_holds_at_its_very_end() -> None:
    policy = shipped("zhenjiang-1")
    (limit, *_) = policy.rule_ages or (policy.maximum_age[Color.RED],)
    red = verified(code("sukangma", Color.RED, hours=0))
    case = Case([red], BY_DOCUMENT, red.codes[0].as_of + limit)
    assert holds_until(case, policy) == case.at + JUST_AFTER


def test_a_known_change_that_the_case_does_not_need_yet_is_looked_at() -> None:
    policy = next(both.policy for both in every_place() if both.policy.change_windows)
    window = min(policy.change_windows)
    change = ColorChange("national", "000000", AT - window + timedelta(seconds=5))
    case = Case(greens("national"), BY_DOCUMENT, AT)
    end = AT + timedelta(seconds=5) + JUST_AFTER
    assert holds_until(case, policy, [change]) == end < holds_until(case, policy)


@pytest.mark.parametrize(
    "there",
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)],
    ids=["first", "last"],
)
def test_no_time_that_an_issuer_states_is_too_early_or_too_late(there: datetime) -> None:
    for color in (Color.GREEN, Color.YELLOW, Color.RED):
        odd = replace(code("national", color), as_of=there, changed_at=there)
        case = Case([*greens("sukangma"), verified(odd)], BY_DOCUMENT, AT)
        assert all(holds_until(case, both.policy) > AT for both in every_place())
