"""The times that issuers write, as aware UTC.

Responsible for the two notations (docs/wire-formats.md). Refuses lenient spellings.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from adapters.dialect import Malformed

SHANGHAI = timezone(timedelta(hours=8))
"""A time without a zone is Asia/Shanghai: UTC+8 all year, since 1991 without summer time."""

_LOCAL = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_STAMP = re.compile(r"(?:19|20)[0-9]{15}")


def from_unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def from_local(text: str) -> datetime:
    """``2020-03-05 09:30:00``. Raises Malformed."""
    if _LOCAL.fullmatch(text) is None:
        raise Malformed
    return _shanghai(text)


def from_stamp(text: str) -> datetime:
    """``yyyyMMddHHmmssSSS``. Raises Malformed."""
    if _STAMP.fullmatch(text) is None:
        raise Malformed
    return _shanghai(f"{text[:8]}T{text[8:14]}.{text[14:]}")


def _shanghai(iso_8601: str) -> datetime:
    """The form was checked; here it is whether there is such a day and such an hour."""
    try:
        return datetime.fromisoformat(iso_8601).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        raise Malformed from None


def to_stamp(at: datetime) -> str:
    """``yyyyMMddHHmmssSSS`` of an aware time."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
