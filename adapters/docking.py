"""The docking format: what the systems that are joined by configuration have in common.

Responsible for docs/wire-formats.md §4: the request and its nonce, the envelope of the answer, and
what ties an answer to its request, signed or not. Refuses to know any system's words: a ``System``
brings them, as tables and one pure function. Also refuses to decide whether an answer has to be
signed: the trust list decides that, never the answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec import Raw, Struct, field
from msgspec.json import Decoder, encode
from strawberry import ID

from tongxing.adapters.binding import MEMBERS, header_of, received, request_digest
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
from tongxing.adapters.reading import Level, decoded, from_unix, is_masked
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest
from tongxing.keys.channel import OverChannel
from tongxing.keys.envelope import UnverifiedEnvelope, parse_detached_jws
from tongxing.keys.verification import Verified
from tongxing.schema import Basis, DocumentKind, HealthCode, Outcome, RegionCode, TravelDocument

STATUS = "/status"
SCAN = "/scan"
"""The two calls. The two forms of a statement have the same names."""

STATED = 0
NOBODY = 404
_ANYWHERE = {
    403: Outcome.NO_ACCESS,
    410: Outcome.CODE_EXPIRED,
    428: Outcome.MUST_UPDATE,
    429: Outcome.BUSY,
}
FAILURES: Mapping[str, Mapping[int, Outcome]] = {
    STATUS: _ANYWHERE,
    SCAN: _ANYWHERE | {422: Outcome.NOT_THIS_ISSUER},
}
"""Each ``code`` that can only take a green away. It is believed without a signature."""

_JSON = {"content-type": "application/json"}


class Person(Struct, kw_only=True):
    """The masked person whose state it is; the ``data`` of every docked system has them."""

    name: str
    number: str = field(name="cardNo")


class State(NamedTuple):
    """One health code, without its issuer."""

    level: Level
    basis: Sequence[Basis]
    place: RegionCode
    as_of: datetime
    valid_until: datetime | None


class Said(NamedTuple):
    """What ``data`` says: the person, the outcome of the question, and the codes."""

    person: Person
    outcome: Outcome
    states: Sequence[State]


@dataclass(frozen=True, slots=True)
class System:
    """One docked system. ``read`` reads ``data`` as it is on the wire; it is pure, and raises
    Unusable. ``codes`` matches the whole text of its QR."""

    codes: re.Pattern[str]
    card_types: Mapping[DocumentKind, str]
    read: Callable[[Raw], Said]


class Docked:
    """The dialect of a docked system: one call for one question."""

    batch_limit = 1

    def __init__(self, system: System, *, issuer: str) -> None:
        self.issuer = issuer
        self._system = system

    def claims(self, code: str) -> bool:
        return self._system.codes.fullmatch(code) is not None

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        (document,) = documents
        return self._ask(STATUS, ByDocument(document), stamp)

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        return self._ask(SCAN, scan, stamp)

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        signature, body = statement.parts
        return (parse_detached_jws(signature, body, header_members=MEMBERS),)

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        (answer,) = verified
        header = header_of(answer)
        self._require_answer_to(question, header.req, statement)
        return self._reading(answer.payload, question, from_unix(header.iat))

    def decode_unsigned(
        self, received: OverChannel, statement: Statement, question: Question
    ) -> Reading:
        """Without a signature, only the hub's record of what it asked ties the answer to its
        question. A signature that cannot be checked is ignored."""
        _, body = received.parts
        _, asked = statement.binding
        self._require_answer_to(question, asked, statement)
        return self._reading(body, question, None)

    def _ask(self, form: str, question: Question, stamp: Stamp) -> Exchange:
        asked = self._body(question, stamp.nonce)
        response = yield HttpRequest("POST", form, _JSON, asked, ANSWER_LIMIT_BYTES)
        _require_statement(form, decoded(_ANSWER, response.body).code)
        binding = (stamp.nonce, request_digest(asked))
        return (Statement(self.issuer, form, stamp.at, received(response), binding),)

    def _body(self, question: Question, nonce: str) -> bytes:
        if isinstance(question, ByCode):
            return encode({"qrCode": question.code, "nonce": nonce})
        document = question.document
        return encode(
            {
                "cardType": self._system.card_types[document.kind],
                "cardNo": document.number,
                "name": document.name,
                "nonce": nonce,
            }
        )

    def _require_answer_to(self, question: Question, asked: str, statement: Statement) -> None:
        """Makes the request again from the question and compares. Raises WrongHolder."""
        nonce, _ = statement.binding
        if asked != request_digest(self._body(question, nonce)):
            raise WrongHolder

    def _reading(self, body: bytes, question: Question, signed_at: datetime | None) -> Reading:
        answer = decoded(_ANSWER, body)
        if answer.code == NOBODY:
            return Reading(Outcome.NOT_ENROLLED, signed_at)
        if answer.code != STATED:
            raise Malformed
        said = self._system.read(answer.data)
        if isinstance(question, ByDocument):
            _require_person(said.person, question.document)
        return Reading(said.outcome, signed_at, codes=tuple(map(self._code, said.states)))

    def _code(self, state: State) -> HealthCode:
        return HealthCode(
            color=state.level.color,
            raw_value=state.level.raw_value,
            issuer=ID(self.issuer),
            issuing_place=state.place,
            basis=list(state.basis),
            as_of=state.as_of,
            valid_until=state.valid_until,
        )


class _Answer(Struct):
    code: int
    data: Raw = Raw(b"null")


_ANSWER = Decoder(_Answer)


def _require_statement(form: str, code: int) -> None:
    """Raises Declined for a refusal, and Malformed for an unknown code."""
    if code in FAILURES[form]:
        raise Declined(FAILURES[form][code])
    if code not in (STATED, NOBODY):
        raise Malformed


def _require_person(person: Person, document: TravelDocument) -> None:
    if not is_masked(document, number=person.number, name=person.name):
        raise WrongHolder
