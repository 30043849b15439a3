"""The highest versions that this machine has taken, in a file beside the head of the log.

A database that was put back, or that somebody has changed, holds earlier marks beside the earlier
documents; this file does not go back with it (docs/invariants.md §11). All processes of the machine
share it. Refuses to know what the versions are of.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEEN_SUFFIX = ".seen"
SEEN_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Mark:
    """A version and the digest of its content: the same version with another digest is a fork."""

    version: int
    digest: str

    def may_follow(self, held: "Mark") -> bool:
        """Whether this may be held after ``held``."""
        return self == held or self.version > held.version


class SeenVersions:
    """The marks by name."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + SEEN_SUFFIX)

    def read(self) -> Mapping[str, Mark]:
        """Raises ValueError if the file holds anything else, OSError."""
        try:
            return self._marks(self._path.read_bytes())
        except FileNotFoundError:
            return {}

    def rise(self, marks: Mapping[str, Mark]) -> None:
        """Keep each of ``marks`` that may follow what is kept; on disk when this returns. Raises
        as ``read``."""
        with self._locked():
            held = self.read()
            new = {name: mark for name, mark in marks.items() if _is_news(held.get(name), mark)}
            if new:
                self._write({**held, **new})

    def forget(self, name: str) -> None:
        """The database was put back on purpose to a state from before. Raises as ``read``."""
        with self._locked():
            held = self.read()
            if name in held:
                self._write({key: mark for key, mark in held.items() if key != name})

    def _marks(self, content: bytes) -> Mapping[str, Mark]:
        try:
            form: dict[str, Any] = json.loads(content or b"{}")
            return {
                name: Mark(int(version), str(digest)) for name, (version, digest) in form.items()
            }
        except (ValueError, TypeError, AttributeError):
            raise ValueError(
                f"{self._path} 已损坏：确认数据库中是最新的信任列表和政策后再删除 is damaged: "
                "delete it once you know that the database holds the newest list and policies"
            ) from None

    def _write(self, marks: Mapping[str, Mark]) -> None:
        form = {name: [mark.version, mark.digest] for name, mark in sorted(marks.items())}
        beside = self._path.with_name(f".{self._path.name}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, SEEN_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(form, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """By a file of its own: the other one is replaced as a whole."""
        lock = self._path.with_name(f".{self._path.name}.lock")
        opened = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SEEN_MODE)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
        finally:
            os.close(opened)


def _is_news(held: Mark | None, mark: Mark) -> bool:
    return held is None or (mark != held and mark.may_follow(held))
