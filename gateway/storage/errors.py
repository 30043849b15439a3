"""Whose fault it is when storage does not do what it was asked.

    StorageFault
    ├── StorageUnavailable    the disk, at this moment: full, failing, locked, closed; may recover
    └── StorageRefused        the file itself: open to others, not ours, written by a newer program

The texts are fixed: what the database library says stays in ``__cause__``.
"""

from enum import StrEnum, unique


class StorageFault(Exception):
    """Storage did not do what it was asked."""


class StorageUnavailable(StorageFault):
    """Nothing can be recorded or read at this moment; whoever waits must not be answered."""


@unique
class Refusal(StrEnum):
    OPEN_TO_OTHERS = "OPEN_TO_OTHERS"
    NOT_OURS = "NOT_OURS"
    NEWER_SCHEMA = "NEWER_SCHEMA"
    JOURNAL_MODE = "JOURNAL_MODE"


class StorageRefused(StorageFault):
    """A database file that the program does not run with; the sentence says how to mend it."""

    def __init__(self, refusal: Refusal, sentence: str) -> None:
        super().__init__(sentence)
        self.refusal = refusal
