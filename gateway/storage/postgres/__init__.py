"""A PostgreSQL server as the database of a hub, for any number of processes on any number of
machines.

Responsible for one order over all of them, for what a COMMIT means, for the tables, and for
connections that end rather than hang. Refuses to know what is stored.
"""

from tongxing.gateway.storage.postgres.server_engine import PostgresEngine

__all__ = ["PostgresEngine"]
