"""Follows the audit log and counts it, in one of all workers, behind every answer.

A piece is read and counted beside the writer; only the sums are written. Whatever ends the process
between two steps, the next one goes on where the last COMMIT was. A log that was there before is
counted from its beginning, a thousand entries a second.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tongxing.gateway.rollups.cell_store import CellStore, CountedUntil
from tongxing.gateway.rollups.cells import Draw
from tongxing.gateway.rollups.counted_facts import Asking
from tongxing.gateway.rollups.disagreement_store import DisagreementStore, keeping
from tongxing.gateway.rollups.entry_counting import Askings, Before, Report, count
from tongxing.gateway.rollups.periods import begin_of
from tongxing.gateway.storage.audit import (
    AuditDamaged,
    AuditEntry,
    AuditFilter,
    AuditLog,
    CorrectionRecord,
    IntentRecord,
    OutcomeRecord,
)
from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.gateway.storage.slices import Slice
from tongxing.schema.audit_words import AuditKind, CorrectionAction
from tongxing.schema.figure_period import FigureStep

ENTRIES_AT_ONCE = 250
PAUSE_SECONDS = 0.25
"""Between two pieces while there is more: so counting takes a small part of one worker, and falls
behind at a peak rather than slow an answer."""

IDLE_SECONDS = 5.0

LOOKED_BACK = 1_000
"""Entries before a piece in which the questions of its answers are looked for. One that lies
further back is counted without the time that its answer took."""

SETTLED_AFTER = timedelta(minutes=10)
"""How long after its end an hour may still get records: longer than any deadline, and than clocks
differ."""

DECISIONS = frozenset((CorrectionAction.ACCEPTED, CorrectionAction.REJECTED))
REPORT_ENTRIES = 100
"""Of one person and issuer that are looked through for the report that was decided."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Sleep = Callable[[float], Awaitable[None]]


class _Recent(NamedTuple):
    """The askings among the entries before ``next_index``."""

    next_index: int
    askings: Askings


class LogFollower:
    """``clock`` gives aware UTC times; ``draw`` random numbers."""

    def __init__(
        self,
        cells: CellStore,
        disagreements: DisagreementStore,
        audit: AuditLog,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._cells = cells
        self._disagreements = disagreements
        self._audit = audit
        self._clock = clock
        self._draw = draw
        self._recent: _Recent | None = None

    async def follow(self, sleep: Sleep = asyncio.sleep) -> None:
        """For as long as the hub runs. A damaged log is not counted: the hub says so elsewhere."""
        while True:
            is_more = False
            with suppress(StorageUnavailable, AuditDamaged):
                is_more = await self.step()
            await sleep(PAUSE_SECONDS if is_more else IDLE_SECONDS)

    async def step(self) -> bool:
        """Count one piece, and seal what is over; whether there is more. Raises
        StorageUnavailable, AuditDamaged."""
        counted = await self._cells.counted()
        wanted = Slice(ENTRIES_AT_ONCE, after=counted.next_index - 1)
        page = await self._audit.page(AuditFilter(), wanted)
        if page.end is not None and not await self._add(counted, page.items, page.end + 1):
            return True
        now = self._clock()
        await self._seal(min(_middle(page.items), now) if page.has_next else now, counted)
        return page.has_next

    async def _add(
        self, counted: CountedUntil, entries: Sequence[AuditEntry], next_index: int
    ) -> bool:
        """False if another worker has counted these."""
        before = await self._before(entries)
        piece = await asyncio.to_thread(count, entries, before, counted.closed_until)
        along = keeping(piece.disagreements, piece.proofs)
        is_added = await self._cells.add(counted, next_index, piece.cells, [along])
        askings = before.askings | _askings_of(entries)
        since = next_index - LOOKED_BACK
        recent = {key: asking for key, asking in askings.items() if asking.index >= since}
        self._recent = _Recent(next_index, recent) if is_added else None
        return is_added

    async def _seal(self, reached: datetime, counted: CountedUntil) -> None:
        until = begin_of(FigureStep.HOUR, max(reached - SETTLED_AFTER, LONG_AGO))
        if until > counted.closed_until:
            await self._cells.close(until)
        while await self._cells.is_sealing() and await self._cells.seal(self._draw):
            pass

    async def _before(self, entries: Sequence[AuditEntry]) -> Before:
        if not entries:
            return Before({}, {}, {})
        holders = [
            entry.record.holder
            for entry in entries
            if isinstance(entry.record, OutcomeRecord | CorrectionRecord) and entry.record.holder
        ]
        watched = await self._disagreements.watched(holders)
        reports: dict[int, Report] = {
            entry.index: await self._report(entry.index, entry.record)
            for entry in entries
            if isinstance(entry.record, CorrectionRecord) and entry.record.action in DECISIONS
        }
        return Before(await self._askings(entries[0].index), watched, reports)

    async def _askings(self, begin: int) -> Askings:
        """Those of the entries right before ``begin``: as they were counted, or else read again."""
        if self._recent is not None and self._recent.next_index == begin:
            return self._recent.askings
        if begin == 0:
            return {}
        wanted = Slice(LOOKED_BACK, before=begin, after=begin - LOOKED_BACK - 1, is_last=True)
        page = await self._audit.page(AuditFilter(kind=AuditKind.INTENT), wanted)
        return _askings_of(page.items)

    async def _report(self, index: int, decision: CorrectionRecord) -> Report:
        if decision.holder is None:
            return Report(None, is_decided=False)
        where = AuditFilter(
            kind=AuditKind.CORRECTION, holder=decision.holder, issuer=decision.issuer
        )
        page = await self._audit.page(where, Slice(REPORT_ENTRIES, before=index, is_last=True))
        same = [
            entry.record
            for entry in page.items
            if isinstance(entry.record, CorrectionRecord)
            and entry.record.evidence_digest == decision.evidence_digest
        ]
        taken = [each.at for each in same if each.action is CorrectionAction.REPORTED]
        since = max(taken, default=None)
        is_decided = any(
            each.action in DECISIONS and (since is None or each.at >= since) for each in same
        )
        return Report(since, is_decided)


def _middle(entries: Sequence[AuditEntry]) -> datetime:
    """The time up to which a piece of the log has come: that of its middle, because one entry may
    be of a clock that was wrong. The earliest time if there are none."""
    times = sorted(entry.record.at for entry in entries)
    return times[len(times) // 2] if times else LONG_AGO


def _askings_of(entries: Sequence[AuditEntry]) -> Askings:
    return {
        (intent.request_id, intent.holder): Asking(entry.index, intent.at, intent.issuers)
        for entry in entries
        if isinstance(intent := entry.record, IntentRecord)
    }
