"""The province's code 苏康码 as it speaks: form POST in, a ``resCode`` envelope out.

The signature (EdDSA, detached) is in a header. Errors are ordinary answers with HTTP 200.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec

from tongxing.sandbox.issuers.handles import Handles, Showing
from tongxing.sandbox.issuers.misbehavior import Mode, transport_only, wrong_with_all
from tongxing.sandbox.issuers.replies import JSON_HEADERS, Endpoint, Reply, error_reply
from tongxing.sandbox.issuers.signing import Signer, base64url, detached_jws
from tongxing.sandbox.issuers.testimony import Testimony, Witness
from tongxing.sandbox.town.documents import Document, Kind, masked_name, masked_number
from tongxing.sandbox.town.records import DAY, Basis, Record, clock_text

CODE_LIFETIME_SECONDS = 300
PERSONS_MAX = 200
_CODE_URL = "https://skm.example/scan?qrCode="

_OK = 0
_OTHER_ERROR = 1
_EXPIRED = 111
_NOT_OURS = 112
_NO_ACCESS = 116
_MUST_UPDATE = 119
_NOBODY = 404
_MESSAGES = {
    _OK: "success",
    _OTHER_ERROR: "请求有误",
    _EXPIRED: "二维码已过期",
    _NOT_OURS: "非苏康码",
    _NO_ACCESS: "无权限",
    _MUST_UPDATE: "请先更新申报信息",
    _NOBODY: "未查询到该人员",
}

_CARD_TYPES = {
    "1": Kind.RESIDENT_ID,
    "3": Kind.PASSPORT,
    "6": Kind.HK_MACAO_PERMIT,
    "7": Kind.TAIWAN_PERMIT,
    "34": Kind.FOREIGN_PERMANENT_RESIDENCE,
}

_REASONS = {
    Basis.DECLARED: "",
    Basis.CONFIRMED_OR_SUSPECTED: "确诊、疑似或无症状感染",
    Basis.CLOSE_CONTACT: "密切接触者",
    Basis.HIGH_RISK_AREA: "来自高风险地区",
    Basis.MEDIUM_RISK_AREA: "来自中风险地区",
    Basis.ISOLATION_NOT_ENDED: "居家观察未满14天",
    Basis.SYMPTOMS: "有发热等症状",
}

_SELF_FIELDS = frozenset({"cardType", "idcardNo", "name", "token", "nonce"})
_BATCH_FIELDS = frozenset({"persons", "token", "nonce"})
_SCAN_FIELDS = frozenset(
    {
        "qrCode",
        "url",
        "source",
        "position",
        "verifierDept",
        "verifierName",
        "verifierPhone",
        "token",
        "nonce",
    }
)
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
_HANDLE = re.compile(r"[0-9a-f]{32}")
_FORM_FIELDS_MAX = 16


class _Person(msgspec.Struct, forbid_unknown_fields=True):
    card_type: str = msgspec.field(name="cardType")
    number: str = msgspec.field(name="idcardNo")
    name: str


_Persons = Annotated[list[_Person], msgspec.Meta(min_length=1, max_length=PERSONS_MAX)]

Fields = Mapping[str, str]
Res = dict[str, object]
Writer = Callable[[Testimony, Record], Res]
Header = tuple[bytes, bytes]


class Sukangma:
    """The province's issuer. ``routes`` are the endpoints that the hub asks; ``batches`` are slow
    and run in a thread."""

    def __init__(self, witness: Witness, handles: Handles) -> None:
        self._witness = witness
        self._handles = handles
        self.routes: dict[str, Endpoint] = {
            "/healthCode/self": self.self_service,
            "/healthCode/scan": self.scan,
        }
        self.batches: dict[str, Endpoint] = {"/healthCode/batch": self.batch}

    def self_service(self, body: bytes) -> Reply:
        fields = _form(body, _SELF_FIELDS)
        kind = None if fields is None else _CARD_TYPES.get(fields["cardType"])
        if fields is None or kind is None:
            return self._error(body, _OTHER_ERROR)
        document = Document(kind, fields["idcardNo"], fields["name"])
        return self._answer(body, document, self._witness.find(document), _self_res)

    def batch(self, body: bytes) -> Reply:
        fields = _form(body, _BATCH_FIELDS)
        documents = None if fields is None else _documents(fields["persons"])
        if documents is None:
            return self._about_nobody(_OTHER_ERROR)
        wrong = self._witness.wrong_for_everybody()
        if wrong is not None and wrong.mode is Mode.BUSY:
            return error_reply(503, "busy")
        if wrong is not None and wrong.mode is Mode.NO_ACCESS:
            return self._about_nobody(_NO_ACCESS)
        return self._answers(body, documents)

    def _answers(self, request: bytes, documents: Sequence[Document]) -> Reply:
        """One statement for each person; "busy" for one person is an error of that one alone."""
        now = self._witness.this_second()
        entries = []
        for seq, document in enumerate(documents):
            testimony = self._witness.testify(document, self._witness.find(document), now)
            entries.append(_entry(testimony, request, seq))
        body = msgspec.json.encode({"resCode": _OK, "resMessage": _MESSAGES[_OK], "res": entries})
        wrong = wrong_with_all(self._witness.wrong(document.number) for document in documents)
        return Reply(body, misbehavior=wrong)

    def _about_nobody(self, code: int) -> Reply:
        """The refusal of a whole batch; it states nothing and is not signed."""
        wrong = transport_only(self._witness.wrong_for_everybody())
        return Reply(_envelope(code, None), misbehavior=wrong)

    def scan(self, body: bytes) -> Reply:
        fields = _form(body, _SCAN_FIELDS)
        if fields is None:
            return self._error(body, _OTHER_ERROR)
        showing = self._showing(fields["qrCode"])
        if showing is None:
            return self._error(body, _NOT_OURS)
        if showing.expires_at <= self._witness.this_second():
            return self._error(body, _EXPIRED)
        document = self._witness.document_of(showing.ordinal)
        return self._answer(body, document, showing.ordinal, _scan_res)

    def show(self, ordinal: int, issued_at: int) -> tuple[str, int]:
        """The URL of a fresh QR, and the Unix second in which it expires."""
        expires_at = issued_at + CODE_LIFETIME_SECONDS
        return _CODE_URL + self._handles.make(Showing(ordinal, expires_at)).hex(), expires_at

    def _showing(self, handle: str) -> Showing | None:
        if _HANDLE.fullmatch(handle) is None:
            return None
        return self._handles.read(bytes.fromhex(handle))

    def _answer(
        self, request: bytes, document: Document, ordinal: int | None, write: Writer
    ) -> Reply:
        testimony = self._witness.testify(document, ordinal, self._witness.this_second())
        if testimony.does(Mode.BUSY):
            return error_reply(503, "busy")
        return _sealed(testimony, request, _text(testimony, write))

    def _error(self, request: bytes, code: int) -> Reply:
        """An answer about no person; signed and bound to the request like any other."""
        body = _envelope(code, None)
        header = _signature(self._witness.current, self._witness.this_second(), request, body)
        wrong = transport_only(self._witness.wrong_for_everybody())
        return Reply(body, headers=(*JSON_HEADERS, header), misbehavior=wrong)


def _text(testimony: Testimony, write: Writer) -> bytes:
    text = _envelope(_code(testimony), _res(testimony, write))
    return text[:-2] if testimony.does(Mode.BROKEN_INNER_JSON) else text


def _code(testimony: Testimony) -> int:
    record = testimony.record
    if testimony.does(Mode.BUSY):
        return _OTHER_ERROR
    if testimony.does(Mode.NO_ACCESS):
        return _NO_ACCESS
    if record is None:
        return _NOBODY
    if record.must_update:
        return _MUST_UPDATE
    return _EXPIRED if testimony.has_expired(record) else _OK


def _res(testimony: Testimony, write: Writer) -> Res | None:
    if testimony.record is None or _code(testimony) != _OK:
        return None
    return write(testimony, testimony.record)


def _self_res(testimony: Testimony, record: Record) -> Res:
    document = testimony.document
    token = hashlib.sha256(f"abc {document.kind} {document.number}".encode()).hexdigest()[:32]
    level = testimony.unmapped(record.color.value)
    return {"abc": token, "leveldata": level} | _shared_res(testimony, record)


def _scan_res(testimony: Testimony, record: Record) -> Res:
    level = testimony.unmapped(record.color.value)
    return {"phone": "138****0000", "level": level} | _shared_res(testimony, record)


def _shared_res(testimony: Testimony, record: Record) -> Res:
    as_of = testimony.as_of(record)
    res: Res = {
        "name": masked_name(testimony.document.name),
        "idcardNo": masked_number(testimony.document.number),
        "modified": clock_text(min(testimony.unix(record.declared_at), as_of)),
        "updateTime": clock_text(as_of),
        "remainDays": max(0, (testimony.unix(record.valid_until) - as_of) // DAY),
        "exceptionCodeReason": _REASONS[record.basis[0]],
        "areaCode": record.place,
    }
    if record.previous is not None and record.changed_at is not None:
        res["lastLevel"] = record.previous.value
        res["levelTime"] = clock_text(testimony.unix(record.changed_at))
    return res


def _envelope(code: int, res: Res | None) -> bytes:
    return msgspec.json.encode({"resCode": code, "resMessage": _MESSAGES[code], "res": res})


def _sealed(testimony: Testimony, request: bytes, body: bytes) -> Reply:
    wrong = transport_only(testimony.misbehavior)
    if testimony.signer is None:
        return Reply(body, misbehavior=wrong)
    bound_to = _bound_to(testimony, request)
    header = _signature(testimony.signer, testimony.signed_at, bound_to, body)
    return Reply(body, headers=(*JSON_HEADERS, header), misbehavior=wrong)


def _bound_to(testimony: Testimony, request: bytes) -> bytes:
    return secrets.token_bytes(32) if testimony.does(Mode.WRONG_BINDING) else request


def _signature(signer: Signer, signed_at: int, request: bytes, body: bytes) -> Header:
    jws = detached_jws(signer, {"iat": signed_at, "req": _digest(request)}, body)
    return (b"x-signature", jws.encode("ascii"))


def _entry(testimony: Testimony, request: bytes, seq: int) -> dict[str, str]:
    text = _text(testimony, _self_res)
    if testimony.signer is None:
        return {"answer": text.decode(), "signature": ""}
    req = _digest(_bound_to(testimony, request))
    members: Res = {"iat": testimony.signed_at, "req": req, "seq": seq}
    return {"answer": text.decode(), "signature": detached_jws(testimony.signer, members, text)}


def _digest(request: bytes) -> str:
    return base64url(hashlib.sha256(request).digest())


def _documents(persons: str) -> list[Document] | None:
    """The documents of a batch; None if it is not a list of 1 to 200 persons."""
    try:
        asked = msgspec.json.decode(persons, type=_Persons)
        return [Document(_CARD_TYPES[p.card_type], p.number, p.name) for p in asked]
    except (msgspec.DecodeError, KeyError):
        return None


def _form(body: bytes, expected: frozenset[str]) -> Fields | None:
    """The fields, if the body has exactly the ``expected`` ones, each once; None otherwise."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_FORM_FIELDS_MAX,
        )
    except ValueError:
        return None
    fields = dict(pairs)
    whole = len(fields) == len(pairs) and fields.keys() == expected
    return fields if whole and _NONCE.fullmatch(fields["nonce"]) and fields["token"] else None
