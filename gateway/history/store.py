"""The seam of the history: what the hub asks of whatever keeps it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from keys import HolderRef
from schema import HistoryEntry


@dataclass(frozen=True, slots=True)
class Kept:
    """``entries`` oldest first; ``shortest`` the shortest time for which one of them is kept."""

    entries: tuple[HistoryEntry, ...] = ()
    shortest: timedelta | None = None


NOTHING_KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned of a holder, under a policy that keeps histories for ``kept_for``."""

    holder: HolderRef
    entries: tuple[HistoryEntry, ...]
    kept_for: timedelta


class HistoryStore(Protocol):
    async def of(self, holders: Collection[HolderRef], at: datetime) -> Mapping[HolderRef, Kept]:
        """What is still kept of each holder at ``at``; those of whom nothing is are left out.
        Raises StorageUnavailable: without the past there is no answer, for it might be a milder
        one than the past allows."""
        ...

    async def learn(self, lessons: Sequence[Lesson], at: datetime) -> None:
        """Keep what is still news, durably, and what was kept for a shorter time for longer.
        Removes what is kept no longer. Raises StorageUnavailable."""
        ...
