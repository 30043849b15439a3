"""The city's code 镇江健康码 as it speaks: JSON in, a compact JWS (ES256) for every question.

Every statement is signed for exactly one holder, "not enrolled" too. The dynamic QR does not reveal
its holder; only this issuer can read its handle.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode
from typing import Annotated, Protocol

import msgspec

from tongxing.sandbox.issuers.handles import Handles, Showing
from tongxing.sandbox.issuers.misbehavior import TRANSPORT_MODES, Misbehavior, Mode, transport_only
from tongxing.sandbox.issuers.replies import Endpoint, Reply, error_reply
from tongxing.sandbox.issuers.signing import CompactJws, base64url
from tongxing.sandbox.issuers.testimony import Testimony, Witness
from tongxing.sandbox.town.documents import Document, Kind
from tongxing.sandbox.town.records import Basis, Color, Record

STATEMENT_LIFETIME_SECONDS = 300
CODE_LIFETIME_SECONDS = 60
QUESTIONS_MAX = 1_000
_CODE_PREFIX = "ZJC1."

_COLORS = {Color.GREEN: "绿码", Color.YELLOW: "黄码", Color.RED: "红码"}
_NOT_OURS = frozenset({Basis.ON_SITE_TEMPERATURE})
_BASES = {basis: basis.value for basis in Basis if basis not in _NOT_OURS}

Members = dict[str, object]


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    number: str
    name: str

    def document(self) -> Document:
        return Document(self.kind, self.number, self.name)


class _StatusRequest(msgspec.Struct, forbid_unknown_fields=True):
    questions: Annotated[list[_Question], msgspec.Meta(min_length=1, max_length=QUESTIONS_MAX)]


class _CodeClaims(msgspec.Struct):
    handle: str


class _CodeRequest(msgspec.Struct, forbid_unknown_fields=True):
    code: str


class Books(Protocol):
    """The part of the city's register that statements and showings need."""

    def settle(self, at: int, /) -> object: ...

    def count_showing(self, ordinal: int, at: int, /) -> None: ...


class Zhenjiang:
    """The city's issuer. ``routes`` are the endpoints that the hub asks."""

    def __init__(self, witness: Witness, handles: Handles, books: Books) -> None:
        self._witness = witness
        self._books = books
        self._handles = handles
        self._status = CompactJws("zjc-status+jwt")
        self._scan = CompactJws("zjc-scan+jwt")
        self._code = CompactJws("zjc-code+jwt")
        self._read_status = msgspec.json.Decoder(_StatusRequest).decode
        self._read_code = msgspec.json.Decoder(_CodeRequest).decode
        self._read_showing = msgspec.json.Decoder(_CodeClaims).decode
        self.routes: dict[str, Endpoint] = {"/v1/status": self.status, "/v1/code": self.code}

    def status(self, body: bytes) -> Reply:
        try:
            questions = self._read_status(body).questions
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        wrong = self._wrong(questions)
        return _refusal(wrong) or self._statements(questions, wrong)

    def _wrong(self, questions: list[_Question]) -> Misbehavior | None:
        """The fault of the answer as a whole: the first that any of the questions has."""
        for question in questions:
            wrong = self._witness.wrong(question.number)
            if wrong is not None and wrong.mode in _WHOLE_ANSWERS:
                return wrong
        return None

    def _statements(self, questions: list[_Question], wrong: Misbehavior | None) -> Reply:
        now = self._settled()
        statements = [self._statement(question.document(), now) for question in questions]
        return Reply(msgspec.json.encode({"statements": statements}), misbehavior=wrong)

    def _statement(self, document: Document, now: int) -> str:
        testimony = self._witness.testify(document, self._witness.find(document), now)
        return signed(self._status, testimony, claims_of(testimony))

    def code(self, body: bytes) -> Reply:
        try:
            text = self._read_code(body).code
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        showing = self._showing(text)
        if showing is None:
            return error_reply(404, "not_this_issuer")
        if showing.expires_at <= self._witness.this_second():
            return error_reply(410, "code_expired")
        document = self._witness.document_of(showing.ordinal)
        refusal = _refusal(self._witness.wrong(document.number))
        return refusal or self._scanned(text, document, showing.ordinal)

    def _scanned(self, text: str, document: Document, ordinal: int) -> Reply:
        testimony = self._witness.testify(document, ordinal, self._settled())
        claims = claims_of(testimony) | _scan_claims(testimony, text)
        statement = signed(self._scan, testimony, claims)
        body = msgspec.json.encode({"statement": statement})
        return Reply(body, misbehavior=transport_only(testimony.misbehavior))

    def show(self, ordinal: int, issued_at: int) -> tuple[str, int]:
        """The text of a fresh dynamic QR, and the Unix second in which it expires."""
        self._books.count_showing(ordinal, issued_at)
        expires_at = issued_at + CODE_LIFETIME_SECONDS
        handle = base64url(self._handles.make(Showing(ordinal, expires_at)))
        claims = {"iss": "zhenjiang", "handle": handle, "iat": issued_at, "exp": expires_at}
        signed = self._code.sign(self._witness.current, msgspec.json.encode(claims))
        return _CODE_PREFIX + signed, expires_at

    def _settled(self) -> int:
        """The Unix second, after the books caught up with it."""
        now = self._witness.this_second()
        self._books.settle(now)
        return now

    def _showing(self, text: str) -> Showing | None:
        """The showing in ``text``. Only the handle decides person and expiry, because only this
        issuer can make one. The signature around it is for offline readers and is not checked
        here."""
        try:
            claims = self._read_showing(_payload(text))
            return self._handles.read(urlsafe_b64decode(claims.handle + "=="))
        except (ValueError, msgspec.DecodeError):
            return None


_WHOLE_ANSWERS = TRANSPORT_MODES | {Mode.BUSY, Mode.NO_ACCESS}


def _refusal(wrong: Misbehavior | None) -> Reply | None:
    if wrong is None:
        return None
    if wrong.mode is Mode.BUSY:
        return error_reply(503, "busy")
    return error_reply(403, "no_access") if wrong.mode is Mode.NO_ACCESS else None


def claims_of(testimony: Testimony) -> Members:
    wrong_binding = testimony.does(Mode.WRONG_BINDING)
    claims: Members = {
        "iss": "zhenjiang",
        "sub": _random_digest() if wrong_binding else _subject(testimony.document),
        "iat": testimony.signed_at,
        "exp": testimony.signed_at + STATEMENT_LIFETIME_SECONDS,
        "enrolled": testimony.record is not None,
    }
    return claims if testimony.record is None else claims | _state(testimony, testimony.record)


def _scan_claims(testimony: Testimony, text: str) -> Members:
    """The document is always that of the scanned code's holder. With ANOTHER_HOLDER the record
    contradicts it; with the other holder's document the statement would be true."""
    about = testimony.about
    claims: Members = {
        "code": _digest(text.encode()),
        "document": {"kind": about.kind, "number": about.number, "name": about.name},
    }
    if testimony.does(Mode.WRONG_BINDING):
        claims |= {"code": _random_digest(), "sub": _subject(about)}
    return claims


def _state(testimony: Testimony, record: Record) -> Members:
    state: Members = {
        "color": testimony.unmapped(_COLORS[record.color]),
        "basis": [_BASES[basis] for basis in record.basis],
        "place": record.place,
        "as_of": testimony.as_of(record),
        "valid_until": testimony.unix(record.valid_until),
        "update_required": record.must_update,
    }
    if record.previous is not None and record.changed_at is not None:
        state["previous_color"] = _COLORS[record.previous]
        state["changed_at"] = testimony.unix(record.changed_at)
    return state


def signed(jws: CompactJws, testimony: Testimony, claims: Members) -> str:
    payload = msgspec.json.encode(claims)
    if testimony.does(Mode.BROKEN_INNER_JSON):
        payload = payload[:-2]
    if testimony.signer is None:
        return jws.unsigned(payload)
    return jws.sign(testimony.signer, payload)


def _subject(document: Document) -> str:
    parts = ("zjc-subject-v1", document.kind, document.number, document.name)
    return _digest("\0".join(parts).encode())


def _digest(content: bytes) -> str:
    return base64url(hashlib.sha256(content).digest())


def _random_digest() -> str:
    return base64url(secrets.token_bytes(32))


def _payload(text: str) -> bytes:
    prefix, _, payload, _ = text.split(".")
    if prefix + "." != _CODE_PREFIX:
        raise ValueError("not a code of this issuer")
    return urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
