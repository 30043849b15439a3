"""What one issuer could state differently, or what time could mend, to make a finding milder.

Responsible for the candidates alone; whether one helps is found by judging again
(``smallest_change``), never by a second account of the rules.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import strawberry

from tongxing.gateway.recognition.conditions import ChangesOver, duration
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.recognition.reasons import clock
from tongxing.gateway.recognition.ruling import Ruling
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    Evidence,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
    Text,
    Via,
)
from tongxing.schema.case import Case, ColorChange
from tongxing.schema.explanation import Need, NeedKind

_JUST_OVER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Remedy:
    """``needs`` in words, and ``applied`` to the case that was judged."""

    needs: tuple[Need, ...]
    applied: Callable[[Case], Case]


def remedies(issuer: str, blocking: Sequence[Ruling], case: Case, policy: Policy) -> list[Remedy]:
    """What ``issuer`` could change about the ``blocking`` findings that are its own, the smallest
    change first."""
    findings = [ruled.finding for ruled in blocking]
    found = [*_newer(issuer, findings, case, policy), *_waiting(issuer, blocking, policy)]
    green = _states_green(issuer, findings, case, policy)
    return [*found, green, *_steady_green(issuer, green, case, policy)]


def _newer(
    issuer: str, findings: Sequence[Finding], case: Case, policy: Policy
) -> Iterator[Remedy]:
    """A green that only grew too old: the same statement of a later time."""
    limit = case.at - policy.maximum_green_age
    if not findings or not all(_is_too_old(finding, limit) for finding in findings):
        return
    name = policy.issuers.name(issuer)
    text = Text(
        zh=f"{name.zh}的状态时间晚于{clock(limit)}",
        en=f"the statement of {name.en} is newer than {clock(limit)}",
    )

    def renewed(before: Case) -> Case:
        return _restated(before, issuer, lambda code: replace(code, as_of=before.at))

    yield Remedy((_need(NeedKind.NEWER_STATEMENT, issuer, limit, text),), renewed)


def _is_too_old(finding: Finding, limit: datetime) -> bool:
    code = finding.behind
    return finding.cause is Cause.STALE and code is not None and code.as_of <= limit


def _waiting(issuer: str, blocking: Sequence[Ruling], policy: Policy) -> Iterator[Remedy]:
    """Greens that a rule holds against their changes: time alone mends those."""
    codes = [ruled.finding.stated for ruled in blocking]
    greens = [code for code in codes if code is not None and code.color is Color.GREEN]
    if not greens or len(greens) < len(codes):
        return
    yield from _fewer_changes(issuer, blocking, policy)
    changed = [code.changed_at for code in greens if code.changed_at is not None]
    for limit in policy.green_changes if changed else ():
        yield _longer_unchanged(issuer, max(changed) + limit, limit, policy)


def _fewer_changes(issuer: str, blocking: Sequence[Ruling], policy: Policy) -> Iterator[Remedy]:
    asked = [(r.finding, r.rule.when.changes_over) for r in blocking]
    ends = [_end_of_flapping(finding, limit) for finding, limit in asked if limit is not None]
    dropped = frozenset(change for end in ends if end is not None for change in end[1])
    if not dropped or len(ends) < len(blocking):
        return
    after = max(end[0] for end in ends if end is not None)
    limit = next(limit for _, limit in asked if limit is not None)

    def settled(before: Case) -> Case:
        return _with_changes(before, [c for c in before.circumstances.changes if c not in dropped])

    text = _steady_text(issuer, limit, policy)
    since = Text(zh=f"{text.zh}（{clock(after)}之后）", en=f"{text.en}, after {clock(after)}")
    yield Remedy((_need(NeedKind.FEWER_CHANGES, issuer, after, since),), settled)


def _end_of_flapping(
    finding: Finding, limit: ChangesOver
) -> tuple[datetime, tuple[ColorChange, ...]] | None:
    """The moment at which enough changes have left the window for the rule to stop fitting, and
    those changes."""
    window = duration(limit.within)
    inside = [change for change in finding.changes if finding.at - change.at <= window]
    leaving = tuple(inside[: max(0, len(inside) - limit.times)])
    outside = tuple(change for change in finding.changes if change not in inside)
    return (leaving[-1].at + window, outside + leaving) if leaving else None


def _longer_unchanged(issuer: str, after: datetime, limit: timedelta, policy: Policy) -> Remedy:
    name = policy.issuers.name(issuer)
    text = Text(
        zh=f"{name.zh}的颜色到{clock(after)}之后仍未再变",
        en=f"{name.en} has kept its color until after {clock(after)}",
    )

    def aged(before: Case) -> Case:
        return _restated(before, issuer, lambda code: _changed_before(code, before.at - limit))

    return Remedy((_need(NeedKind.LONGER_UNCHANGED, issuer, after, text),), aged)


def _changed_before(code: HealthCode, moment: datetime) -> HealthCode:
    if code.changed_at is None:
        return code
    return replace(code, changed_at=min(code.changed_at, moment - _JUST_OVER))


def _states_green(issuer: str, findings: Sequence[Finding], case: Case, policy: Policy) -> Remedy:
    """Signed, as of now, of the same places. Turning green is one more change of the color."""
    said = [code for s in case.sources if s.issuer == issuer for code in s.codes]
    places = list(dict.fromkeys(code.issuing_place for code in said)) or [COUNTRY]
    turned = [
        ColorChange(issuer, code.issuing_place, case.at)
        for code in said
        if code.color.is_restrictive
    ]

    def green(before: Case) -> Case:
        changed = _with_changes(before, [*before.circumstances.changes, *turned])
        return _with_green(changed, issuer, places)

    codes = [finding.stated or finding.behind for finding in findings]
    stated = [code.as_of for code in codes if code is not None]
    latest = max(stated, default=None)
    listed = any(finding.via is Via.LIST for finding in findings)
    text = _off_list_text(issuer, policy) if listed else _green_text(issuer, latest, policy)
    return Remedy((_need(NeedKind.STATES_GREEN, issuer, latest, text),), green)


def _steady_green(issuer: str, green: Remedy, case: Case, policy: Policy) -> Iterator[Remedy]:
    """The same, after all of its changes have left the window."""
    asked = (rule.when.changes_over for rule in policy.rules)
    limit = next((each for each in asked if each is not None), None)
    if limit is None or all(c.issuer != issuer for c in case.circumstances.changes):
        return

    def steady(before: Case) -> Case:
        after = green.applied(before)
        others = [c for c in after.circumstances.changes if c.issuer != issuer]
        return _with_changes(after, others)

    text = _steady_text(issuer, limit, policy)
    yield Remedy((*green.needs, _need(NeedKind.FEWER_CHANGES, issuer, None, text)), steady)


def _restated(case: Case, issuer: str, again: Callable[[HealthCode], HealthCode]) -> Case:
    """As if ``issuer`` had stated each of its codes so ``again``."""
    sources = tuple(
        replace(source, codes=[again(code) for code in source.codes])
        if source.issuer == issuer
        else source
        for source in case.sources
    )
    return replace(case, sources=sources)


def _with_green(case: Case, issuer: str, places: Sequence[RegionCode]) -> Case:
    """As if ``issuer`` stated a signed green as of now for ``places``, and nothing else."""
    kept = tuple(source for source in case.sources if source.issuer != issuer)
    answer = SourceAnswer(
        issuer=strawberry.ID(issuer),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=[_green_code(issuer, place, case.at) for place in places],
    )
    return replace(case, sources=(*kept, answer))


def _with_changes(case: Case, changes: Sequence[ColorChange]) -> Case:
    ordered = tuple(sorted(changes, key=lambda change: change.at))
    return replace(case, circumstances=replace(case.circumstances, changes=ordered))


def _green_code(issuer: str, place: RegionCode, at: datetime) -> HealthCode:
    return HealthCode(
        color=Color.GREEN,
        raw_value=Color.GREEN.value,
        issuer=strawberry.ID(issuer),
        issuing_place=place,
        basis=[Basis.DATA_NORMAL],
        as_of=at,
    )


def _off_list_text(issuer: str, policy: Policy) -> Text:
    name = policy.issuers.name(issuer)
    return Text(
        zh=f"{name.zh}的下一份名单不再列有此人，且查询给出绿码",
        en=f"the next list of {name.en} leaves this person out, and when asked it states GREEN",
    )


def _green_text(issuer: str, latest: datetime | None, policy: Policy) -> Text:
    """A new statement has to be later than the one that blocks."""
    name = policy.issuers.name(issuer)
    if latest is None:
        return Text(zh=f"{name.zh}给出绿码", en=f"{name.en} states GREEN")
    return Text(
        zh=f"{name.zh}给出{clock(latest)}之后的绿码",
        en=f"{name.en} states GREEN as of later than {clock(latest)}",
    )


def _steady_text(issuer: str, limit: ChangesOver, policy: Policy) -> Text:
    name = policy.issuers.name(issuer)
    return Text(
        zh=f"{name.zh}在{limit.within}之内变色不超过{limit.times}次",
        en=f"{name.en} has changed its color no more than {limit.times} times "
        f"within {limit.within}",
    )


def _need(kind: NeedKind, issuer: str, after: datetime | None, text: Text) -> Need:
    return Need(kind=kind, issuer=strawberry.ID(issuer), after=after, text=text)
