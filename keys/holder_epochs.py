"""The epochs of the holder key that are not destroyed, as they are known at one moment.

Each has a random secret of its own, so that a reference of an epoch whose secret is gone leads to
nobody. A record is written under the epoch of its own moment, which every process works out alike;
what is known of a person is looked for under all of them, also under one that is only announced:
another process, whose clock is ahead, may write under it already. Refuses to know where secrets
are kept, and when an epoch begins or ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tongxing.keys import base64url
from tongxing.keys.holder import HolderKey, HolderRef, epoch_of


@dataclass(frozen=True, slots=True, eq=False)
class HolderEpoch:
    """``begins`` is aware UTC; it lasts until another one has begun. ``since``: from when on it
    counts as old, which the first one does not from its beginning."""

    number: int
    begins: datetime
    key: HolderKey
    since: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """One person in the hub's records: ``ref`` is what is written at a moment, ``refs`` what is
    looked for, one for each epoch, ``ref`` among them."""

    ref: HolderRef
    refs: tuple[HolderRef, ...]


class HolderEpochs:
    """At least one. They never change: others are others."""

    __slots__ = ("_by_number", "_newest_first")

    def __init__(self, epochs: Iterable[HolderEpoch]) -> None:
        self._newest_first = tuple(sorted(epochs, key=_begins, reverse=True))
        self._by_number = {each.number: each for each in self._newest_first}

    def __iter__(self) -> Iterator[HolderEpoch]:
        """The newest first."""
        return iter(self._newest_first)

    def at(self, at: datetime) -> HolderEpoch:
        """The one of that moment; the oldest for a moment before it."""
        for each in self._newest_first:
            if each.begins <= at:
                return each
        return self._newest_first[-1]

    def begun_by(self, at: datetime) -> HolderEpoch | None:
        """The one of that moment; None if it may be gone."""
        epoch = self.at(at)
        return epoch if epoch.begins <= at else None

    def since(self, begin: datetime) -> Iterator[HolderEpoch]:
        """Those that had not ended at ``begin``: what was written since then is under them."""
        for each in self._newest_first:
            yield each
            if each.begins <= begin:
                return

    def numbered(self, number: int) -> HolderEpoch | None:
        return self._by_number.get(number)

    def holder(self, kind: str, number: str, at: datetime) -> Holder:
        """The person of this document; what is written of them at ``at``."""
        refs = {each: each.key.ref(kind, number) for each in self._newest_first}
        return Holder(refs[self.at(at)], tuple(refs.values()))

    def is_still(self, holder: Holder, at: datetime) -> bool:
        """Whether ``holder``, made a moment ago, is the same at ``at``: to make it takes a digest
        for each epoch."""
        written = epoch_of(base64url.decode(holder.ref)) == self.at(at).number
        return written and len(holder.refs) == len(self._newest_first)

    def shown_to(self, client_id: str, holder: HolderRef) -> str | None:
        """``holder`` as this client sees them: as in the epoch of that reference, and not at all if
        it is destroyed."""
        epoch = self._by_number.get(epoch_of(base64url.decode(holder)))
        return None if epoch is None else epoch.key.shown_to(client_id, holder)

    def behind(self, client_id: str, shown: str) -> tuple[HolderRef, ...]:
        """What the client may have been shown as ``shown``, one reference for each epoch: only that
        of the epoch in which it was shown is anybody's. Raises ValueError if it has another
        form."""
        return tuple(each.key.behind(client_id, shown) for each in self._newest_first)


def _begins(epoch: HolderEpoch) -> tuple[datetime, int]:
    return epoch.begins, epoch.number
