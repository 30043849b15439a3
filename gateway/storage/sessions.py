"""What storage asks of a database: sessions that run statements, and an engine that opens them.

There are two: one SQLite file (``sqlite_engine``), and a PostgreSQL server that any number of
processes share (``postgres``). Statements are written once, in the SQL that both understand, with
``?`` for each value. Refuses to know what they say.
"""

from collections.abc import Hashable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

Identity = Hashable
"""Which database a path or an address names at a moment."""


class Session(Protocol):
    """One connection, used by one thread at a time."""

    @property
    def changes(self) -> int:
        """Grows whenever a statement has changed anything."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """The rows of one statement."""
        ...

    def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None: ...

    def announce(self, topics: Iterable[str]) -> None:
        """At the COMMIT, to all other processes that listen."""
        ...

    def is_over(self) -> bool:
        """Whether the other side has ended it while nothing was asked."""
        ...

    def close(self) -> None: ...


class Engine(Protocol):
    """A database, whether there is a connection to it or not. ``head_file`` is where the last
    checkpoint that this machine has signed lies."""

    @property
    def head_file(self) -> Path: ...

    @property
    def shows_what_may_go(self) -> bool:
        """Whether what is read may be gone if a server fails, because it is not on disk yet."""
        ...

    def prepare(self) -> None:
        """Make or migrate what is not there yet. Raises StorageRefused for a database that the
        program does not run with, StorageUnavailable if it cannot be opened, AuditDamaged if an
        earlier version's log is not whole."""
        ...

    def identify(self, opened: Identity | None) -> Identity:
        """Which database there is now, given the one that a session has open. Raises
        StorageUnavailable, OSError."""
        ...

    def accept(self, session: Session) -> None:
        """It holds all that this process has signed: from now on no other is opened that came
        before it."""
        ...

    def look_for_a_later(self) -> None:
        """Find out whether another one has taken the place of the one that is open, which would not
        show by itself; ``identify`` says so afterwards."""
        ...

    def scrub(self) -> bool:
        """Overwrite what was deleted, as far as the database reaches; whether that is done. What
        lies in backups, in the log of a server and in blocks that the disk has given up stays until
        they go. Raises what ``is_fault`` knows."""
        ...

    def writing_session(self) -> Session: ...

    def reading_session(self) -> Session:
        """One that changes no data."""
        ...

    def transaction(self, session: Session) -> AbstractContextManager[None]:
        """Rolled back if anything in it fails. Of all processes one at a time is inside, so that
        what is read there is still true at the COMMIT. At its end everything is on disk."""
        ...

    def is_fault(self, error: BaseException) -> bool:
        """Whether it comes from the database or its library."""
        ...

    def is_damage(self, error: BaseException) -> bool:
        """Whether it says that what is on the disk makes no sense."""
        ...
