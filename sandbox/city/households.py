"""Who is under control, since when, and who lives with them. Writes down and looks up."""

from collections.abc import Iterable

from tongxing.sandbox.city.store import Store


class Households:
    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, ordinal: int, members: Iterable[int], at: int) -> None:
        """A control that goes on keeps its beginning; its household can grow."""
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
