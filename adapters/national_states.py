"""What the national platform states of a person: its own level, and one report per province.

Responsible for docs/wire-formats.md §3 from the verified payload on. Refuses to know how it was
asked for.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Raw, Struct, field
from msgspec.json import Decoder
from strawberry import ID

from tongxing.adapters.dialect import ByDocument, Malformed, Question, Reading, WrongHolder
from tongxing.adapters.reading import (
    Codes,
    Days,
    Level,
    bases_of,
    consistent,
    decoded,
    from_local,
    from_stamp,
    is_masked,
    level_of,
    masked_name,
    masked_number,
    outcome_of,
    says_nothing,
    text_of,
    to_local,
)
from tongxing.adapters.remains import (
    Form,
    Members,
    against,
    loosely,
    names,
    outcome_beside,
    parts,
    written,
)
from tongxing.schema import COUNTRY, Basis, Color, HealthCode, Outcome, RegionCode, TravelDocument

COLORS: Mapping[str, Color] = {"00": Color.GREEN, "01": Color.YELLOW, "10": Color.RED}
"""Two characters, never a number: a device that read "01" and "10" as integers played the red voice
for both (docs/facts.md §3.1). The orange display, a close contact, is "10" with its basis."""

BASES: Mapping[str, Basis] = {
    "": Basis.DATA_NORMAL,
    "TEMPERATURE": Basis.ON_SITE_TEMPERATURE,
    "CLOSE_CONTACT": Basis.CLOSE_CONTACT,
    "CONFIRMED_OR_SUSPECTED": Basis.CONFIRMED_OR_SUSPECTED,
    "HIGH_RISK_AREA": Basis.HIGH_RISK_AREA,
    "MEDIUM_RISK_AREA": Basis.MEDIUM_RISK_AREA,
}
NO_WARNING = "未见异常"
NEGATIVE = "阴性"
"""The one result of a nucleic acid test beside which a green can stand, however old the test is."""

_PROVINCE = re.compile(r"[1-9][0-9]0000")


class _Info(Struct):
    time_stamp: str = field(name="timeStamp")
    update_time: str = field(name="updateTime")
    valid_days: Days = field(name="validDays")
    content: str
    has_warning: Raw = field(name="hasWarm", default=Raw())
    warnings: Raw = field(name="warmMsgs", default=Raw())
    test: Raw = field(name="hsjc", default=Raw())
    level: Raw = field(name="fxdj", default=Raw())
    warning: Raw = field(name="warnType", default=Raw())


class _Test(Struct):
    result: str = field(name="hsjcjg")


class _Person(Struct):
    name: str = field(name="desensitizeName")
    number: str = field(name="desensitizeCardId")


class _Report(Struct):
    province: str
    report_time: str = field(name="reportTime")
    level: Raw = field(name="healthyStaus", default=Raw())


class _Data(Struct):
    person: _Person
    reports: list[_Report] = field(name="healthyReport")


class _Content(Struct):
    data: _Data


_INFO = Decoder(_Info)
_CONTENT = Decoder(_Content)
_TEST = Decoder(_Test)
_REPORT = Decoder(_Report)


class NationalStates:
    """Of the issuer with that id."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def read(self, payload: bytes, question: Question) -> Reading:
        """Raises Unusable."""
        info = decoded(_INFO, payload)
        content = decoded(_CONTENT, info.content).data
        if isinstance(question, ByDocument):
            _require_person(content.person, question.document)
        codes, outcome = self._codes(info, content.reports)
        return Reading(outcome, from_stamp(info.time_stamp), codes=codes)

    def remains(self, payload: bytes, question: Question, received_at: datetime) -> Reading:
        """The yellows and reds of a statement that cannot be read as a whole."""
        whole = loosely(payload)
        if isinstance(question, ByDocument):
            _require_named(whole, question.document)
        stamps = [stamp for each in parts(whole) for stamp in each.all("timeStamp")]
        signed_at = _stamp_or_none(stamps[0]) if len(stamps) == 1 else None
        at = signed_at or received_at
        codes = against(whole, _national_form(at), self._national_part)
        codes += against(whole, _report_form(at), lambda part: self._report_part(part, at))
        return Reading(outcome_beside(codes), signed_at, codes=codes)

    def _national_part(self, members: Members) -> Codes:
        """The national level alone."""
        stated = {"timeStamp": "", "content": "", **members}
        return self._codes(decoded(_INFO, written(stated)), ())[0]

    def _report_part(self, members: Members, ends: datetime) -> Codes:
        """A report of no known province is one of the nation."""
        report = decoded(_REPORT, written(members))
        if report.province == COUNTRY:
            level, as_of = level_of(COLORS, report.level), from_local(report.report_time)
            return (self._code(level, COUNTRY, [Basis.NOT_STATED], as_of, ends),)
        return (self._reported(report, level_of(COLORS, report.level), ends),)

    def _codes(self, info: _Info, reports: Sequence[_Report]) -> tuple[Codes, Outcome]:
        """The national level, and each province's report as a code of that province."""
        updated = from_local(info.update_time)
        valid_until = updated + timedelta(days=info.valid_days)
        level, basis = _national_level(info)
        levels = [level_of(COLORS, report.level) for report in reports]
        national = self._code(level, COUNTRY, basis, updated, valid_until)
        provincial = [
            self._reported(report, reported, valid_until)
            for reported, report in zip(levels, reports, strict=True)
        ]
        return (national, *provincial), outcome_of([level, *levels])

    def _reported(self, report: _Report, level: Level, ends: datetime) -> HealthCode:
        place, as_of = _province(report.province), from_local(report.report_time)
        return self._code(level, place, [Basis.NOT_STATED], as_of, ends)

    def _code(
        self,
        level: Level,
        place: RegionCode,
        basis: list[Basis],
        as_of: datetime,
        valid_until: datetime,
    ) -> HealthCode:
        return HealthCode(
            color=level.color,
            raw_value=level.raw_value,
            issuer=ID(self._issuer),
            issuing_place=place,
            basis=basis,
            as_of=as_of,
            valid_until=valid_until,
        )


def _require_person(person: _Person, document: TravelDocument) -> None:
    if not is_masked(document, number=person.number, name=person.name):
        raise WrongHolder


def _require_named(whole: object, document: TravelDocument) -> None:
    persons = parts(whole, "content", "data", "person")
    number = ("desensitizeCardId", masked_number(document.number))
    if not names(persons, number, ("desensitizeName", masked_name(document.name))):
        raise WrongHolder


def _stamp_or_none(value: object) -> datetime | None:
    try:
        return from_stamp(value) if isinstance(value, str) else None
    except Malformed:
        return None


def _national_form(at: datetime) -> Form:
    """A level whose time cannot be read was the level at ``at``."""
    instead: tuple[Members, ...] = (
        {"updateTime": to_local(at)},
        {"validDays": 0},
        {"warnType": None},
    )
    return Form((), "fxdj", instead)


def _report_form(at: datetime) -> Form:
    instead: tuple[Members, ...] = ({"reportTime": to_local(at)}, {"province": COUNTRY})
    return Form(("content", "data", "healthyReport"), "healthyStaus", instead)


def _national_level(info: _Info) -> tuple[Level, list[Basis]]:
    """A national green means that nothing in the data is abnormal (docs/facts.md §3.1)."""
    basis, known = bases_of(BASES, [info.warning])
    level = level_of(COLORS, info.level)
    return consistent(level, basis, known=known, normal=_is_normal(info)), basis


def _is_normal(info: _Info) -> bool:
    """Whether the members that only warn say that nothing is abnormal. They are read as leniently
    as this: a form that nobody knows warns too, and makes no red unreadable."""
    warned = text_of(info.has_warning) != NO_WARNING or not says_nothing(info.warnings)
    return not warned and (says_nothing(info.test) or _is_negative(info.test))


def _is_negative(test: Raw) -> bool:
    try:
        return decoded(_TEST, test).result == NEGATIVE
    except Malformed:
        return False


def _province(text: str) -> RegionCode:
    if _PROVINCE.fullmatch(text) is None:
        raise Malformed
    return RegionCode(text)
