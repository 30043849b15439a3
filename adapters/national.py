"""国家码, the national code: how the platform is asked, and how its statements read.

Responsible for docs/wire-formats.md §3. Refuses to believe intermediate answers: the serial number
and the opaque middle of a scan are used unverified for the next call, and the signatures that
``open`` gives cover what was asked with them. When a statement is read, each of its requests is
made again from the question, so a statement answers only its own question. In a batch, the digest
of the request and the person's place do that (adapters.binding).
"""

import re
from base64 import b64encode
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from cryptography.hazmat.primitives.hashes import SM3, Hash
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field
from msgspec.json import Decoder, encode
from strawberry import ID

from tongxing.adapters.binding import one_by_one, place_in_batch
from tongxing.adapters.dialect import (
    ByCode,
    ByDocument,
    Declined,
    Exchange,
    Malformed,
    Question,
    Reading,
    Stamp,
    Statement,
    WrongHolder,
)
from tongxing.adapters.reading import (
    HEALTH_SET,
    Codes,
    Days,
    Level,
    Remains,
    ShortText,
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
    still_counting,
    text_of,
    to_local,
    to_stamp,
)
from tongxing.adapters.remains import (
    Form,
    Members,
    Pairs,
    against,
    loosely,
    names,
    outcome_beside,
    parts,
    written,
)
from tongxing.adapters.tickets import TICKETS_AT_ONCE, Ticket
from tongxing.adapters.wire import HttpRequest, HttpResponse, answer_limit_bytes
from tongxing.keys import base64url
from tongxing.keys.envelope import UnverifiedEnvelope, parse_sm2_package
from tongxing.keys.verification import Verified
from tongxing.schema import COUNTRY, Basis, Color, HealthCode, Outcome, RegionCode, TravelDocument
from tongxing.schema.source_statement import StatementForm

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

DONE = 0
NOT_ENROLLED = 2004
UNREADABLE = -1
"""In place of an ``errcode`` that cannot be read; in no table."""

_ANYWHERE = {
    1001: Outcome.BUSY,
    1002: Outcome.NO_ACCESS,
    1003: Outcome.NO_ACCESS,
}
SERIAL = "/serial"
QUERY_INFO = "/queryInfo"
QUERY_INFO_BATCH = "/queryInfoBatch"
VERIFY_CODE = "/verifyCode"
VALIDATE_INFO = "/validateInfo"
FAILURES: Mapping[str, Mapping[int, Outcome]] = {
    SERIAL: _ANYWHERE,
    QUERY_INFO: _ANYWHERE | {2001: Outcome.CODE_EXPIRED},
    QUERY_INFO_BATCH: _ANYWHERE,
    VERIFY_CODE: _ANYWHERE | {2001: Outcome.CODE_EXPIRED, 2002: Outcome.NOT_THIS_ISSUER},
    VALIDATE_INFO: _ANYWHERE | {2001: Outcome.CODE_EXPIRED},
}
"""Each ``errcode`` that can only take a green away: believed, verified or not. The row of
QUERY_INFO_BATCH is for the batch as a whole; each package in it is an answer to QUERY_INFO."""

STATED: Mapping[str, frozenset[int]] = {
    SERIAL: frozenset({DONE}),
    QUERY_INFO: frozenset({DONE, NOT_ENROLLED}),
    QUERY_INFO_BATCH: frozenset(),
    VERIFY_CODE: frozenset({DONE}),
    VALIDATE_INFO: frozenset({DONE, NOT_ENROLLED}),
}
"""Each ``errcode`` after which the exchange continues; it is verified in the end."""

_CODE = re.compile(r"GJM:[0-9A-Fa-f]{32}")
_JSON = {"content-type": "application/json"}
_PROVINCE = re.compile(r"[1-9][0-9]0000")

BATCH_LIMIT = 200
EXT_DATA_MAX_CHARACTERS = 4_096


class _Ticket(NamedTuple):
    """What every request of one exchange repeats: a number that the platform gave out, used for
    this exchange alone."""

    time_stamp: str
    serial: str
    random: str


class National:
    """The platform knows the hub by ``customer_number`` and ``key_id``. ``sign`` signs bytes with
    the key of that id (SM2 with SM3, r‖s, 64 bytes)."""

    batch_limit = BATCH_LIMIT
    decode_unsigned = None

    def __init__(
        self, *, issuer: str, customer_number: str, key_id: str, sign: Callable[[bytes], bytes]
    ) -> None:
        self.issuer = issuer
        self._customer_number = customer_number
        self._key_id = key_id
        self._sign = sign

    def claims(self, code: str) -> bool:
        return _CODE.fullmatch(code) is not None

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        """One person is asked about by the single call. Its request can be made again whole, so
        only its ticket has to be kept."""
        ticket = yield from self._ticket(stamp)
        if len(documents) > 1:
            persons = [_asked_person(document) for document in documents]
            return (yield from self._ask_batch(ticket, persons, stamp))
        info = yield from self._call(QUERY_INFO, self._query_info(ticket, documents[0]))
        return (Statement(self.issuer, QUERY_INFO, stamp.at, (info,), tuple(ticket)),)

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        ticket = yield from self._ticket(stamp)
        code = yield from self._call(VERIFY_CODE, self._verify_code(ticket, scan.code))
        ext_data = decoded(_EXT_DATA, _unverified_content(code)).ext_data
        info = yield from self._call(VALIDATE_INFO, self._validate_info(ticket, ext_data))
        return (Statement(self.issuer, VALIDATE_INFO, stamp.at, (code, info), tuple(ticket)),)

    def _ask_batch(
        self, ticket: _Ticket, persons: Sequence[Mapping[str, str]], stamp: Stamp
    ) -> Exchange:
        content = self._content(ticket, persons=persons)
        response = yield self._request(QUERY_INFO_BATCH, content, len(persons))
        request = [ticket.serial, request_digest(content)]

        def read(seq: int, unverified: Raw) -> Statement:
            _require_stated(QUERY_INFO, unverified)
            package, place = bytes(unverified), place_in_batch(request, seq, persons[seq])
            return Statement(self.issuer, QUERY_INFO_BATCH, stamp.at, (package,), (place,))

        return one_by_one(_packages(response.body), len(persons), read)

    def ask_tickets(
        self, count: int, stamp: Stamp
    ) -> Generator[HttpRequest, HttpResponse, tuple[Ticket, ...]]:
        asked = {
            "custNum": self._customer_number,
            "timeStamp": to_stamp(stamp.at),
            "count": count,
        }
        package = yield from self._call(SERIAL, encode(asked).decode())
        given = decoded(_SERIAL, _unverified_content(package))
        return tuple(Ticket(each.serial, each.random) for each in (given, *given.more))

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        return tuple(parse_sm2_package(package) for package in statement.parts)

    def shown_as(self, statement: Statement) -> StatementForm:  # noqa: ARG002 - of every dialect
        return StatementForm.SM2_PACKAGES

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        if statement.form not in _forms(question):
            raise WrongHolder
        if statement.form == QUERY_INFO_BATCH and isinstance(question, ByDocument):
            results = [_placed(verified[0], statement, question.document)]
        else:
            results = self._results(verified, _Ticket(*statement.binding), question)
        payload = verified[-1].payload

        def remains() -> Reading:
            return self._remains(payload, question, statement.received_at)

        try:
            return self._reading(
                results, payload, question, statement.form, lambda: remains().codes
            )
        except Malformed:
            return remains()

    def _results(
        self, verified: tuple[Verified, ...], ticket: _Ticket, question: Question
    ) -> list["_Result"]:
        requests = self._requests(verified, ticket, question)
        return [
            _bound(answer, request, ticket)
            for answer, request in zip(verified, requests, strict=True)
        ]

    def _requests(
        self, verified: tuple[Verified, ...], ticket: _Ticket, question: Question
    ) -> tuple[str, ...]:
        """The requests that the answers must answer, made again from the question."""
        if isinstance(question, ByDocument):
            return (self._query_info(ticket, question.document),)
        ext_data = decoded(_EXT_DATA, verified[0].payload).ext_data
        return self._verify_code(ticket, question.code), self._validate_info(ticket, ext_data)

    def _ticket(self, stamp: Stamp) -> Generator[HttpRequest, HttpResponse, _Ticket]:
        time_stamp = to_stamp(stamp.at)
        if stamp.ticket is not None:
            return _Ticket(time_stamp, *stamp.ticket)
        asked = {"custNum": self._customer_number, "timeStamp": time_stamp}
        package = yield from self._call(SERIAL, encode(asked).decode())
        serial = decoded(_SERIAL, _unverified_content(package))
        return _Ticket(time_stamp, serial.serial, serial.random)

    def _call(self, path: str, content: str) -> Generator[HttpRequest, HttpResponse, bytes]:
        """One call; returns the package that answers it, unverified."""
        response = yield self._request(path, content, 1)
        _require_stated(path, response.body)
        return response.body

    def _request(self, path: str, content: str, questions: int) -> HttpRequest:
        sign = b64encode(self._sign(content.encode())).decode()
        package = encode({"bizPackage": content, "sign": sign, "keyId": self._key_id})
        return HttpRequest("POST", path, _JSON, package, answer_limit_bytes(questions))

    def _query_info(self, ticket: _Ticket, document: TravelDocument) -> str:
        return self._content(ticket, **_asked_person(document))

    def _verify_code(self, ticket: _Ticket, code: str) -> str:
        return self._content(ticket, code=code)

    def _validate_info(self, ticket: _Ticket, ext_data: str) -> str:
        return self._content(ticket, bizExtData=ext_data)

    def _content(self, ticket: _Ticket, **members: object) -> str:
        common = {
            "custNum": self._customer_number,
            "timeStamp": ticket.time_stamp,
            "bizSerialNum": ticket.serial,
            "randomNum": ticket.random,
        }
        return encode({**common, **members}).decode()

    def _reading(
        self,
        results: Sequence["_Result"],
        payload: bytes,
        question: Question,
        form: str,
        remains: Remains,
    ) -> Reading:
        *before, last = results
        if any(result.errcode != DONE for result in before):
            raise Malformed
        if last.errcode == DONE:
            return self._info(payload, question)
        outcome = _refusal(QUERY_INFO if form == QUERY_INFO_BATCH else form, last.errcode)
        if not last.states:
            return Reading(outcome, None)
        codes = still_counting(outcome, lambda: self._info(payload, question).codes, remains)
        return Reading(outcome, None, codes=codes)

    def _info(self, payload: bytes, question: Question) -> Reading:
        info = decoded(_INFO, payload)
        content = decoded(_CONTENT, info.content).data
        if isinstance(question, ByDocument):
            _require_person(content.person, question.document)
        codes, outcome = self._codes(info, content.reports)
        return Reading(outcome, from_stamp(info.time_stamp), codes=codes)

    def _remains(self, payload: bytes, question: Question, received_at: datetime) -> Reading:
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

    def _codes(self, info: "_Info", reports: Sequence["_Report"]) -> tuple[Codes, Outcome]:
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

    def _reported(self, report: "_Report", level: Level, ends: datetime) -> HealthCode:
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
            issuer=ID(self.issuer),
            issuing_place=place,
            basis=basis,
            as_of=as_of,
            valid_until=valid_until,
        )


class _Package(Struct):
    content: str = field(name="bizPackage")


class _Result(Struct):
    """What every answer package has."""

    errcode: int
    serial: str = field(name="bizSerialNum", default="")
    digest: str = field(name="requestDigest", default="")
    seq: int = -1
    level: Raw = field(name="fxdj", default=Raw())
    content: Raw = Raw()

    @property
    def states(self) -> bool:
        """Whether there is a state in it, whatever its ``errcode`` is."""
        return not (says_nothing(self.level) and says_nothing(self.content))


class _Batch(Struct):
    """Without packages, the answer is itself a package: the result of the whole batch."""

    packages: list[Raw] | UnsetType = UNSET


class _Number(Struct):
    serial: ShortText = field(name="bizSerialNum")
    random: ShortText = field(name="randomNum")


class _Serial(_Number):
    more: Annotated[list[_Number], Meta(max_length=TICKETS_AT_ONCE)] = field(default_factory=list)


class _ExtData(Struct):
    ext_data: Annotated[str, Meta(max_length=EXT_DATA_MAX_CHARACTERS)] = field(name="bizExtData")


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


_PACKAGE = Decoder(_Package)
_BATCH = Decoder(_Batch)
_RESULT = Decoder(_Result)
_SERIAL = Decoder(_Serial)
_EXT_DATA = Decoder(_ExtData)
_INFO = Decoder(_Info)
_CONTENT = Decoder(_Content)
_TEST = Decoder(_Test)
_REPORT = Decoder(_Report)


def _forms(question: Question) -> tuple[str, ...]:
    """A statement has the name of its last call."""
    return (QUERY_INFO, QUERY_INFO_BATCH) if isinstance(question, ByDocument) else (VALIDATE_INFO,)


def _asked_person(document: TravelDocument) -> dict[str, str]:
    return {
        "cardType": HEALTH_SET[document.kind],
        "cardId": document.number,
        "name": document.name,
    }


def _packages(unverified: bytes) -> list[Raw]:
    """The packages of a batch. Raises Unusable if there are none."""
    batch = decoded(_BATCH, unverified)
    if isinstance(batch.packages, UnsetType):
        _require_stated(QUERY_INFO_BATCH, unverified)
        raise Malformed
    return batch.packages


def _require_stated(path: str, unverified: bytes | Raw) -> None:
    """Raises Unusable for an answer that ends the exchange. A refusal with a state does not end it,
    and neither does what cannot be read beside one: the state may be a red."""
    content = _unverified_content(unverified)
    try:
        result = decoded(_RESULT, content)
        if result.errcode in STATED[path]:
            return
        outcome = _refusal(path, result.errcode)
    except Malformed:
        if NOT_ENROLLED in STATED[path] and _may_state(content):
            return
        raise
    if not (NOT_ENROLLED in STATED[path] and result.states):
        raise Declined(outcome)


def _refusal(path: str, errcode: int) -> Outcome:
    """Raises Malformed for an unknown code."""
    if errcode == NOT_ENROLLED and NOT_ENROLLED in STATED[path]:
        return Outcome.NOT_ENROLLED
    if errcode not in FAILURES[path]:
        raise Malformed
    return FAILURES[path][errcode]


def _unverified_content(package: bytes | Raw) -> str:
    return decoded(_PACKAGE, package).content


def _bound(answer: Verified, request: str, ticket: _Ticket) -> _Result:
    """The result of an answer to exactly this request. Raises WrongHolder."""
    result = _result_of(answer.payload)
    if result.serial != ticket.serial or result.digest != request_digest(request):
        raise WrongHolder
    return result


def _placed(answer: Verified, statement: Statement, document: TravelDocument) -> _Result:
    """The result of an answer for exactly this document's place. Raises WrongHolder."""
    result = _result_of(answer.payload)
    request, person = [result.serial, result.digest], _asked_person(document)
    if (place_in_batch(request, result.seq, person),) != statement.binding:
        raise WrongHolder
    return result


def _result_of(payload: bytes) -> _Result:
    """What ties an answer to its request is read also where the rest cannot be. Its ``errcode`` is
    then one that is in no table. Raises Malformed."""
    try:
        return decoded(_RESULT, payload)
    except Malformed:
        whole = loosely(payload)
        if not isinstance(whole, Pairs):
            raise
        tied = {name: whole.only(name) for name in ("bizSerialNum", "requestDigest")}
        place = {"seq": whole.only("seq")} if whole.all("seq") else {}
        return decoded(_RESULT, written({"errcode": UNREADABLE, **tied, **place}))


def _may_state(content: str) -> bool:
    return any(each.all("fxdj") or each.all("content") for each in parts(loosely(content)))


def request_digest(content: str) -> str:
    """The binding of the wire format: SM3 over the request's ``bizPackage``."""
    sm3 = Hash(SM3())
    sm3.update(content.encode())
    return base64url.encode(sm3.finalize())


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
