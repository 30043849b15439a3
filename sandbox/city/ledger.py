"""The holders as they are, and every change of what statements say of them, in its order.

Writes down and looks up; decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from tongxing.sandbox.city.holder import Holder
from tongxing.sandbox.city.stages import Event
from tongxing.sandbox.city.store import Store

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Holder).decode


@dataclass(frozen=True, slots=True)
class Change:
    """``holder`` is as the event at ``at`` (Unix seconds) left it; ``seq`` counts from 1."""

    seq: int
    ordinal: int = field(repr=False)
    at: int
    event: Event
    holder: Holder = field(repr=False)


class Ledger:
    def __init__(self, store: Store) -> None:
        self._store = store

    def holder(self, ordinal: int) -> Holder | None:
        row = self._store.row("SELECT state FROM holders WHERE ordinal = ?", (ordinal,))
        return None if row is None else _decode(row[0])

    def put(self, ordinal: int, holder: Holder) -> None:
        self._store.run(
            "INSERT INTO holders VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
            "SET due_at = excluded.due_at, state = excluded.state",
            (ordinal, holder.due_at(), _encode(holder)),
        )

    def apply(self, ordinal: int, place: str) -> None:
        self._store.run("INSERT OR REPLACE INTO applications VALUES (?, ?)", (ordinal, place))

    def close_application(self, ordinal: int) -> None:
        self._store.run("DELETE FROM applications WHERE ordinal = ?", (ordinal,))

    def applicants(self, place: str, after: int, limit: int) -> list[int]:
        """Whose applications wait for the community of ``place``, by ordinal."""
        query = (
            "SELECT ordinal FROM applications WHERE place = ? AND ordinal > ? "
            "ORDER BY ordinal LIMIT ?"
        )
        return [ordinal for (ordinal,) in self._store.rows(query, (place, after, limit))]

    def tell(self, ordinal: int, event: Event, holder: Holder, at: int) -> None:
        self._store.run(
            "INSERT INTO changes (ordinal, at, event, state) VALUES (?, ?, ?, ?)",
            (ordinal, at, event.value, _encode(holder)),
        )

    def changes(self, after: int, limit: int) -> list[Change]:
        query = "SELECT * FROM changes WHERE seq > ? ORDER BY seq LIMIT ?"
        return [
            Change(seq, ordinal, at, Event(event), _decode(state))
            for seq, ordinal, at, event, state in self._store.rows(query, (after, limit))
        ]

    def next_due_at(self) -> int | None:
        row = self._store.row("SELECT min(due_at) FROM holders WHERE due_at IS NOT NULL")
        return None if row is None else row[0]

    def due(self, at: int, limit: int) -> Iterator[tuple[int, Holder]]:
        """Those to whom time alone does something up to ``at``, the earliest first."""
        query = (
            "SELECT ordinal, state FROM holders WHERE due_at <= ? ORDER BY due_at, ordinal LIMIT ?"
        )
        for ordinal, state in self._store.rows(query, (at, limit)):
            yield ordinal, _decode(state)
