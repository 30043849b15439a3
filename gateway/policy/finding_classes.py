"""Every class of findings that a policy's rules can tell apart, one representative of each.

A rule compares times with the constants that it names, asks whether two lists share a member, and
knows only the issuers and places that the file names. So each dimension falls into finitely many
classes, cut at exactly those constants, and the rules treat all members of a class alike: what
holds for the representatives holds for every finding. A dimension that no rule looks at has one
class. Two policies are compared on the classes that either of them can tell apart.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import combinations_with_replacement, groupby, pairwise, product
from operator import attrgetter, or_
from typing import Any, TypeVar

import strawberry

from tongxing.gateway.policy.effort import CLASSES_LIMIT_STEPS, steps_to_rule
from tongxing.gateway.recognition.conditions import duration
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.policy import ChannelEvidence, ListUnavailable, Policy
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    Purpose,
    RegionCode,
    Via,
)
from tongxing.schema.case import Circumstances, ColorChange

CLASS_LIMIT = 100_000
"""People cannot oversee a policy that needs more. Error: TOO_MANY_COMBINATIONS."""

GREEN_WAYS_LIMIT = 512
"""Of ways in which later greens contradict a finding. More take at least nine lists, and so
more than CLASSES_LIMIT_STEPS: this only ends the counting early. Error: TOO_MANY_COMBINATIONS."""

CLASS_STEPS = 40
"""Of ``effort``: making one representative takes about 4 µs."""

COMMON_CLASS_LIMIT = 50_000
"""Of two policies that are compared: half a second. The largest shipped policy has 25,000 classes
of its own. If there are more, nothing is said of the direction of a difference between rules."""

ANOTHER_ISSUER = "another-issuer"
"""Represents every issuer that the policy does not name."""

_JUST_UNDER = timedelta(microseconds=1)
_JUST_OVER = timedelta(seconds=1)
T = TypeVar("T")
Policies = Sequence[Policy]

_STATED = (Color.GREEN, Color.YELLOW, Color.RED)


class TooManyClasses(ValueError):
    """The rules distinguish more classes of findings than are checked. Raised before any of them
    is made."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """Which issuer said it, and in which circumstances."""

    issuer: str
    mandatory: bool
    circumstances: Circumstances
    via: Via


@dataclass(frozen=True, slots=True)
class _Statement:
    """What was said, and the changes that the hub knows of before it."""

    code: HealthCode
    evidence: Evidence
    changes: tuple[ColorChange, ...]


@dataclass(frozen=True, slots=True)
class _Dimensions:
    """The representatives of each dimension of a health code."""

    evidence: Sequence[Evidence]
    basis: Sequence[frozenset[Basis]]
    age: Sequence[timedelta]
    previous: Sequence[Color | None]
    since_change: Sequence[timedelta | None]
    place: Sequence[RegionCode]
    changes: Sequence[tuple[timedelta, ...]]

    @property
    def size(self) -> int:
        return math.prod(len(getattr(self, name)) for name in self.__slots__)

    def each(self) -> Iterator[tuple[Any, ...]]:
        return product(*(getattr(self, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class GreenWays:
    """In how many ways later greens of others can contradict each issuer, as far as rules tell the
    ways apart: one set of issuers for each."""

    lists: Sequence[frozenset[str]]
    of_issuer: Mapping[str, Mapping[int, frozenset[str]]]

    @property
    def most(self) -> int:
        return max(map(len, self.of_issuer.values()))

    def smaller(self, finding: Finding) -> Iterator[frozenset[str]]:
        """One set for each way to be contradicted by fewer greens than ``finding`` is."""
        if finding.issuer is None or not finding.newer_green_from:
            return
        mine = _touch_all(finding.newer_green_from, self.lists)
        for touch, greens in self.of_issuer[finding.issuer].items():
            if touch != mine and touch & mine == touch:
                yield greens


def green_ways(policy: Policy) -> GreenWays:
    """Raises TooManyClasses."""
    return _green_ways((policy,))


def _green_ways(policies: Policies) -> GreenWays:
    lists = _green_lists(policies)
    issuers = _issuers(policies)
    return GreenWays(lists, {issuer: _newer_greens(policies, issuer) for issuer in issuers})


def classes_of(policy: Policy) -> Iterator[Finding]:
    """A representative of every class of findings under ``policy``. They are counted before the
    first is made. Raises TooManyClasses."""
    every = _each((policy,), CLASS_LIMIT)
    return (finding for finding in every if _can_be(finding, policy))


def common_classes(old: Policy, new: Policy) -> Iterator[tuple[Finding, Finding]]:
    """A representative of every class of findings that both policies can meet, as ``old`` and as
    ``new`` sees it: an issuer may be mandatory under one of them. Raises TooManyClasses."""
    for finding in _each((old, new), COMMON_CLASS_LIMIT):
        before, after = _seen_by(old, finding), _seen_by(new, finding)
        if _can_be(before, old) and _can_be(after, new):
            yield before, after


def _seen_by(policy: Policy, finding: Finding) -> Finding:
    mandatory = finding.issuer in policy.mandatory_in(finding.circumstances)
    return finding if mandatory is finding.mandatory else replace(finding, mandatory=mandatory)


def _each(policies: Policies, limit: int) -> Iterator[Finding]:
    settings, dimensions = _settings(policies), _dimensions(policies)
    ways = _green_ways(policies)
    rules = tuple(rule for policy in policies for rule in policy.rules)
    number = len(settings) * (len(Cause) + len(_STATED) * dimensions.size * ways.most)
    steps = number * (CLASS_STEPS + steps_to_rule(rules) * ways.most)
    if number > limit or steps > CLASSES_LIMIT_STEPS:
        raise TooManyClasses
    at = policies[0].valid_from
    yield from _causes(settings, at)
    for issuer, of_issuer in groupby(settings, key=attrgetter("issuer")):
        statements = _statements(issuer, dimensions, at)
        for each in product(of_issuer, statements, ways.of_issuer[issuer].values()):
            yield _stated(at, *each)


def _operands(policies: Policies, *keys: str) -> list[Any]:
    rules = [rule for policy in policies for rule in policy.rules]
    found = [getattr(rule.when, key) for rule in rules for key in keys]
    return [operand for operand in found if operand is not None]


def _settings(policies: Policies) -> list[_Setting]:
    documents: Sequence[DocumentKind | None] = [DocumentKind.RESIDENT_ID, None]
    if _operands(policies, "document"):
        documents = [*DocumentKind, None]
    purposes = list(Purpose) if _operands(policies, "purpose") else [Purpose.ENTRY]
    found: dict[tuple[object, ...], _Setting] = {}
    vias = list(Via) if _operands(policies, "via") else [Via.LIVE]
    for issuer, purpose, document, via in product(_issuers(policies), purposes, documents, vias):
        for code_issuer in (None, issuer):
            circumstances = Circumstances(purpose, document, code_issuer)
            mandatory = tuple(issuer in each.mandatory_in(circumstances) for each in policies)
            key = (issuer, mandatory, purpose, document, via)
            found.setdefault(key, _Setting(issuer, mandatory[0], circumstances, via))
    return list(found.values())


def _issuers(policies: Policies) -> list[str]:
    """One issuer of each sort. The same rules name all issuers of a sort, and they are mandatory in
    the same cases."""
    lists = _operands(policies, "issuer", "newer_green_from")
    for policy in policies:
        lists += [policy.issuers.mandatory, policy.lists]
    by_sort: dict[tuple[bool, ...], str] = {}
    for issuer in (*_known(policies), ANOTHER_ISSUER):
        by_sort.setdefault(tuple(issuer in listed for listed in lists), issuer)
    return list(by_sort.values())


def _known(policies: Policies) -> list[str]:
    return list(dict.fromkeys(issuer for policy in policies for issuer in policy.issuers.known))


def _dimensions(policies: Policies) -> _Dimensions:
    has_evidence = bool(_operands(policies, "evidence"))
    has_previous = bool(_operands(policies, "previous_color"))
    changes = _operands(policies, "changed_within", "changed_over")
    return _Dimensions(
        evidence=list(Evidence) if has_evidence else [Evidence.SIGNED],
        basis=_bases(policies),
        age=_ages(policies),
        previous=[None, *Color] if has_previous else [None],
        since_change=[None, *_spans(duration(text) for text in changes)] if changes else [None],
        place=[COUNTRY, *_named_places(policies)],
        changes=_histories(policies),
    )


def _ages(policies: Policies) -> list[timedelta]:
    named = [duration(text) for text in _operands(policies, "age_within", "age_over")]
    limits = [policy.maximum_age[Color.GREEN] for policy in policies]
    return _spans([*named, *limits]) if named else [timedelta()]


def _spans(cuts: Iterable[timedelta]) -> list[timedelta]:
    ordered = sorted(set(cuts))
    return [*(cut - _JUST_UNDER for cut in ordered), ordered[-1] + _JUST_OVER]


def _histories(policies: Policies) -> list[tuple[timedelta, ...]]:
    """How long ago a color changed: one history for each way in which rules can tell histories
    apart. They compare the number of changes within each window with the numbers that they name."""
    windows = sorted({window for policy in policies for window in policy.change_windows})
    named = {0, *(limit.times + 1 for limit in _operands(policies, "changes_over"))}
    if math.comb(len(named) + len(windows) - 1, len(windows)) > CLASS_LIMIT:
        raise TooManyClasses
    return [
        _spread(counts, windows)
        for counts in combinations_with_replacement(sorted(named), len(windows))
    ]


def _spread(counts: Sequence[int], windows: Sequence[timedelta]) -> tuple[timedelta, ...]:
    """``counts`` of changes within ``windows``, each change as long ago as its window allows."""
    added = [more - fewer for fewer, more in pairwise((0, *counts))]
    return tuple(
        window for window, number in zip(windows, added, strict=True) for _ in range(number)
    )


def _named_places(policies: Policies) -> list[RegionCode]:
    """The smallest named region around a place settles which named regions it lies in. So each
    named region represents the places of which it is the smallest, and the country's code
    represents all other places."""
    named = {place for listed in _operands(policies, "place", "place_outside") for place in listed}
    return sorted(named - {COUNTRY})


def _bases(policies: Policies) -> list[frozenset[Basis]]:
    """A set of bases fits ``basis`` if it touches the list, and ``basis_only`` if it is not empty
    and does not touch the other bases. So only touching has to be told apart."""
    touched = [frozenset(listed) for listed in _operands(policies, "basis")]
    touched += [frozenset(Basis) - frozenset(x) for x in _operands(policies, "basis_only")]
    if not touched:
        return [frozenset({Basis.NOT_STATED})]
    return list(_sets_by_touch(list(Basis), touched, CLASS_LIMIT).values())


def _green_lists(policies: Policies) -> list[frozenset[str]]:
    named = (frozenset(listed) for listed in _operands(policies, "newer_green_from"))
    return list(dict.fromkeys(named))


def _newer_greens(policies: Policies, issuer: str | None) -> Mapping[int, frozenset[str]]:
    """An issuer does not contradict itself, so its greens are left out."""
    lists = _green_lists(policies)
    others = [known for known in _known(policies) if known != issuer]
    return _sets_by_touch(others if lists else [], lists, GREEN_WAYS_LIMIT)


_SOMETHING = 1
"""The bit of a set that is not empty; the bits above it are those of the lists that it touches."""


def _touch(atom: T, lists: Sequence[frozenset[T]]) -> int:
    return sum((_SOMETHING << n for n, listed in enumerate(lists, start=1) if atom in listed), 1)


def _touch_all(atoms: Iterable[T], lists: Sequence[frozenset[T]]) -> int:
    return reduce(or_, (_touch(atom, lists) for atom in atoms), 0)


def _sets_by_touch(
    atoms: Sequence[T], lists: Sequence[frozenset[T]], at_most: int
) -> dict[int, frozenset[T]]:
    """One set for each way in which a set of ``atoms`` can touch ``lists``, the empty set first.
    Atoms that touch alike are one. Raises TooManyClasses at the first way too many."""
    alike: dict[int, T] = {}
    for atom in atoms:
        alike.setdefault(_touch(atom, lists), atom)
    found: dict[int, frozenset[T]] = {0: frozenset()}
    waiting = [0]
    for touch in waiting:
        for added, atom in alike.items():
            more = touch | added
            if more not in found:
                found[more] = found[touch] | {atom}
                waiting.append(more)
        if len(found) > at_most:
            raise TooManyClasses
    return found


def _causes(settings: Sequence[_Setting], at: datetime) -> Iterator[Finding]:
    for setting, cause in product(settings, Cause):
        yield Finding(
            Color.UNKNOWN,
            cause,
            setting.issuer,
            setting.mandatory,
            setting.circumstances,
            at,
            via=setting.via,
        )
        if cause is Cause.NO_RECORD:
            yield Finding(Color.UNKNOWN, cause, None, False, setting.circumstances, at)


def _statements(issuer: str, dimensions: _Dimensions, at: datetime) -> list[_Statement]:
    """Made once for all settings of an issuer: nine in ten classes differ only in the setting.
    Their changes are shared, because each statement may have twenty."""
    lengths = {ago for changes in dimensions.changes for ago in changes}
    changed = {
        (place, ago): ColorChange(issuer, place, at - ago)
        for place, ago in product(dimensions.place, lengths)
    }
    return [
        _Statement(
            HealthCode(
                color=color,
                raw_value=color.value,
                issuer=strawberry.ID(issuer),
                issuing_place=place,
                basis=sorted(basis, key=lambda member: member.value),
                as_of=at - age,
                previous_color=previous,
                changed_at=None if since_change is None else at - since_change,
            ),
            evidence,
            tuple(changed[place, ago] for ago in changes),
        )
        for color in _STATED
        for evidence, basis, age, previous, since_change, place, changes in dimensions.each()
    ]


def _stated(
    at: datetime, setting: _Setting, statement: _Statement, newer: frozenset[str]
) -> Finding:
    return Finding(
        statement.code.color,
        None,
        setting.issuer,
        setting.mandatory,
        setting.circumstances,
        at,
        stated=statement.code,
        evidence=statement.evidence,
        newer_green_from=newer,
        via=setting.via,
        changes=statement.changes,
    )


def _can_be(finding: Finding, policy: Policy) -> bool:
    """Whether a case can lead to such a finding."""
    if finding.cause is not None:
        return _can_be_cause(finding, finding.cause, policy)
    if finding.via is Via.LIST:
        return finding.issuer in policy.lists and finding.color.is_restrictive
    if finding.color is not Color.GREEN:
        return True
    is_young = finding.age is not None and finding.age < policy.maximum_age[Color.GREEN]
    signed_only = policy.channel_evidence is ChannelEvidence.UNKNOWN
    is_believed = finding.evidence is not Evidence.CHANNEL or not signed_only
    return is_young and is_believed and not finding.newer_green_from


def _can_be_cause(finding: Finding, cause: Cause, policy: Policy) -> bool:
    if finding.issuer is None:
        return cause is Cause.NO_RECORD
    listed = finding.issuer in policy.lists
    lists_needed = policy.list_unavailable is ListUnavailable.UNKNOWN
    if cause is Cause.LIST_UNAVAILABLE:
        return listed and lists_needed
    if cause is Cause.HOLDER_UNKNOWN:
        needed = finding.mandatory or (listed and lists_needed)
        return needed and finding.circumstances.document is None
    if cause is Cause.CHANNEL_ONLY:
        return policy.channel_evidence is ChannelEvidence.UNKNOWN
    return finding.mandatory or cause is not Cause.NO_RECORD
