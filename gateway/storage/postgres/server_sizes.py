"""What a server says of itself: its size, who follows it, and its clock.

Who says how far it has replayed follows; a backup that runs takes what is written and says nothing.
An account that may not look sees that somebody is there, and neither how far nor what it is.
"""

from dataclasses import dataclass

from tongxing.gateway.storage.database import Database, ReadSession


@dataclass(frozen=True, slots=True)
class ServerSize:
    """``octets`` of the hub's database; ``lag`` in bytes of the standby that is farthest behind, 0
    if that cannot be seen; ``clock`` in Unix time, at some moment of the question."""

    octets: int
    partitions: int
    standbys: int
    lag: int
    clock: float


async def server_size(database: Database) -> ServerSize:
    """Raises StorageUnavailable."""
    return await database.read(_server_size)


def _server_size(session: ReadSession) -> ServerSize:
    ((octets,),) = session.execute("SELECT pg_database_size(current_database())::bigint")
    ((partitions,),) = session.execute("SELECT count(*) FROM audit_partitions")
    ((standbys, lag),) = session.execute(_STANDBYS)
    ((clock,),) = session.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
    return ServerSize(octets, partitions, standbys, lag, clock)


_STANDBYS = """
SELECT count(*) FILTER (WHERE state IS NULL OR replay_lsn IS NOT NULL),
greatest(coalesce(max(pg_wal_lsn_diff(
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn() END, replay_lsn
)), 0), 0)::bigint FROM pg_stat_replication"""
