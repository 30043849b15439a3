"""How an arrival lies in its table, and how it comes back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import strawberry

from tongxing.gateway.storage.columns import from_microseconds, microseconds, or_none
from tongxing.keys import base64url
from tongxing.schema import AuditIndex, Color, Decision, Purpose, RegionCode
from tongxing.schema.arrival import Arrival

KEPT_FOR = timedelta(days=14)
"""The incubation time that every rule of 2020 used (docs/facts.md §5). After it no query shows an
arrival, and soon it is deleted, with its events."""

ARRIVAL_COLUMNS = (
    "arrivals.id, arrivals.holder, district, purpose, arrivals.color, decision, "
    "recognition, recorded_at, recorded_by, acknowledged_at, acknowledged_by, withdrawn_at, "
    "changed_color, change_known_at"
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """``number`` rises with every arrival and is never used twice."""

    number: int
    arrival: Arrival


def arrival_row(arrival: Arrival) -> tuple[object, ...]:
    """Of an arrival that is new: nothing has happened to it yet."""
    return (
        base64url.decode(arrival.id),
        base64url.decode(arrival.holder),
        arrival.district,
        arrival.purpose.value,
        arrival.color.value,
        arrival.decision.value,
        arrival.recognition,
        microseconds(arrival.recorded_at),
        arrival.recorded_by,
    )


def numbered(number: int, id_octets: bytes, holder: bytes, *columns: Any) -> Numbered:
    """From the number of a row and its ARRIVAL_COLUMNS."""
    district, purpose, color, decision, recognition, recorded_at, recorded_by, *since = columns
    acknowledged_at, acknowledged_by, withdrawn_at, changed_color, change_known_at = since
    arrival = Arrival(
        id=strawberry.ID(base64url.encode(id_octets)),
        holder=base64url.encode(holder),
        district=RegionCode(district),
        purpose=Purpose(purpose),
        color=Color(color),
        decision=Decision(decision),
        recognition=AuditIndex(recognition),
        recorded_at=from_microseconds(recorded_at),
        recorded_by=strawberry.ID(recorded_by),
        acknowledged_at=or_none(from_microseconds, acknowledged_at),
        acknowledged_by=or_none(strawberry.ID, acknowledged_by),
        withdrawn_at=or_none(from_microseconds, withdrawn_at),
        changed_color=or_none(Color, changed_color),
        change_known_at=or_none(from_microseconds, change_known_at),
    )
    return Numbered(number, arrival)
