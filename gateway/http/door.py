"""The door: requests come in, wait for their turn, or are refused at once.

Responsible for waiting, for looking at how long turns of the event loop take while anybody is
inside, and for what is told of it. ``Admission`` decides who comes in.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import cycle
from types import TracebackType
from typing import Protocol, Self

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.admission import Admission, Decided
from tongxing.gateway.http.waiting_room import Shed, Visitor

LOOK_SECONDS = 0.01
"""Between two looks at how long a turn takes."""

RETRY_SECONDS = (1, 2, 3)
"""What refused clients are told in turn, so that they do not come back all at once."""

REFUSALS_A_SECOND = 1_000
"""Each costs some 50 µs with what the system does for it. More of them leave too little for
answers: whoever comes again before the time that it was told waits until then."""


class NoRoom(Refused):
    """OVERLOADED; ``retry_seconds`` until the client may come again."""

    def __init__(self, reason: Shed, retry_seconds: int) -> None:
        super().__init__(ErrorCode.OVERLOADED)
        self.reason = reason
        self.retry_seconds = retry_seconds


NO_HEADERS: Mapping[str, str] = {}


def retry_of(error: Exception) -> Mapping[str, str]:
    """What a client is told about coming again (RFC 9110 §10.2.3)."""
    if isinstance(error, NoRoom):
        return {"retry-after": str(error.retry_seconds)}
    return NO_HEADERS


class Allowance:
    """``a_second`` of something, counted anew each second."""

    def __init__(self, a_second: int) -> None:
        self._a_second = a_second
        self._began = float("-inf")
        self._used = 0

    def is_over(self, at: float) -> bool:
        """Whether one more is one too many."""
        if at - self._began >= 1.0:
            self._began, self._used = at, 0
        self._used += 1
        return self._used > self._a_second


class DoorWatch(Protocol):
    def shed(self, reason: str, number: int) -> None: ...

    def held(self, seconds: float) -> None:
        """A request has waited so long for a place, whether or not it got one."""
        ...

    def places(self, number: int) -> None: ...


Decide = Callable[[NoRoom | None], None]
"""Is told once, now or later: None if the request has its place."""


class Door:
    """``clock`` is monotonic, in seconds."""

    def __init__(self, admission: Admission, watch: DoorWatch, clock: Callable[[], float]) -> None:
        self._admission = admission
        self._watch = watch
        self._clock = clock
        self._retry = cycle(RETRY_SECONDS)
        self._shed: Counter[Shed] = Counter()
        self._refusals = Allowance(REFUSALS_A_SECOND)
        self._turns: dict[Visitor, Decide] = {}
        self._is_looking = False

    def place_of(self, client: str) -> "Place":
        return Place(self, client, is_known=True)

    def place_of_nobody(self) -> "Place":
        """For a request of whose client nothing is known yet (``Place.belongs_to``)."""
        return Place(self, "", is_known=True)

    def place_of_stranger(self, address: str) -> "Place":
        """For a request whose client is not known yet."""
        return Place(self, address, is_known=False)

    def rest_seconds(self, refused: NoRoom) -> int:
        """For how long nothing more is read from a connection that was ``refused``: not at all, but
        as long as it was told if refusing alone would keep the hub busy."""
        return refused.retry_seconds if self._refusals.is_over(self._clock()) else 0

    def ask(self, visitor: Visitor, decided: Decide) -> None:
        at = self._clock()
        reason = self._admission.ask(visitor, at)
        self._look()
        if reason is not None:
            decided(self._refusal(reason))
        elif visitor.begun_at is not None:
            decided(None)
        else:
            self._turns[visitor] = decided

    def leave(self, visitor: Visitor) -> None:
        at = self._clock()
        self._turns.pop(visitor, None)
        self._admission.end(visitor, at)
        self._settle(self._admission.decided(at), at)

    def clock(self) -> float:
        return self._clock()

    def _refusal(self, reason: Shed) -> NoRoom:
        self._shed[reason] += 1
        return NoRoom(reason, next(self._retry))

    def _settle(self, decided: Iterable[Decided], at: float) -> None:
        for visitor, reason in tuple(decided):
            decide = self._turns.pop(visitor)
            self._watch.held(at - visitor.came_at)
            decide(None if reason is None else self._refusal(reason))

    def _look(self) -> None:
        """At how long a turn takes, again and again while anybody is inside."""
        if not self._is_looking:
            self._is_looking = True
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._begin_look)

    def _begin_look(self) -> None:
        asyncio.get_running_loop().call_soon(self._end_look, self._clock())

    def _end_look(self, began: float) -> None:
        """All that was ready when the look began, and what came in meanwhile, was one turn."""
        self._is_looking = False
        at = self._clock()
        self._settle(self._admission.turned(at - began, at), at)
        self._settle(self._admission.decided(at), at)
        self._tell()
        if not self._admission.is_idle():
            self._look()

    def _tell(self) -> None:
        self._watch.places(self._admission.places)
        for reason, number in self._shed.items():
            self._watch.shed(reason.value, number)
        self._shed.clear()


class Place:
    """A place for one request, from ``ask`` to the end of the context."""

    __slots__ = ("_door", "_is_known", "_name", "_visitor")

    def __init__(self, door: Door, name: str, *, is_known: bool) -> None:
        self._door = door
        self._name = name
        self._is_known = is_known
        self._visitor: Visitor | None = None

    def belongs_to(self, client: str) -> None:
        """The client of the request, which is known now."""
        self._name = client

    @property
    def was_asked_for(self) -> bool:
        return self._visitor is not None

    def ask(self, decide: Decide, waited: float = 0.0, cost: float = 1.0, entries: int = 0) -> None:
        """For a request that was whole ``waited`` seconds ago (others: ``Visitor``)."""
        came_at = self._door.clock() - waited
        self._visitor = Visitor(self._name, self._is_known, came_at, cost, entries)
        self._door.ask(self._visitor, decide)

    async def enter(self, waited: float = 0.0, cost: float = 1.0, entries: int = 0) -> None:
        """The same. Returns once the request has its place. Raises NoRoom."""
        turn: asyncio.Future[NoRoom | None] = asyncio.get_running_loop().create_future()
        self.ask(partial(_tell, turn), waited, cost, entries)
        refusal = await turn
        if refusal is not None:
            raise refusal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()

    def leave(self) -> None:
        if self._visitor is not None:
            self._door.leave(self._visitor)


def _tell(turn: asyncio.Future[NoRoom | None], refusal: NoRoom | None) -> None:
    if not turn.done():
        turn.set_result(refusal)
