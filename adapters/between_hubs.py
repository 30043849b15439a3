"""How one hub asks another for the statements of issuers, and how the answer reads.

Responsible for docs/wire-formats.md §9: one trusted document, many questions in a request. Refuses
to believe anything: a statement that is handed over is verified like one that an issuer sent, and
what a hub says without one can only take a green away (``WORDS``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field
from msgspec.json import Decoder, encode

from tongxing.adapters.dialect import ByCode, Question, Unusable
from tongxing.adapters.exchange import Conversation
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest
from tongxing.keys import base64url
from tongxing.schema import Outcome

MAX_HOPS = 4
"""From the hub that is asked by a client to the one that asks the issuer. Each takes a part of one
deadline. Error: TOO_MANY_HOPS."""

QUESTIONS_AT_ONCE = 200
"""People and codes in one request."""

ISSUERS_AT_ONCE = 64
"""Of one question."""

STATEMENTS_AT_ONCE = 2_000
"""In one request, each of a person and an issuer: an answer has some 16 MB at the most."""

STATEMENT_BYTES = 8 * 1024
"""What each statement that is asked for adds to the limit of an answer."""

RELAY_DOCUMENT = """\
query RelayedStatements($input: StatementRelayInput!) {
  relayedStatements(input: $input) {
    index
    sources {
      issuer {
        id
      }
      outcome
      road
      relayedStatement {
        call
        parts
        opening
      }
    }
  }
}
"""
"""Every hub has it as a trusted document."""

RELAY_DOCUMENT_ID = f"sha256:{sha256(RELAY_DOCUMENT.encode()).hexdigest()}"

_PATH = "/graphql"
_JSON = {"content-type": "application/json"}
_READABLE = frozenset({HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})
"""Beside data, the refusals whose code says what is wrong."""

_SILENCE = frozenset({Outcome.NO_ACCESS, Outcome.BUSY, Outcome.TIMED_OUT, Outcome.CIRCUIT_OPEN})
_AS_SAID = _SILENCE | {Outcome.MALFORMED, Outcome.NOT_PROVEN}
_OF_THE_HOLDER = frozenset(
    {Outcome.NOT_ENROLLED, Outcome.NOT_THIS_ISSUER, Outcome.CODE_EXPIRED, Outcome.MUST_UPDATE}
)

WORDS: Mapping[Outcome, Outcome] = {
    **{outcome: outcome for outcome in _AS_SAID},
    **dict.fromkeys(_OF_THE_HOLDER, Outcome.NOT_PROVEN),
}
"""What a hub's word stands for that comes without a statement: a fault of the issuer. What it says
of the holder is not proven, so that no policy rules it more mildly than silence. Any other word
has to come with a statement, and is MALFORMED without one."""


@dataclass(frozen=True, slots=True)
class HubQuestion:
    """``issuers`` are to be asked ``question``."""

    question: Question
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """A statement as another hub handed it over. ``call`` is the form that the issuer's dialect
    knows; nothing of it is checked."""

    call: str
    parts: tuple[bytes, ...]
    opening: tuple[str, ...]
    road: tuple[str, ...]

    def digest(self) -> str:
        """As that of the statement which it becomes: what is relayed is signed."""
        return base64url.encode(sha256(b"\n".join(self.parts)).digest())


Told = Handed | Outcome


class OtherHubRefuses(Unusable):
    """The hub answers none of the questions. ``code`` is one of the errors that are known here, or
    else HUB_REFUSED: figures and logs hold it."""

    def __init__(self, unchecked_code: str) -> None:
        self.code = unchecked_code if unchecked_code in _REFUSALS else "HUB_REFUSED"
        super().__init__(self.code)
        self.outcome = _REFUSALS.get(self.code, Outcome.MALFORMED)


_REFUSALS: Mapping[str, Outcome] = {
    "UNAUTHENTICATED": Outcome.NO_ACCESS,
    "FORBIDDEN_SCOPE": Outcome.NO_ACCESS,
    "FORBIDDEN_REGION": Outcome.NO_ACCESS,
    "CLIENT_STOPPED": Outcome.NO_ACCESS,
    "ROAD_COMES_BACK": Outcome.NO_ACCESS,
    "ROAD_ENDS_ELSEWHERE": Outcome.NO_ACCESS,
    "TOO_MANY_HOPS": Outcome.NO_ACCESS,
    "OVERLOADED": Outcome.BUSY,
    "UNAVAILABLE": Outcome.BUSY,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one hub at a time. ``exchange`` is a new text by which both hubs record it;
    ``road`` the hubs that the questions have come through, this one last; ``within_milliseconds``
    how long the answer is waited for."""

    exchange: str
    region: str
    road: tuple[str, ...]
    within_milliseconds: int
    asked: Sequence[HubQuestion]

    def ask(self) -> Conversation[Mapping[str, Told]]:
        """For each of ``asked`` what came for its issuers. Raises Unusable."""
        answer = yield self._written()
        sources = _read(answer.body, len(self.asked))
        return tuple(map(_of_question, self.asked, sources))

    def _written(self) -> HttpRequest:
        pairs = sum(len(each.issuers) for each in self.asked)
        variables = {
            "exchange": self.exchange,
            "receivingRegion": self.region,
            "road": self.road,
            "withinMilliseconds": self.within_milliseconds,
            "questions": [_question(each) for each in self.asked],
        }
        body = encode({"documentId": RELAY_DOCUMENT_ID, "variables": {"input": variables}})
        limit = ANSWER_LIMIT_BYTES + pairs * STATEMENT_BYTES
        return HttpRequest("POST", _PATH, _JSON, body, limit, _READABLE)


def _question(asked: HubQuestion) -> Mapping[str, object]:
    question, issuers = asked.question, {"issuers": asked.issuers}
    if isinstance(question, ByCode):
        at = question.checkpoint
        checkpoint = {
            "name": at.name,
            "position": at.position,
            "department": at.department,
            "verifierName": at.verifier_name,
            "verifierPhone": at.verifier_phone,
        }
        return {"scan": {"code": question.code, "checkpoint": checkpoint}, **issuers}
    document = question.document
    shown = {"kind": document.kind.name, "number": document.number, "name": document.name}
    return {"document": shown, **issuers}


_Short = Annotated[str, Meta(max_length=64)]


class _Named(Struct):
    id: _Short


class _Statement(Struct):
    call: _Short
    parts: Annotated[list[str], Meta(max_length=4)]
    opening: Annotated[list[_Short], Meta(max_length=4)]


class _Source(Struct):
    issuer: _Named
    outcome: str
    road: Annotated[list[_Short], Meta(max_length=MAX_HOPS)]
    statement: _Statement | None = field(name="relayedStatement", default=None)


class _Answer(Struct):
    index: int
    sources: list[_Source]


class _Data(Struct):
    answers: list[_Answer] | None = field(name="relayedStatements", default=None)


class _Extensions(Struct):
    code: _Short = ""


class _Error(Struct):
    extensions: _Extensions = msgspec.field(default_factory=_Extensions)


class _Body(Struct):
    data: _Data | None = None
    errors: list[_Error] = []


_BODY = Decoder(_Body)


def _read(unverified: bytes, questions: int) -> Sequence[Sequence[_Source]]:
    """What came for each question, in order. Raises OtherHubRefuses."""
    try:
        body = _BODY.decode(unverified)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise OtherHubRefuses("") from None
    answers = None if body.data is None else body.data.answers
    if answers is None or body.errors:
        raise OtherHubRefuses(next((error.extensions.code for error in body.errors), ""))
    by_index = {answer.index: answer.sources for answer in answers}
    if len(answers) != questions or by_index.keys() != set(range(questions)):
        raise OtherHubRefuses("")
    return [by_index[index] for index in range(questions)]


def _of_question(asked: HubQuestion, sources: Collection[_Source]) -> Mapping[str, Told]:
    """An issuer that is missing, or there twice, is MALFORMED; one that was not asked is not looked
    at."""
    found: dict[str, list[_Source]] = {issuer: [] for issuer in asked.issuers}
    for source in sources:
        found.get(source.issuer.id, []).append(source)
    return {
        issuer: _told(of_issuer[0]) if len(of_issuer) == 1 else Outcome.MALFORMED
        for issuer, of_issuer in found.items()
    }


def _told(source: _Source) -> Told:
    statement = source.statement
    if statement is None:
        return WORDS.get(_outcome(source.outcome), Outcome.MALFORMED)
    try:
        parts = tuple(base64url.decode(part) for part in statement.parts)
    except ValueError:
        return Outcome.MALFORMED
    return Handed(statement.call, parts, tuple(statement.opening), tuple(source.road))


def _outcome(name: str) -> Outcome:
    """That of a later version is as good as none."""
    return Outcome.__members__.get(name, Outcome.MALFORMED)
