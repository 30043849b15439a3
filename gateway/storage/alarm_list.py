"""The alarms of every kind in one list, newest first: where each lies, by its id.

Each kind has a table of its own; a new kind is one row of ``_TABLES``. Refuses to know what an
alarm says.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.database import Database, ReadSession
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


def _of_table(kind: int, table: str) -> str:
    """``place``: by the microsecond, then by the number. Exact until the year 2255."""
    ids, raised_at, closed_at = _TABLES[table]
    within = f"number % {_NUMBERS_AT_ONE_MOMENT} * {_KINDS_MOST} + {kind}"
    place = f"{raised_at} * {_NUMBERS_AT_ONE_MOMENT * _KINDS_MOST} + {within}"
    closed = f"CAST({closed_at} AS BIGINT)"
    columns = f"{place} AS place, '{ids.kind}:' || number AS id, {closed} AS closed_at"
    return f"SELECT {columns} FROM {table}"  # noqa: S608 - constants


_ALL = " UNION ALL ".join(_of_table(kind, table) for kind, table in enumerate(_TABLES))
_HIGHEST = ", ".join(f"(SELECT coalesce(max(number), 0) FROM {table})" for table in _TABLES)  # noqa: S608 - constants
_ENDS = f"SELECT {_HIGHEST}, (SELECT count(*) FROM alarm_acknowledgements)"  # noqa: S608 - constants
_BEHIND = [
    f"SELECT {raised_at}, number, '{ids.kind}:' || number FROM {table} "  # noqa: S608 - constants
    "WHERE number > ? ORDER BY number LIMIT ?"
    for table, (ids, raised_at, _) in _TABLES.items()
]
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

    async def ends(self) -> tuple[int, int, int, int]:
        """The highest number of each kind, in the order of ``_TABLES``, and how many somebody has
        seen to: others once anything was raised or seen to. Raises StorageUnavailable."""
        ((flips, stops, trust, seen_to),) = await self._database.fetch(_ENDS)
        return int(flips), int(stops), int(trust), int(seen_to)

    async def behind(
        self, numbers: Sequence[int], first: int
    ) -> Sequence[Sequence[tuple[int, int, str]]]:
        """Of each kind up to ``first`` alarms above its number, in the order in which they were
        raised: when (µs), its number, its id. Raises StorageUnavailable."""

        def read(session: ReadSession) -> Sequence[Sequence[tuple[int, int, str]]]:
            pairs = zip(_BEHIND, numbers, strict=True)
            return [[tuple(row) for row in session.execute(sql, (n, first))] for sql, n in pairs]

        return await self._database.read(read)
