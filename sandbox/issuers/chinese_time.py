"""Unix seconds as people in China count them: Asia/Shanghai, without a zone."""

from datetime import UTC, datetime, timedelta, timezone

from tongxing.sandbox.issuers.records import DAY, HOUR

# China keeps no summer time, so a fixed offset is right for every date that is written here.
_OFFSET_SECONDS = 8 * HOUR
_SHANGHAI = timezone(timedelta(seconds=_OFFSET_SECONDS))


def clock_text(unix: int) -> str:
    """``2020-03-05 09:30:00``."""
    return datetime.fromtimestamp(unix, UTC).astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def stamp_text(moment: datetime) -> str:
    """``yyyyMMddHHmmssSSS``, down to the millisecond."""
    local = moment.astimezone(_SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def day_of(unix: int) -> int:
    """The local calendar day, counted from 1 January 1970."""
    return (unix + _OFFSET_SECONDS) // DAY


def start_of_day(day: int) -> int:
    """The Unix second in which the local calendar ``day`` begins."""
    return day * DAY - _OFFSET_SECONDS
