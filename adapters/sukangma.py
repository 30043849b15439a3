"""苏康码 Sukangma, the code of Jiangsu: how the province is asked, and how its statements read.

Responsible for docs/wire-formats.md §2. Refuses to believe a green that is not signed. A statement
is bound to its holder by the digest of the request, which is signed: the request is made again from
the question, so a statement answers only its own question. In a batch it is that digest and the
person's place (adapters.binding).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field
from msgspec.json import Decoder, encode
from strawberry import ID

from tongxing.adapters.binding import (
    MEMBERS,
    Header,
    header_of,
    one_by_one,
    place_in_batch,
    received,
    request_digest,
)
from tongxing.adapters.credential import Credential
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
    nothing_opened,
)
from tongxing.adapters.reading import (
    Codes,
    Days,
    Level,
    Remains,
    bases_of,
    consistent,
    decoded,
    from_local,
    is_masked,
    is_present,
    level_of,
    masked_name,
    masked_number,
    outcome_of,
    place_of,
    says_nothing,
    still_counting,
    to_local,
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
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest, answer_limit_bytes
from tongxing.keys.envelope import UnverifiedEnvelope, parse_detached_jws
from tongxing.keys.verification import Verified
from tongxing.schema import Basis, Color, DocumentKind, HealthCode, Outcome, TravelDocument
from tongxing.schema.source_statement import StatementForm

COLORS: Mapping[str, Color] = {
    "green": Color.GREEN,
    "yellow": Color.YELLOW,
    "red": Color.RED,
}
BASES: Mapping[str, Basis] = {
    "": Basis.DECLARED,
    "确诊、疑似或无症状感染": Basis.CONFIRMED_OR_SUSPECTED,
    "密切接触者": Basis.CLOSE_CONTACT,
    "来自重点地区": Basis.HIGH_RISK_AREA,
    "来自高风险地区": Basis.HIGH_RISK_AREA,
    "来自中风险地区": Basis.MEDIUM_RISK_AREA,
    "居家观察未满14天": Basis.ISOLATION_NOT_ENDED,
    "有发热等症状": Basis.SYMPTOMS,
}
CARD_TYPES: Mapping[DocumentKind, str] = {
    DocumentKind.RESIDENT_ID: "1",
    DocumentKind.PASSPORT: "3",
    DocumentKind.HK_MACAO_PERMIT: "6",
    DocumentKind.TAIWAN_PERMIT: "7",
    DocumentKind.FOREIGN_PERMANENT_RESIDENCE: "34",
}

SELF = "self"
SCAN = "scan"
BATCH = "batch"
"""The three forms of a statement, named like the last part of their path."""

BATCH_LIMIT = 200

STATED = 0
NOT_ENROLLED = 404
_ANYWHERE = {
    1: Outcome.BUSY,
    111: Outcome.CODE_EXPIRED,
    116: Outcome.NO_ACCESS,
    118: Outcome.NO_ACCESS,
    119: Outcome.MUST_UPDATE,
}
FAILURES: Mapping[str, Mapping[int, Outcome]] = {
    SELF: _ANYWHERE,
    SCAN: _ANYWHERE | {112: Outcome.NOT_THIS_ISSUER},
    BATCH: {1: Outcome.BUSY, 116: Outcome.NO_ACCESS, 118: Outcome.NO_ACCESS},
}
"""Each ``resCode`` that can only take a green away: believed, signed or not. The row of BATCH is
for the batch as a whole and says nothing about a person; each answer in it is one of SELF."""

HEADER_MEMBERS: Mapping[str, frozenset[str]] = {
    SELF: MEMBERS,
    SCAN: MEMBERS,
    BATCH: MEMBERS | {"seq"},
}
_CODE = re.compile(r"https://skm\.example/scan\?qrCode=([0-9A-Fa-f]{32})")
_FORM = {"content-type": "application/x-www-form-urlencoded"}


class Sukangma:
    """The province gave ``token`` to the hub; every request has it."""

    batch_limit = BATCH_LIMIT
    ask_tickets = None
    decode_unsigned = None
    change_feed = None

    def __init__(self, *, issuer: str, token: Credential) -> None:
        self.issuer = issuer
        self._token = token

    def claims(self, code: str) -> bool:
        return _CODE.fullmatch(code) is not None

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        """One person is asked about by the single call. Its request can be made again whole, so
        only its nonce has to be kept."""
        if len(documents) > 1:
            return self._ask_batch([_self(document) for document in documents], stamp)
        return self._ask(SELF, ByDocument(documents[0]), stamp)

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        return self._ask(SCAN, scan, stamp)

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        signature, body = statement.parts
        members = HEADER_MEMBERS[statement.form]
        return (parse_detached_jws(signature, body, header_members=members),)

    def shown_as(self, statement: Statement) -> StatementForm:  # noqa: ARG002 - of every dialect
        return StatementForm.DETACHED_JWS

    def forms_of_answer(self, question: Question) -> Mapping[str, int]:
        return {SCAN: 2} if isinstance(question, ByCode) else {SELF: 2, BATCH: 2}

    def opening(self, statement: Statement) -> tuple[str, ...]:  # noqa: ARG002 - of every dialect
        """The request holds the credential that the province gave this hub."""
        return ()

    def binding_of(self, opening: tuple[str, ...]) -> tuple[str, ...]:
        return nothing_opened(opening)

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        if not self._is_bound(header_of(verified[0]), statement, question):
            raise WrongHolder
        return self.decode_unbound(verified, statement, question)

    def decode_unbound(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        (answer,) = verified
        header = header_of(answer)

        def remains() -> Codes:
            form = _form(header.signed_at or statement.received_at, answer.regions[0], question)
            return self._remains(answer.payload, form, question)

        try:
            _require_time(header)
            outcome, codes = self._answered(answer.payload, statement.form, question, remains)
        except Malformed:
            codes = remains()
            outcome = outcome_beside(codes)
        return Reading(outcome, header.signed_at, codes=codes)

    def _ask(self, form: str, question: Question, stamp: Stamp) -> Exchange:
        body = _body(_fields(question), self._token.now, stamp.nonce)
        response = yield _request(form, body, ANSWER_LIMIT_BYTES)
        _require_stated(form, response.body)
        return (Statement(self.issuer, form, stamp.at, received(response), (stamp.nonce,)),)

    def _ask_batch(self, persons: Sequence[Mapping[str, str]], stamp: Stamp) -> Exchange:
        body = _body({"persons": encode(persons).decode()}, self._token.now, stamp.nonce)
        response = yield _request(BATCH, body, answer_limit_bytes(len(persons)))
        req = request_digest(body)

        def read(seq: int, entry: Raw) -> Statement:
            place = place_in_batch([req], seq, persons[seq])
            return Statement(self.issuer, BATCH, stamp.at, _answer(entry), (place,))

        return one_by_one(_entries(response.body), len(persons), read)

    def _is_bound(self, header: Header, statement: Statement, question: Question) -> bool:
        """Whether the answer is to exactly this question."""
        (remembered,) = statement.binding
        fields = _fields(question)
        if statement.form == BATCH:
            return place_in_batch([header.req], header.seq, fields) == remembered
        bodies = (_body(fields, token, remembered) for token in self._token.known)
        return any(header.req == request_digest(body) for body in bodies)

    def _answered(
        self, payload: bytes, form: str, question: Question, remains: Remains
    ) -> tuple[Outcome, Codes]:
        envelope = decoded(_ENVELOPE, payload)
        if envelope.res_code == STATED:
            return self._state(envelope.res, question)
        outcome = _refusal(SELF if form == BATCH else form, envelope.res_code)
        if says_nothing(envelope.res):
            return outcome, ()
        return outcome, still_counting(
            outcome, lambda: self._state(envelope.res, question)[1], remains
        )

    def _remains(self, payload: bytes, form: Form, question: Question) -> Codes:
        """The yellows and reds of an answer that cannot be read as a whole."""
        whole = loosely(payload)
        persons = parts(whole, *form.path)
        if isinstance(question, ByDocument) and not _names(persons, question.document):
            raise WrongHolder

        def read(members: Members) -> Codes:
            text = written({"name": "", "idcardNo": "", **members})
            if isinstance(question, ByDocument):
                return self._code(decoded(_SELF_STATE, text))[1]
            return self._code(decoded(_SCAN_STATE, text))[1]

        return against(whole, form, read)

    def _state(self, res: Raw, question: Question) -> tuple[Outcome, Codes]:
        if isinstance(question, ByCode):
            return self._code(decoded(_SCAN_STATE, res))
        state = decoded(_SELF_STATE, res)
        _require_person(state, question.document)
        return self._code(state)

    def _code(self, state: "_State") -> tuple[Outcome, Codes]:
        basis, basis_known = bases_of(BASES, [state.reason])
        level = consistent(level_of(COLORS, state.level), basis, known=basis_known)
        previous, changed_at = _change(state)
        as_of = from_local(state.update_time)
        code = HealthCode(
            color=level.color,
            raw_value=level.raw_value,
            issuer=ID(self.issuer),
            issuing_place=place_of(state.area_code),
            basis=basis,
            as_of=as_of,
            valid_until=as_of + timedelta(days=state.remain_days),
            previous_color=previous.color if previous else None,
            changed_at=changed_at,
        )
        return outcome_of([level, *([previous] if previous else [])]), (code,)


class _Entry(Struct):
    """One answer in a batch; no longer than a single answer may be."""

    answer: Annotated[str, Meta(max_length=ANSWER_LIMIT_BYTES)]
    signature: str


class _Envelope(Struct):
    res_code: int = field(name="resCode")
    res: Raw = Raw(b"null")


class _State(Struct, kw_only=True):
    """What ``res`` has in both forms; only the name of the level differs."""

    name: str
    number: str = field(name="idcardNo")
    update_time: str = field(name="updateTime")
    remain_days: Days = field(name="remainDays")
    area_code: str = field(name="areaCode")
    level: Raw = Raw()
    reason: Raw = field(name="exceptionCodeReason", default=Raw())
    last_level: Raw = field(name="lastLevel", default=Raw())
    level_time: str | UnsetType = field(name="levelTime", default=UNSET)


class _SelfState(_State, kw_only=True):
    level: Raw = field(name="leveldata", default=Raw())


_ENVELOPE = Decoder(_Envelope)
_ENTRY = Decoder(_Entry)
_ENTRIES = Decoder(list[Raw])
_SCAN_STATE = Decoder(_State)
_SELF_STATE = Decoder(_SelfState)


def _body(fields: Mapping[str, str], token: str, nonce: str) -> bytes:
    return urlencode({**fields, "token": token, "nonce": nonce}).encode()


def _request(form: str, body: bytes, limit_bytes: int) -> HttpRequest:
    return HttpRequest("POST", f"/healthCode/{form}", _FORM, body, limit_bytes)


def _entries(unverified: bytes) -> list[Raw]:
    """The answers of a batch. Raises Unusable if there are none."""
    envelope = decoded(_ENVELOPE, unverified)
    if envelope.res_code != STATED:
        raise Declined(_refusal(BATCH, envelope.res_code))
    return decoded(_ENTRIES, envelope.res)


def _answer(unverified: Raw) -> tuple[bytes, bytes]:
    """Signature and text of one answer in a batch. Raises Unusable."""
    entry = decoded(_ENTRY, unverified)
    answer = entry.answer.encode()
    _require_stated(SELF, answer)
    return entry.signature.encode(), answer


def _require_stated(form: str, unverified: bytes) -> None:
    """Raises Unusable if the answer is no statement. A refusal with a ``res`` is one, and so is
    what cannot be read beside it: the ``res`` may be a red."""
    try:
        envelope = decoded(_ENVELOPE, unverified)
        if envelope.res_code in (STATED, NOT_ENROLLED):
            return
        outcome = _refusal(form, envelope.res_code)
    except Malformed:
        if parts(loosely(unverified), "res"):
            return
        raise
    if says_nothing(envelope.res):
        raise Declined(outcome)


def _fields(question: Question) -> dict[str, str]:
    return _scan(question) if isinstance(question, ByCode) else _self(question.document)


def _self(document: TravelDocument) -> dict[str, str]:
    return {
        "cardType": CARD_TYPES[document.kind],
        "idcardNo": document.number,
        "name": document.name,
    }


def _scan(scan: ByCode) -> dict[str, str]:
    match = _CODE.fullmatch(scan.code)
    if match is None:
        raise Declined(Outcome.NOT_THIS_ISSUER)
    checkpoint = scan.checkpoint
    return {
        "qrCode": match[1],
        "url": scan.code,
        "source": checkpoint.name,
        "position": checkpoint.position,
        "verifierDept": checkpoint.department,
        "verifierName": checkpoint.verifier_name,
        "verifierPhone": checkpoint.verifier_phone,
    }


def _refusal(form: str, res_code: int) -> Outcome:
    """Raises Malformed for an unknown code. No batch as a whole is NOT_ENROLLED."""
    if res_code == NOT_ENROLLED and form != BATCH:
        return Outcome.NOT_ENROLLED
    if res_code not in FAILURES[form]:
        raise Malformed
    return FAILURES[form][res_code]


def _require_person(state: _State, document: TravelDocument) -> None:
    if not is_masked(document, number=state.number, name=state.name):
        raise WrongHolder


def _names(persons: Sequence[Pairs], document: TravelDocument) -> bool:
    number = ("idcardNo", masked_number(document.number))
    return names(persons, number, ("name", masked_name(document.name)))


def _require_time(header: Header) -> None:
    if header.signed_at is None:
        raise Malformed


def _form(at: datetime, place: str, question: Question) -> Form:
    """A level whose time cannot be read was the level at ``at``."""
    return Form(
        ("res",),
        "leveldata" if isinstance(question, ByDocument) else "level",
        (
            {"exceptionCodeReason": None},
            {"updateTime": to_local(at)},
            {"remainDays": 0},
            {"areaCode": place},
            {"lastLevel": UNSET, "levelTime": UNSET},
        ),
    )


def _change(state: _State) -> tuple[Level | None, datetime | None]:
    """The previous level and when it changed: both or neither."""
    if is_present(state.last_level) != isinstance(state.level_time, str):
        raise Malformed
    if not isinstance(state.level_time, str):
        return None, None
    return level_of(COLORS, state.last_level), from_local(state.level_time)
