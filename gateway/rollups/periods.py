"""The steps of time that figures are kept for: hours, and days and months in China.

An hour begins at a whole hour in UTC, which is one in China as well. Every hour lies in one day and
every day in one month, so that what is counted once goes up from one to the next.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tongxing.schema.figure_period import FigureStep
from tongxing.schema.time_words import BEIJING

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

HOURS_UP_TO = timedelta(days=2)
DAYS_UP_TO = timedelta(days=92)
"""How long a period may be in which figures are read by the hour, and by the day. So a year is read
from twelve months, which is less than the hours of one day."""


class Period(NamedTuple):
    """Whole steps from ``since`` up to ``until``; aware UTC."""

    since: datetime
    until: datetime
    step: FigureStep


def begin_of(step: FigureStep, at: datetime) -> datetime:
    """The beginning of the step in which ``at`` lies, in UTC."""
    local = at.astimezone(BEIJING).replace(minute=0, second=0, microsecond=0)
    if step is not FigureStep.HOUR:
        local = local.replace(hour=0)
    if step is FigureStep.MONTH:
        local = local.replace(day=1)
    return local.astimezone(UTC)


def end_of(step: FigureStep, begin: datetime) -> datetime:
    """Of the step that begins at ``begin``: where the next one begins."""
    if step is FigureStep.HOUR:
        return begin + HOUR
    return begin_of(step, begin + (DAY if step is FigureStep.DAY else 32 * DAY))


def finest_for(length: timedelta) -> FigureStep:
    """The finest step in which a period of ``length`` is read."""
    if length <= HOURS_UP_TO:
        return FigureStep.HOUR
    return FigureStep.DAY if length <= DAYS_UP_TO else FigureStep.MONTH


def whole_steps(step: FigureStep, since: datetime, until: datetime) -> Period:
    """What of the time from ``since`` up to ``until`` are whole steps; it may be empty."""
    begin = begin_of(step, since)
    if begin < since:
        begin = end_of(step, begin)
    return Period(begin, max(begin, begin_of(step, until)), step)


def steps_in(period: Period) -> Iterator[datetime]:
    """The beginning of each step of ``period``."""
    begin = period.since
    while begin < period.until:
        yield begin
        begin = end_of(period.step, begin)
