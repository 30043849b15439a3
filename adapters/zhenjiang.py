"""镇江健康码, the Zhenjiang code: how the city is asked, and how its statements read.

Responsible for docs/wire-formats.md §1. Refuses to read a statement that is not signed: "not
enrolled" is a statement too, bound to the document that was asked about.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.json import Decoder, encode
from strawberry import ID

from tongxing.adapters.dialect import (
    AskChanges,
    ByCode,
    ByDocument,
    ChangeFeed,
    Declined,
    Exchange,
    Malformed,
    NumberedReading,
    OutOfBounds,
    Question,
    Reading,
    ReceivedChanges,
    Result,
    Stamp,
    Statement,
    Unusable,
    WrongHolder,
    nothing_opened,
)
from tongxing.adapters.reading import (
    Codes,
    Level,
    Remains,
    ShortText,
    UnixSeconds,
    bases_of,
    consistent,
    decoded,
    from_unix,
    is_present,
    level_of,
    outcome_of,
    place_of,
    still_counting,
    unix_or_none,
)
from tongxing.adapters.remains import (
    Form,
    Members,
    Pairs,
    against,
    loosely,
    outcome_beside,
    written,
)
from tongxing.adapters.wire import (
    ANSWER_LIMIT_BYTES,
    OK,
    HttpRequest,
    HttpResponse,
    answer_limit_bytes,
)
from tongxing.keys import base64url
from tongxing.keys.envelope import UnverifiedEnvelope, parse_compact_jws
from tongxing.keys.verification import Verified
from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    HealthCode,
    InvalidDocument,
    Outcome,
    TravelDocument,
)
from tongxing.schema.source_statement import StatementForm

BATCH_LIMIT = 1_000
LONGEST_STATEMENT = timedelta(seconds=300)
"""The longest life that the format allows. A statement that claims more is Malformed."""

COLORS: Mapping[str, Color] = {"绿码": Color.GREEN, "黄码": Color.YELLOW, "红码": Color.RED}
BASES: Mapping[str, Basis] = {
    "declared": Basis.DECLARED,
    "symptoms": Basis.SYMPTOMS,
    "medium_risk_area": Basis.MEDIUM_RISK_AREA,
    "high_risk_area": Basis.HIGH_RISK_AREA,
    "close_contact": Basis.CLOSE_CONTACT,
    "confirmed_or_suspected": Basis.CONFIRMED_OR_SUSPECTED,
    "isolation_not_ended": Basis.ISOLATION_NOT_ENDED,
    "arrived_within_14_days": Basis.ARRIVED_WITHIN_14_DAYS,
    "false_declaration": Basis.FALSE_DECLARATION,
    "cross_check": Basis.CROSS_CHECK,
    "household_member": Basis.HOUSEHOLD_MEMBER,
    "converted": Basis.CONVERTED,
}

STATUS = "zjc-status+jwt"
SCAN = "zjc-scan+jwt"
"""The two forms of a statement, named as in their JWS header."""

CHANGE = "zjc-change+jwt"
"""The form of a change in the feed. It answers no question."""

ISS = "zhenjiang"
_CODE = re.compile(r"ZJC1\.[A-Za-z0-9_-]{1,512}\.[A-Za-z0-9_-]{1,512}\.[A-Za-z0-9_-]{1,512}")
_JSON = {"content-type": "application/json"}
_SCAN_FAILURES: Mapping[int, tuple[str, Outcome]] = {
    HTTPStatus.GONE: ("code_expired", Outcome.CODE_EXPIRED),
    HTTPStatus.NOT_FOUND: ("not_this_issuer", Outcome.NOT_THIS_ISSUER),
}
"""Not signed, and believed, because neither can lead to a green."""


_SCAN_STATUSES = OK | frozenset(_SCAN_FAILURES)


class Zhenjiang:
    batch_limit = BATCH_LIMIT
    ask_tickets = None
    decode_unsigned = None
    decode_unbound = None

    def __init__(self, *, issuer: str) -> None:
        self.issuer = issuer

    def claims(self, code: str) -> bool:
        return _CODE.fullmatch(code) is not None

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        response = yield _status_request(documents)
        batch = decoded(_BATCH, response.body)
        if len(batch.statements) != len(documents):
            raise Malformed
        return tuple(self._result(STATUS, entry, stamp) for entry in batch.statements)

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        response = yield _scan_request(scan.code)
        if response.status in _SCAN_FAILURES:
            raise _scan_failure(response)
        return (self._result(SCAN, decoded(_ONE, response.body).statement, stamp),)

    @property
    def change_feed(self) -> ChangeFeed:
        return self

    def subject_of(self, document: TravelDocument) -> str:
        return subject(document)

    def ask_changes(self, after: int, limit: int) -> AskChanges:
        response = yield _changes_request(after, limit)
        page = decoded(_CHANGES, response.body)
        if len(page.changes) > limit:
            raise Malformed
        entries = tuple(each.encode() for each in page.changes)
        return (ReceivedChanges(after, entries, page.last),)

    def open_change(self, entry: bytes) -> UnverifiedEnvelope:
        return parse_compact_jws(entry, typ=CHANGE)

    def decode_change(self, verified: Verified) -> NumberedReading:
        """Of a change that cannot be read as a whole, the yellows and reds that can."""
        claims = decoded(_CHANGE, verified.payload)
        if claims.iss != ISS:
            raise OutOfBounds
        signed_at, ends_at = _life(claims)
        form = _form(signed_at, verified.regions[0])

        def remains() -> Codes:
            return against(_claims_of(verified.payload), form, self._part)

        try:
            outcome, codes = self._state(claims, verified.payload, remains)
        except Malformed:
            codes = remains()
            if not codes:
                raise
            outcome = outcome_beside(codes)
        return NumberedReading(claims.seq, claims.sub, Reading(outcome, signed_at, ends_at, codes))

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        (jws,) = statement.parts
        return (parse_compact_jws(jws, typ=statement.form),)

    def shown_as(self, statement: Statement) -> StatementForm | None:
        return None if statement.form == SCAN else StatementForm.COMPACT_JWS

    def forms_of_answer(self, question: Question) -> Mapping[str, int]:
        return {SCAN if isinstance(question, ByCode) else STATUS: 1}

    def opening(self, statement: Statement) -> tuple[str, ...]:  # noqa: ARG002 - of every dialect
        """``sub`` names the holder, and ``code`` what was scanned."""
        return ()

    def binding_of(self, opening: tuple[str, ...]) -> tuple[str, ...]:
        return nothing_opened(opening)

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        def remains() -> Reading:
            return self._remains(verified[0], statement, question)

        try:
            payload, form = verified[0].payload, statement.form
            return self._whole(payload, form, question, lambda: remains().codes)
        except Malformed:
            return remains()

    def _whole(self, payload: bytes, form: str, question: Question, remains: Remains) -> Reading:
        claims = decoded(_CLAIMS, payload)
        if claims.iss != ISS:
            raise OutOfBounds
        document = _holder(claims, question, form)
        if claims.sub != subject(document):
            raise WrongHolder
        signed_at, ends_at = _life(claims)
        outcome, codes = self._state(claims, payload, remains)
        return Reading(outcome, signed_at, ends_at, codes, document if form == SCAN else None)

    def _remains(self, verified: Verified, statement: Statement, question: Question) -> Reading:
        """The yellows and reds of a statement about this holder that cannot be read as a whole."""
        claims = _claims_of(verified.payload)
        document = _named(claims, statement.form, question)
        signed_at = unix_or_none(claims.only("iat"))
        form = _form(signed_at or statement.received_at, verified.regions[0])
        codes = against(claims, form, self._part)
        revealed = document if statement.form == SCAN else None
        ends_at = unix_or_none(claims.only("exp"))
        return Reading(outcome_beside(codes), signed_at, ends_at, codes, revealed)

    def _result(self, form: str, entry: object, stamp: Stamp) -> Result:
        """An entry that is no text fails alone; the others of its batch are used."""
        if not isinstance(entry, str):
            return Outcome.MALFORMED
        return Statement(self.issuer, form, stamp.at, (entry.encode(),))

    def _state(self, claims: "_Claims", payload: bytes, remains: Remains) -> tuple[Outcome, Codes]:
        if claims.enrolled and not claims.update_required:
            return self._code(decoded(_STATE, payload))
        outcome = Outcome.MUST_UPDATE if claims.enrolled else Outcome.NOT_ENROLLED
        if not is_present(claims.color):
            # A statement with an outcome besides a color need not have a color.
            return outcome, ()
        return outcome, still_counting(
            outcome, lambda: self._code(decoded(_STATE, payload))[1], remains
        )

    def _part(self, members: Members) -> Codes:
        return self._code(decoded(_STATE, written(members)))[1]

    def _code(self, state: "_State") -> tuple[Outcome, Codes]:
        basis, bases_known = bases_of(BASES, state.basis)
        level = consistent(level_of(COLORS, state.color), basis, known=bases_known)
        previous, changed_at = _change(state)
        code = HealthCode(
            color=level.color,
            raw_value=level.raw_value,
            issuer=ID(self.issuer),
            issuing_place=place_of(state.place),
            basis=basis,
            as_of=from_unix(state.as_of),
            valid_until=from_unix(state.valid_until),
            previous_color=previous.color if previous else None,
            changed_at=changed_at,
        )
        return outcome_of([level, *([previous] if previous else [])]), (code,)


def subject(document: TravelDocument) -> str:
    """The holder binding of the wire format: SHA-256 over the document, under a label."""
    members = ("zjc-subject-v1", document.kind.name, document.number, document.name)
    return base64url.encode(sha256("\0".join(members).encode()).digest())


class _Batch(Struct):
    statements: list[object]


class _One(Struct):
    statement: str


class _Failure(Struct):
    error: ShortText


class _Document(Struct):
    kind: DocumentKind
    number: str
    name: str


class _Claims(Struct):
    """What every statement has. ``color`` is read here only beside another outcome."""

    iss: str
    sub: str
    iat: UnixSeconds
    exp: UnixSeconds
    enrolled: bool
    update_required: bool = False
    color: Raw = Raw()
    code: str | UnsetType = UNSET
    document: _Document | UnsetType = UNSET


LAST_NUMBER = 2**53
"""The last whole number that every JSON reader tells from the next one (RFC 8259 §6)."""


class _NumberedClaims(_Claims, kw_only=True):
    """What a change has in addition."""

    seq: Annotated[int, Meta(ge=1, le=LAST_NUMBER)]
    sub: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)")]


class _Changes(Struct):
    changes: list[str]
    last: Annotated[int, Meta(ge=0, le=LAST_NUMBER)]


class _State(Struct):
    """What a statement about an enrolled holder has in addition."""

    basis: list[Raw]
    place: str
    as_of: UnixSeconds
    valid_until: UnixSeconds
    color: Raw = Raw()
    previous_color: Raw = Raw()
    changed_at: UnixSeconds | UnsetType = UNSET


_BATCH = Decoder(_Batch)
_ONE = Decoder(_One)
_CHANGES = Decoder(_Changes)
_CHANGE = Decoder(_NumberedClaims)
_FAILURE = Decoder(_Failure)
_DOCUMENT = Decoder(_Document)
_CLAIMS = Decoder(_Claims)
_STATE = Decoder(_State)


def _status_request(documents: Sequence[TravelDocument]) -> HttpRequest:
    questions = [
        {"kind": document.kind.name, "number": document.number, "name": document.name}
        for document in documents
    ]
    body = encode({"questions": questions})
    return HttpRequest("POST", "/v1/status", _JSON, body, answer_limit_bytes(len(documents)))


def _scan_request(code: str) -> HttpRequest:
    body = encode({"code": code})
    return HttpRequest("POST", "/v1/code", _JSON, body, ANSWER_LIMIT_BYTES, _SCAN_STATUSES)


def _changes_request(after: int, limit: int) -> HttpRequest:
    path = f"/v1/changes?after={after}&limit={limit}"
    limit_bytes = answer_limit_bytes(limit)
    return HttpRequest("GET", path, {}, b"", limit_bytes, worth_waiting=True)


def _scan_failure(response: HttpResponse) -> Unusable:
    error, outcome = _SCAN_FAILURES[response.status]
    if decoded(_FAILURE, response.body).error != error:
        return Malformed()
    return Declined(outcome)


def _holder(claims: _Claims, question: Question, form: str) -> TravelDocument:
    """The person that the statement must be about. A statement of one form never answers a question
    of the other."""
    if isinstance(question, ByDocument) and form == STATUS:
        return question.document
    if isinstance(question, ByCode) and form == SCAN:
        return _revealed(claims, question)
    raise WrongHolder


def _revealed(claims: _Claims, scan: ByCode) -> TravelDocument:
    """The holder of the scanned code, from a statement about exactly this scan."""
    if not isinstance(claims.document, _Document):
        raise Malformed
    if claims.code != _digest(scan.code):
        raise WrongHolder
    return _parsed(claims.document)


def _parsed(document: "_Document") -> TravelDocument:
    """Raises Malformed."""
    try:
        return TravelDocument.parse(document.kind, document.number, document.name)
    except InvalidDocument:
        raise Malformed from None


def _claims_of(payload: bytes) -> Pairs:
    """The claims as they are written. Raises Malformed, and OutOfBounds."""
    claims = loosely(payload)
    if not isinstance(claims, Pairs):
        raise Malformed
    iss = claims.only("iss")
    if isinstance(iss, str) and iss != ISS:
        raise OutOfBounds
    return claims


def _named(claims: Pairs, form: str, question: Question) -> TravelDocument | None:
    """The holder, if ``claims`` are about them or about the scanned code: None if a scan does not
    reveal them. Raises WrongHolder, and Malformed if the claims do not say whom they are about."""
    if isinstance(question, ByDocument) and form == STATUS:
        _require_one(claims.all("sub"), subject(question.document))
        return question.document
    if not isinstance(question, ByCode) or form != SCAN:
        raise WrongHolder
    _require_one(claims.all("code"), _digest(question.code))
    document = _revealed_in(claims)
    if document is not None:
        _require_one(claims.all("sub"), subject(document))
    return document


def _require_one(values: Sequence[object], expected: str) -> None:
    if expected not in values:
        raise WrongHolder if any(isinstance(value, str) for value in values) else Malformed


def _revealed_in(claims: Pairs) -> TravelDocument | None:
    document = claims.only("document")
    if not isinstance(document, Pairs):
        return None
    try:
        return _parsed(decoded(_DOCUMENT, written(dict(document))))
    except Malformed:
        return None


def _digest(code: str) -> str:
    return base64url.encode(sha256(code.encode()).digest())


def _form(at: datetime, place: str) -> Form:
    """A color whose time cannot be read was the color at ``at``."""
    second = int(at.timestamp())
    return Form(
        (),
        "color",
        (
            {"basis": []},
            {"place": place},
            {"as_of": second},
            {"valid_until": second},
            {"previous_color": UNSET, "changed_at": UNSET},
        ),
    )


def _life(claims: _Claims) -> tuple[datetime, datetime]:
    signed_at, ends_at = from_unix(claims.iat), from_unix(claims.exp)
    if not timedelta(0) < ends_at - signed_at <= LONGEST_STATEMENT:
        raise Malformed
    return signed_at, ends_at


def _change(state: _State) -> tuple[Level | None, datetime | None]:
    """The previous color and when it changed: both or neither."""
    if is_present(state.previous_color) != isinstance(state.changed_at, int):
        raise Malformed
    if not isinstance(state.changed_at, int):
        return None, None
    return level_of(COLORS, state.previous_color), from_unix(state.changed_at)
