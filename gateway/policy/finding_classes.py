"""Every class of findings that a policy's rules can tell apart, one representative of each.

A rule compares times with the constants that it names, asks whether two lists share a member, and
knows only the issuers and places that the file names. So each dimension falls into finitely many
classes, cut at exactly those constants, and the rules treat all members of a class alike: what
holds for the representatives holds for every finding. A dimension that no rule looks at has one
class.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations_with_replacement, pairwise, product
from typing import Any, TypeVar

import strawberry

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
"""About two seconds of checking. People cannot oversee a policy that needs more."""

ANOTHER_ISSUER = "another-issuer"
"""Represents every issuer that the policy does not name."""

_JUST_UNDER = timedelta(microseconds=1)
_JUST_OVER = timedelta(seconds=1)
T = TypeVar("T")

_STATED = (Color.GREEN, Color.YELLOW, Color.RED)


class TooManyClasses(ValueError):
    """The rules distinguish more classes of findings than are checked."""


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


def classes_of(policy: Policy) -> Iterator[Finding]:
    """A representative of every class of findings under ``policy``. Raises TooManyClasses."""
    settings, dimensions = _settings(policy), _dimensions(policy)
    greens = {setting.issuer: _newer_greens(policy, setting.issuer) for setting in settings}
    codes = len(_STATED) * dimensions.size * max(map(len, greens.values()))
    if len(settings) * (len(Cause) + codes) > CLASS_LIMIT:
        raise TooManyClasses
    yield from _causes(policy, settings)
    statements = {issuer: _statements(policy, issuer, dimensions) for issuer in greens}
    for setting in settings:
        for statement, newer in product(statements[setting.issuer], greens[setting.issuer]):
            finding = _stated(policy, setting, statement, newer)
            if _can_be(finding, policy):
                yield finding


def smaller_greens(policy: Policy, finding: Finding) -> list[frozenset[str]]:
    """One representative of each way to be contradicted by fewer greens than ``finding`` is."""
    lists = _green_lists(policy)
    mine = _touch(finding.newer_green_from, lists)
    ways = ((greens, _touch(greens, lists)) for greens in _newer_greens(policy, finding.issuer))
    return [
        greens
        for greens, touch in ways
        if touch != mine and all(here <= there for here, there in zip(touch, mine, strict=True))
    ]


def _operands(policy: Policy, *keys: str) -> list[Any]:
    found = [getattr(rule.when, key) for rule in policy.rules for key in keys]
    return [operand for operand in found if operand is not None]


def _settings(policy: Policy) -> list[_Setting]:
    documents: Sequence[DocumentKind | None] = [DocumentKind.RESIDENT_ID, None]
    if _operands(policy, "document"):
        documents = [*DocumentKind, None]
    purposes = list(Purpose) if _operands(policy, "purpose") else [Purpose.ENTRY]
    found: dict[tuple[object, ...], _Setting] = {}
    vias = list(Via) if _operands(policy, "via") else [Via.LIVE]
    for issuer, purpose, document, via in product(_issuers(policy), purposes, documents, vias):
        for code_issuer in (None, issuer):
            circumstances = Circumstances(purpose, document, code_issuer)
            mandatory = issuer in policy.mandatory_in(circumstances)
            key = (issuer, mandatory, purpose, document, via)
            found.setdefault(key, _Setting(issuer, mandatory, circumstances, via))
    return list(found.values())


def _issuers(policy: Policy) -> list[str]:
    """One issuer of each sort. The same rules name all issuers of a sort, and they are mandatory in
    the same cases."""
    lists = _operands(policy, "issuer", "newer_green_from")
    lists += [policy.issuers.mandatory, policy.lists]
    by_sort: dict[tuple[bool, ...], str] = {}
    for issuer in (*policy.issuers.known, ANOTHER_ISSUER):
        by_sort.setdefault(tuple(issuer in listed for listed in lists), issuer)
    return list(by_sort.values())


def _dimensions(policy: Policy) -> _Dimensions:
    has_evidence = bool(_operands(policy, "evidence"))
    has_previous = bool(_operands(policy, "previous_color"))
    changes = _operands(policy, "changed_within", "changed_over")
    return _Dimensions(
        evidence=list(Evidence) if has_evidence else [Evidence.SIGNED],
        basis=_bases(policy),
        age=_ages(policy),
        previous=[None, *Color] if has_previous else [None],
        since_change=[None, *_spans(duration(text) for text in changes)] if changes else [None],
        place=[COUNTRY, *_named_places(policy)],
        changes=_histories(policy),
    )


def _ages(policy: Policy) -> list[timedelta]:
    named = [duration(text) for text in _operands(policy, "age_within", "age_over")]
    return _spans([*named, policy.maximum_age[Color.GREEN]]) if named else [timedelta()]


def _spans(cuts: Iterable[timedelta]) -> list[timedelta]:
    ordered = sorted(set(cuts))
    return [*(cut - _JUST_UNDER for cut in ordered), ordered[-1] + _JUST_OVER]


def _histories(policy: Policy) -> list[tuple[timedelta, ...]]:
    """How long ago a color changed: one history for each way in which rules can tell histories
    apart. They compare the number of changes within each window with the numbers that they name."""
    windows = policy.change_windows
    named = {limit.times + 1 for limit in _operands(policy, "changes_over")}
    return [
        _spread(counts, windows)
        for counts in combinations_with_replacement(sorted({0, *named}), len(windows))
    ]


def _spread(counts: Sequence[int], windows: Sequence[timedelta]) -> tuple[timedelta, ...]:
    """``counts`` of changes within ``windows``, each change as long ago as its window allows."""
    added = [more - fewer for fewer, more in pairwise((0, *counts))]
    return tuple(
        window for window, number in zip(windows, added, strict=True) for _ in range(number)
    )


def _named_places(policy: Policy) -> list[RegionCode]:
    """The smallest named region around a place settles which named regions it lies in. So each
    named region represents the places of which it is the smallest, and the country's code
    represents all other places."""
    named = {place for listed in _operands(policy, "place", "place_outside") for place in listed}
    return sorted(named - {COUNTRY})


def _bases(policy: Policy) -> list[frozenset[Basis]]:
    """A set of bases fits ``basis`` if it touches the list, and ``basis_only`` if it is not empty
    and does not touch the other bases. So only touching has to be told apart."""
    touched = [frozenset(listed) for listed in _operands(policy, "basis")]
    touched += [frozenset(Basis) - frozenset(x) for x in _operands(policy, "basis_only")]
    return _sets_by_touch(list(Basis), touched) if touched else [frozenset({Basis.NOT_STATED})]


def _green_lists(policy: Policy) -> list[frozenset[str]]:
    return [frozenset(listed) for listed in _operands(policy, "newer_green_from")]


def _newer_greens(policy: Policy, issuer: str | None) -> list[frozenset[str]]:
    """An issuer does not contradict itself, so its greens are left out."""
    lists = _green_lists(policy)
    others = [known for known in policy.issuers.known if known != issuer]
    return _sets_by_touch(others, lists) if lists else [frozenset()]


def _touch(candidate: frozenset[T], lists: Sequence[frozenset[T]]) -> tuple[bool, ...]:
    return (bool(candidate), *(not listed.isdisjoint(candidate) for listed in lists))


def _sets_by_touch(atoms: Sequence[T], lists: Sequence[frozenset[T]]) -> list[frozenset[T]]:
    """One set for each way in which a set of ``atoms`` can touch ``lists``, the empty set first.
    Raises TooManyClasses."""
    found: dict[tuple[bool, ...], frozenset[T]] = {}
    waiting: list[frozenset[T]] = [frozenset()]
    for candidate in waiting:
        touch = _touch(candidate, lists)
        if touch not in found:
            if len(found) == CLASS_LIMIT:
                raise TooManyClasses
            found[touch] = candidate
            waiting.extend(candidate | {atom} for atom in atoms)
    return list(found.values())


def _causes(policy: Policy, settings: Sequence[_Setting]) -> Iterator[Finding]:
    for setting, cause in product(settings, Cause):
        finding = Finding(
            Color.UNKNOWN,
            cause,
            setting.issuer,
            setting.mandatory,
            setting.circumstances,
            policy.valid_from,
            via=setting.via,
        )
        if _can_be(finding, policy):
            yield finding
        if cause is Cause.NO_RECORD:
            circumstances = setting.circumstances
            yield Finding(Color.UNKNOWN, cause, None, False, circumstances, policy.valid_from)


def _statements(policy: Policy, issuer: str, dimensions: _Dimensions) -> list[_Statement]:
    """Made once for all settings of an issuer: nine in ten classes differ only in the setting."""
    at = policy.valid_from
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
            tuple(ColorChange(issuer, place, at - ago) for ago in changes),
        )
        for color in _STATED
        for evidence, basis, age, previous, since_change, place, changes in dimensions.each()
    ]


def _stated(
    policy: Policy, setting: _Setting, statement: _Statement, newer: frozenset[str]
) -> Finding:
    return Finding(
        statement.code.color,
        None,
        setting.issuer,
        setting.mandatory,
        setting.circumstances,
        policy.valid_from,
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
    is_believed = finding.evidence is Evidence.SIGNED or not signed_only
    return is_young and is_believed and not finding.newer_green_from


def _can_be_cause(finding: Finding, cause: Cause, policy: Policy) -> bool:
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
