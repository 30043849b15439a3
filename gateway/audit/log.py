"""The seam of the audit log: what the hub asks of whatever keeps it."""

from collections.abc import Sequence
from typing import Protocol

from gateway.audit.chain import AuditMark
from gateway.audit.page import AuditFilter, AuditPage
from gateway.audit.records import AuditRecord
from gateway.storage import StorageUnavailable


class AuditUnavailable(StorageUnavailable):
    """The records are not known to be durable: nothing may be asked or answered on them."""


class AuditLog(Protocol):
    async def append(self, records: Sequence[AuditRecord]) -> Sequence[AuditMark]:
        """Where each record now stands, in order, once all of them are durable; all or none.
        Raises AuditUnavailable."""
        ...

    async def head(self) -> AuditMark | None:
        """The last entry; None in an empty log."""
        ...

    async def page(self, where: AuditFilter, first: int, after: str | None) -> AuditPage:
        """Up to ``first`` entries (1 to PAGE_MAX_ENTRIES) behind the cursor ``after``. Raises
        InvalidCursor, AuditDamaged."""
        ...

    async def verify(self, expected: Sequence[AuditMark] = ()) -> AuditMark | None:
        """Check every entry, and that the log holds each mark of ``expected``; the head. Raises
        AuditDamaged, which names the first bad entry."""
        ...
