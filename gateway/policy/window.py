"""Cases from the audit log, to be judged again under a draft.

A record has no history of the holder, and only whole seconds. So each case is first judged again
under the version that decided then; if the result differs from the record, the case is left out and
counted.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.policy.narrowing import Narrowing
from tongxing.gateway.policy.preview import Tried, tried
from tongxing.gateway.recognition.circle import Speakers
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, OutcomeRecord, unpack_case
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import contains
from tongxing.schema.audit_words import AuditKind

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


Count = Callable[[OutcomeRecord, Tried], None]
"""Given each outcome, and what it was before and is under the draft."""


@dataclass(frozen=True, slots=True)
class Trying:
    """``draft`` against the ``known`` versions that decided; ``speakers`` as in ``Narrowing``."""

    draft: Policy
    known: Versions
    speakers: Speakers | None


async def replay(audit: AuditLog, window: Window, trying: Trying, count: Count) -> bool:
    """Give ``count`` the window's outcomes that the draft would have decided, oldest first. False
    if the window holds more than ``at_most`` of them. Raises AuditDamaged."""
    draft = trying.draft
    where = AuditFilter(
        kind=AuditKind.OUTCOME, regions=(draft.region,), since=window.since, until=window.until
    )
    counted = 0
    after: int | None = None
    while True:
        page = await audit.page(where, Slice(PAGE_ENTRIES, after=after))
        for entry in page.items:
            record = entry.record
            if isinstance(record, OutcomeRecord) and _is_decided_by(draft, record):
                if counted >= window.at_most:
                    return False
                count(record, _tried(record, trying))
                counted += 1
            await asyncio.sleep(0)
        if not page.has_next:
            return True
        after = page.end


def _tried(record: OutcomeRecord, trying: Trying) -> Tried:
    current = trying.known.get((record.policy_region, record.policy_version))
    case = None if current is None else unpack_case(record)
    if current is None or case is None:
        return Tried(None)
    again = recognize(case, current)
    if (again.color, again.decision, again.rule) != (record.color, record.decision, record.rule):
        return Tried(None)
    narrowing = Narrowing(current, trying.draft, trying.speakers)
    traveler = narrowing.of_record(case, record.receiving_region)
    return tried(traveler, current, trying.draft)


def _is_decided_by(draft: Policy, record: OutcomeRecord) -> bool:
    """False if a smaller region has its own policy: that one would still decide."""
    return contains(record.policy_region, draft.region)
