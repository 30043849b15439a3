"""What the store of corrections does: each thing once, if two requests do the same at once too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import strawberry

from tests.back_ends import open_database
from tongxing.gateway.followup.correction_store import KEPT_FOR, CorrectionStore, Filed
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, CorrectionRecord
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import HolderRef
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.correction import Correction, CorrectionState, MistakeKind

AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)
ID = strawberry.ID("A" * 22)
OPENED = Correction(
    id=ID,
    holder="A" * 22,
    issuer=strawberry.ID("sukangma"),
    mistake=next(iter(MistakeKind)),
    evidence_digest="A" * 43,
    region=RegionCode("321100"),
    state=CorrectionState.REPORTED,
    reported_at=AT,
)
ACCEPTED = replace(OPENED, state=CorrectionState.ACCEPTED, decided_at=AT + timedelta(hours=1))
REJECTED = replace(ACCEPTED, state=CorrectionState.REJECTED)
FILED = Filed(OPENED, "reference-of-the-issuer", "city-a")


def record(action: CorrectionAction) -> CorrectionRecord:
    return CorrectionRecord(
        at=AT,
        request_id="request-1",
        client_id="city-a",
        action=action,
        receiving_region=OPENED.region,
        holder=HolderRef(OPENED.holder),
        issuer=OPENED.issuer,
        evidence_digest=OPENED.evidence_digest,
    )


@pytest.mark.parametrize("second", [ACCEPTED, REJECTED], ids=["the same", "another"])
async def test_two_requests_at_once_file_and_decide_once(
    tmp_path: Path, second: Correction
) -> None:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        audit = await AuditLog.open(database)
        store = CorrectionStore(database)
        for _ in range(2):
            await store.file(FILED, record(CorrectionAction.REPORTED))
        for decided in (ACCEPTED, second):
            await store.decide(decided, record(CorrectionAction.ACCEPTED))
        found = await store.find(ID, "city-a", AT)
        page = await audit.page(AuditFilter(), Slice(10))
    assert found == replace(FILED, correction=ACCEPTED)
    actions = [e.record.action for e in page.items if isinstance(e.record, CorrectionRecord)]
    assert actions == [CorrectionAction.REPORTED, CorrectionAction.ACCEPTED]


async def test_a_correction_is_deleted_when_its_time_is_over(tmp_path: Path) -> None:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        store = CorrectionStore(database)
        await store.file(FILED, record(CorrectionAction.REPORTED))
        ended = AT + KEPT_FOR
        assert await store.sweep(ended - timedelta(microseconds=1)) == 0
        assert await store.sweep(ended) == 1
