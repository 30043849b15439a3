"""Cases from the audit log, to be judged again under a draft.

A record has no history of the holder, and only whole seconds. So each case is first judged again
under the version that decided then; if the result differs from the record, the case is left out and
counted.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from tongxing.gateway.policy.preview import Preview
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import (
    AuditFilter,
    AuditKind,
    AuditLog,
    AuditRecord,
    OutcomeRecord,
    unpack_case,
)
from tongxing.schema import contains

PAGE_ENTRIES = 250
"""Read at once; after each record the event loop may run other tasks."""

Versions = Mapping[tuple[str, int], Policy]


@dataclass(frozen=True, slots=True)
class Window:
    """``since`` is included, ``until`` is not; aware UTC. ``at_most`` records are judged."""

    since: datetime
    until: datetime
    at_most: int


def versions_of(policies: Iterable[Policy]) -> Versions:
    return {(policy.region, policy.version.version): policy for policy in policies}


Seen = Callable[[OutcomeRecord], None]


async def replay(
    audit: AuditLog, window: Window, preview: Preview, known: Versions, seen: Seen | None = None
) -> bool:
    """Feed ``preview`` with the window's outcomes that the draft would have decided, oldest first,
    and show each to ``seen``. False if the window holds more than ``at_most`` of them. Raises
    AuditDamaged."""
    where = AuditFilter(
        kind=AuditKind.OUTCOME,
        regions=(preview.draft.region,),
        since=window.since,
        until=window.until,
    )
    after = None
    while True:
        page = await audit.page(where, PAGE_ENTRIES, after)
        for entry in page.entries:
            if preview.total + preview.left_out >= window.at_most:
                return False
            if _judge(entry.record, preview, known) and seen is not None:
                seen(entry.record)
            await asyncio.sleep(0)
        if not page.has_next:
            return True
        after = page.end_cursor


def _judge(record: AuditRecord, preview: Preview, known: Versions) -> TypeGuard[OutcomeRecord]:
    """Whether the record is among the preview's total now."""
    if not isinstance(record, OutcomeRecord) or not _is_decided_by(preview.draft, record):
        return False
    current = known.get((record.policy_region, record.policy_version))
    case = None if current is None else unpack_case(record)
    if current is None or case is None:
        preview.leave_out()
        return False
    again = recognize(case, current)
    if (again.color, again.decision, again.rule) != (record.color, record.decision, record.rule):
        preview.leave_out()
        return False
    preview.add(case, current)
    return True


def _is_decided_by(draft: Policy, record: OutcomeRecord) -> bool:
    """False if a smaller region has its own policy: that one would still decide."""
    return contains(record.policy_region, draft.region)
