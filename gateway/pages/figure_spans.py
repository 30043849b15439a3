"""Which hours, days and weeks a page shows figures of, and how late they are."""

from datetime import datetime, timedelta

SHOWN_AFTER = timedelta(minutes=10)
"""A step is shown this long after its end at the earliest (docs/coordinators.md)."""

SPANS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
"""What a reader may choose; the first that fits is the second."""

USUAL_SPAN = "week"
Span = dict[str, object]


def during(span: str, at: datetime) -> Span:
    """The last whole steps up to ``at``, as a FigurePeriodInput; an unknown ``span`` is a week."""
    return period(at - SPANS.get(span, SPANS[USUAL_SPAN]), at)


def last_hour(at: datetime) -> Span:
    """The last hour that is counted."""
    until = (at - SHOWN_AFTER).replace(minute=0, second=0, microsecond=0)
    return period(until - timedelta(hours=1), until)


def last_week(at: datetime) -> Span:
    """Seven whole days and today's beginning."""
    return period(at - timedelta(days=8), at)


def each_day_of_week(at: datetime) -> Span:
    return {**last_week(at), "isPerStep": True}


def period(since: datetime, until: datetime) -> Span:
    """As GraphQL takes it."""
    return {"since": since.isoformat(), "until": until.isoformat()}
