"""The reference issuers' own words: document, color, basis, and what an issuer holds of somebody.

Times are seconds from the opening of the sandbox, negative before it, so that one fixed record
means the same on every day. This file says nothing about how an issuer writes them down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

HOUR = 3_600
DAY = 24 * HOUR


@unique
class IssuerName(StrEnum):
    ZHENJIANG = "zhenjiang"
    SUKANGMA = "sukangma"
    NATIONAL = "national"


@unique
class Kind(StrEnum):
    RESIDENT_ID = "RESIDENT_ID"
    PASSPORT = "PASSPORT"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    FOREIGN_PERMANENT_RESIDENCE = "FOREIGN_PERMANENT_RESIDENCE"


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
class Document:
    kind: Kind
    number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What one province reported to the national platform."""

    province: str
    color: Color
    reported_at: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One issuer's state of one person. ``as_of`` None is a live state, true when it is asked for;
    ``place`` is GB/T 2260; ``previous`` and ``changed_at`` come together or not at all."""

    color: Color
    basis: tuple[Basis, ...] = (Basis.DECLARED,)
    place: str = "321100"
    as_of: int | None = None
    declared_at: int = -2 * DAY
    valid_until: int = 14 * DAY
    previous: Color | None = None
    changed_at: int | None = None
    must_update: bool = False
    reports: tuple[Report, ...] = ()
    tested_at: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    document: Document
    records: Mapping[IssuerName, Record]
