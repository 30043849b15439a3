"""The statements that fit the words of an offer: one of each kind that a rule could tell apart.

The words leave open how new a statement is, which color came before it, and, if they do not say so,
its basis and its place. An offer is true only if all of these come to the same. Refuses to choose
what is offered (``remedies``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

import strawberry

from tongxing.gateway.recognition.policy import Policy, Rule
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    Evidence,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case, ColorChange

JUST_OVER = timedelta(microseconds=1)

ELSEWHERE = RegionCode("990000")
"""No place has this code: it stands for each that neither the policy nor the history names."""

Way = Callable[[Case], Case]
"""One way in which words can come true: from the case as it is to the case as it then is."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """``issuer``, of whose codes those in ``said``, by their number, would have to change; ``said``
    is empty if it stated none, and then one new code stands alone. ``changed_in`` are the places of
    its changes that count. ``turned_at`` is when a color would turn green, None if only with the
    new statement. ``adds`` is a place of which it would have to state a code besides."""

    issuer: str
    said: Mapping[int, HealthCode]
    changed_in: Sequence[RegionCode]
    turned_at: datetime | None
    adds: RegionCode | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said of a green besides that it is signed and in date: it is of later than ``after``
    and, if ``on_time``, not ahead of the clock; it is for this ``place`` and with this ``basis``
    (None: whichever), and perhaps ``kept`` for longer than any rule on greens looks back."""

    after: datetime
    on_time: bool
    place: RegionCode | None = None
    basis: Basis | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class _Past:
    """What came before a green; ``is_new`` if the history does not have the change yet."""

    color: Color | None = None
    changed_at: datetime | None = None
    is_new: bool = False


_NEW = -1
"""The number of a code that replaces none."""

_PastOf = Callable[[HealthCode | None, datetime], _Past]


def greens_in(speaker: Speaker, wording: Wording, at: datetime, policy: Policy) -> list[Way]:
    """Every kind of green that fits ``wording`` at ``at``, the oldest first, the newest last."""
    times = times_after(wording.after, at, policy)
    bases = _open_bases(policy) if wording.basis is None else [wording.basis]
    places: Sequence[RegionCode | None] = [wording.place]
    if wording.place is None and not speaker.said:
        places = [*open_places(speaker, policy), ELSEWHERE]
    pasts = _pasts(speaker, wording, at, policy)
    return [_green(speaker, *kind) for kind in product(times, pasts, bases, places)]


def newer_in(speaker: Speaker, after: datetime, at: datetime, policy: Policy) -> list[Way]:
    """The same codes stated again, of every kind of later time."""
    return [_again(speaker, as_of) for as_of in times_after(after, at, policy)]


def times_after(after: datetime, at: datetime, policy: Policy) -> list[datetime]:
    """Both ends of what is later than ``after``, and both sides of each age that a rule names."""
    first = after + JUST_OVER
    cuts = [at - age for age in policy.green_ages]
    sides = {side for cut in cuts for side in (cut, cut + JUST_OVER) if first < side < at}
    return [first, *sorted(sides), *([at] if at > first else [])]


def open_places(speaker: Speaker, policy: Policy) -> list[RegionCode]:
    """The country's, and each place whose color has changed, that may carry the issuer's green, or
    that a rule on greens names. Of all others ``ELSEWHERE`` stands for each."""
    whens = [rule.when for rule in _on_greens(policy)]
    named = {p for when in whens for p in (*(when.place or ()), *(when.place_outside or ()))}
    carrying = policy.issuers.green_from.get(speaker.issuer, frozenset())
    special = sorted(RegionCode(place) for place in named | carrying)
    return list(dict.fromkeys((COUNTRY, *speaker.changed_in, *special)))


def look_back(policy: Policy) -> timedelta:
    """How far back rules on greens look for a change of color; zero if none does."""
    return max((*policy.green_changes, *policy.green_windows), default=timedelta())


def _on_greens(policy: Policy) -> list[Rule]:
    return [r for r in policy.rules if r.when.color is None or Color.GREEN in r.when.color]


def _open_bases(policy: Policy) -> list[Basis]:
    """Each basis that a rule on greens names, and one that stands for all others."""
    whens = [rule.when for rule in _on_greens(policy)]
    named = {b for when in whens for b in (*(when.basis or ()), *(when.basis_only or ()))}
    if not named:
        return [Basis.DATA_NORMAL]
    others = [basis for basis in Basis if basis not in named]
    return [*others[:1], *sorted(named, key=lambda basis: basis.value)]


def _pasts(speaker: Speaker, wording: Wording, at: datetime, policy: Policy) -> list[_PastOf]:
    """That nothing came before, that what is known did, and if nothing is known, what may have."""
    before = any(rule.when.previous_color for rule in _on_greens(policy))
    if not before and not look_back(policy):
        return [_nothing]
    turned_at, is_new = speaker.turned_at, True
    if wording.kept:
        turned_at, is_new = at - look_back(policy) - JUST_OVER, False
    guesses = (_Past(color, turned_at, is_new) for color in (Color.YELLOW, Color.RED))
    return [_nothing, *(_known_or(guess, speaker.turned_at) for guess in guesses)]


def _nothing(_code: HealthCode | None, _as_of: datetime) -> _Past:
    return _Past()


def _known_or(guess: _Past, turned_at: datetime | None) -> _PastOf:
    def past(code: HealthCode | None, as_of: datetime) -> _Past:
        if code is None or code.color is Color.UNKNOWN:
            return replace(guess, changed_at=guess.changed_at or as_of)
        if code.color is Color.GREEN:
            return _Past(code.previous_color, code.changed_at)
        return _Past(code.color, turned_at or as_of, True)

    return past


def _green(
    speaker: Speaker, as_of: datetime, past: _PastOf, basis: Basis, place: RegionCode | None
) -> Way:
    def green(case: Case) -> Case:
        codes: dict[int, HealthCode | None] = dict(speaker.said)
        if speaker.adds or not codes:
            codes[_NEW] = None
        new = speaker.adds or place or COUNTRY
        pasts = {number: past(code, as_of) for number, code in codes.items()}
        places = {n: new if c is None else c.issuing_place for n, c in codes.items()}
        stated = {
            number: _green_code(speaker.issuer, places[number], basis, as_of, pasts[number])
            for number in codes
        }
        turned = {
            ColorChange(speaker.issuer, places[number], each.changed_at)
            for number, each in pasts.items()
            if each.is_new and each.changed_at is not None
        }
        return _with_changes(_stating(case, speaker.issuer, stated), turned)

    return green


def _green_code(
    issuer: str, place: RegionCode, basis: Basis, as_of: datetime, past: _Past
) -> HealthCode:
    return HealthCode(
        color=Color.GREEN,
        raw_value=Color.GREEN.value,
        issuer=strawberry.ID(issuer),
        issuing_place=place,
        basis=[basis],
        as_of=as_of,
        previous_color=past.color,
        changed_at=past.changed_at,
    )


def _again(speaker: Speaker, as_of: datetime) -> Way:
    stated = {number: replace(code, as_of=as_of) for number, code in speaker.said.items()}
    return lambda case: _stating(case, speaker.issuer, stated)


def _stating(case: Case, issuer: str, stated: Mapping[int, HealthCode]) -> Case:
    """As if ``issuer`` stated these, signed, and of its other codes what it states already."""
    others, kept = [], []
    for source in case.sources:
        if source.issuer != issuer or source.via is not Via.LIVE:
            others.append(source)
        elif source.outcome is Outcome.VERIFIED:
            kept += source.codes
    still = [code for number, code in enumerate(kept) if number not in stated]
    answer = SourceAnswer(
        issuer=strawberry.ID(issuer),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=[*stated.values(), *still],
    )
    return replace(case, sources=[*others, answer])


def _with_changes(case: Case, turned: set[ColorChange]) -> Case:
    if not turned:
        return case
    known = case.circumstances.changes
    # Several of the known ones may look alike, and each of them counts.
    changes = sorted([*known, *turned.difference(known)], key=lambda c: (c.at, c.issuer, c.place))
    return replace(case, circumstances=replace(case.circumstances, changes=tuple(changes)))
