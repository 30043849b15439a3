"""What a dialect is: what one code system can be asked, how it is asked, how its statements read.

Responsible for the values that pass between a dialect and its adapter. Questions are checked before
they come here. Refuses to know any system; ``adapters.dialects`` lists them.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from tongxing.adapters.tickets import Ticket
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.keys import base64url
from tongxing.keys.channel import OverChannel
from tongxing.keys.envelope import UnverifiedEnvelope
from tongxing.keys.kept_evidence import KeptEvidence
from tongxing.keys.verification import Verified
from tongxing.schema import HealthCode, Outcome, SourceAnswer, TravelDocument
from tongxing.schema.forgery import ForgeryCause
from tongxing.schema.source_statement import StatementForm


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The place and the person that verify a scanned code. Sukangma asks for them
    (docs/wire-formats.md §2)."""

    name: str
    position: str
    department: str
    verifier_name: str = field(repr=False)
    verifier_phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByDocument:
    document: TravelDocument


@dataclass(frozen=True, slots=True)
class ByCode:
    code: str = field(repr=False)
    checkpoint: Checkpoint


Question = ByDocument | ByCode


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one exchange different from every other: a dialect reads no clock and draws no
    nonce. ``at`` is aware; ``nonce`` has 22 base64url characters (128 bits) and is used once, and
    so is ``ticket``: None if the exchange has to ask for its own number, where there are numbers.
    """

    at: datetime
    nonce: str
    ticket: Ticket | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """What an issuer stated, as received: all that is needed to verify and decode it again.

    ``parts`` are the received bytes. ``binding`` is what only the request knew and the signature
    must cover. The dialect and the ``form`` say in which order. Both are about a person, so
    printing shows neither. ``received_at`` is the time given to the exchange that brought the
    statement; it came at most one deadline later. ``road`` are the hubs through which it came, the
    one that this hub asked first; none if the issuer itself was asked.
    """

    issuer: str
    form: str
    received_at: datetime
    parts: tuple[bytes, ...] = field(repr=False)
    binding: tuple[str, ...] = field(default=(), repr=False)
    road: tuple[str, ...] = ()

    def received(self, at: datetime) -> "Statement":
        """The same for one whose exchange was given that time."""
        # ``dataclasses.replace`` takes five times as long.
        return Statement(self.issuer, self.form, at, self.parts, self.binding, self.road)

    def digest(self) -> str:
        """SHA-256 of the statement as received (its parts, a line feed between two), base64url
        without padding: what receipts and the audit log name it by. If the signature is missing,
        the binding follows, with its random nonce: a masked state has so few possible texts that
        its digest alone would tell which one it was."""
        bound = () if all(self.parts) else tuple(text.encode() for text in self.binding)
        told = b"\n".join((*self.parts, *bound))
        return base64url.encode(sha256(told).digest())


@dataclass(frozen=True, slots=True)
class Reading:
    """What a believed statement says, signed or not, before the adapter checks its time.

    ``signed_at`` and ``ends_at`` are None if the statement has no such time; it is then bound to
    its request instead. ``document`` is that of the holder of a scanned code, if the issuer reveals
    it.
    """

    outcome: Outcome
    signed_at: datetime | None
    ends_at: datetime | None = None
    codes: tuple[HealthCode, ...] = ()
    document: TravelDocument | None = None


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """A statement taken apart and decoded, so that a later use need not do it again.

    Not believed by itself: ``Adapter.read_again`` verifies the same ``evidence`` against the trust
    list of that moment before it uses ``reading``, which is a pure function of the bytes and the
    question. ``is_signed`` is False if the issuer signs nothing. ``regions`` are those in which the
    places of its codes were found to lie; None before that was checked.
    """

    statement: Statement
    question: Question = field(repr=False)
    evidence: tuple[KeptEvidence, ...] = field(repr=False)
    reading: Reading = field(repr=False)
    digest: str
    is_signed: bool
    regions: tuple[str, ...] | None = None

    def checked(self, regions: tuple[str, ...]) -> "ReadStatement":
        """The same, with its places found to lie in ``regions``."""
        # Written out for the same reason as ``Statement.received``.
        return ReadStatement(
            *(self.statement, self.question, self.evidence),
            *(self.reading, self.digest, self.is_signed),
            regions,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question: the source as people see it, and the document that a scan
    revealed, so that the other issuers may be asked about the same person. ``read`` is what it was
    read from; None if there was no statement, or none that could be read. ``ahead`` is by how much
    a valid signature is ahead of the time at which it was received; None if it names no time."""

    source: SourceAnswer
    document: TravelDocument | None = None
    read: ReadStatement | None = field(default=None, compare=False, repr=False)
    ahead: timedelta | None = field(default=None, compare=False)

    def ends(self) -> Iterator[datetime]:
        """The moments at which the statement may read otherwise under the same trust list: its own
        end, and those of its codes."""
        if self.read is not None:
            reading = self.read.reading
            ends = (reading.ends_at, *(code.valid_until for code in reading.codes))
            yield from (end for end in ends if end is not None)


class Unusable(Exception):
    """An answer that states nothing. ``outcome`` says why; nothing of its content is kept.
    ``forgery`` is None if an honest failure explains it.

    Unusable
    ├─ Declined      the issuer says so itself, in an answer that needs no signature
    ├─ Malformed     it does not follow its format
    ├─ WrongHolder   it is about another person or another request
    ├─ OutOfBounds   its issuer may not speak for that place
    ├─ NotSigned     it is not signed, and its system signs every statement
    ├─ NotProven     only another hub says that it is the issuer's
    └─ Replayed      it is signed for another time
    """

    outcome: Outcome
    forgery: ForgeryCause | None = None


class Declined(Unusable):
    """``outcome`` is always one that cannot lead to a green."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome


class Malformed(Unusable):
    outcome = Outcome.MALFORMED


class WrongHolder(Unusable):
    outcome = Outcome.WRONG_HOLDER
    forgery = ForgeryCause.OTHER_HOLDER


class OutOfBounds(Unusable):
    outcome = Outcome.BAD_SIGNATURE
    forgery = ForgeryCause.OTHER_PLACE


class NotSigned(Unusable):
    outcome = Outcome.BAD_SIGNATURE


class NotProven(Unusable):
    outcome = Outcome.NOT_PROVEN


class Replayed(Unusable):
    outcome = Outcome.STALE


def nothing_opened(opening: tuple[str, ...]) -> tuple[str, ...]:
    """Of a system whose statements no opening ties to their question. Raises Malformed."""
    if opening:
        raise Malformed
    return ()


Result = Statement | Outcome
"""The result of one question: a statement to verify, or the outcome if there is none."""

Exchange = Generator[HttpRequest, HttpResponse, tuple[Result, ...]]
"""One conversation as a pure coroutine: it yields requests, is sent responses, and returns one
result for each question, in order. Raises Unusable if the issuer declines or cannot be
understood."""


@dataclass(frozen=True, slots=True)
class ReceivedChanges:
    """What an issuer's change feed answered after the number ``after``, as received: its changes
    in order, unverified, and the number that it gives as the last one."""

    after: int
    entries: tuple[bytes, ...] = field(repr=False)
    last: int


@dataclass(frozen=True, slots=True)
class NumberedReading:
    """What a verified change says: its ``number`` in the feed, and whom it is about, as the issuer
    names them in its statements."""

    number: int
    subject: str = field(repr=False)
    reading: Reading = field(repr=False)


AskChanges = Generator[HttpRequest, HttpResponse, tuple[ReceivedChanges]]


class ChangeFeed(Protocol):
    """Every change of what a system states about people, in the order in which it recorded them,
    numbered from 1 without a gap; it names nobody. Pure, as its dialect."""

    def subject_of(self, document: TravelDocument) -> str:
        """How changes name this person. Anybody who knows a document can work it out."""
        ...

    def ask_changes(self, after: int, limit: int) -> AskChanges:
        """Up to ``limit`` changes after the number ``after``. Raises Unusable."""
        ...

    def open_change(self, entry: bytes) -> UnverifiedEnvelope:
        """Raises MalformedEnvelope."""
        ...

    def decode_change(self, verified: Verified) -> NumberedReading:
        """Raises Unusable."""
        ...


AskTickets = Callable[[int, Stamp], Generator[HttpRequest, HttpResponse, tuple[Ticket, ...]]]
"""The conversation that asks for up to so many numbers; at least one comes, or it raises
Unusable."""


Decode = Callable[[tuple[Verified, ...], Statement, Question], Reading]
"""What a statement says about the holder of a question. Raises Unusable."""


class Dialect(Protocol):
    """One code system. Pure: no clock, no randomness, no socket; equal input gives equal output."""

    @property
    def issuer(self) -> str: ...

    @property
    def batch_limit(self) -> int:
        """How many documents one exchange may ask about."""
        ...

    def claims(self, code: str) -> bool:
        """Whether the scanned text has the form of this system's codes."""
        ...

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        """Ask about 1 to ``batch_limit`` documents."""
        ...

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        """Ask about a code that this system claims; one result."""
        ...

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        """Every signed message that the statement rests on. Raises MalformedEnvelope."""
        ...

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        """What the statement says about the holder of ``question``; ``verified`` is in the order of
        ``open``. Raises Unusable."""
        ...

    def shown_as(self, statement: Statement) -> StatementForm | None:
        """How a client checks ``statement`` without the hub. None if it names its holder in full,
        which a client that scanned a code has not been told."""
        ...

    def forms_of_answer(self, question: Question) -> Mapping[str, int]:
        """The forms that a statement about ``question`` may have, each with its number of parts:
        what another hub hands over is held against them."""
        ...

    def opening(self, statement: Statement) -> tuple[str, ...]:
        """What another hub needs besides the question to tie ``statement`` to it. Empty if it
        needs nothing, or if that would show what the issuer and this hub keep to themselves."""
        ...

    def binding_of(self, opening: tuple[str, ...]) -> tuple[str, ...]:
        """The binding of a statement that another hub has handed over. Raises Malformed."""
        ...

    @property
    def decode_unbound(self) -> Decode | None:
        """As ``decode``, without the tie to the request, which only the hub can check that made
        it: number and name have to fit as far as they are shown. None if ``opening`` is enough."""
        ...

    @property
    def ask_tickets(self) -> AskTickets | None:
        """None if the system gives out no numbers for exchanges."""
        ...

    @property
    def decode_unsigned(self) -> Callable[[OverChannel, Statement, Question], Reading] | None:
        """As ``decode``, for an issuer that signs nothing, by the trust list. None if the system
        signs every statement."""
        ...

    @property
    def change_feed(self) -> ChangeFeed | None:
        """None if the system tells of no changes by itself."""
        ...
