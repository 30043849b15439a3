"""The seam between a dialect and the network: one request and one response.

Responsible for their shape, and for whose fault it is if there is no response. Refuses to know of
sockets and of what a body means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Protocol

ANSWER_LIMIT_BYTES = 64 * 1024
"""The most that is read of one answer (docs/wire-formats.md). A longer answer is TooLarge."""

BATCH_QUESTION_BYTES = 2 * 1024
"""What each question of a batch adds to the limit."""


def answer_limit_bytes(questions: int) -> int:
    """The most that is read of an answer to that many questions."""
    batched = questions if questions > 1 else 0
    return ANSWER_LIMIT_BYTES + batched * BATCH_QUESTION_BYTES


CONCURRENT_EXCHANGES = 32
"""At most this many exchanges with one issuer run at once, each on its own connection. Others wait
their turn under the same deadline."""

TIMEOUT_HEADER = "tongxing-timeout-ms"
"""How long the hub still waits when the request leaves, in whole milliseconds: an issuer can stop
working after that (docs/wire-formats.md). A duration, because the two clocks may differ."""

OK = frozenset({200})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The dialect reads the body of an answer with one of ``readable_statuses``; the body of any
    other answer is not read. ``repeatable`` says that the issuer may be asked it twice: true of a
    question, not of a request that changes something. ``worth_waiting`` says that a slow answer is
    usual, as for a list of everybody: it is never hedged for being late."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    response_limit_bytes: int
    readable_statuses: frozenset[int] = OK
    repeatable: bool = True
    worth_waiting: bool = False


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@unique
class ConnectionFault(StrEnum):
    """Why no HTTP response came, for operators."""

    NO_CONNECTION = "NO_CONNECTION"
    NO_SUCH_NAME = "NO_SUCH_NAME"
    CONNECTION_ENDED = "CONNECTION_ENDED"
    CERTIFICATE = "CERTIFICATE"
    TLS = "TLS"
    NOT_HTTP = "NOT_HTTP"

    @property
    def is_lasting(self) -> bool:
        """Whether it stays until a person mends it: asking again does not help."""
        return self in (ConnectionFault.CERTIFICATE, ConnectionFault.TLS, ConnectionFault.NOT_HTTP)


class TransportError(Exception):
    """No response that a dialect could read. Holds nothing that the issuer sent. ``name`` is of a
    closed list, for operators.

    TransportError
    ├─ TimedOut          the deadline passed first
    ├─ Unreachable       no connection, or it broke before a whole HTTP response had come
    ├─ TooLarge          the body is larger than the request allows
    ├─ Encoded           the body is compressed; the request did not allow that
    └─ UnreadableStatus  the issuer refused, redirected or failed; has the status
    """

    name = "TRANSPORT_ERROR"


class TimedOut(TransportError):
    name = "TIMED_OUT"


class Unreachable(TransportError):
    def __init__(self, fault: ConnectionFault = ConnectionFault.NO_CONNECTION) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.name = fault.value


class TooLarge(TransportError):
    name = "TOO_LARGE"


class Encoded(TransportError):
    name = "ENCODED"


class UnreadableStatus(TransportError):
    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status
        hundreds = status // 100
        self.name = f"STATUS_{hundreds}XX" if hundreds in _HUNDREDS else "STATUS_OTHER"


_HUNDREDS = range(1, 6)


class Transport(Protocol):
    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """Ask and wait until ``deadline`` (the event loop's seconds, absolute) and no longer.

        Returns only responses with a readable status and a body within the request's limit. Raises
        TransportError for everything else, and no other error.
        """
        ...
