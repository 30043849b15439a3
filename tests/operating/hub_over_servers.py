"""A hub that is in trouble from its start, because of all that is not its own.

Its PostgreSQL server has a clock of its own and a standby that is behind; nobody can listen on the
way there. Its certificate ends soon and its present epoch began long ago. On its machine, which has
a small disk, another version is installed. A stuck process of the hub holds the leases of what is
done behind the answers, so a list of passes stays as old as it is and nothing is counted.
"""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import psycopg

from tests import forked
from tests.acceptance.deaf_proxy import deaf_proxy
from tests.acceptance.hubs import RunningHub, await_that, environment_of, log_of
from tests.authority import Authority
from tests.connection import PATIENCE_SECONDS
from tests.operating import other_machine
from tests.storage.own_server import OwnServer, new_server
from tongxing.gateway.database_place import SERVER_FILES, DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.leases import LEASE
from tongxing.keys import HolderKey
from tongxing.keys.signing import HubSigner
from tongxing.sandbox.provisioning.clients import register_clients
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

SET_UP_BEFORE = timedelta(days=41)
LONG_EPOCHS = {"holders__epoch_days": 366}
CERTIFICATE_LASTS = timedelta(days=9)
BEHIND_BYTES = 272 * 2**20
SEGMENT_BYTES = 16 * 2**20

_AHEAD = """
    CREATE SCHEMA ahead;
    CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql
        RETURN pg_catalog.clock_timestamp() + interval '10 s'
"""
"""As good as a machine with another clock, for whoever asks this database for the time."""

DONE_ONCE = ("status-lists", "figures")
_LIST = """
    INSERT INTO status_lists (number, log, entries, serials, live, state, head)
    VALUES (1, %s, 1, 0, 0, 1, %s)
"""
_HOLD = """
    INSERT INTO leases (name, holder, until) VALUES (%s, 'stuck', %s)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
"""

_FOLLOWED = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn > '0/0'"


@dataclass(frozen=True)
class OverServers:
    """``elsewhere``: another machine of the hub, on which no process of it runs."""

    hub: RunningHub
    elsewhere: Layout
    standby: OwnServer
    disk: Path | None
    """The hub's own, as this process sees it; None if this account may not mount one."""


@contextmanager
def hub_over_servers(
    here: Layout, elsewhere: Layout, machine: Path, **settings: object
) -> Iterator[OverServers]:
    """Both layouts are of one hub; ``machine`` is an empty folder."""
    with ExitStack() as stack:
        primary = stack.enter_context(new_server())
        primary.start()
        url = primary.new_database()
        asyncio.run(_set_up(elsewhere, url, datetime.now(UTC) - SET_UP_BEFORE))
        _put_list_of_passes(url, datetime.now(UTC) - SET_UP_BEFORE)
        stack.enter_context(_idle_holder(url))
        _put_clock_ahead(url)
        standby = primary.new_standby()
        standby.start()
        stack.callback(standby.kill)
        _leave_behind(standby, primary)
        proxy = stack.enter_context(deaf_proxy(url))
        hub = stack.enter_context(_serving(here, machine, database=proxy.url, **settings))
        disk = Path(f"/proc/{hub.process.pid}/root{machine}/disk")
        is_own = other_machine.may_mount(machine)
        yield OverServers(hub, elsewhere, standby, disk if is_own else None)


async def _set_up(layout: Layout, url: str, at: datetime) -> None:
    """A hub whose clients are registered and whose first epoch began ``at`` that time."""
    place = DatabasePlace(layout.directory / SERVER_FILES, url)
    signer = HubSigner.from_pem(layout.hub_key.read_bytes()).log_signer(log_origin(HUB_ID))
    async with open_database(place, signer=signer) as database:
        await HolderEpochStore(database, HolderKey(layout.holder_key.read_bytes())).first(at)
    await register_clients(layout, place, at, signer)
    text = layout.settings.read_text("utf-8")
    layout.settings.write_text(f'database = "{url}"\n{text}', "utf-8")


def _put_list_of_passes(url: str, published: datetime) -> None:
    head = json.dumps({"iat": int(published.timestamp())})
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(_LIST, (log_origin(HUB_ID), head))


@contextmanager
def _idle_holder(url: str) -> Iterator[None]:
    """A process that is stuck in its work, and renews its leases."""
    ended = Event()

    def renew() -> None:
        with psycopg.connect(url, autocommit=True) as session:
            while True:
                until = microseconds(datetime.now(UTC) + LEASE)
                for name in DONE_ONCE:
                    session.execute(_HOLD, (name, until))
                held.set()
                if ended.wait(LEASE.total_seconds() / 4):
                    return

    held = Event()
    holder = Thread(target=renew)
    holder.start()
    try:
        assert held.wait(PATIENCE_SECONDS)
        yield
    finally:
        ended.set()
        holder.join()


def _put_clock_ahead(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(_AHEAD)
        name = session.info.dbname
        session.execute(f"ALTER DATABASE {name} SET search_path = public, ahead, pg_catalog")


def _leave_behind(standby: OwnServer, primary: OwnServer) -> None:
    """By whole segments, however little is in them. It does nothing any more."""
    await_that(lambda: primary.sql(_FOLLOWED) == [(1,)], "the standby follows")
    for each in standby.processes():
        os.kill(each, signal.SIGSTOP)
    segment = ("SELECT pg_logical_emit_message(false, 'test', 'x')", "SELECT pg_switch_wal()")
    primary.sql(*segment * (BEHIND_BYTES // SEGMENT_BYTES))


@contextmanager
def _serving(layout: Layout, machine: Path, **settings: object) -> Iterator[RunningHub]:
    """``machine`` is an empty folder."""
    installed, disk = machine / "installed", machine / "disk"
    other_machine.install(installed)
    disk.mkdir(mode=0o700)
    pair = Authority(layout.directory).certify("hub", CERTIFICATE_LASTS)
    tls = {"listen__tls__certificate": pair.file, "listen__tls__key": pair.key}
    with forked.start(
        "tests.operating.other_machine",
        *map(str, (installed, layout.directory, disk)),
        *("serve", "--settings", str(disk / layout.settings.name)),
        errors=log_of(layout),
        **environment_of({**tls, **LONG_EPOCHS, **settings}),
    ) as process:
        line = process.first_line()
        assert line, "the hub did not start"
        announced = json.loads(line)
        yield RunningHub(process, announced["url"], layout, announced["operation"])
