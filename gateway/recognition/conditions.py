"""What a rule may ask of a finding: one small predicate for each key under ``when``.

All the keys of one rule must hold together; a list holds if any of its members does. A finding
without the thing that is asked for (an answer that is no color has no age) does not meet the
condition. There is no "not": an exception is a rule that stands earlier. Lengths of time are
written as in a policy file: ``10m``, ``24h``, ``14d``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.schema import Basis, Color, DocumentKind, Evidence, Purpose, RegionCode, Via, contains

Duration = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[1-9][0-9]{0,3}[smhd]$(?!\n)",
        description="引号内的整数加单位：s 秒、m 分、h 时、d 天 "
        "a whole number and its unit in quotation marks: s seconds, m minutes, "
        'h hours or d days, as "24h"',
    ),
]

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def duration(text: str) -> timedelta:
    """The length that ``text`` writes; it has the form of a Duration."""
    return int(text[:-1]) * _UNITS[text[-1]]


Region = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{6}$(?!\n)",
        description="引号内的六位行政区划代码 "
        'six digits in quotation marks (GB/T 2260), as "321100"',
    ),
]


TIMES_MAX = 20
"""Beyond this a color flaps by any place's rule; the needed changes are written into receipts."""


class ChangesOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """More than ``times`` changes of the color within the time ``within``."""

    times: Annotated[int, msgspec.Meta(ge=1, le=TIMES_MAX)]
    within: Duration


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The conditions of one rule as the file writes them; None where the rule does not ask."""

    color: tuple[Color, ...] | None = None
    because: tuple[Cause, ...] | None = None
    issuer: tuple[str, ...] | None = None
    mandatory: bool | None = None
    evidence: tuple[Evidence, ...] | None = None
    via: tuple[Via, ...] | None = None
    basis: tuple[Basis, ...] | None = None
    basis_only: tuple[Basis, ...] | None = None
    age_within: Duration | None = None
    age_over: Duration | None = None
    previous_color: tuple[Color, ...] | None = None
    changed_within: Duration | None = None
    changed_over: Duration | None = None
    changes_over: ChangesOver | None = None
    place: tuple[Region, ...] | None = None
    place_outside: tuple[Region, ...] | None = None
    newer_green_from: tuple[str, ...] | None = None
    document: tuple[DocumentKind, ...] | None = None
    purpose: tuple[Purpose, ...] | None = None


Predicate = Callable[[Finding], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    key: str
    holds: Predicate


def conditions_of(when: When) -> tuple[Condition, ...]:
    asked = ((key, getattr(when, key)) for key in CONDITIONS)
    return tuple(
        Condition(key, CONDITIONS[key](operand)) for key, operand in asked if operand is not None
    )


def _any_basis(listed: tuple[Basis, ...]) -> Predicate:
    wanted = frozenset(listed)
    return lambda f: f.stated is not None and not wanted.isdisjoint(f.stated.basis)


def _only_basis(listed: tuple[Basis, ...]) -> Predicate:
    wanted = frozenset(listed)
    return lambda f: (
        f.stated is not None and bool(f.stated.basis) and wanted.issuperset(f.stated.basis)
    )


def _within(
    measure: Callable[[Finding], timedelta | None],
) -> Callable[[str], Predicate]:
    def build(text: str) -> Predicate:
        limit = duration(text)
        return lambda f: (span := measure(f)) is not None and span <= limit

    return build


def _over(measure: Callable[[Finding], timedelta | None]) -> Callable[[str], Predicate]:
    def build(text: str) -> Predicate:
        limit = duration(text)
        return lambda f: (span := measure(f)) is not None and span > limit

    return build


def _age(finding: Finding) -> timedelta | None:
    return finding.age


def _since_change(finding: Finding) -> timedelta | None:
    return finding.since_change


def _flaps(limit: ChangesOver) -> Predicate:
    window, times = duration(limit.within), limit.times
    return lambda f: sum(f.at - change.at <= window for change in f.changes) > times


def _lies_in(finding: Finding, regions: tuple[RegionCode, ...]) -> bool:
    code = finding.stated
    return code is not None and any(contains(region, code.issuing_place) for region in regions)


def _newer_green(listed: tuple[str, ...]) -> Predicate:
    wanted = frozenset(listed)
    return lambda f: not wanted.isdisjoint(f.newer_green_from)


CONDITIONS: Mapping[str, Callable[[Any], Predicate]] = {
    "color": lambda listed: lambda f: f.color in listed,
    "because": lambda listed: lambda f: f.cause in listed,
    "issuer": lambda listed: lambda f: f.issuer in listed,
    "mandatory": lambda wanted: lambda f: f.mandatory is wanted,
    "evidence": lambda listed: lambda f: f.stated is not None and f.evidence in listed,
    "via": lambda listed: lambda f: f.via in listed,
    "basis": _any_basis,
    "basis_only": _only_basis,
    "age_within": _within(_age),
    "age_over": _over(_age),
    "previous_color": lambda listed: (
        lambda f: f.stated is not None and f.stated.previous_color in listed
    ),
    "changed_within": _within(_since_change),
    "changed_over": _over(_since_change),
    "changes_over": _flaps,
    "place": lambda regions: lambda f: _lies_in(f, regions),
    "place_outside": lambda regions: lambda f: f.stated is not None and not _lies_in(f, regions),
    "newer_green_from": _newer_green,
    "document": lambda listed: lambda f: f.circumstances.document in listed,
    "purpose": lambda listed: lambda f: f.circumstances.purpose in listed,
}
