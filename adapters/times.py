"""The times that issuers write, as aware UTC.

Responsible for the two notations (docs/wire-formats.md). Refuses lenient spellings.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from adapters.dialect import Malformed

SHANGHAI = timezone(timedelta(hours=8))
"""A time without a zone is Asia/Shanghai: UTC+8 all year, since 1991 without summer time."""

_LOCAL = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_STAMP = re.compile(r"((?:19|20)[0-9]{12})([0-9]{3})")


def from_unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def from_local(text: str) -> datetime:
    """``2020-03-05 09:30:00``. Raises Malformed."""
    if _LOCAL.fullmatch(text) is None:
        raise Malformed
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        raise Malformed from None


def from_stamp(text: str) -> datetime:
    """``yyyyMMddHHmmssSSS``. Raises Malformed."""
    match = _STAMP.fullmatch(text)
    if match is None:
        raise Malformed
    try:
        moment = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Malformed from None
    return moment.astimezone(UTC) + timedelta(milliseconds=int(match[2]))


def to_stamp(at: datetime) -> str:
    """``yyyyMMddHHmmssSSS`` of an aware time."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
