"""Vectors of a dialect: what a system answered, as it was on the wire, and how that must be read.

Responsible for their form, and for taking each along the whole road of an answer: the question is
written, the recorded bytes are sent in, and what comes out is verified, by keys that the vectors
name and nobody else believes, and decoded. Refuses to touch the disk, the network and the clock:
the vectors say what time it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import (
    ByCode,
    ByDocument,
    Checkpoint,
    Dialect,
    Question,
    Result,
    Stamp,
    Statement,
    Unusable,
)
from tongxing.adapters.reading import text_of
from tongxing.adapters.wire import HttpRequest, HttpResponse, TimedOut, Transport
from tongxing.keys.suites import InvalidKey, public_key_from_jwk
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey, TrustList
from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    InvalidDocument,
    Outcome,
    SourceAnswer,
    TravelDocument,
)

VECTORS_MAX_BYTES = 1_000_000
"""More than five hundred vectors with answers of the usual size. Error: InvalidVectors."""

VECTORS_MAX = 500
"""Each takes a millisecond at the most; they are run at each start. Error: InvalidVectors."""

ANSWERS_MAX = 4
"""Calls in one exchange; no system that is known takes more than three."""

ISSUER = "vectors"
"""The issuer that the vectors speak of, whatever it is called in a trust list."""

VECTORS_GATE = Checkpoint("查验点", "1", "测试", "测试员", "")
_AROUND = timedelta(days=1)


class InvalidVectors(ValueError):
    """They are no vectors. Says what is wrong with them."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class RecordedKey(_Part, frozen=True, kw_only=True):
    """A public key made for the vectors, as a trust list has it."""

    kid: str
    jwk: dict[str, str]


class RecordedPerson(_Part, frozen=True, kw_only=True):
    """A synthetic person. Raises InvalidVectors unless the document is well formed."""

    kind: str
    number: str
    name: str

    def document(self) -> TravelDocument:
        try:
            return TravelDocument.parse(DocumentKind[self.kind], self.number, self.name)
        except (KeyError, InvalidDocument):
            raise InvalidVectors("a person's document is not well formed") from None


class RecordedAnswer(_Part, frozen=True, kw_only=True):
    """One HTTP answer. A ``body`` that is a text is that text; any other is the JSON as it is
    written here. Header names are in lower case."""

    body: Raw
    status: int = 200
    headers: dict[str, str] = {}

    @classmethod
    def of(cls, text: str, headers: Mapping[str, str]) -> "RecordedAnswer":
        return cls(body=Raw(msgspec.json.encode(text)), headers=dict(headers))

    @property
    def text(self) -> str:
        written = text_of(self.body)
        return str(bytes(self.body), "utf-8") if written is None else written


class ExpectedCode(_Part, frozen=True, kw_only=True):
    color: str
    basis: list[str] | None = None
    place: str | None = None


class Vector(_Part, frozen=True, kw_only=True):
    """``about`` is the person who is asked about; without one, the vectors' code is scanned."""

    name: str
    about: RecordedPerson | None = None
    answers: Annotated[list[RecordedAnswer], Meta(min_length=1, max_length=ANSWERS_MAX)]
    outcome: str
    codes: list[ExpectedCode] = []


class Vectors(_Part, frozen=True, kw_only=True):
    """``scan`` is a code of the system; ``keys`` are those that signed the answers. Without keys
    the answers are read as those of a system that signs nothing. ``at`` and ``nonce`` are what the
    hub had when it asked."""

    at: datetime
    nonce: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{22}$")]
    regions: Annotated[list[str], Meta(min_length=1)]
    scan: str
    keys: list[RecordedKey] = []
    vectors: Annotated[list[Vector], Meta(min_length=1, max_length=VECTORS_MAX)]

    def question(self, vector: Vector) -> Question:
        """Raises InvalidVectors."""
        if vector.about is None:
            return ByCode(self.scan, VECTORS_GATE)
        return ByDocument(vector.about.document())

    def trust_list(self) -> TrustList:
        """A list that believes these keys for this issuer, and nobody else. Raises
        InvalidVectors."""
        span = (self.at - _AROUND, self.at + _AROUND)
        try:
            keys = {
                each.kid: TrustedKey(each.kid, public_key_from_jwk(each.jwk), *span, None)
                for each in self.keys
            }
        except InvalidKey:
            raise InvalidVectors("a key is not readable") from None
        regions = tuple(self.regions)
        issuer = TrustedIssuer(ISSUER, "测试", "test", "city", regions, "", keys, not keys)
        return TrustList(1, *span, {ISSUER: issuer}, digest=ISSUER)


def read_vectors(content: bytes) -> Vectors:
    """Raises InvalidVectors."""
    if len(content) > VECTORS_MAX_BYTES:
        raise InvalidVectors(f"more than {VECTORS_MAX_BYTES} bytes")
    try:
        vectors = _VECTORS.decode(content)
    except ValueError as error:
        raise InvalidVectors(str(error)) from None
    if vectors.at.tzinfo is None:
        raise InvalidVectors("`at` has no time zone")
    for vector in vectors.vectors:
        _check_words(vector)
        vectors.question(vector)
    vectors.trust_list()
    return vectors


_VECTORS = msgspec.json.Decoder(Vectors)


def _check_words(vector: Vector) -> None:
    bases = [basis for code in vector.codes for basis in code.basis or ()]
    words = [(vector.outcome, Outcome), *((code.color, Color) for code in vector.codes)]
    for word, words_of in [*words, *((basis, Basis) for basis in bases)]:
        if word not in words_of.__members__:
            raise InvalidVectors(f"{vector.name}: {word} is no {words_of.__name__}")


@dataclass(frozen=True, slots=True)
class Recording:
    """One dialect, and the vectors that it is tried with."""

    dialect: Dialect
    vectors: Vectors

    def stated(self, question: Question, answers: Sequence[RecordedAnswer]) -> Result:
        """What an exchange brings in which the issuer gives ``answers``."""
        stamp = Stamp(self.vectors.at, self.vectors.nonce)
        if isinstance(question, ByCode):
            exchange = self.dialect.ask_code(question, stamp)
        else:
            exchange = self.dialect.ask_documents([question.document], stamp)
        try:
            next(exchange)
            for answer in answers:
                exchange.send(_response(answer))
        except StopIteration as end:
            (result,) = end.value
            return result if isinstance(result, Statement) else Outcome(result)
        except Unusable as unusable:
            return unusable.outcome
        finally:
            exchange.close()
        raise InvalidVectors("the dialect asks on after the last answer")

    def read(
        self, result: Result, question: Question, trust_list: TrustList | None = None
    ) -> SourceAnswer:
        """Verified and decoded as the hub does."""
        if isinstance(result, Outcome):
            return SourceAnswer(issuer=ISSUER, outcome=result)  # type: ignore[arg-type]
        trusted = trust_list or self.vectors.trust_list()
        return self._adapter().read(result, question, trusted, self.vectors.at).source

    def source(self, vector: Vector) -> SourceAnswer:
        """What comes out for ``vector``."""
        question = self.vectors.question(vector)
        return self.read(self.stated(question, vector.answers), question)

    def _adapter(self) -> Adapter:
        return Adapter(self.dialect, _NOBODY, str, authenticates_issuer=True)


def difference(vector: Vector, source: SourceAnswer) -> str | None:
    """In what ``source`` is not what ``vector`` expects, or None."""
    if source.outcome.name != vector.outcome:
        return f"{vector.name}: expected {vector.outcome}, read {source.outcome.name}"
    if len(source.codes) != len(vector.codes):
        return f"{vector.name}: expected {len(vector.codes)} codes, read {len(source.codes)}"
    for code, expected in zip(source.codes, vector.codes, strict=True):
        read = (code.color.name, [basis.name for basis in code.basis], str(code.issuing_place))
        wanted = (
            expected.color,
            read[1] if expected.basis is None else expected.basis,
            expected.place or read[2],
        )
        if read != wanted:
            return f"{vector.name}: expected {wanted}, read {read}"
    return None


def _response(answer: RecordedAnswer) -> HttpResponse:
    return HttpResponse(answer.status, answer.headers, answer.text.encode())


class _Nobody:
    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:  # noqa: ARG002
        raise TimedOut


_NOBODY: Transport = _Nobody()
