"""Travelers out of the audit log: what was heard about them, to be judged again under a draft.

A record holds no history of the holder and whole seconds only, so each is first judged again under
the very version that decided then; one that does not come out as recorded is left out and counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import strawberry

from tongxing.gateway.policy.preview import Crossing, Preview
from tongxing.gateway.recognition.circumstances import Circumstances
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import (
    AuditFilter,
    AuditKind,
    AuditLog,
    AuditRecord,
    Heard,
    HeardCode,
    OutcomeRecord,
    unpack_heard,
)
from tongxing.schema import HealthCode, RegionCode, SourceAnswer, contains

PAGE_ENTRIES = 250
"""Judged between two looks at whoever else waits."""

Versions = Mapping[tuple[str, int], Policy]


@dataclass(frozen=True, slots=True)
class Window:
    """``since`` is included, ``until`` is not; aware UTC. ``at_most`` records are judged."""

    since: datetime
    until: datetime
    at_most: int


def versions_of(policies: Iterable[Policy]) -> Versions:
    return {(policy.region, policy.version.version): policy for policy in policies}


async def replay(audit: AuditLog, window: Window, preview: Preview, known: Versions) -> bool:
    """Feed ``preview`` with the window's outcomes that the draft would have decided, oldest first.
    False where the window holds more than ``at_most`` of them. Raises AuditDamaged."""
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
            _judge(entry.record, preview, known)
        if not page.has_next:
            return True
        after = page.end_cursor


def _judge(record: AuditRecord, preview: Preview, known: Versions) -> None:
    if not isinstance(record, OutcomeRecord) or not _is_decided_by(preview.draft, record):
        return
    current = known.get((record.policy_region, record.policy_version))
    if current is None or record.heard is None:
        preview.leave_out()
        return
    crossing = crossing_of(record, unpack_heard(record.heard))
    again = crossing.under(current)
    if (again.color, again.decision, again.rule) == (record.color, record.decision, record.rule):
        preview.add(crossing, current)
    else:
        preview.leave_out()


def _is_decided_by(draft: Policy, record: OutcomeRecord) -> bool:
    """Not where a smaller region has a policy of its own: that one would still decide."""
    return contains(record.policy_region, draft.region)


def crossing_of(record: OutcomeRecord, heard: Heard) -> Crossing:
    pairs = zip(record.sources, heard.sources, strict=True)
    return Crossing(
        sources=[
            SourceAnswer(
                issuer=strawberry.ID(source.issuer),
                outcome=source.outcome,
                evidence=said.evidence,
                codes=[_code(source.issuer, code, record.at) for code in said.codes],
                via=said.via,
            )
            for source, said in pairs
        ],
        circumstances=Circumstances(record.purpose, heard.document, heard.scanned),
        at=record.at,
    )


def _code(issuer: str, heard: HeardCode, at: datetime) -> HealthCode:
    changed = heard.changed_seconds
    return HealthCode(
        color=heard.color,
        raw_value=heard.color.value,
        issuer=strawberry.ID(issuer),
        issuing_place=RegionCode(heard.place),
        basis=sorted(heard.basis, key=lambda basis: basis.value),
        as_of=at - timedelta(seconds=heard.age_seconds),
        valid_until=_after(at, heard.valid_seconds),
        previous_color=heard.previous_color,
        changed_at=None if changed is None else _after(at, -changed),
    )


def _after(at: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else at + timedelta(seconds=seconds)
