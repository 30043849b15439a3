"""Where the hub's database is: a file, or a PostgreSQL server.

Responsible for telling the two apart in the settings, and for never showing a credential. Refuses
to open either.
"""

from pathlib import Path
from urllib.parse import urlsplit

SERVER_SCHEMES = ("postgresql://", "postgres://")
SERVER_FILES = "tongxing.postgresql"
"""The name beside which this machine keeps what it has seen of a server's log."""


class DatabasePlace:
    """``url`` is that of a server; without it the database is the SQLite ``file``. What this
    machine has seen of the log (head, bookmark) lies beside ``file`` in either case. A plain class:
    settings take it as one value."""

    __slots__ = ("file", "url")

    def __init__(self, file: Path, url: str | None = None) -> None:
        self.file = file
        self.url = url

    @classmethod
    def of(cls, text: str, directory: Path) -> "DatabasePlace":
        """As a settings file in ``directory`` names it. Raises ValueError."""
        if text.startswith(SERVER_SCHEMES):
            return cls(directory / SERVER_FILES, text)
        if not text or "://" in text:
            raise ValueError(
                "须为文件路径或 postgresql:// 地址 neither a path nor an address postgresql://…"
            )
        return cls(directory / text)

    def within(self, directory: Path) -> "DatabasePlace":
        return DatabasePlace(directory / self.file, self.url)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DatabasePlace):
            return NotImplemented
        return (self.file, self.url) == (other.file, other.url)

    def __hash__(self) -> int:
        return hash((self.file, self.url))

    def __repr__(self) -> str:
        return f"DatabasePlace({self})"

    def __str__(self) -> str:
        """The file, or the server and its database without who connects to it."""
        if self.url is None:
            return str(self.file)
        parts = urlsplit(self.url)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"
