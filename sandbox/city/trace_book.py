"""The trace list, the names handed to districts, and the notices to holders.

Writes down and looks up. A notice is kept masked: the outbox shows that somebody was written to
and what, and to whom only as far as the sender of text messages needs to say.
"""

from dataclasses import dataclass, field

from tongxing.sandbox.city.holder import Arrival
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.city.trace import Stay
from tongxing.sandbox.issuers.masking import masked_name, masked_number
from tongxing.sandbox.issuers.records import Document


@dataclass(frozen=True, slots=True)
class Handover:
    """Somebody from a key area, handed to the district to which they come."""

    seq: int
    ordinal: int = field(repr=False)
    arrival: Arrival
    at: int


@dataclass(frozen=True, slots=True)
class Notice:
    seq: int
    number: str
    name: str
    text: str
    at: int


class TraceBook:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add_stay(self, ordinal: int, stay: Stay) -> None:
        self._store.run(
            "INSERT OR IGNORE INTO stays VALUES (?, ?, ?, ?)",
            (ordinal, stay.region, stay.first_day, stay.last_day),
        )

    def stays(self, ordinal: int) -> list[Stay]:
        query = "SELECT region, first_day, last_day FROM stays WHERE ordinal = ?"
        return [Stay(*row) for row in self._store.rows(query, (ordinal,))]

    def hand_over(self, ordinal: int, district: str, arrival: Arrival, at: int) -> None:
        self._store.run(
            "INSERT INTO handovers (ordinal, district, region, day, at) VALUES (?, ?, ?, ?, ?)",
            (ordinal, district, arrival.region, arrival.day, at),
        )

    def handed_over_at(self, ordinal: int) -> int | None:
        """When this person was handed over last."""
        row = self._store.row("SELECT max(at) FROM handovers WHERE ordinal = ?", (ordinal,))
        return None if row is None else row[0]

    def handovers(self, district: str, after: int, limit: int) -> list[Handover]:
        query = (
            "SELECT seq, ordinal, region, day, at FROM handovers "
            "WHERE district = ? AND seq > ? ORDER BY seq LIMIT ?"
        )
        return [
            Handover(seq, ordinal, Arrival(region, day), at)
            for seq, ordinal, region, day, at in self._store.rows(query, (district, after, limit))
        ]

    def notify(self, document: Document, text: str, at: int) -> None:
        self._store.run(
            "INSERT INTO notices (number, name, text, at) VALUES (?, ?, ?, ?)",
            (masked_number(document.number), masked_name(document.name), text, at),
        )

    def notices(self, after: int, limit: int) -> list[Notice]:
        query = "SELECT seq, number, name, text, at FROM notices WHERE seq > ? ORDER BY seq LIMIT ?"
        return [Notice(*row) for row in self._store.rows(query, (after, limit))]
