"""The national code 国家码 as it speaks: packages of JSON text signed with SM2, both ways.

A serial number is asked for first. A scanned code takes two steps more, because the code does
not carry the color: verify it, then ask with the opaque ``bizExtData`` that came back. The last
answer is JSON in JSON, with one report for each province.
"""

import re
import secrets
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

import msgspec
from cryptography.hazmat.primitives import hashes

from tongxing.sandbox.issuers.chinese_time import clock_text, stamp_text
from tongxing.sandbox.issuers.handles import Handles, Showing
from tongxing.sandbox.issuers.masking import masked_name, masked_number
from tongxing.sandbox.issuers.misbehavior import Mode, transport_only, wrong_with_all
from tongxing.sandbox.issuers.records import DAY, Basis, Color, Document, Kind, Record, Report
from tongxing.sandbox.issuers.reply import Endpoint, Reply
from tongxing.sandbox.issuers.serials import Serials
from tongxing.sandbox.issuers.signing import Signer, base64url
from tongxing.sandbox.issuers.sm2 import Sm2Verifier
from tongxing.sandbox.issuers.testimony import Testimony, Witness

CODE_LIFETIME_SECONDS = 300
PERSONS_MAX = 200
_CODE_PREFIX = "GJM:"
_EXT_DATA_LIFETIME_SECONDS = 60

_OK, _BUSY, _NO_ACCESS, _BAD_REQUEST, _EXPIRED, _NOT_OURS, _NOBODY = (
    0,
    1001,
    1002,
    1003,
    2001,
    2002,
    2004,
)
_MESSAGES = {
    _OK: "ok",
    _BUSY: "系统繁忙",
    _NO_ACCESS: "无权限",
    _BAD_REQUEST: "请求或签名有误",
    _EXPIRED: "二维码已过期",
    _NOT_OURS: "非国家码",
    _NOBODY: "未查询到该人员",
}

_CARD_TYPES = {
    "01": Kind.RESIDENT_ID,
    "03": Kind.PASSPORT,
    "06": Kind.HK_MACAO_PERMIT,
    "07": Kind.TAIWAN_PERMIT,
    "34": Kind.FOREIGN_PERMANENT_RESIDENCE,
}
_LEVELS = {Color.GREEN: "00", Color.YELLOW: "01", Color.RED: "10"}
_WARNINGS = {
    Basis.DECLARED: "",
    Basis.ON_SITE_TEMPERATURE: "TEMPERATURE",
    Basis.CLOSE_CONTACT: "CLOSE_CONTACT",
    Basis.CONFIRMED_OR_SUSPECTED: "CONFIRMED_OR_SUSPECTED",
    Basis.HIGH_RISK_AREA: "HIGH_RISK_AREA",
    Basis.MEDIUM_RISK_AREA: "MEDIUM_RISK_AREA",
}
_WARNING_TEXTS = {
    "TEMPERATURE": "现场测温异常",
    "CLOSE_CONTACT": "密切接触者",
    "CONFIRMED_OR_SUSPECTED": "确诊或疑似",
    "HIGH_RISK_AREA": "途经高风险地区",
    "MEDIUM_RISK_AREA": "途经中风险地区",
}
_NO_WARNING = "未见异常"

_HANDLE = re.compile(r"[0-9a-f]{32}")
_TIME_STAMP = re.compile(r"[0-9]{17}")

Members = dict[str, object]
HubKey = tuple[str, Sm2Verifier]


class _Package(msgspec.Struct, forbid_unknown_fields=True):
    text: str = msgspec.field(name="bizPackage")
    sign: str
    key_id: str = msgspec.field(name="keyId")


class _Stamped(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    customer: str = msgspec.field(name="custNum")
    time_stamp: str = msgspec.field(name="timeStamp")


class _Numbered(_Stamped, kw_only=True):
    serial: str = msgspec.field(name="bizSerialNum")
    random: str = msgspec.field(name="randomNum")


class _Query(_Numbered, kw_only=True):
    card_type: str = msgspec.field(name="cardType")
    card_id: str = msgspec.field(name="cardId")
    name: str


class _Person(msgspec.Struct, forbid_unknown_fields=True):
    card_type: str = msgspec.field(name="cardType")
    card_id: str = msgspec.field(name="cardId")
    name: str


class _QueryBatch(_Numbered, kw_only=True):
    persons: Annotated[list[_Person], msgspec.Meta(min_length=1, max_length=PERSONS_MAX)]


class _Verify(_Numbered, kw_only=True):
    code: str


class _Validate(_Numbered, kw_only=True):
    ext_data: str = msgspec.field(name="bizExtData")


_Asked = TypeVar("_Asked", bound=_Stamped)
_Step = TypeVar("_Step", bound=_Numbered)


class National:
    """The national platform. ``routes`` are the endpoints that the hub asks, ``batches`` those
    that take long enough to be answered in a thread; ``hub_key`` gives the hub's key as soon as
    the platform has been told it."""

    def __init__(
        self,
        witness: Witness,
        codes: Handles,
        ext_data: Handles,
        hub_key: Callable[[], HubKey | None],
    ) -> None:
        self._witness = witness
        self._codes = codes
        self._ext_data = ext_data
        self._hub_key = hub_key
        self._serials = Serials()
        self.routes: dict[str, Endpoint] = {
            "/serial": self.serial,
            "/queryInfo": self.query_info,
            "/verifyCode": self.verify_code,
            "/validateInfo": self.validate_info,
        }
        self.batches: dict[str, Endpoint] = {"/queryInfoBatch": self.query_info_batch}

    def serial(self, body: bytes) -> Reply:
        opened = self._opened(body, _Stamped)
        if opened is None:
            return self._refused()
        number, random = self._serials.give(self._witness.this_second())
        return self._plain(_head(_OK) | {"bizSerialNum": number, "randomNum": random})

    def query_info(self, body: bytes) -> Reply:
        opened = self._opened(body, _Query)
        if opened is None or not self._may(opened.asked, "queryInfo"):
            return self._refused()
        self._serials.close(opened.asked.serial)
        kind = _CARD_TYPES.get(opened.asked.card_type)
        if kind is None:
            return self._plain(_bound(_BAD_REQUEST, opened))
        document = Document(kind, opened.asked.card_id, opened.asked.name)
        return self._info(document, self._witness.find(document), opened)

    def query_info_batch(self, body: bytes) -> Reply:
        opened = self._opened(body, _QueryBatch)
        if opened is None or not self._may(opened.asked, "queryInfoBatch"):
            return self._refused()
        self._serials.close(opened.asked.serial)
        documents = _documents(opened.asked.persons)
        if documents is None:
            return self._plain(_bound(_BAD_REQUEST, opened))
        wrong = self._witness.wrong_for_everybody()
        if wrong is not None and wrong.mode in _REFUSALS:
            return self._plain(_bound(_REFUSALS[wrong.mode], opened))
        return self._packages(documents, opened)

    def verify_code(self, body: bytes) -> Reply:
        opened = self._opened(body, _Verify)
        if opened is None or not self._may(opened.asked, "verifyCode"):
            return self._refused()
        showing = _showing(self._codes, opened.asked.code, _CODE_PREFIX)
        if showing is None:
            return self._plain(_bound(_NOT_OURS, opened))
        now = self._witness.this_second()
        if showing.expires_at <= now:
            return self._plain(_bound(_EXPIRED, opened))
        data = self._ext_data.make(Showing(showing.ordinal, now + _EXT_DATA_LIFETIME_SECONDS))
        return self._plain(_bound(_OK, opened) | {"bizExtData": data.hex()})

    def validate_info(self, body: bytes) -> Reply:
        opened = self._opened(body, _Validate)
        if opened is None or not self._may(opened.asked, "validateInfo"):
            return self._refused()
        self._serials.close(opened.asked.serial)
        showing = _showing(self._ext_data, opened.asked.ext_data, "")
        if showing is None or showing.expires_at <= self._witness.this_second():
            return self._plain(_bound(_BAD_REQUEST, opened))
        return self._info(self._witness.document_of(showing.ordinal), showing.ordinal, opened)

    def show(self, ordinal: int, issued_at: int) -> tuple[str, int]:
        """The text of a fresh QR, and the Unix second in which it ends."""
        expires_at = issued_at + CODE_LIFETIME_SECONDS
        return _CODE_PREFIX + self._codes.make(Showing(ordinal, expires_at)).hex(), expires_at

    def _opened(self, body: bytes, form: type[_Asked]) -> "_Opened[_Asked] | None":
        """The request, if the hub signed it; None for anything else."""
        hub_key = self._hub_key()
        try:
            package = msgspec.json.decode(body, type=_Package)
            asked = msgspec.json.decode(package.text, type=form)
            signature = b64decode(package.sign, validate=True)
        except (msgspec.DecodeError, Base64Error, ValueError):
            return None
        if hub_key is None or _TIME_STAMP.fullmatch(asked.time_stamp) is None:
            return None
        key_id, verifier = hub_key
        signed = package.key_id == key_id and verifier.accepts(signature, package.text.encode())
        return _Opened(asked, package.text.encode()) if signed else None

    def _may(self, asked: _Numbered, step: str) -> bool:
        return self._serials.use(asked.serial, asked.random, step, self._witness.this_second())

    def _info(self, document: Document, ordinal: int | None, opened: "_Opened[_Step]") -> Reply:
        testimony = self._witness.testify(document, ordinal, self._witness.this_second())
        members = _members(testimony, _bound(_code(testimony), opened))
        package = _package(self._witness.current.key_id, testimony.signer, members)
        return Reply(
            msgspec.json.encode(package), misbehavior=transport_only(testimony.misbehavior)
        )

    def _packages(self, documents: Sequence[Document], opened: "_Opened[_Step]") -> Reply:
        """One package for each. The request is digested once: it is the same for all of them."""
        now = self._witness.this_second()
        heads = {code: _bound(code, opened) for code in _MESSAGES}
        packages = []
        for seq, document in enumerate(documents):
            testimony = self._witness.testify(document, self._witness.find(document), now)
            members = _members(testimony, heads[_code(testimony)] | {"seq": seq})
            packages.append(_package(self._witness.current.key_id, testimony.signer, members))
        wrong = wrong_with_all(self._witness.wrong(document.number) for document in documents)
        return Reply(msgspec.json.encode({"packages": packages}), misbehavior=wrong)

    def _refused(self) -> Reply:
        """Nothing here can be echoed or bound to: the request was not the hub's, or not one."""
        return self._plain(_head(_BAD_REQUEST))

    def _plain(self, members: Members) -> Reply:
        """A step on the way, about nobody's state."""
        signer = self._witness.current
        wrong = transport_only(self._witness.wrong_for_everybody())
        package = _package(signer.key_id, signer, members)
        return Reply(msgspec.json.encode(package), misbehavior=wrong)


@dataclass(frozen=True, slots=True)
class _Opened(Generic[_Asked]):
    """A request whose signature holds, and the bytes that were signed."""

    asked: _Asked
    signed_bytes: bytes


def _showing(handles: Handles, text: str, prefix: str) -> Showing | None:
    handle = text.removeprefix(prefix)
    if text != prefix + handle or _HANDLE.fullmatch(handle) is None:
        return None
    return handles.read(bytes.fromhex(handle))


def _documents(persons: Sequence[_Person]) -> list[Document] | None:
    """Whom a batch is about; None where a card type is none."""
    if any(person.card_type not in _CARD_TYPES for person in persons):
        return None
    return [Document(_CARD_TYPES[p.card_type], p.card_id, p.name) for p in persons]


_REFUSALS = {Mode.BUSY: _BUSY, Mode.NO_ACCESS: _NO_ACCESS}


def _code(testimony: Testimony) -> int:
    wrong = testimony.misbehavior
    if wrong is not None and wrong.mode in _REFUSALS:
        return _REFUSALS[wrong.mode]
    if testimony.record is None:
        return _NOBODY
    return _EXPIRED if testimony.has_expired(testimony.record) else _OK


def _head(code: int) -> Members:
    return {"errcode": code, "errmsg": _MESSAGES[code]}


def _bound(code: int, opened: _Opened[_Step]) -> Members:
    """The head of an answer to exactly this request."""
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(opened.signed_bytes)
    digest = base64url(sm3.finalize())
    return _head(code) | {"bizSerialNum": opened.asked.serial, "requestDigest": digest}


def _members(testimony: Testimony, bound: Members) -> Members:
    """The answer with the head ``bound``, and the state where there is one to tell."""
    members = dict(bound)
    if testimony.does(Mode.WRONG_BINDING):
        members["requestDigest"] = base64url(secrets.token_bytes(32))
    if members["errcode"] == _OK and testimony.record is not None:
        members |= _state(testimony, testimony.record)
    return members


def _state(testimony: Testimony, record: Record) -> Members:
    warning = _WARNINGS[record.basis[0]]
    as_of = testimony.as_of(record)
    moment = datetime.fromtimestamp(testimony.signed_at, UTC)
    return {
        "timeStamp": stamp_text(moment),
        "updateTime": clock_text(as_of),
        "validDays": max(0, (testimony.unix(record.valid_until) - as_of) // DAY),
        "fxdj": testimony.unmapped(_LEVELS[record.color]),
        "hasWarm": "有异常" if warning else _NO_WARNING,
        "warnType": warning,
        "warmMsgs": [_WARNING_TEXTS[warning]] if warning else [],
        "hsjc": _test(testimony, record),
        "content": _content(testimony, record),
    }


def _test(testimony: Testimony, record: Record) -> Members | None:
    if record.tested_at is None:
        return None
    taken_at = clock_text(min(testimony.unix(record.tested_at), testimony.signed_at))
    return {"hsjcjg": "阴性", "hsjcjgmc": "镇江市示例检测机构", "hsjcsj": taken_at}


def _content(testimony: Testimony, record: Record) -> str:
    person = {
        "desensitizeName": masked_name(testimony.document.name),
        "desensitizeCardId": masked_number(testimony.document.number),
    }
    reports = [_report(testimony, record, report) for report in record.reports]
    content = {"data": {"person": person, "healthyReport": reports}}
    text = msgspec.json.encode(content).decode()
    return text[:-2] if testimony.does(Mode.BROKEN_INNER_JSON) else text


def _report(testimony: Testimony, record: Record, report: Report) -> Members:
    reported_at = testimony.as_of(record)
    if report.reported_at is not None:
        reported_at = min(testimony.unix(report.reported_at), reported_at)
    return {
        "province": report.province,
        "healthyStaus": _LEVELS[report.color],
        "reportTime": clock_text(reported_at),
    }


def _package(key_id: str, signer: Signer | None, members: Members) -> dict[str, str]:
    """The package; without a signer it names the key all the same and leaves the signature out."""
    text = msgspec.json.encode(members)
    sign = "" if signer is None else b64encode(signer.sign(text)).decode("ascii")
    named = key_id if signer is None else signer.key_id
    return {"bizPackage": text.decode(), "sign": sign, "keyId": named}
