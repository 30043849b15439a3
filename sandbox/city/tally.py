"""What has happened, counted by the hour as it happens: the report's figures.

Showings are kept in memory until there are enough for a write. A process that is killed loses the
last of them, and nothing else: whatever is more than a showing is written in the transaction of
the event itself.
"""

from collections import Counter
from enum import StrEnum, unique

from tongxing.sandbox.city.store import Store
from tongxing.sandbox.issuers.records import HOUR

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


class Tally:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._shown: Counter[int] = Counter()
        self._held = 0

    def count(self, figure: Figure, at: int) -> None:
        """Inside the transaction of the event that is counted."""
        self._add(figure, at // HOUR, 1)

    def count_showing(self, at: int) -> None:
        self._shown[at // HOUR] += 1
        self._held += 1
        if self._held >= _SHOWINGS_HELD:
            self.write()

    def write(self) -> None:
        """Only what the disk has taken is forgotten here."""
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

    def _add(self, figure: Figure, hour: int, count: int) -> None:
        self._store.run(_ADD, (figure.value, hour, count))


_ADD = (
    "INSERT INTO tallies VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)
