"""The corrections in SQLite; each change is audited by the same COMMIT."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import strawberry

from tongxing.gateway.storage import Database, Transaction
from tongxing.gateway.storage.audit import CorrectionRecord, SqliteAuditLog
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.keys import base64url
from tongxing.schema import RegionCode
from tongxing.schema.correction import Correction, CorrectionState, MistakeKind

KEPT_FOR = timedelta(days=90)
"""Long enough for an issuer to answer, and for whoever reported to ask."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A correction with what only the hub and the issuer know of it."""

    correction: Correction
    reference: str
    client_id: str


class CorrectionStore(Protocol):
    """``record`` goes into the audit log by the same COMMIT. All raise StorageUnavailable."""

    async def file(self, filed: Filed, record: CorrectionRecord) -> None:
        """Keep ``filed``; one of that id that is there already stays as it is, and is not recorded
        again."""
        ...

    async def decide(self, correction: Correction, record: CorrectionRecord) -> None:
        """Keep the state that ``correction`` has now, unless one was decided already."""
        ...

    async def find(
        self, correction_id: strawberry.ID, client_id: str, at: datetime
    ) -> Filed | None:
        """None where this client has filed none of that id that is still kept at ``at``."""
        ...


SWEPT_AT_ONCE = 64
"""Corrections past their time removed with each new one: more than come in."""


class SqliteCorrectionStore:
    def __init__(self, database: Database, audit: SqliteAuditLog) -> None:
        self._database = database
        self._audit = audit

    async def file(self, filed: Filed, record: CorrectionRecord) -> None:
        swept = (microseconds(filed.correction.reported_at - KEPT_FOR), SWEPT_AT_ONCE)

        def work(transaction: Transaction) -> None:
            transaction.execute(_SWEEP, swept)
            if transaction.execute(_FILE, _row(filed)):
                self._audit.append_rows([encode_record(record)], transaction)

        await self._database.write(work)

    async def decide(self, correction: Correction, record: CorrectionRecord) -> None:
        change = (
            correction.state.value,
            None if correction.decided_at is None else microseconds(correction.decided_at),
            base64url.decode(correction.id),
        )

        def work(transaction: Transaction) -> None:
            if transaction.execute(_DECIDE, change):
                self._audit.append_rows([encode_record(record)], transaction)

        await self._database.write(work)

    async def find(
        self, correction_id: strawberry.ID, client_id: str, at: datetime
    ) -> Filed | None:
        try:
            octets = base64url.decode(correction_id)
        except ValueError:
            return None
        asked = (octets, client_id, microseconds(at - KEPT_FOR))
        rows = await self._database.read(
            lambda connection: connection.execute(_FIND, asked).fetchall()
        )
        return _filed(*rows[0]) if rows else None


_COLUMNS = (
    "id, holder, issuer, mistake, digest, region, reference, "
    "state, reported_at, reported_by, decided_at"
)
_FILE = f"""
    INSERT INTO corrections ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING RETURNING 1
"""  # noqa: S608 - constants
_FIND = f"""
    SELECT {_COLUMNS} FROM corrections WHERE id = ? AND reported_by = ? AND reported_at > ?
"""  # noqa: S608 - constants
_DECIDE = f"""
    UPDATE corrections SET state = ?, decided_at = ?
    WHERE id = ? AND state = '{CorrectionState.REPORTED.value}' RETURNING 1
"""  # noqa: S608 - constants
_SWEEP = """
    DELETE FROM corrections WHERE id IN
        (SELECT id FROM corrections WHERE reported_at <= ? ORDER BY reported_at LIMIT ?)
"""


def _row(filed: Filed) -> tuple[object, ...]:
    correction = filed.correction
    return (
        base64url.decode(correction.id),
        base64url.decode(correction.holder),
        correction.issuer,
        correction.mistake.value,
        correction.evidence_digest,
        correction.region,
        filed.reference,
        correction.state.value,
        microseconds(correction.reported_at),
        filed.client_id,
        None,
    )


def _filed(octets: bytes, holder: bytes, issuer: str, mistake: str, *rest: Any) -> Filed:
    digest, region, reference, state, reported_at, reported_by, decided_at = rest
    correction = Correction(
        id=strawberry.ID(base64url.encode(octets)),
        holder=base64url.encode(holder),
        issuer=strawberry.ID(issuer),
        mistake=MistakeKind(mistake),
        evidence_digest=digest,
        region=RegionCode(region),
        state=CorrectionState(state),
        reported_at=from_microseconds(reported_at),
        decided_at=None if decided_at is None else from_microseconds(decided_at),
    )
    return Filed(correction, reference, reported_by)
