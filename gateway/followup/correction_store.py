"""The corrections at rest; each change is audited by the same COMMIT."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import strawberry

from tongxing.gateway.followup.outdated import outdate
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.audit import CorrectionRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.columns import (
    from_microseconds,
    microseconds,
    octets,
    or_none,
    places,
)
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.keys import base64url
from tongxing.schema import RegionCode
from tongxing.schema.correction import Correction, CorrectionState, MistakeKind

KEPT_FOR = timedelta(days=90)
"""Long enough for an issuer to answer, and for the client that reported to ask."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A correction with what only the hub and the issuer know of it: the issuer's ``reference``
    and the client that reported it."""

    correction: Correction
    reference: str
    client_id: str


class CorrectionStore:
    """``record`` goes into the audit log by the same COMMIT. All methods raise
    StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def file(self, filed: Filed, record: CorrectionRecord) -> None:
        """Keep ``filed``. If a correction of this id exists already, it stays as it is, and nothing
        is recorded."""
        row, entry = _row(filed), encode_record(record)

        def work(unit: UnitOfWork) -> None:
            if unit.execute(_FILE, row):
                unit.record([entry])

        await self._database.write(work)

    async def claim(self, correction_id: strawberry.ID, at: datetime, until: datetime) -> bool:
        """Whether the caller may hand in the report of this id: one caller at a time may, over all
        processes of the hub, until it releases the id or ``until`` has come."""
        row = (_claim_of(correction_id), microseconds(until), microseconds(at))
        return bool(await self._database.write(lambda unit: unit.execute(_CLAIM, row)))

    async def release(self, correction_id: strawberry.ID) -> None:
        row = (_claim_of(correction_id),)
        await self._database.write(lambda unit: unit.execute(_RELEASE, row))

    async def decide(self, correction: Correction, record: CorrectionRecord) -> None:
        """Keep the state that ``correction`` has now, unless a decision was kept before. Once the
        issuer has accepted, what it stated before is outdated, in every process."""
        change = (
            correction.state.value,
            or_none(microseconds, correction.decided_at),
            base64url.decode(correction.id),
        )
        entry = encode_record(record)

        def work(unit: UnitOfWork) -> None:
            if unit.execute(_DECIDE, change):
                unit.record([entry])
                if correction.state is CorrectionState.ACCEPTED:
                    outdate(correction.issuer, correction.holder, record.at, unit)

        await self._database.write(work)

    async def find(self, correction_id: str, client_id: str, at: datetime) -> Filed | None:
        """None if this client has filed no correction of this id that is still kept at ``at``."""
        return (await self.find_all([correction_id], client_id, at)).get(correction_id)

    async def find_all(
        self, correction_ids: Collection[str], client_id: str, at: datetime
    ) -> Mapping[str, Filed]:
        """As ``find``, of several, read in one go: by its id, each that there is."""
        ids = [octets(each) for each in correction_ids]
        asked = (*ids, client_id, microseconds(at - KEPT_FOR))
        rows = await self._database.fetch(_FIND.format(places=places(ids)), asked)
        found = [_filed(*row) for row in rows]
        return {each.correction.id: each for each in found}

    async def sweep(self, at: datetime) -> int:
        """Delete the corrections whose time is over at ``at``; their number."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at - KEPT_FOR))


_COLUMNS = (
    "id, holder, issuer, mistake, digest, region, reference, "
    "state, reported_at, reported_by, decided_at"
)
_FILE = f"""
    INSERT INTO corrections ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING RETURNING 1
"""  # noqa: S608 - constants
_FIND = f"""
    SELECT {_COLUMNS} FROM corrections
    WHERE id IN ({{places}}) AND reported_by = ? AND reported_at > ?
"""  # noqa: S608 - constants
_DECIDE = f"""
    UPDATE corrections SET state = ?, decided_at = ?
    WHERE id = ? AND state = '{CorrectionState.REPORTED.value}' RETURNING 1
"""  # noqa: S608 - constants
_CLAIM = """
    INSERT INTO used_once (digest, expires_at) VALUES (?, ?)
    ON CONFLICT (digest) DO UPDATE SET expires_at = excluded.expires_at
        WHERE used_once.expires_at <= ?
    RETURNING 1
"""
_RELEASE = "DELETE FROM used_once WHERE digest = ? RETURNING 1"
_SWEEP = """
    DELETE FROM corrections WHERE id IN
        (SELECT id FROM corrections WHERE reported_at <= ? ORDER BY reported_at LIMIT ?)
    RETURNING 1
"""


def _claim_of(correction_id: strawberry.ID) -> bytes:
    """Its place among all that is used once (``storage.replay``)."""
    return sha256(f"correction claim\0{correction_id}".encode()).digest()


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


def _filed(id_octets: bytes, holder: bytes, issuer: str, mistake: str, *rest: Any) -> Filed:
    digest, region, reference, state, reported_at, reported_by, decided_at = rest
    correction = Correction(
        id=strawberry.ID(base64url.encode(id_octets)),
        holder=base64url.encode(holder),
        issuer=strawberry.ID(issuer),
        mistake=MistakeKind(mistake),
        evidence_digest=digest,
        region=RegionCode(region),
        state=CorrectionState(state),
        reported_at=from_microseconds(reported_at),
        decided_at=or_none(from_microseconds, decided_at),
    )
    return Filed(correction, reference, reported_by)
