"""Alerts whose cause is elsewhere: a server, an issuer, an operator, somebody who reads or writes
where only the hub should. As in ``test_alerts_seen``; but these hubs have a Prometheus of their
own, so that the two files do not wait for each other."""

import json
import resource
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from time import sleep, time

import httpx2
import pytest
from redis.exceptions import ResponseError

from tests.acceptance.callers import calling, manifest_of
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TRAVELERS
from tests.acceptance.standing import Issuers, NewState
from tests.acceptance.test_mass_flip import ZHENJIANG_THRESHOLD, crowd, turn_red
from tests.conftest import Tongxing
from tests.operating.hub_over_servers import OverServers, hub_over_servers
from tests.operating.other_machine import DISK_BYTES
from tests.operating.own_prometheus import OF_THIS_MACHINE, OwnPrometheus, program, watching
from tests.sharing.own_redis import OwnRedis, new_redis
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

SOMEBODY = "green_everywhere"
GIGABYTE = 1_000_000_000
PIECE = 50_000_000
LATE_SECONDS = 2.6
ROOM_TO_SCRAPE_SECONDS = 1.5
A_LITTLE_BYTES = 4 * 2**20
ALMOST_NOTHING, A_BIT = 0.04, 0.08
"""Parts of the disk, and of what is free there."""


@dataclass(frozen=True)
class Scene:
    """``over`` is in trouble from its start, ``hub`` later; ``settings`` are its own."""

    over: OverServers
    hub: RunningHub
    settings: Mapping[str, object]
    redis: OwnRedis
    issuers: Issuers
    prometheus: OwnPrometheus


@pytest.fixture(scope="module")
def scene(
    new_layout: NewState, issuers: Issuers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    program("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    with ExitStack() as stack:
        redis = stack.enter_context(new_redis())
        redis.start()
        settings = {
            "deadline_seconds": 15.0,
            "cache__seconds": 0.5,
            "cache__place": redis.url,
            "operation__port": _free_port(),
        }
        machine = tmp_path_factory.mktemp("machine")
        over = stack.enter_context(
            hub_over_servers(new_layout(), new_layout(), machine, operation__port=0)
        )
        hub = stack.enter_context(serving(new_layout(), **settings))
        prometheus = stack.enter_context(watching(folder, [over.hub, hub]))
        yield Scene(over, hub, settings, redis, issuers, prometheus)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_nothing_fires_but_what_is_so_from_the_start(scene: Scene) -> None:
    from_the_start = {
        *("TongxingNewsUnheard", "TongxingCertificateEndsSoon", "TongxingHolderEpochsStay"),
        *("TongxingClockOff", "TongxingStandbyBehind", "TongxingVersionsDiffer"),
        *("TongxingStatusListsOld", "TongxingFiguresBehind"),
    }
    scene.prometheus.await_firing(*from_the_start)
    assert scene.prometheus.firing() - OF_THIS_MACHINE == from_the_start


def test_a_crowd_that_turns_red(scene: Scene) -> None:
    people = crowd(IssuerName.ZHENJIANG, ZHENJIANG_THRESHOLD + 1)
    with calling(scene.hub) as city, turn_red(scene.issuers, int(time()) - 600, 300):
        city.travelers(people)
        scene.prometheus.await_firing("TongxingMassFlip")


def test_an_issuer_that_is_slow(scene: Scene) -> None:
    issuer = scene.issuers[IssuerName.NATIONAL]
    with calling(scene.hub) as city, issuer.misbehaving("slow", seconds=LATE_SECONDS):
        scene.prometheus.await_firing(
            "TongxingAnswersLate", meanwhile=lambda: city.persona(SOMEBODY)
        )


def test_a_shared_cache_that_somebody_else_writes_to(scene: Scene) -> None:
    with calling(scene.hub) as city:

        def ask_and_overwrite() -> None:
            city.persona(SOMEBODY)
            for name in scene.redis.run("KEYS", "*"):
                with suppress(ResponseError):  # it has gone meanwhile
                    scene.redis.run("SET", name, "something else", "KEEPTTL")

        scene.prometheus.await_firing("TongxingSharedCacheSpoiled", meanwhile=ask_and_overwrite)


def test_a_standby_that_goes_a_key_that_is_not_copied_and_a_reader_that_stays(
    scene: Scene, tongxing: Tongxing
) -> None:
    """Together, because the first two are looked at every half a minute. The third alert ends with
    its reader, as its section says."""
    scene.over.standby.kill()
    _use_a_new_key(scene.over.elsewhere, tongxing)
    with calling(scene.hub) as city:
        with _being_read(scene.hub.layout.database):
            scene.prometheus.await_firing(
                "TongxingWriteAheadGrows", "TongxingStandbyGone", "TongxingHubKeyMissing"
            )

        def is_over() -> bool:
            city.persona(SOMEBODY)
            return "TongxingWriteAheadGrows" not in scene.prometheus.firing()

        await_that(is_over, "the write-ahead log is brought in")


def _use_a_new_key(layout: Layout, tongxing: Tongxing) -> None:
    """Which is on that machine alone."""

    def keys(*words: str) -> str:
        ran = tongxing("hub", "keys", *words, "--settings", layout.settings)
        assert ran.status == 0, ran.err
        return ran.out

    keys("new")
    listed = json.loads(keys("--json"))["keys"]
    (new,) = [each["kid"] for each in listed if each["state"] == "ANNOUNCED"]
    keys("use", new, "--anyway")


@contextmanager
def _being_read(database: Path) -> Iterator[None]:
    """By one who does not end, while more than a gigabyte is written there."""
    with closing(_opened(database)) as reader, closing(_opened(database)) as writer:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM audit_entries").fetchone()
        writer.execute("PRAGMA synchronous = OFF")
        writer.execute("CREATE TABLE filler (x)")
        writer.execute("INSERT INTO filler VALUES (NULL)")
        for number in range(GIGABYTE // PIECE + 1):
            writer.execute("UPDATE filler SET x = ?", (bytes([number]) * PIECE,))
        writer.execute("DROP TABLE filler")
        yield


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, isolation_level=None, timeout=5.0)


def test_a_disk_that_fills_up(scene: Scene) -> None:
    over = scene.over
    if over.disk is None:
        pytest.skip("this account may not mount a file system of its own")
    filler = over.disk / "filler"

    def fill() -> None:
        """A bit of it, until hardly anything is left."""
        _, _, free = disk_usage(filler.parent)
        if free > ALMOST_NOTHING * DISK_BYTES:
            with filler.open("ab") as file:
                file.write(bytes(int(free * A_BIT)))
        sleep(0.2)

    alerts = ("TongxingDiskFillsUp", "TongxingDiskNearlyFull")
    scene.prometheus.await_firing(*alerts, meanwhile=fill, of=over.hub)


def test_a_hub_that_lacks_memory_and_starts_again_and_again(scene: Scene) -> None:
    """The last: it is gone afterwards. Whether it meets an error that no rule foresaw, or ends at
    once, is up to where it wants memory; so it starts until both alerts have fired."""
    people = crowd(IssuerName.ZHENJIANG, ZHENJIANG_THRESHOLD)
    scene.hub.end()

    def start() -> None:
        with serving(scene.hub.layout, **scene.settings) as hub, calling(hub) as city:
            city.token()
            sleep(ROOM_TO_SCRAPE_SECONDS)
            with _without_memory(hub.process.pid), suppress(httpx2.HTTPError):
                city.post(TRAVELERS, manifest_of(people))
            sleep(ROOM_TO_SCRAPE_SECONDS)

    alerts = ("TongxingRestarts", "TongxingUnexpectedErrors")
    scene.prometheus.await_firing(*alerts, meanwhile=start, of=scene.hub)


@contextmanager
def _without_memory(pid: int) -> Iterator[None]:
    """Beyond what it has it gets less than a thread takes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + A_LITTLE_BYTES
    resource.prlimit(pid, resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_AS, before)


SEEN = {
    *("TongxingNewsUnheard", "TongxingCertificateEndsSoon", "TongxingHolderEpochsStay"),
    *("TongxingClockOff", "TongxingStandbyBehind", "TongxingVersionsDiffer"),
    *("TongxingMassFlip", "TongxingAnswersLate", "TongxingSharedCacheSpoiled"),
    *("TongxingWriteAheadGrows", "TongxingStandbyGone", "TongxingHubKeyMissing"),
    *("TongxingDiskFillsUp", "TongxingDiskNearlyFull", "TongxingRestarts"),
    *("TongxingUnexpectedErrors", "TongxingStatusListsOld", "TongxingFiguresBehind"),
}
