"""The alarms of every kind in one list, newest first: where each lies, by its id.

Each kind has a table of its own; a new kind is one row of ``_TABLES``. Refuses to know what an
alarm says.
"""

from collections.abc import Mapping
from functools import partial

from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.slices import Listing, Slice, Sliced
from tongxing.schema.alarm import ALARM_IDS
from tongxing.schema.any_alarm import AlarmState
from tongxing.schema.numbered_ids import NumberedIds
from tongxing.schema.stopped_client import STOP_IDS
from tongxing.schema.trust_alarm import TRUST_ALARM_IDS

ALARM_LIST_CURSORS = Cursors("l1", digits=19)

_TABLES: Mapping[str, tuple[NumberedIds, str, str]] = {
    "alarms": (ALARM_IDS, "raised_at", "NULL"),
    "client_stops": (STOP_IDS, "stopped_at", "resumed_at"),
    "trust_alarms": (TRUST_ALARM_IDS, "raised_at", "closed_at"),
}
"""By table: its ids, when an alarm of it was raised, and when its cause was gone. What may never
change is the order: places rest on it."""

_NUMBERS_AT_ONE_MOMENT, _KINDS_MOST = 256, 4


def moments(seconds: int) -> int:
    """How far apart the places of two alarms are that were raised so many seconds apart."""
    return seconds * 1_000_000 * _NUMBERS_AT_ONE_MOMENT * _KINDS_MOST


def _of_table(kind: int, table: str) -> str:
    """``place``: by the microsecond, then by the number. Exact until the year 2255."""
    ids, raised_at, closed_at = _TABLES[table]
    within = f"number % {_NUMBERS_AT_ONE_MOMENT} * {_KINDS_MOST} + {kind}"
    place = f"{raised_at} * {_NUMBERS_AT_ONE_MOMENT * _KINDS_MOST} + {within}"
    closed = f"CAST({closed_at} AS BIGINT)"
    columns = f"{place} AS place, '{ids.kind}:' || number AS id, {closed} AS closed_at"
    return f"SELECT {columns} FROM {table}"  # noqa: S608 - constants


_ALL = " UNION ALL ".join(_of_table(kind, table) for kind, table in enumerate(_TABLES))
_IS_SEEN_TO = "EXISTS (SELECT 1 FROM alarm_acknowledgements AS seen WHERE seen.id = every_alarm.id)"
_CONDITIONS = {
    None: "TRUE",
    AlarmState.OPEN: f"closed_at IS NULL AND NOT {_IS_SEEN_TO}",
    AlarmState.ACKNOWLEDGED: f"closed_at IS NULL AND {_IS_SEEN_TO}",
    AlarmState.CLOSED: "closed_at IS NOT NULL",
}
_LISTINGS: Mapping[AlarmState | None, Listing] = {
    state: Listing(f"({_ALL}) AS every_alarm", "id", condition, key="place", newest_first=True)
    for state, condition in _CONDITIONS.items()
}


class AlarmList:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, state: AlarmState | None, wanted: Slice) -> Sliced[str]:
        """The ids of those in ``state``, or of all. Raises StorageUnavailable."""
        found = await self._database.read(partial(_LISTINGS[state].read, wanted))
        return found.each(lambda _, row: str(row[0]))
