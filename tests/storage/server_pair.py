"""A primary and its standby, of the tests' own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.storage.own_server import STARTS_WITHIN_SECONDS, OwnServer, new_server

SYNCHRONOUS = "ALTER SYSTEM SET synchronous_standby_names = 'standby'"
RELOADED = "SELECT pg_reload_conf()"
_FOLLOWED = "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'"


@dataclass(frozen=True)
class Pair:
    """``name`` is that of a database; ``url`` names both servers."""

    primary: OwnServer
    standby: OwnServer
    name: str

    @property
    def url(self) -> str:
        return self.primary.url(self.name, self.standby)

    def wait_for_each_other(self) -> None:
        """From now on the primary's commits wait for the standby."""
        self.primary.sql(SYNCHRONOUS, RELOADED)
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while self.primary.sql(_FOLLOWED) != [(True,)]:
            assert time.monotonic() < until, "the standby does not follow"
            time.sleep(0.02)


@contextmanager
def new_pair() -> Iterator[Pair]:
    """Both run; the standby follows as fast as it can."""
    with new_server() as primary:
        primary.start()
        name = primary.new_database().partition("@/")[2].partition("?")[0]
        standby = primary.new_standby()
        standby.start()
        try:
            yield Pair(primary, standby, name)
        finally:
            standby.kill()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with new_pair() as pair:
        yield pair
