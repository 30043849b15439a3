"""The network between a worker and its server falls silent, or resets: nobody is answered without
a record, callers get out in time, and it goes on by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.storage.network import Network, Way, network_to
from tests.storage.own_server import OwnServer
from tests.storage.records import intent
from tests.storage.server_load import Load, database_over, loaded
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.audit import AuditLog, AuditUnavailable

pytestmark = pytest.mark.processes

GIVEN_UP_SECONDS = 150.0
"""Ten times what a connection may say nothing."""

SESSIONS = 8
"""More than the readers have."""

SILENT = {"there": (Way.THERE,), "back": (Way.BACK,), "both": tuple(Way)}


@contextmanager
def _through(own_server: OwnServer) -> Iterator[tuple[Network, str]]:
    """The network, and the address of a new database behind it."""
    own_server.start()
    name = own_server.new_database().partition("@/")[2].partition("?")[0]
    with network_to(own_server.socket) as network:
        yield network, f"postgresql://postgres@127.0.0.1:{network.port}/{name}"


async def _nobody_is_answered(load: Load) -> None:
    """In less than a deadline everybody is out, without an acknowledgement; what was on its way may
    have come through."""
    await asyncio.sleep(0.3)
    before = len(load.acknowledged)
    for act in (load.log.append([intent(1)]), load.database.fetch("SELECT 1")):
        with pytest.raises((TimeoutError, StorageUnavailable)):
            async with asyncio.timeout(3):
                await act
    assert len(load.acknowledged) == before


@pytest.mark.parametrize("ways", SILENT.values(), ids=SILENT)
async def test_a_network_that_falls_silent_and_comes_back(
    own_server: OwnServer, tmp_path: Path, ways: tuple[Way, ...]
) -> None:
    with _through(own_server) as (network, url):
        async with loaded(url, tmp_path / "one") as load:
            network.silence(*ways)
            await _nobody_is_answered(load)
            network.mend()
            await load.goes_on()
            await load.check()


async def test_connections_that_stay_silent_are_left_for_new_ones(
    own_server: OwnServer, tmp_path: Path
) -> None:
    """As behind a machine between that has forgotten them: only new ones pass."""
    with _through(own_server) as (network, url):
        async with loaded(url, tmp_path / "one") as load:
            network.forget()
            async with asyncio.timeout(GIVEN_UP_SECONDS):
                await asyncio.gather(_writes(load), *(_reads(load) for _ in range(SESSIONS)))
            await load.check()


async def _writes(load: Load) -> None:
    wanted = len(load.acknowledged) + 20
    while len(load.acknowledged) < wanted:
        await asyncio.sleep(0.05)


async def _reads(load: Load) -> None:
    """A reader has connections of its own to give up, each in its turn."""
    while True:
        with suppress(StorageUnavailable):
            assert await load.database.fetch("SELECT 1") == [(1,)]
            return


async def test_a_network_that_resets_and_refuses_and_comes_back(
    own_server: OwnServer, tmp_path: Path
) -> None:
    with _through(own_server) as (network, url):
        async with loaded(url, tmp_path / "one") as load:
            for _ in range(5):
                network.reset()
                await load.goes_on()
            network.reset(for_good=True)
            await _nobody_is_answered(load)
            network.mend()
            await load.goes_on()
            assert load.refused > 0
            await load.check()


async def test_of_two_machines_one_is_cut_off_and_the_other_goes_on(
    own_server: OwnServer, tmp_path: Path
) -> None:
    """In the middle of what it writes: with the lock that all of them need."""
    with _through(own_server) as (network, url):
        async with loaded(url, tmp_path / "one") as cut:
            straight = own_server.url(url.rpartition("/")[2])
            async with loaded(straight, tmp_path / "other") as load:
                network.silence(*Way)
                await load.goes_on(50)
                network.mend()
                await cut.goes_on()
                await load.check()
                await cut.check()


async def test_the_server_is_told_how_soon_to_give_up_a_machine(
    own_server: OwnServer, tmp_path: Path
) -> None:
    """It has the locks of a machine that vanished until it notices: by itself after two hours."""
    own_server.start(f"listen_addresses={ANOTHER_LOOPBACK}")
    name = own_server.new_database().partition("@/")[2].partition("?")[0]
    url = f"postgresql://postgres@{ANOTHER_LOOPBACK}/{name}"
    async with database_over(url, tmp_path / "one") as database:
        reading = await database.fetch(_SETTINGS)
        writing = await database.write(lambda unit: unit.execute(_SETTINGS))
        assert reading == writing == [("5", "2", "2", "5000")]


ANOTHER_LOOPBACK = "127.0.0.77"
"""Where no other server listens at the usual port."""

_SETTINGS = "SELECT " + ", ".join(
    f"current_setting('{name}')"
    for name in (
        *("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"),
        "tcp_user_timeout",
    )
)


async def test_without_a_primary_nobody_is_answered_and_none_is_asked_in_vain(
    own_server: OwnServer, tmp_path: Path
) -> None:
    """A server that takes no writes is none: a standby knows less than this process was told."""
    own_server.start()
    url = own_server.new_database()
    async with database_over(url, tmp_path / "one") as database:
        log = await AuditLog.open(database)
        [first] = await log.append([intent(1)])
        own_server.stop()
        own_server.start("default_transaction_read_only=on")
        for _ in range(2):
            with pytest.raises(AuditUnavailable):
                await log.append([intent(2)])
            with pytest.raises(StorageUnavailable):
                await database.fetch("SELECT 1")
        own_server.stop()
        own_server.start()
        [last] = await log.append([intent(3)])
        await log.verify([first, last])


def test_the_driver_is_what_ends_a_silent_exchange() -> None:
    """Its way to wait with an end is not in its documentation."""
    assert "timeout" in psycopg.Connection.wait.__annotations__
