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
from typing import Protocol

from msgspec import Raw
from msgspec.json import encode

from tongxing.adapters.binding import one_by_one, place_in_batch
from tongxing.adapters.dialect import (
    ByCode,
    ByDocument,
    Exchange,
    Malformed,
    Question,
    Reading,
    Stamp,
    Statement,
    WrongHolder,
    nothing_opened,
)
from tongxing.adapters.national_results import (
    DONE,
    EXT_DATA,
    QUERY_INFO,
    QUERY_INFO_BATCH,
    SERIAL,
    SERIALS,
    VALIDATE_INFO,
    VERIFY_CODE,
    CallResult,
    CallTicket,
    asked_person,
    bound,
    packages_of,
    placed,
    refusal,
    request_digest,
    require_stated,
    result_of,
    unverified_content,
)
from tongxing.adapters.national_states import NationalStates
from tongxing.adapters.reading import Remains, decoded, still_counting, to_stamp
from tongxing.adapters.tickets import Ticket
from tongxing.adapters.wire import HttpRequest, HttpResponse, answer_limit_bytes
from tongxing.keys.envelope import UnverifiedEnvelope, parse_sm2_package
from tongxing.keys.verification import Verified
from tongxing.schema import TravelDocument
from tongxing.schema.source_statement import StatementForm

_CODE = re.compile(r"GJM:[0-9A-Fa-f]{32}")
_JSON = {"content-type": "application/json"}

BATCH_LIMIT = 200


class RequestSigner(Protocol):
    """The key of that id; ``sign`` gives SM2 with SM3, r‖s, 64 bytes."""

    @property
    def key_id(self) -> str: ...

    def sign(self, message: bytes, /) -> bytes: ...


class National:
    """The platform knows the hub by ``customer_number`` and by the key that signs: ``signer`` is
    asked for each request, because the hub may change its key while it runs."""

    batch_limit = BATCH_LIMIT
    decode_unsigned = None
    change_feed = None

    def __init__(
        self, *, issuer: str, customer_number: str, signer: Callable[[], RequestSigner]
    ) -> None:
        self.issuer = issuer
        self._states = NationalStates(issuer)
        self._customer_number = customer_number
        self._signer = signer

    def claims(self, code: str) -> bool:
        return _CODE.fullmatch(code) is not None

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        """One person is asked about by the single call. Its request can be made again whole, so
        only its ticket has to be kept."""
        ticket = yield from self._ticket(stamp)
        if len(documents) > 1:
            persons = [asked_person(document) for document in documents]
            return (yield from self._ask_batch(ticket, persons, stamp))
        info = yield from self._call(QUERY_INFO, self._query_info(ticket, documents[0]))
        return (Statement(self.issuer, QUERY_INFO, stamp.at, (info,), tuple(ticket)),)

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        ticket = yield from self._ticket(stamp)
        code = yield from self._call(VERIFY_CODE, self._verify_code(ticket, scan.code))
        ext_data = decoded(EXT_DATA, unverified_content(code)).ext_data
        info = yield from self._call(VALIDATE_INFO, self._validate_info(ticket, ext_data))
        return (Statement(self.issuer, VALIDATE_INFO, stamp.at, (code, info), tuple(ticket)),)

    def _ask_batch(
        self, ticket: CallTicket, persons: Sequence[Mapping[str, str]], stamp: Stamp
    ) -> Exchange:
        content = self._content(ticket, persons=persons)
        response = yield self._request(QUERY_INFO_BATCH, content, len(persons))
        request = [ticket.serial, request_digest(content)]

        def read(seq: int, unverified: Raw) -> Statement:
            require_stated(QUERY_INFO, unverified)
            package, place = bytes(unverified), place_in_batch(request, seq, persons[seq])
            return Statement(self.issuer, QUERY_INFO_BATCH, stamp.at, (package,), (place,))

        return one_by_one(packages_of(response.body), len(persons), read)

    def ask_tickets(
        self, count: int, stamp: Stamp
    ) -> Generator[HttpRequest, HttpResponse, tuple[Ticket, ...]]:
        asked = {
            "custNum": self._customer_number,
            "timeStamp": to_stamp(stamp.at),
            "count": count,
        }
        package = yield from self._call(SERIAL, encode(asked).decode())
        given = decoded(SERIALS, unverified_content(package))
        return tuple(Ticket(each.serial, each.random) for each in (given, *given.more))

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        return tuple(parse_sm2_package(package) for package in statement.parts)

    def shown_as(self, statement: Statement) -> StatementForm:  # noqa: ARG002 - of every dialect
        return StatementForm.SM2_PACKAGES

    def forms_of_answer(self, question: Question) -> Mapping[str, int]:
        return dict.fromkeys(_forms(question), 2 if isinstance(question, ByCode) else 1)

    def opening(self, statement: Statement) -> tuple[str, ...]:  # noqa: ARG002 - of every dialect
        """The request holds the customer number by which the platform knows this hub."""
        return ()

    def binding_of(self, opening: tuple[str, ...]) -> tuple[str, ...]:
        return nothing_opened(opening)

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        if statement.form not in _forms(question):
            raise WrongHolder
        if statement.form == QUERY_INFO_BATCH and isinstance(question, ByDocument):
            results = [placed(verified[0], statement, question.document)]
        else:
            results = self._results(verified, CallTicket(*statement.binding), question)
        return self._decoded(results, verified, statement, question)

    def decode_unbound(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        results = [result_of(answer.payload) for answer in verified]
        return self._decoded(results, verified, statement, question)

    def _decoded(
        self,
        results: Sequence[CallResult],
        verified: tuple[Verified, ...],
        statement: Statement,
        question: Question,
    ) -> Reading:
        payload = verified[-1].payload

        def remains() -> Reading:
            return self._states.remains(payload, question, statement.received_at)

        try:
            return self._reading(
                results, payload, question, statement.form, lambda: remains().codes
            )
        except Malformed:
            return remains()

    def _results(
        self, verified: tuple[Verified, ...], ticket: CallTicket, question: Question
    ) -> list[CallResult]:
        requests = self._requests(verified, ticket, question)
        return [
            bound(answer, request, ticket)
            for answer, request in zip(verified, requests, strict=True)
        ]

    def _requests(
        self, verified: tuple[Verified, ...], ticket: CallTicket, question: Question
    ) -> tuple[str, ...]:
        """The requests that the answers must answer, made again from the question."""
        if isinstance(question, ByDocument):
            return (self._query_info(ticket, question.document),)
        ext_data = decoded(EXT_DATA, verified[0].payload).ext_data
        return self._verify_code(ticket, question.code), self._validate_info(ticket, ext_data)

    def _ticket(self, stamp: Stamp) -> Generator[HttpRequest, HttpResponse, CallTicket]:
        time_stamp = to_stamp(stamp.at)
        if stamp.ticket is not None:
            return CallTicket(time_stamp, *stamp.ticket)
        asked = {"custNum": self._customer_number, "timeStamp": time_stamp}
        package = yield from self._call(SERIAL, encode(asked).decode())
        serial = decoded(SERIALS, unverified_content(package))
        return CallTicket(time_stamp, serial.serial, serial.random)

    def _call(self, path: str, content: str) -> Generator[HttpRequest, HttpResponse, bytes]:
        """One call; returns the package that answers it, unverified."""
        response = yield self._request(path, content, 1)
        require_stated(path, response.body)
        return response.body

    def _request(self, path: str, content: str, questions: int) -> HttpRequest:
        signer = self._signer()
        sign = b64encode(signer.sign(content.encode())).decode()
        package = encode({"bizPackage": content, "sign": sign, "keyId": signer.key_id})
        return HttpRequest("POST", path, _JSON, package, answer_limit_bytes(questions))

    def _query_info(self, ticket: CallTicket, document: TravelDocument) -> str:
        return self._content(ticket, **asked_person(document))

    def _verify_code(self, ticket: CallTicket, code: str) -> str:
        return self._content(ticket, code=code)

    def _validate_info(self, ticket: CallTicket, ext_data: str) -> str:
        return self._content(ticket, bizExtData=ext_data)

    def _content(self, ticket: CallTicket, **members: object) -> str:
        common = {
            "custNum": self._customer_number,
            "timeStamp": ticket.time_stamp,
            "bizSerialNum": ticket.serial,
            "randomNum": ticket.random,
        }
        return encode({**common, **members}).decode()

    def _reading(
        self,
        results: Sequence[CallResult],
        payload: bytes,
        question: Question,
        form: str,
        remains: Remains,
    ) -> Reading:
        *before, last = results
        if any(result.errcode != DONE for result in before):
            raise Malformed
        if last.errcode == DONE:
            return self._states.read(payload, question)
        outcome = refusal(QUERY_INFO if form == QUERY_INFO_BATCH else form, last.errcode)
        if not last.states:
            return Reading(outcome, None)
        codes = still_counting(outcome, lambda: self._states.read(payload, question).codes, remains)
        return Reading(outcome, None, codes=codes)


def _forms(question: Question) -> tuple[str, ...]:
    """A statement has the name of its last call."""
    return (QUERY_INFO, QUERY_INFO_BATCH) if isinstance(question, ByDocument) else (VALIDATE_INFO,)
