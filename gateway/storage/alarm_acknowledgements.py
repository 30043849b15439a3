"""Who has seen to which alarm; the first stands. Recorded by the same COMMIT.

Refuses to know what an alarm is: it has an id.
"""

from collections.abc import Mapping, Sequence

from strawberry import ID

from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.records import AdministrationRecord
from tongxing.gateway.storage.columns import from_microseconds, microseconds, places
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.schema.acknowledgement import Acknowledgement


class AlarmAcknowledgements:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acknowledge(self, record: AdministrationRecord, note: str | None = None) -> None:
        """The client of ``record`` sees to its alarm, unless somebody does already: then nothing is
        changed or recorded. ``note`` is what they say of it; the log takes no text."""
        entry, row = (
            encode_record(record),
            (record.alarm, record.client_id, microseconds(record.at), note),
        )

        def work(unit: UnitOfWork) -> None:
            if unit.execute(_ADD, row):
                unit.record([entry])
                unit.announce(Topic.ALARMS)

        await self._database.write(work)

    async def of(self, alarms: Sequence[str]) -> Mapping[str, Acknowledgement]:
        """Of those of ``alarms`` that somebody sees to."""
        if not alarms:
            return {}
        rows = await self._database.fetch(_OF.format(places=places(alarms)), alarms)
        return {
            alarm: Acknowledgement(at=from_microseconds(at), by=ID(by), note=note)
            for alarm, by, at, note in rows
        }


_ADD = """
    INSERT INTO alarm_acknowledgements (id, client_id, at, note) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING 1
"""
_OF = "SELECT id, client_id, at, note FROM alarm_acknowledgements WHERE id IN ({places})"
