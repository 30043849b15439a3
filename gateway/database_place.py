"""Where the hub's database is: a file, or a PostgreSQL server.

Responsible for telling the two apart in the settings, and for never showing a credential. Refuses
to open either.
"""

import re
from pathlib import Path

SERVER_SCHEMES = ("postgresql://", "postgres://")
SERVER_FILES = "tongxing.postgresql"
"""The name beside which this machine keeps what it has seen of a server's log."""


_NO_FILE = re.compile(
    r"://|^postgres(?:ql)?:|(?:^|\s)(?:host|hostaddr|port|dbname|user|password|service)\s*=",
    re.IGNORECASE,
)
"""Other ways to write an address, also those of the server's own programs. Taken for a file, the
password would be in its name, and the hub would run without the server."""

_HOST = r"(?:\[[0-9a-f:.]+\]|[\w.%-]*)(?::\d{1,5})?"
_SHOWN = re.compile(
    rf"postgres(?:ql)?://(?:[^@/?#]*@)?(?P<where>{_HOST}(?:,{_HOST})*(?:/[\w.%-]*)?)(?:\?[^@]*)?",
    re.ASCII | re.IGNORECASE,
)
"""Addresses of which it is certain where the password ends. It is not if there is an "@", a "/" or
a "?" in it, which people forget to encode, or if a port is no number."""


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
        if not text or _NO_FILE.search(text):
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
        """The file, or the server and its database without who connects to it; and nothing of an
        address in which a password may stand anywhere."""
        if self.url is None:
            return str(self.file)
        found = _SHOWN.fullmatch(self.url)
        return f"postgresql://{found['where'] if found else '…'}"
