"""What stands in a hub's audit log, read from its file while it runs or after it has ended."""

import asyncio
from collections.abc import Sequence

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import (
    AuditEntry,
    AuditFilter,
    AuditMark,
    IntentRecord,
    OfflineDecisionRecord,
    OutcomeRecord,
    RefusalRecord,
    kind_of,
)
from tongxing.gateway.storage.slices import Slice
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema.audit_words import AuditKind

PAGE = 1_000


def entries_of(layout: Layout, request_id: str) -> Sequence[AuditEntry]:
    return asyncio.run(_page(layout, AuditFilter(request_id=request_id)))


def offline_decisions_of(layout: Layout, client_id: str) -> Sequence[OfflineDecisionRecord]:
    where = AuditFilter(client_id=client_id, kind=AuditKind.OFFLINE_DECISION)
    records = [entry.record for entry in asyncio.run(_page(layout, where))]
    return [record for record in records if isinstance(record, OfflineDecisionRecord)]


def kinds_of(layout: Layout, request_id: str) -> list[str]:
    return [kind_of(entry.record).value for entry in entries_of(layout, request_id)]


def refusals_of(layout: Layout, request_id: str) -> list[tuple[str, str]]:
    """The client and the code of each entry; fails where one is not a refusal."""
    records = [entry.record for entry in entries_of(layout, request_id)]
    assert all(isinstance(record, RefusalRecord) for record in records)
    return [(r.client_id, r.code) for r in records if isinstance(r, RefusalRecord)]


def answered(layout: Layout, indexes: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Color and decision of the outcomes at ``indexes``; one that is not there is left out."""
    found = asyncio.run(_all(layout))
    return {
        entry.index: (entry.record.color.value, entry.record.decision.value)
        for entry in found
        if entry.index in set(indexes) and isinstance(entry.record, OutcomeRecord)
    }


def intents(layout: Layout) -> list[IntentRecord]:
    records = [entry.record for entry in asyncio.run(_all(layout))]
    return [record for record in records if isinstance(record, IntentRecord)]


def verified(layout: Layout) -> AuditMark | None:
    """Raises AuditDamaged."""
    return asyncio.run(_verified(layout))


async def _page(layout: Layout, where: AuditFilter) -> Sequence[AuditEntry]:
    async with opened(DatabasePlace(layout.database)) as state:
        return (await state.audit.page(where, Slice(PAGE))).items


async def _all(layout: Layout) -> list[AuditEntry]:
    async with opened(DatabasePlace(layout.database)) as state:
        entries: list[AuditEntry] = []
        after = None
        while True:
            page = await state.audit.page(AuditFilter(), Slice(PAGE, after=after))
            entries += page.items
            after = page.end
            if not page.has_next:
                return entries


async def _verified(layout: Layout) -> AuditMark | None:
    async with opened(DatabasePlace(layout.database)) as state:
        return await state.audit.verify()
