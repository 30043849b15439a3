"""The docking format: what the systems that are joined by configuration have in common.

Responsible for docs/wire-formats.md §4: the request and its nonce, the envelope of the answer, and
what ties an answer to its request, signed or not. Refuses to know any system's words: a ``System``
brings them, as tables and one pure function. Also refuses to decide whether an answer has to be
signed: the trust list decides that, never the answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct
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
from tongxing.adapters.reading import (
    Codes,
    Level,
    Remains,
    consistent,
    decoded,
    is_masked,
    masked_name,
    masked_number,
    outcome_of,
    says_nothing,
    still_counting,
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
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest
from tongxing.keys.channel import OverChannel
from tongxing.keys.envelope import (
    MalformedEnvelope,
    UnverifiedEnvelope,
    parse_detached_jws,
)
from tongxing.keys.suites import SuiteName
from tongxing.keys.verification import Verified
from tongxing.schema import Basis, DocumentKind, HealthCode, Outcome, RegionCode, TravelDocument
from tongxing.schema.source_statement import StatementForm

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
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
_UNSIGNED_IS_NOT_RELAYED = ""
"""In place of the digest of the request, which only an answer without a signature is held
against."""


class Person(Struct, kw_only=True):
    """The masked person whose state it is; the ``data`` of every docked system has them."""

    name: str
    number: str = msgspec.field(name="cardNo")


class State(NamedTuple):
    """One health code, without its issuer."""

    level: Level
    basis: Sequence[Basis]
    place: RegionCode
    as_of: datetime
    valid_until: datetime | None


class Said(NamedTuple):
    """What ``data`` says: the person and the codes. ``outcome`` is None if the codes say all."""

    person: Person
    states: Sequence[State]
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class System:
    """One docked system. ``read`` reads ``data`` as it is on the wire; it is pure, and raises
    Unusable. ``codes`` matches the whole text of its QR. ``parts`` says what can be read one by
    one. ``suites`` are those that it signs with, if it says so."""

    codes: re.Pattern[str]
    card_types: Mapping[DocumentKind, str]
    read: Callable[[Raw], Said]
    parts: "CodeParts"
    suites: frozenset[SuiteName] | None = None


def _beside_each_other(person: Members, part: Members) -> object:
    return {**part, **person}


@dataclass(frozen=True, slots=True)
class CodeParts:
    """Where in ``data`` the ``color`` of each code stands, and where the person. ``times`` and
    ``others`` are the members beside it that may be unreadable, the others with what is read in
    their place; ``place`` is the one that names the place, if there is one. ``around`` makes
    ``data`` of a person and one code."""

    color: str
    times: tuple[str, ...]
    others: Members = field(default_factory=dict)
    place: str | None = None
    codes: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    around: Callable[[Members, Members], object] = _beside_each_other

    def form(self, at: datetime, place: str) -> Form:
        """A color whose time cannot be read was the color at ``at``."""
        instead: list[Members] = [{name: to_local(at)} for name in self.times]
        instead += [{name: value} for name, value in self.others.items()]
        instead += [{self.place: place}] if self.place else []
        return Form(("data", *self.codes), self.color, tuple(instead))


class Docked:
    """The dialect of a docked system: one call for one question."""

    batch_limit = 1
    ask_tickets = None
    decode_unbound = None
    change_feed = None

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
        envelope = parse_detached_jws(signature, body, header_members=MEMBERS)
        if self._system.suites is not None and envelope.suite not in self._system.suites:
            raise MalformedEnvelope("signed with a suite that is not its system's")
        return (envelope,)

    def shown_as(self, statement: Statement) -> StatementForm:  # noqa: ARG002 - of every dialect
        return StatementForm.DETACHED_JWS

    def forms_of_answer(self, question: Question) -> Mapping[str, int]:
        return {SCAN if isinstance(question, ByCode) else STATUS: 2}

    def opening(self, statement: Statement) -> tuple[str, ...]:
        """The nonce alone is missing to make the request again: it holds no credential."""
        nonce, _ = statement.binding
        return (nonce,)

    def binding_of(self, opening: tuple[str, ...]) -> tuple[str, ...]:
        if len(opening) != 1 or _NONCE.fullmatch(opening[0]) is None:
            raise Malformed
        return (*opening, _UNSIGNED_IS_NOT_RELAYED)

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        (answer,) = verified
        header = header_of(answer)
        self._require_answer_to(question, header.req, statement)
        at, place = header.signed_at or statement.received_at, answer.regions[0]

        remains = partial(self._remains, answer.payload, question, at, place)
        reading = self._reading(answer.payload, statement.form, question, remains)
        if header.signed_at is None:
            return _of_remains(remains)
        return replace(reading, signed_at=header.signed_at)

    def decode_unsigned(
        self, received: OverChannel, statement: Statement, question: Question
    ) -> Reading:
        """Without a signature, only the hub's record of what it asked ties the answer to its
        question. A signature that cannot be checked is ignored."""
        _, body = received.parts
        _, asked = statement.binding
        self._require_answer_to(question, asked, statement)
        at, place = statement.received_at, received.regions[0]
        remains = partial(self._remains, body, question, at, place)
        return self._reading(body, statement.form, question, remains)

    def _ask(self, form: str, question: Question, stamp: Stamp) -> Exchange:
        asked = self._body(question, stamp.nonce)
        response = yield HttpRequest("POST", form, _JSON, asked, ANSWER_LIMIT_BYTES)
        _require_statement(form, response.body)
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

    def _reading(self, body: bytes, form: str, question: Question, remains: Remains) -> Reading:
        """What ``body`` says, without the time of its signature."""
        try:
            return self._whole(decoded(_ANSWER, body), form, question, remains)
        except Malformed:
            return _of_remains(remains)

    def _whole(self, answer: "_Answer", form: str, question: Question, remains: Remains) -> Reading:
        if answer.code == STATED:
            outcome, codes = self._stated(answer.data, question)
            return Reading(outcome, None, codes=codes)
        outcome = _refusal(form, answer.code)
        if says_nothing(answer.data):
            return Reading(outcome, None)
        codes = still_counting(outcome, lambda: self._stated(answer.data, question)[1], remains)
        return Reading(outcome, None, codes=codes)

    def _remains(self, body: bytes, question: Question, at: datetime, place: str) -> Codes:
        """The yellows and reds of an answer that cannot be read as a whole."""
        whole, system = loosely(body), self._system.parts
        person = {"name": "", "cardNo": ""}
        if isinstance(question, ByDocument):
            document = question.document
            number, name = masked_number(document.number), masked_name(document.name)
            if not names(parts(whole, "data", *system.person), ("cardNo", number), ("name", name)):
                raise WrongHolder
            person = {"name": name, "cardNo": number}

        def read(part: Members) -> Codes:
            data = written(system.around(person, part))
            return self._stated(Raw(data.encode()), question)[1]

        return against(whole, system.form(at, place), read)

    def _stated(self, data: Raw, question: Question) -> tuple[Outcome, Codes]:
        said = self._system.read(data)
        if isinstance(question, ByDocument):
            _require_person(said.person, question.document)
        levels = [consistent(state.level, state.basis) for state in said.states]
        codes = tuple(map(self._code, levels, said.states))
        return said.outcome or outcome_of(levels), codes

    def _code(self, level: Level, state: State) -> HealthCode:
        return HealthCode(
            color=level.color,
            raw_value=level.raw_value,
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


def _of_remains(remains: Remains) -> Reading:
    """Raises Malformed if nothing counts."""
    codes = remains()
    return Reading(outcome_beside(codes), None, codes=codes)


def _require_statement(form: str, unverified: bytes) -> None:
    """Raises Declined for a refusal that states nothing besides, and Malformed for what cannot be
    read. With data, either is a statement: the data may be a red."""
    try:
        answer = decoded(_ANSWER, unverified)
        if answer.code in (STATED, NOBODY):
            return
        outcome = _refusal(form, answer.code)
    except Malformed:
        if parts(loosely(unverified), "data"):
            return
        raise
    if says_nothing(answer.data):
        raise Declined(outcome)


def _refusal(form: str, code: int) -> Outcome:
    """Raises Malformed for an unknown code."""
    if code == NOBODY:
        return Outcome.NOT_ENROLLED
    if code not in FAILURES[form]:
        raise Malformed
    return FAILURES[form][code]


def _require_person(person: Person, document: TravelDocument) -> None:
    if not is_masked(document, number=person.number, name=person.name):
        raise WrongHolder
