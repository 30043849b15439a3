"""What the hub does with the flips that answers show: count new ones, say when they are many."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.flips.flip import Flip
from gateway.flips.store import FlipStore
from keys import HolderRef
from schema import Basis

REMEMBERED_FLIPS = 100_000
"""Known to be counted already, so that asking again and again about a person costs nothing; the
oldest go first, and are then counted again by the store, which knows them too."""


class FlipWatch(Protocol):
    def mass_flip(self, issuer: str, basis: str, people: int) -> None: ...


class FlipAlarms:
    def __init__(self, store: FlipStore, watch: FlipWatch) -> None:
        self._store = store
        self._watch = watch
        self._counted: OrderedDict[tuple[str, Basis, HolderRef, datetime], None] = OrderedDict()

    async def observe(self, flips: Sequence[Flip], at: datetime) -> None:
        """Durable before the answers that show them leave. Raises StorageUnavailable."""
        fresh = [flip for flip in flips if flip.key not in self._counted]
        if not fresh:
            return
        for raised in await self._store.add(fresh, at):
            self._watch.mass_flip(raised.issuer, raised.basis, raised.people)
        for flip in fresh:
            self._counted[flip.key] = None
        while len(self._counted) > REMEMBERED_FLIPS:
            self._counted.popitem(last=False)
