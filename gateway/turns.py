"""Long work in pieces, so that the event loop comes round between them.

Responsible for how long one turn of the loop is used for such work, whoever does it, and for the
order of those that wait. Refuses to know what the work is. Short work does not ask.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

PIECE_SECONDS = 0.0015
"""What long work uses of one turn of the loop, all of it together. One step more may begin just
before; the longest steps take some 3 ms. Between two turns other threads get the interpreter's
lock: with 5 ms, the writer waited as long for it at each of its statements."""


class Turns:
    """One for all requests of a hub. ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: float | None = None
        self._is_arranged = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def all(self, work: Iterable[T]) -> list[T]:
        """What the iterator ``work`` makes, step by step."""
        made: list[T] = []
        steps = iter(work)
        while True:
            await self.next()
            try:
                made.append(next(steps))
            except StopIteration:
                return made

    async def next(self) -> None:
        """Returns when there is time for one step: at once, or when its turn has come."""
        if self._is_used_up():
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn

    def _is_used_up(self) -> bool:
        if self._ends is not None:
            return self._clock() > self._ends
        self._ends = self._clock() + PIECE_SECONDS
        self._arrange()
        return False

    def _arrange(self) -> None:
        if not self._is_arranged:
            self._is_arranged = True
            asyncio.get_running_loop().call_soon(self._begin_turn)

    def _begin_turn(self) -> None:
        """The loop has come round. Of those that wait, the one that has waited longest goes on in
        each turn, so nobody who has just used up a turn is before those who had none."""
        self._is_arranged = False
        self._ends = None
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break
        if self._waiting:
            self._arrange()
