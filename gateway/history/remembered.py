"""A history that was read lately, kept in this process so that a busy holder is not read anew.

As old as a statement out of the cache may be, and no older: an answer then rests on a past that is
no staler than the statements beside it. What this process learns itself is known to it at once.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from gateway.history.store import NOTHING_KEPT, HistoryStore, Kept, Lesson
from keys import HolderRef


class RememberedHistories:
    """``clock`` is monotonic, in seconds. ``capacity`` bounds the holders: beyond it, whoever was
    read first is forgotten."""

    def __init__(
        self,
        store: HistoryStore,
        *,
        lifetime_seconds: float,
        capacity: int,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._lifetime_seconds = lifetime_seconds
        self._capacity = capacity
        self._clock = clock
        self._remembered: OrderedDict[HolderRef, tuple[float, Kept]] = OrderedDict()
        self._lessons = 0

    async def of(self, holders: Collection[HolderRef], at: datetime) -> Mapping[HolderRef, Kept]:
        now = self._clock()
        found = {}
        for holder in holders:
            until, kept = self._remembered.get(holder, (now, NOTHING_KEPT))
            if now < until:
                found[holder] = kept
        missing = [holder for holder in holders if holder not in found]
        if missing:
            found |= await self._read(missing, at, now + self._lifetime_seconds)
        return found

    async def learn(self, lessons: Sequence[Lesson], at: datetime) -> None:
        """What fails may have been kept all the same, so it is forgotten here as well."""
        try:
            await self._store.learn(lessons, at)
        finally:
            self._lessons += 1
            for lesson in lessons:
                self._remembered.pop(lesson.holder, None)

    async def _read(
        self, holders: Sequence[HolderRef], at: datetime, until: float
    ) -> Mapping[HolderRef, Kept]:
        """That nothing is kept is remembered as well. Where anything was learned while it was read,
        it may be old already and is not remembered."""
        lessons = self._lessons
        read = await self._store.of(holders, at)
        kept = {holder: read.get(holder, NOTHING_KEPT) for holder in holders}
        if lessons == self._lessons:
            for holder, known in kept.items():
                self._remembered[holder] = (until, known)
                self._remembered.move_to_end(holder)
            while len(self._remembered) > self._capacity:
                self._remembered.popitem(last=False)
        return kept
