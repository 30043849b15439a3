"""The national code 国家码 as it speaks: packages of JSON text signed with SM2, in both directions.

Every question needs a serial number, which is asked for first. A scanned code takes two more steps,
because the code does not carry the color: verify it, then ask with the opaque ``bizExtData`` from
the answer. ``national_answers`` says what an answer contains.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec
from cryptography.hazmat.primitives import hashes

from tongxing.sandbox.issuers.handles import Handles, Serials, Showing
from tongxing.sandbox.issuers.misbehavior import transport_only, wrong_with_all
from tongxing.sandbox.issuers.national_answers import (
    BAD_REQUEST,
    EXPIRED,
    MESSAGES,
    NOT_OURS,
    OK,
    REFUSALS,
    Members,
    code_of,
    head_of,
    members_of,
    package_of,
)
from tongxing.sandbox.issuers.replies import Endpoint, Reply
from tongxing.sandbox.issuers.signing import base64url
from tongxing.sandbox.issuers.sm2 import Sm2Verifier
from tongxing.sandbox.issuers.testimony import Witness
from tongxing.sandbox.town.documents import Document, Kind

CODE_LIFETIME_SECONDS = 300
PERSONS_MAX = 200
NUMBERS_MAX = 32
_CODE_PREFIX = "GJM:"
_EXT_DATA_LIFETIME_SECONDS = 60

_CARD_TYPES = {
    "01": Kind.RESIDENT_ID,
    "03": Kind.PASSPORT,
    "06": Kind.HK_MACAO_PERMIT,
    "07": Kind.TAIWAN_PERMIT,
    "34": Kind.FOREIGN_PERMANENT_RESIDENCE,
}
_HANDLE = re.compile(r"[0-9a-f]{32}")
_TIME_STAMP = re.compile(r"[0-9]{17}")

HubKeys = Callable[[str], Sm2Verifier | None]
"""The hub's key of an id, or None if the platform does not have it."""


class _Package(msgspec.Struct, forbid_unknown_fields=True):
    text: str = msgspec.field(name="bizPackage")
    sign: str
    key_id: str = msgspec.field(name="keyId")


class _Stamped(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    customer: str = msgspec.field(name="custNum")
    time_stamp: str = msgspec.field(name="timeStamp")


class _AskedNumbers(_Stamped, kw_only=True):
    count: Annotated[int, msgspec.Meta(ge=1, le=NUMBERS_MAX)] = 1


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
    """The national platform. ``routes`` are the endpoints that the hub asks; ``batches`` are slow
    and run in a thread."""

    def __init__(
        self,
        witness: Witness,
        codes: Handles,
        ext_data: Handles,
        hub_key: HubKeys,
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
        opened = self._opened(body, _AskedNumbers)
        if opened is None:
            return self._refused()
        now = self._witness.this_second()
        first, *more = [self._serials.give(now) for _ in range(opened.asked.count)]
        given = _number(*first) | ({"more": [_number(*each) for each in more]} if more else {})
        return self._plain(head_of(OK) | given)

    def query_info(self, body: bytes) -> Reply:
        opened = self._opened(body, _Query)
        if opened is None or not self._may(opened.asked, "queryInfo"):
            return self._refused()
        self._serials.close(opened.asked.serial)
        kind = _CARD_TYPES.get(opened.asked.card_type)
        if kind is None:
            return self._plain(_bound(BAD_REQUEST, opened))
        document = Document(kind, opened.asked.card_id, opened.asked.name)
        return self._info(document, self._witness.find(document), opened)

    def query_info_batch(self, body: bytes) -> Reply:
        opened = self._opened(body, _QueryBatch)
        if opened is None or not self._may(opened.asked, "queryInfoBatch"):
            return self._refused()
        self._serials.close(opened.asked.serial)
        documents = _documents(opened.asked.persons)
        if documents is None:
            return self._plain(_bound(BAD_REQUEST, opened))
        wrong = self._witness.wrong_for_everybody()
        if wrong is not None and wrong.mode in REFUSALS:
            return self._plain(_bound(REFUSALS[wrong.mode], opened))
        return self._packages(documents, opened)

    def verify_code(self, body: bytes) -> Reply:
        opened = self._opened(body, _Verify)
        if opened is None or not self._may(opened.asked, "verifyCode"):
            return self._refused()
        showing = _showing(self._codes, opened.asked.code, _CODE_PREFIX)
        if showing is None:
            return self._plain(_bound(NOT_OURS, opened))
        now = self._witness.this_second()
        if showing.expires_at <= now:
            return self._plain(_bound(EXPIRED, opened))
        data = self._ext_data.make(Showing(showing.ordinal, now + _EXT_DATA_LIFETIME_SECONDS))
        return self._plain(_bound(OK, opened) | {"bizExtData": data.hex()})

    def validate_info(self, body: bytes) -> Reply:
        opened = self._opened(body, _Validate)
        if opened is None or not self._may(opened.asked, "validateInfo"):
            return self._refused()
        self._serials.close(opened.asked.serial)
        showing = _showing(self._ext_data, opened.asked.ext_data, "")
        if showing is None or showing.expires_at <= self._witness.this_second():
            return self._plain(_bound(BAD_REQUEST, opened))
        return self._info(self._witness.document_of(showing.ordinal), showing.ordinal, opened)

    def show(self, ordinal: int, issued_at: int) -> tuple[str, int]:
        """The text of a fresh QR, and the Unix second in which it expires."""
        expires_at = issued_at + CODE_LIFETIME_SECONDS
        return _CODE_PREFIX + self._codes.make(Showing(ordinal, expires_at)).hex(), expires_at

    def _opened(self, body: bytes, form: type[_Asked]) -> "_Opened[_Asked] | None":
        """The request if the hub signed it; None for any other bytes."""
        try:
            package = msgspec.json.decode(body, type=_Package)
            asked = msgspec.json.decode(package.text, type=form)
            signature = b64decode(package.sign, validate=True)
        except (msgspec.DecodeError, Base64Error, ValueError):
            return None
        verifier = self._hub_key(package.key_id)
        if verifier is None or _TIME_STAMP.fullmatch(asked.time_stamp) is None:
            return None
        signed = verifier.accepts(signature, package.text.encode())
        return _Opened(asked, package.text.encode()) if signed else None

    def _may(self, asked: _Numbered, step: str) -> bool:
        return self._serials.use(asked.serial, asked.random, step, self._witness.this_second())

    def _info(self, document: Document, ordinal: int | None, opened: "_Opened[_Step]") -> Reply:
        testimony = self._witness.testify(document, ordinal, self._witness.this_second())
        members = members_of(testimony, _bound(code_of(testimony), opened))
        package = package_of(self._witness.current.key_id, testimony.signer, members)
        return Reply(
            msgspec.json.encode(package), misbehavior=transport_only(testimony.misbehavior)
        )

    def _packages(self, documents: Sequence[Document], opened: "_Opened[_Step]") -> Reply:
        """One package for each person. All share the request's digest, which is computed once."""
        now = self._witness.this_second()
        heads = {code: _bound(code, opened) for code in MESSAGES}
        packages = []
        for seq, document in enumerate(documents):
            testimony = self._witness.testify(document, self._witness.find(document), now)
            members = members_of(testimony, heads[code_of(testimony)] | {"seq": seq})
            packages.append(package_of(self._witness.current.key_id, testimony.signer, members))
        wrong = wrong_with_all(self._witness.wrong(document.number) for document in documents)
        return Reply(msgspec.json.encode({"packages": packages}), misbehavior=wrong)

    def _refused(self) -> Reply:
        """Nothing can be echoed or bound to: the request was unreadable or not from the hub."""
        return self._plain(head_of(BAD_REQUEST))

    def _plain(self, members: Members) -> Reply:
        """An answer that states nothing about a person."""
        signer = self._witness.current
        wrong = transport_only(self._witness.wrong_for_everybody())
        package = package_of(signer.key_id, signer, members)
        return Reply(msgspec.json.encode(package), misbehavior=wrong)


@dataclass(frozen=True, slots=True)
class _Opened(Generic[_Asked]):
    """A request with a good signature, and the bytes that were signed."""

    asked: _Asked
    signed_bytes: bytes


def _showing(handles: Handles, text: str, prefix: str) -> Showing | None:
    handle = text.removeprefix(prefix)
    if text != prefix + handle or _HANDLE.fullmatch(handle) is None:
        return None
    return handles.read(bytes.fromhex(handle))


def _documents(persons: Sequence[_Person]) -> list[Document] | None:
    """The documents of a batch; None if a card type is unknown."""
    if any(person.card_type not in _CARD_TYPES for person in persons):
        return None
    return [Document(_CARD_TYPES[p.card_type], p.card_id, p.name) for p in persons]


def _number(serial: str, random: str) -> Members:
    return {"bizSerialNum": serial, "randomNum": random}


def _bound(code: int, opened: _Opened[_Step]) -> Members:
    """The head of an answer, bound to exactly this request."""
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(opened.signed_bytes)
    digest = base64url(sm3.finalize())
    return head_of(code) | {"bizSerialNum": opened.asked.serial, "requestDigest": digest}
