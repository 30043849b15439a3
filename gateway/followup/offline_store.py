"""Decisions that gates made without a network, once each; the record of each in the same COMMIT."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.audit import OfflineDecisionRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.schema.offline_decision import OfflineOutcome

HANDED_IN_WITHIN = timedelta(days=60)
"""Longer than any gate is without a network. An older one could not be told from a repeated one.
Error: TOO_OLD."""


@dataclass(frozen=True, slots=True)
class NewDecision:
    """``digest`` is over all that the device said of it."""

    digest: bytes
    record: OfflineDecisionRecord


class OfflineStore:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, new: NewDecision) -> OfflineOutcome:
        return await self._database.write(partial(_record, new, encode_record(new.record)))

    async def sweep(self, at: datetime) -> int:
        """Forget the ids of decisions that would be too old by now; their number."""
        before = microseconds(at - HANDED_IN_WITHIN - timedelta(days=1))
        return await sweep_in_pieces(self._database, _SWEEP, before)


def _record(new: NewDecision, entry: AuditRow, unit: UnitOfWork) -> OfflineOutcome:
    record = new.record
    rows = unit.execute(_FIND, (record.decision_id,))
    if rows:
        ((client, digest),) = rows
        if client != record.client_id:
            return OfflineOutcome.HANDED_IN_BY_ANOTHER
        is_same = bytes(digest) == new.digest
        return OfflineOutcome.RECORDED_BEFORE if is_same else OfflineOutcome.CONTRADICTS_ITSELF
    row = (record.decision_id, record.client_id, new.digest, microseconds(record.decided_at))
    unit.execute(_ADD, row)
    unit.record([entry])
    return OfflineOutcome.RECORDED


_FIND = "SELECT client, digest FROM offline_decisions WHERE id = ?"
_ADD = "INSERT INTO offline_decisions (id, client, digest, decided_at) VALUES (?, ?, ?, ?)"
_SWEEP = """
    DELETE FROM offline_decisions WHERE id IN
        (SELECT id FROM offline_decisions WHERE decided_at <= ? ORDER BY decided_at LIMIT ?)
    RETURNING 1
"""
