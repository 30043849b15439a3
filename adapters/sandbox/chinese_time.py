"""Unix seconds as the two older systems write them: Asia/Shanghai, without a zone."""

from datetime import UTC, datetime, timedelta, timezone

# China keeps no summer time, so a fixed offset is right for every date that is written here.
_SHANGHAI = timezone(timedelta(hours=8))


def clock_text(unix: int) -> str:
    """``2020-03-05 09:30:00``."""
    return datetime.fromtimestamp(unix, UTC).astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def stamp_text(moment: datetime) -> str:
    """``yyyyMMddHHmmssSSS``, down to the millisecond."""
    local = moment.astimezone(_SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
