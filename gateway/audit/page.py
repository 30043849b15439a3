"""Pages of the log for those who may read it: filter, cursor, page, as a Relay connection asks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.audit.records import AuditKind, AuditRecord
from keys import base64url
from keys.holder import HolderRef
from schema import AuditIndex, RegionCode

PAGE_MAX_ENTRIES = 1_000

_CURSOR = re.compile(r"1:(?P<index>[0-9]{1,16})")


class InvalidCursor(ValueError):
    """A cursor that did not come from this log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """All that is given must hold. ``regions``: the receiving region is one of these or lies in
    one; entries without a region (administration) are then left out. ``since`` is included,
    ``until`` is not."""

    client_id: str | None = None
    kind: AuditKind | None = None
    regions: tuple[RegionCode, ...] | None = None
    holder: HolderRef | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    index: AuditIndex
    entry_hash: str
    record: AuditRecord


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries in the order of the log. A page may be shorter than asked for, even empty, while
    ``has_next`` is true: then the search goes on from ``end_cursor``."""

    entries: Sequence[AuditEntry]
    has_next: bool
    end_cursor: str | None


def cursor_of(index: int) -> str:
    return base64url.encode(f"1:{index}".encode())


def index_of(cursor: str) -> AuditIndex:
    """The index in ``cursor``; raises InvalidCursor."""
    try:
        found = _CURSOR.fullmatch(base64url.decode(cursor).decode("ascii"))
    except ValueError:
        found = None
    if found is None:
        raise InvalidCursor("the cursor did not come from this log")
    return AuditIndex(int(found["index"]))
