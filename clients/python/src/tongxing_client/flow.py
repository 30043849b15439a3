"""How the parts of this library that decide ask for what they cannot do themselves.

A flow is a generator: it yields a ``Send``, a ``Wait`` or an ``Alone``, is sent what came of it,
and returns its result. It opens no connection, reads no clock and waits for nothing, so that the
two clients, with and without ``await``, are the same program; each is a loop over these three.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class HttpRequest:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class HttpReply:
    """``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Send:
    """An HttpReply comes of it within ``seconds``, or HubUnreachable is raised."""

    request: HttpRequest
    seconds: float


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Alone:
    """``flow`` is run while no other one of this client's is: a token is renewed once, not once for
    each question that waits for it."""

    flow: "Flow[Any]"


Effect = Send | Wait | Alone
Flow = Generator[Effect, Any, T]


@dataclass(frozen=True)
class Clocks:
    """``seconds`` is monotonic; ``unix`` is the time of day, in seconds since 1970; ``random`` is
    in [0, 1)."""

    seconds: Callable[[], float]
    unix: Callable[[], float]
    random: Callable[[], float]
