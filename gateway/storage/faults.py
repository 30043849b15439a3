"""Why storage did not do what it was asked.

    StorageFault
    ├── StorageUnavailable    the disk, at this moment: full, failing, locked, closed; may recover
    │   ├── KeptWithoutMark   it was recorded, and is acknowledged to nobody
    │   └── StorageDamaged    what is on the disk cannot be what was written; does not recover
    └── StorageRefused        the file itself: open to others, not ours, written by a newer program

The texts are fixed: the database library's own text stays in ``__cause__``.
"""

from enum import StrEnum, unique


class StorageFault(Exception):
    """Storage did not do what it was asked."""


class StorageUnavailable(StorageFault):
    """Nothing can be recorded or read at this moment; a client that waits must get no answer."""


class KeptWithoutMark(StorageUnavailable):
    """The change is in the database, but not the mark that shows if the database is put back to an
    earlier state. No answer may rest on it."""


class StorageDamaged(StorageUnavailable):
    """The database library found pages that make no sense."""


@unique
class StorageRefusal(StrEnum):
    OPEN_TO_OTHERS = "OPEN_TO_OTHERS"
    NOT_OURS = "NOT_OURS"
    NEWER_SCHEMA = "NEWER_SCHEMA"
    JOURNAL_MODE = "JOURNAL_MODE"
    OLDER_SCHEMA = "OLDER_SCHEMA"
    NOT_DURABLE = "NOT_DURABLE"
    OTHER_HUB = "OTHER_HUB"


class StorageRefused(StorageFault):
    """A database file that the program does not run with; the sentence says what to do about it."""

    def __init__(self, refusal: StorageRefusal, sentence: str) -> None:
        super().__init__(sentence)
        self.refusal = refusal
