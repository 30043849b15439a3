"""What a page waits for besides its questions: a session, a link, a person, a line in the log.

``PageQuestions`` bounds what is asked. Before and after it the database is waited for as well, and
each of these waits ends at the hub's deadline, with a refusal (docs/invariants.md §10).
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from tongxing.gateway.http.deadline import Deadline

P = ParamSpec("P")
T = TypeVar("T")
Session_co = TypeVar("Session_co", covariant=True)


def in_time(
    call: Callable[P, Awaitable[T]], deadline_seconds: float
) -> Callable[P, Coroutine[Any, Any, T]]:
    """``call``, which raises Refused(UNAVAILABLE) if it takes longer."""

    async def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        async with Deadline(deadline_seconds).counted():
            return await call(*args, **kwargs)

    return limited


class StoresSessions(Protocol[Session_co]):
    """As ``storage.page_sessions.PageSessions``."""

    async def begin(self, subject: str, state: bytes = b"") -> Session_co: ...
    async def find(self, token: str) -> Session_co | None: ...
    async def take(self, token: str) -> Session_co | None: ...
    async def end(self, token: str) -> None: ...


class TimelySessions(Generic[Session_co]):
    """``store``, each of whose calls ends at the deadline."""

    def __init__(self, store: StoresSessions[Session_co], deadline_seconds: float) -> None:
        self.begin = in_time(store.begin, deadline_seconds)
        self.find = in_time(store.find, deadline_seconds)
        self.take = in_time(store.take, deadline_seconds)
        self.end = in_time(store.end, deadline_seconds)
