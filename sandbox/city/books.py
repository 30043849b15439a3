"""The city's books: holders and changes, households under control, traces and notices, and counts.

They write down and look up; they decide nothing. Notices are kept masked: the outbox shows what was
written, and only as much of the recipient as the sender of text messages needs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum, unique

import msgspec

from tongxing.sandbox.city.declaration import Arrival, Stay
from tongxing.sandbox.city.life import Holder
from tongxing.sandbox.city.stages import Event
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.town.documents import Document, masked_name, masked_number
from tongxing.sandbox.town.records import HOUR

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Holder).decode


@dataclass(frozen=True, slots=True)
class Change:
    """``holder`` is the state after the event at ``at`` (Unix seconds); ``seq`` counts from 1."""

    seq: int
    ordinal: int = field(repr=False)
    at: int
    event: Event
    holder: Holder = field(repr=False)


class Ledger:
    """The holders as they are now, and every change of what statements say, in order."""

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
        """The applicants who wait for the community of ``place``, by ordinal."""
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
        """The holders that time alone changes by ``at``, the earliest first."""
        query = (
            "SELECT ordinal, state FROM holders WHERE due_at <= ? ORDER BY due_at, ordinal LIMIT ?"
        )
        for ordinal, state in self._store.rows(query, (at, limit)):
            yield ordinal, _decode(state)


class Households:
    """Who is under control, since when, and who lives with them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, ordinal: int, members: Iterable[int], at: int) -> None:
        """A control that continues keeps its beginning; its household can grow."""
        self._store.run("INSERT OR IGNORE INTO controls VALUES (?, ?)", (ordinal, at))
        for member in members:
            self._store.run("INSERT OR IGNORE INTO households VALUES (?, ?)", (member, ordinal))

    def end(self, ordinal: int) -> None:
        self._store.run("DELETE FROM controls WHERE ordinal = ?", (ordinal,))
        self._store.run("DELETE FROM households WHERE controlled = ?", (ordinal,))

    def controlled_since(self, ordinal: int) -> int | None:
        row = self._store.row("SELECT began_at FROM controls WHERE ordinal = ?", (ordinal,))
        return None if row is None else row[0]

    def lives_with_controlled(self, ordinal: int) -> bool:
        query = "SELECT 1 FROM households WHERE member = ? LIMIT 1"
        return self._store.row(query, (ordinal,)) is not None


@dataclass(frozen=True, slots=True)
class Handover:
    """A person from a key area, reported to the district to which they come."""

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
    """The trace list, the names handed to districts, and the notices to holders."""

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


_SHOWINGS_HELD = 1_000


@unique
class Figure(StrEnum):
    APPLIED = "applied"
    SHOWN = "shown"
    CONVERTED = "converted"
    FROM_HIGH_RISK = "from_high_risk"
    FROM_WORST_HIT = "from_worst_hit"
    DECLARED_FALSELY = "declared_falsely"
    TURNED_RED = "turned_red"


FIGURE_NAMES = {
    Figure.APPLIED: ("申领健康码人数", "people who applied for a code"),
    Figure.SHOWN: ("亮码人次", "times that a code was shown"),
    Figure.CONVERTED: ("红码、黄码转绿码人数", "red and yellow codes turned green"),
    Figure.FROM_HIGH_RISK: (
        "14日内来镇或即将来镇的高风险地区人员数（名单已推送所在辖区）",
        "people from high-risk areas who came within 14 days or were about to, names handed on",
    ),
    Figure.FROM_WORST_HIT: (
        "其中：疫情特别严重地区人员",
        "of these from the worst-hit areas",
    ),
    Figure.DECLARED_FALSELY: (
        "申报不实并收到提醒人数",
        "declared falsely and were sent a notice",
    ),
    Figure.TURNED_RED: (
        "其中：近期到过重点地区、自动转红码人数",
        "of these turned red for a recent stay in a key area",
    ),
}


class Tally:
    """The report's figures, counted by the hour as things happen.

    Showings are kept in memory until there are enough for a write. A killed process loses the last
    of them and nothing else: every other figure is written in the transaction of its event.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shown: Counter[int] = Counter()
        self._held = 0

    def count(self, figure: Figure, at: int) -> None:
        """To be called inside the transaction of the counted event."""
        self._add(figure, at // HOUR, 1)

    def count_showing(self, at: int) -> None:
        self._shown[at // HOUR] += 1
        self._held += 1
        if self._held >= _SHOWINGS_HELD:
            self.write()

    def write(self) -> None:
        """Forgets the showings in memory only after they are on disk."""
        if not self._held:
            return
        with self._store.transaction():
            for hour, count in self._shown.items():
                self._add(Figure.SHOWN, hour, count)
        self._shown.clear()
        self._held = 0

    def totals(self) -> dict[Figure, int]:
        self.write()
        rows = self._store.rows("SELECT figure, sum(count) FROM tallies GROUP BY figure")
        return dict.fromkeys(Figure, 0) | {Figure(name): count for name, count in rows}

    def total_before(self, figure: Figure, at: int) -> int:
        """What was counted before the hour of ``at``, in Unix seconds."""
        self.write()
        return int(self._store.rows(_BEFORE, (figure.value, at // HOUR))[0][0])

    def _add(self, figure: Figure, hour: int, count: int) -> None:
        self._store.run(_ADD, (figure.value, hour, count))


_BEFORE = "SELECT coalesce(sum(count), 0) FROM tallies WHERE figure = ? AND hour < ?"
_ADD = (
    "INSERT INTO tallies VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)
