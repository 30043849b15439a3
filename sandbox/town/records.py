"""The reference issuers' own words: colors, grounds, and what an issuer holds about a person.

Times in a record are seconds from the opening of the sandbox, negative before it, so that one
fixed record means the same on every day. Local time is Asia/Shanghai. This file does not know how
an issuer writes a record down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum, unique

from tongxing.sandbox.town.documents import Document

HOUR = 3_600
DAY = 24 * HOUR

EPOCH = date(1970, 1, 1).toordinal()
"""The proleptic ordinal of the calendar day that counts as 0."""

# China keeps no summer time, so a fixed offset is right for every date that is written here.
_OFFSET_SECONDS = 8 * HOUR
_SHANGHAI = timezone(timedelta(seconds=_OFFSET_SECONDS))


@unique
class IssuerName(StrEnum):
    ZHENJIANG = "zhenjiang"
    SUKANGMA = "sukangma"
    NATIONAL = "national"


@unique
class Color(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@unique
class Basis(StrEnum):
    DECLARED = "declared"
    SYMPTOMS = "symptoms"
    MEDIUM_RISK_AREA = "medium_risk_area"
    HIGH_RISK_AREA = "high_risk_area"
    CLOSE_CONTACT = "close_contact"
    CONFIRMED_OR_SUSPECTED = "confirmed_or_suspected"
    ISOLATION_NOT_ENDED = "isolation_not_ended"
    ARRIVED_WITHIN_14_DAYS = "arrived_within_14_days"
    FALSE_DECLARATION = "false_declaration"
    CROSS_CHECK = "cross_check"
    HOUSEHOLD_MEMBER = "household_member"
    CONVERTED = "converted"
    ON_SITE_TEMPERATURE = "on_site_temperature"


@dataclass(frozen=True, slots=True)
class ProvinceReport:
    """What one province reported to the national platform."""

    province: str
    color: Color
    reported_at: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One issuer's state of one person. ``as_of`` None means a live state, true when it is asked
    for; ``place`` is GB/T 2260; ``previous`` and ``changed_at`` are both set or both None."""

    color: Color
    basis: tuple[Basis, ...] = (Basis.DECLARED,)
    place: str = "321100"
    as_of: int | None = None
    declared_at: int = -2 * DAY
    valid_until: int = 14 * DAY
    previous: Color | None = None
    changed_at: int | None = None
    must_update: bool = False
    reports: tuple[ProvinceReport, ...] = ()
    tested_at: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    document: Document
    records: Mapping[IssuerName, Record]


def clock_text(unix: int) -> str:
    """Local time as ``2020-03-05 09:30:00``."""
    return datetime.fromtimestamp(unix, UTC).astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def stamp_text(moment: datetime) -> str:
    """Local time as ``yyyyMMddHHmmssSSS``, to the millisecond."""
    local = moment.astimezone(_SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def day_of(unix: int) -> int:
    """The local calendar day, counted from 1 January 1970."""
    return (unix + _OFFSET_SECONDS) // DAY


def start_of_day(day: int) -> int:
    """The Unix second in which the local calendar ``day`` begins."""
    return day * DAY - _OFFSET_SECONDS
