"""Clients that the hub has stopped, until an operator resumes them; audited by the same COMMIT.

Responsible for that a client is stopped and since when. Refuses to know what was counted: a stop
comes with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import strawberry

from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.records import AdministrationRecord
from tongxing.gateway.storage.columns import from_microseconds, microseconds, or_none, places
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.slices import Listing, Slice, Sliced
from tongxing.gateway.storage.taken import BY_THE_HUB
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.stopped_client import STOP_IDS, StoppedClient, StopReason

STOP_CURSORS = Cursors("s1")


@dataclass(frozen=True, slots=True)
class Stop:
    """``counted`` was more than ``allowed``."""

    reason: StopReason
    counted: int
    allowed: int


@dataclass(frozen=True, slots=True)
class StopRecord:
    """What is known of a client: the stop that is in force, or when it was resumed last."""

    stop: Stop | None = None
    resumed_at: int | None = None


def last_stop(client_id: str, unit: UnitOfWork) -> StopRecord:
    rows = unit.read_once(_LAST, (client_id,))
    if not rows:
        return StopRecord()
    ((reason, counted, allowed, resumed_at),) = rows
    if resumed_at is None:
        return StopRecord(stop=Stop(StopReason(reason), counted, allowed))
    return StopRecord(resumed_at=resumed_at)


def stop_client(
    client_id: str, stop: Stop, at: datetime, request_id: str, unit: UnitOfWork
) -> None:
    """A later stop takes the place of an earlier one: it may refuse more."""
    record = AdministrationRecord(
        at=at,
        request_id=request_id,
        client_id=client_id,
        action=AdministrativeAction.CLIENT_STOPPED,
        actor=BY_THE_HUB,
    )
    row = (client_id, stop.reason.value, stop.counted, stop.allowed, microseconds(at))
    unit.execute(_STOP, row)
    unit.record([encode_record(record)])


class ClientStops:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resume(self, client_id: str, *, at: datetime, actor: str, request_id: str) -> bool:
        """Whether a stopped client may ask again from ``at`` on. What it asked before no longer
        counts."""
        record = AdministrationRecord(
            at=at,
            request_id=request_id,
            client_id=client_id,
            action=AdministrativeAction.CLIENT_RESUMED,
            actor=actor,
        )
        return await self._database.write(partial(_resume, client_id, record))

    async def in_force(self) -> Mapping[str, StoppedClient]:
        """The clients that are stopped, by id."""
        rows = await self._database.fetch(_IN_FORCE)
        return {stopped.client: stopped for stopped in (_stopped(*row) for row in rows)}

    async def page(self, wanted: Slice) -> Sliced[StoppedClient]:
        """The stops of ``wanted``, newest first, resumed ones too."""
        found = await self._database.read(partial(STOPS.read, wanted))
        return found.each(lambda number, row: _stopped(number, *row))

    async def numbered(self, numbers: Sequence[int]) -> Mapping[int, StoppedClient]:
        """Those of ``numbers`` that there are."""
        if not numbers:
            return {}
        rows = await self._database.fetch(_FIND.format(places=places(numbers)), numbers)
        return {row[0]: _stopped(*row) for row in rows}


def _resume(client_id: str, record: AdministrationRecord, unit: UnitOfWork) -> bool:
    resumed = bool(unit.execute(_RESUME, (microseconds(record.at), client_id)))
    if resumed:
        unit.execute(_FORGET_TALLIES, (client_id,))
        unit.record([encode_record(record)])
    return resumed


def _stopped(number: int, client: str, reason: str, *rest: Any) -> StoppedClient:
    counted, allowed, *times = rest
    since, resumed_at = from_microseconds(times[0]), or_none(from_microseconds, times[1])
    return StoppedClient(
        id=STOP_IDS.of(number),
        client=strawberry.ID(client),
        reason=StopReason(reason),
        counted=counted,
        limit=allowed,
        since=since,
        resumed_at=resumed_at,
        raised_at=since,
        closed_at=resumed_at,
    )


_LAST = """
    SELECT reason, counted, allowed, resumed_at FROM client_stops
    WHERE client = ? ORDER BY number DESC LIMIT 1
"""
_STOP = """
    INSERT INTO client_stops (client, reason, counted, allowed, stopped_at) VALUES (?, ?, ?, ?, ?)
"""
_RESUME = """
    UPDATE client_stops SET resumed_at = ? WHERE client = ? AND resumed_at IS NULL RETURNING 1
"""
_FORGET_TALLIES = "DELETE FROM tallies WHERE client = ?"
_COLUMNS = "client, reason, counted, allowed, stopped_at, resumed_at"
STOPS = Listing("client_stops", _COLUMNS, newest_first=True)
_FIND = f"SELECT number, {_COLUMNS} FROM client_stops WHERE number IN ({{places}})"  # noqa: S608 - constants
_IN_FORCE = f"SELECT number, {_COLUMNS} FROM client_stops WHERE resumed_at IS NULL ORDER BY number"  # noqa: S608 - constants
