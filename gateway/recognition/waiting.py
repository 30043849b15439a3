"""What time alone mends: a color that rests, a change that leaves the window in which it counts.

Responsible for the moments at which a rule on greens may see one otherwise, for the case as it is
then if nothing else changes, and for the words. Refuses to judge (``smallest_change``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import strawberry

from tongxing.gateway.recognition.conditions import ChangesOver, duration
from tongxing.gateway.recognition.new_statements import JUST_OVER
from tongxing.gateway.recognition.offer_words import whole_second
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.recognition.ruling import Ruling
from tongxing.schema import Color, HealthCode, Text, length_words, to_the_second
from tongxing.schema.case import Case
from tongxing.schema.explanation import Need, NeedKind

MOMENTS_LIMIT = 8
"""The most moments that are tried. There are more only for a color that flaps without end; then
the last of them is among those tried."""

NOTHING_ELSE = Text(zh="（其间其他情况不变）", en=" and nothing else has changed by then")


def moments(blocking: Sequence[Ruling], case: Case, policy: Policy) -> list[datetime]:
    """When the colors behind ``blocking``, or greens that they turn into now, may be ruled on
    otherwise: whole seconds, the next one first."""
    found = {whole_second(end) for end in _ends(blocking, case, policy)}
    later = sorted(end for end in found if case.at < end < policy.valid_until)
    return later if len(later) <= MOMENTS_LIMIT else [*later[: MOMENTS_LIMIT - 1], later[-1]]


def _ends(blocking: Sequence[Ruling], case: Case, policy: Policy) -> Iterator[datetime]:
    codes = [ruled.finding.stated or ruled.finding.behind for ruled in blocking]
    changed = {code.changed_at for code in codes if code is not None and code.changed_at}
    issuers = {ruled.finding.issuer for ruled in blocking}
    counted = {change.at for change in case.circumstances.changes if change.issuer in issuers}
    turning = [case.at] if any(code and code.color is not Color.GREEN for code in codes) else []
    for change in (*turning, *changed):
        yield from (change + limit for limit in policy.green_changes)
    for change in (*turning, *counted):
        yield from (change + window for window in policy.green_windows)


def later_cases(case: Case, after: datetime) -> list[Case]:
    """``case`` just after ``after`` if nothing else has changed: what was stated is stated again,
    or, of a yellow or red, still stands as it was."""
    at = after + JUST_OVER
    return [_later(case, at, renews_all=renews_all) for renews_all in (True, False)]


def _later(case: Case, at: datetime, *, renews_all: bool) -> Case:
    shift = at - case.at
    sources = tuple(
        replace(
            source,
            codes=[
                _renewed(code, shift) if renews_all or not code.color.is_restrictive else code
                for code in source.codes
            ],
        )
        for source in case.sources
    )
    return replace(case, sources=sources, at=at)


def _renewed(code: HealthCode, shift: timedelta) -> HealthCode:
    end = code.valid_until
    return replace(code, as_of=code.as_of + shift, valid_until=None if end is None else end + shift)


def waiting_needs(held: Iterable[Ruling], after: datetime, policy: Policy) -> list[Need]:
    """What ``held``, greens that a rule holds against their changes, have to wait for."""
    needs = [_need(ruled, after, policy) for ruled in held if ruled.finding.color is Color.GREEN]
    return list({(need.kind, need.issuer, need.place): need for need in needs}.values())


def _need(ruled: Ruling, after: datetime, policy: Policy) -> Need:
    issuer, limit, code = (
        ruled.finding.issuer or "",
        ruled.rule.when.changes_over,
        ruled.finding.stated,
    )
    return Need(
        kind=NeedKind.LONGER_UNCHANGED if limit is None else NeedKind.FEWER_CHANGES,
        issuer=strawberry.ID(issuer),
        after=after,
        place=None if code is None else code.issuing_place,
        text=_kept_text(issuer, after, policy)
        if limit is None
        else _steady_text(issuer, limit, after, policy),
    )


def _kept_text(issuer: str, after: datetime, policy: Policy) -> Text:
    name, when = policy.issuers.name(issuer), to_the_second(after)
    return Text(
        zh=f"{name.zh}的颜色保持到{when.zh}之后没有再变",
        en=f"{name.en} has kept its color until after {when.en}",
    )


def _steady_text(issuer: str, limit: ChangesOver, after: datetime, policy: Policy) -> Text:
    name, when = policy.issuers.name(issuer), to_the_second(after)
    within = length_words(duration(limit.within))
    return Text(
        zh=f"{name.zh}{within.zh}内变色不超过{limit.times}次（最早在{when.zh}之后）",
        en=f"{name.en} has changed its color no more than {limit.times} times "
        f"within {within.en}, at the earliest after {when.en}",
    )
