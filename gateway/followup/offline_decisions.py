"""What gates decided without a network, handed in later: each once, audited as such, with arrivals.

Responsible for setting a device's clock right, for believing of a pass only what the hub has
signed, and for the order: the decision is in the log before its arrival is recorded. Refuses to
judge again: what the device showed was shown.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.sightings import stated_now
from tongxing.gateway.followup.arrival_store import ArrivalStore, NewArrival
from tongxing.gateway.followup.arrivals import arrival_id, is_district, mark_of
from tongxing.gateway.followup.offline_store import HANDED_IN_WITHIN, NewDecision, OfflineStore
from tongxing.gateway.storage.audit import (
    AuditEntry,
    AuditLog,
    OfflineDecisionRecord,
    OutcomeRecord,
    named_holder,
)
from tongxing.gateway.storage.audit.packed_case import unpack_case
from tongxing.gateway.storage.columns import microseconds
from tongxing.keys.pass_refusal import PassFaulty
from tongxing.keys.passes import PassClaims, PassStatus
from tongxing.schema import AuditIndex, RegionCode, contains
from tongxing.schema.arrival import Arrival
from tongxing.schema.offline_decision import OfflineOutcome
from tongxing.schema.refusal import RefusalCode

LIST_STATES = 2**53
"""More than any list ever has. Error: MALFORMED."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FAULT = re.compile(r"[A-Z][A-Z_]{1,39}")

ReadPass = Callable[[str, datetime], PassClaims]
"""What this hub signed with a key that counts at that moment. Raises PassFaulty."""


@dataclass(frozen=True, slots=True)
class GateDecision:
    """As the device says it; ``decided_at`` by its clock."""

    id: str
    unverified_pass: str | None
    list_state: int | None
    status: PassStatus | None
    fault: str | None
    decided_at: datetime
    destination: RegionCode | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What became of one; ``arrival`` is None if none was asked for."""

    outcome: OfflineOutcome
    arrival: Arrival | RefusalCode | None = None


def moment_of(
    decided_at: datetime, handed_in_at: datetime, at: datetime
) -> datetime | OfflineOutcome:
    """When it was decided by the hub's clock: both times are by the device's, which may be off."""
    ago = handed_in_at - decided_at
    if ago < timedelta(0):
        return OfflineOutcome.FROM_THE_FUTURE
    return OfflineOutcome.TOO_OLD if ago > HANDED_IN_WITHIN else at - ago


def is_well_formed(decision: GateDecision) -> bool:
    state = decision.list_state
    return (
        _ID.fullmatch(decision.id) is not None
        and (decision.fault is None or _FAULT.fullmatch(decision.fault) is not None)
        and (state is None or 0 < state < LIST_STATES)
    )


def digest_of_decision(decision: GateDecision) -> bytes:
    """Over all of it: the same id with another content is another decision."""
    parts = (
        decision.unverified_pass,
        decision.list_state,
        decision.status,
        decision.fault,
        microseconds(decision.decided_at),
        decision.destination,
    )
    return sha256("\0".join(["tongxing offline v1", *map(str, parts)]).encode()).digest()


def arrival_by_pass(
    entry: AuditEntry, destination: RegionCode, client_id: str, at: datetime
) -> NewArrival | RefusalCode:
    """The arrival of whom the recognition in ``entry`` is about, which the pass rests on. The same
    recognition makes one arrival in a district, by its receipt or by its pass."""
    record = entry.record
    holder = named_holder(record)
    if not isinstance(record, OutcomeRecord) or holder is None:
        return RefusalCode.HOLDER_UNKNOWN
    if not is_district(destination):
        return RefusalCode.DESTINATION_NOT_A_DISTRICT
    if not contains(record.receiving_region, destination):
        return RefusalCode.DESTINATION_OUTSIDE_REGION
    case = unpack_case(record)
    arrival = Arrival(
        id=arrival_id(entry.entry_hash, destination),
        holder=holder,
        district=destination,
        purpose=record.purpose,
        color=record.color,
        decision=record.decision,
        recognition=entry.index,
        recorded_at=at,
        recorded_by=client_id,  # type: ignore[arg-type]  # an id is a text
    )
    stated = [] if case is None else stated_now(case.sources, at)
    return NewArrival(arrival, mark_of(entry.entry_hash), stated)


class OfflineDecisions:
    """``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        store: OfflineStore,
        arrivals: ArrivalStore,
        audit: AuditLog,
        read_pass: ReadPass,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._arrivals = arrivals
        self._audit = audit
        self._read_pass = read_pass
        self._clock = clock

    async def hand_in(
        self, decision: GateDecision, region: RegionCode, handed_in_at: datetime, asker: Asker
    ) -> HandedIn:
        at = self._clock()
        if not is_well_formed(decision):
            return HandedIn(OfflineOutcome.MALFORMED)
        decided_at = moment_of(decision.decided_at, handed_in_at, at)
        if isinstance(decided_at, OfflineOutcome):
            return HandedIn(decided_at)
        entry = await self._recognition(decision.unverified_pass, decided_at)
        record = OfflineDecisionRecord(
            at=at,
            request_id=asker.request_id,
            client_id=asker.client_id,
            receiving_region=region,
            holder=None if entry is None else named_holder(entry.record),
            recognition=None if entry is None else entry.index,
            decision_id=decision.id,
            decided_at=decided_at,
            status=decision.status,
            fault=decision.fault,
            list_state=decision.list_state,
            destination=decision.destination,
        )
        outcome = await self._store.record(NewDecision(digest_of_decision(decision), record))
        if outcome not in (OfflineOutcome.RECORDED, OfflineOutcome.RECORDED_BEFORE):
            return HandedIn(outcome)
        return HandedIn(outcome, await self._arrival(decision, entry, decided_at, asker))

    async def _recognition(self, unverified: str | None, at: datetime) -> AuditEntry | None:
        """What the pass rests on; None if it was no pass of this hub at that moment."""
        if unverified is None:
            return None
        try:
            claims = self._read_pass(unverified, at)
        except PassFaulty:
            return None
        return await self._audit.find(AuditIndex(claims.audit))

    async def _arrival(
        self, decision: GateDecision, entry: AuditEntry | None, at: datetime, asker: Asker
    ) -> Arrival | RefusalCode | None:
        if decision.destination is None:
            return None
        if entry is None or decision.status is not PassStatus.GREEN:
            return RefusalCode.HOLDER_UNKNOWN
        new = arrival_by_pass(entry, decision.destination, asker.client_id, at)
        if isinstance(new, RefusalCode):
            return new
        kept = await self._arrivals.record(new, request_id=asker.request_id)
        if kept.district != decision.destination:
            return RefusalCode.DESTINATION_ANOTHER
        return RefusalCode.ARRIVAL_WITHDRAWN if kept.withdrawn_at is not None else kept
