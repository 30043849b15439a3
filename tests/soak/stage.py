"""All that the soak runs against, as processes of its own: servers, issuers, the hub's workers."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

from tests.acceptance.hubs import RunningHub, serving
from tests.sandbox.clients import RunningIssuer, running
from tests.sharing.own_redis import OwnRedis, new_redis
from tests.storage.own_server import OwnServer, new_server
from tongxing.gateway.database_place import SERVER_FILES, DatabasePlace
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys.signing import HubSigner, LogSigner
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID, provision, write_settings
from tongxing.sandbox.town.records import IssuerName

POPULATION = 20_000
KEPT_SECONDS = 2.0
"""How long a statement is kept: short, so that what changes at an issuer has to show soon."""

DEADLINE_SECONDS = 5.0
CACHE_MEGABYTES = 64
MOST_CONNECTIONS = 60


@dataclass(frozen=True, order=True)
class Process:
    """A number may be given again, but not with the same beginning."""

    number: int
    began: int

    def is_there(self) -> bool:
        return _began(self.number) == self.began


@dataclass
class Stage:
    """``seen`` are all workers that there ever were."""

    directory: Path
    layout: Layout
    place: DatabasePlace
    server: OwnServer
    redis: OwnRedis
    issuers: Mapping[IssuerName, RunningIssuer]
    hub: RunningHub
    count: int
    seen: set[Process] = field(default_factory=set)

    @property
    def policies(self) -> Path:
        return self.directory / "policies"

    def workers(self) -> list[Process]:
        """Those that live now."""
        with suppress(OSError):
            children = Path(f"/proc/{self.hub.process.pid}/task/{self.hub.process.pid}/children")
            numbers = [int(each) for each in children.read_text("ascii").split()]
            found = [Process(n, began) for n in numbers if (began := _began(n)) is not None]
            self.seen.update(found)
            return found
        return []

    def signer(self) -> LogSigner:
        return HubSigner.from_pem(self.layout.hub_key.read_bytes()).log_signer(log_origin(HUB_ID))

    def strike_worker(self, process: Process, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if process.is_there():
                os.kill(process.number, number)


def _began(number: int) -> int | None:
    """In ticks since the machine was started; None if it is gone, or dead and not buried."""
    try:
        state, *rest = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state == "Z" else int(rest[18])


@contextmanager
def stage(directory: Path, workers: int, seed: int) -> Iterator[Stage]:
    """Everything runs and answers; nothing of it is left when the block ends."""
    with ExitStack() as stack:
        server = stack.enter_context(new_server())
        server.start(f"max_connections={MOST_CONNECTIONS}")
        redis = stack.enter_context(new_redis())
        redis.start()
        place = DatabasePlace(directory / "state" / SERVER_FILES, server.new_database())
        layout = provision(directory / "state", datetime.now(UTC), database=place)
        copytree(SHIPPED_POLICIES, directory / "policies")
        options = ("--seed", str(seed), "--population", str(POPULATION))
        issuers = {
            name: stack.enter_context(running(name, layout.issuers, *options))
            for name in IssuerName
        }
        write_settings(layout, {name: each.url for name, each in issuers.items()}, port=0)
        settings: dict[str, object] = {
            "database": place.url,
            "policies": directory / "policies",
            "deadline_seconds": DEADLINE_SECONDS,
            "cache": redis.url,
            "cache__seconds": KEPT_SECONDS,
            "cache__megabytes": CACHE_MEGABYTES,
            "cache__client_megabytes": CACHE_MEGABYTES,
        }
        hub = stack.enter_context(serving(layout, "--workers", str(workers), **settings))
        yield Stage(directory, layout, place, server, redis, issuers, hub, workers)
