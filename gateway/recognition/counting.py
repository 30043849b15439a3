"""How many changes of a color a judgement needs to know of, and from when.

A receipt carries the changes that its decision rests on, and goes to clients that may not see the
holder's history. So a case takes no more of them than the policy's limits ask for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tongxing.schema.case import ColorChange

Limit = tuple[int, timedelta]
"""More than so many changes within so long (``changes_over``)."""

Where = tuple[str, str]
"""An issuer and a place. Changes are counted for each of them apart."""


def needed_changes(
    changes: Sequence[ColorChange], limits: Sequence[Limit], at: datetime, turning: frozenset[Where]
) -> tuple[ColorChange, ...]:
    """Of ``changes``, oldest first, those without which a limit would not be exceeded at ``at``:
    the newest, one more than the limit allows, and none if no limit is exceeded. Each is dated as
    early as the oldest that its limit needs, so a time says "then or later". For the places of
    ``turning`` one change more counts, because turning green is one."""
    newest_first: dict[Where, list[ColorChange]] = {}
    for change in reversed(changes):
        newest_first.setdefault((change.issuer, change.place), []).append(change)
    needed = [
        change
        for where, newest in newest_first.items()
        for change in _dated(newest, _numbers(newest, limits, at, int(where in turning)))
    ]
    return tuple(sorted(needed, key=lambda change: change.at))


def _numbers(
    newest: Sequence[ColorChange], limits: Sequence[Limit], at: datetime, turns: int
) -> Sequence[int]:
    """How many of ``newest`` each limit needs that ``turns`` changes more exceed; the fewest
    first."""
    inside = [
        (sum(at - change.at <= window for change in newest), times) for times, window in limits
    ]
    return sorted(min(number, times + 1) for number, times in inside if number + turns > times)


def _dated(newest: Sequence[ColorChange], numbers: Sequence[int]) -> Iterator[ColorChange]:
    begin = 0
    for number in numbers:
        for change in newest[begin:number]:
            yield replace(change, at=newest[number - 1].at)
        begin = number
