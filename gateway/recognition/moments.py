"""Moments beside others, also at the ends of the calendar: an issuer may state any."""

from datetime import UTC, datetime, timedelta

NEVER = datetime.max.replace(tzinfo=UTC)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def moved(moment: datetime, length: timedelta) -> datetime:
    """``moment`` and ``length`` together; the end of the calendar where it has no such moment."""
    try:
        return moment + length
    except OverflowError:
        return NEVER if length > timedelta(0) else _BEFORE_ALL
