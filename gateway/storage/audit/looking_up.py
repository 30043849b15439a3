"""Where the entries of a holder or of a request lie, by the tables that are filled behind the log.

They hold the beginning of a holder or a request, so what they find is compared as a whole. They say
nothing of the entries behind the place up to which they are filled: those are for ``search``. ``+``
keeps SQLite from reading all between the ends of the gap in place of what the tables say.
"""

from dataclasses import dataclass
from typing import Any

from tongxing.gateway.storage.audit.filter_sql import Joined, conditions, sought_id
from tongxing.gateway.storage.audit.gaps import Gap
from tongxing.gateway.storage.audit.page import AuditFilter
from tongxing.gateway.storage.columns import places
from tongxing.gateway.storage.database import ReadSession
from tongxing.gateway.storage.entries import ENTRY_COLUMNS
from tongxing.gateway.storage.indexing import HOLDER_BYTES, PART_ENTRIES, REQUEST_CHARACTERS
from tongxing.keys import base64url

PARTS_AT_ONCE = 64
"""Parts of the log in which a holder is looked up together: some milliseconds."""


@dataclass(frozen=True, slots=True)
class RequestLookUp:
    prefix: str
    where: Joined
    is_last: bool

    def piece(self, gap: Gap) -> Gap:
        """What of ``gap`` is read together."""
        return gap

    def rows(self, piece: Gap, most: int, session: ReadSession) -> list[Any]:
        """What lies in it, up to ``most`` rows, the first or the last of them."""
        asked = (self.prefix, *self.where.values, piece.low, piece.high, most)
        return session.execute(self.sql(), asked)

    def sql(self) -> str:
        """The entries of two rows of ``audit_requests`` never overlap: each was filled in from
        other entries. So they come in their order."""
        order = "DESC" if self.is_last else "ASC"
        return (
            f"SELECT {ENTRY_COLUMNS} FROM audit_requests "  # noqa: S608 - constants
            "CROSS JOIN audit_entries WHERE idx >= first AND idx <= last "
            f"AND prefix = ? AND {self.where.clauses} +idx > ? AND +idx < ? "
            f"ORDER BY first {order}, idx {order} LIMIT ?"
        )


@dataclass(frozen=True, slots=True)
class HolderLookUp:
    prefixes: tuple[bytes, ...]
    where: Joined
    is_last: bool

    def piece(self, gap: Gap) -> Gap:
        """What of ``gap`` is read together."""
        if self.is_last:
            return gap.since((_part(gap.high - 1) - PARTS_AT_ONCE + 1) * PART_ENTRIES)
        return gap.up_to((_part(gap.low + 1) + PARTS_AT_ONCE) * PART_ENTRIES)

    def rows(self, piece: Gap, most: int, session: ReadSession) -> list[Any]:
        """What lies in it, up to ``most`` rows, the first or the last of them."""
        parts = range(_part(piece.low + 1), _part(piece.high - 1) + 1)
        sql, ends = self.sql(), (piece.low, piece.high)
        found: list[Any] = []
        for part in reversed(parts) if self.is_last else parts:
            begin, left = part * PART_ENTRIES, most - len(found)
            found += session.execute(
                sql, (begin, part, *self.prefixes, *self.where.values, *ends, left)
            )
            if len(found) == most:
                break
        return found

    def sql(self) -> str:
        """In one part, which begins at the first parameter."""
        order = "DESC" if self.is_last else "ASC"
        return (
            f"SELECT {ENTRY_COLUMNS} FROM audit_holders "  # noqa: S608 - constants
            "CROSS JOIN audit_entries WHERE idx = ? + place "
            f"AND part = ? AND prefix IN ({places(self.prefixes)}) "
            f"AND {self.where.clauses} +idx > ? AND +idx < ? "
            f"ORDER BY place {order} LIMIT ?"
        )


LookUp = RequestLookUp | HolderLookUp


def look_up(where: AuditFilter, *, is_last: bool) -> LookUp | None:
    """None if ``where`` names neither a holder nor a request."""
    joined = conditions(where)
    if where.request_id is not None:
        return RequestLookUp(sought_id(where.request_id)[:REQUEST_CHARACTERS], joined, is_last)
    holders = where.named_holders if where.holder is None else (where.holder,)
    if not holders:
        return None
    prefixes = dict.fromkeys(base64url.decode(each)[:HOLDER_BYTES] for each in holders)
    return HolderLookUp(tuple(prefixes), joined, is_last)


def _part(index: int) -> int:
    return index // PART_ENTRIES
