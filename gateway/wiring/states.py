"""Which states are looked at for the figures, and how often."""

import asyncio
import platform
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from importlib.metadata import version
from time import time
from typing import Protocol

from prometheus_client import ProcessCollector

from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.watch import Watch
from tongxing.gateway.passes.list_ages import list_ages
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.rollups.counted_until import counted_until
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage.postgres.server_sizes import server_size
from tongxing.gateway.storage.sizes import file_sizes, log_size
from tongxing.gateway.wiring.ground import Ground, utc_now
from tongxing.keys import TrustStore

OFTEN_SECONDS = 5.0
"""For what is read from this process alone."""

SELDOM_SECONDS = 30.0
"""For what is asked of the database: a server adds up the sizes of all its files."""


class Remembering(Protocol):
    @property
    def taken(self) -> int:
        """Bytes."""
        ...


async def begin_looking(
    ground: Ground,
    *,
    trust: TrustStore,
    policies: PolicyDirectory,
    memories: Mapping[str, Remembering],
) -> None:
    """What begins here is looked at for as long as the hub runs."""
    metrics, settings = ground.metrics, ground.settings
    database = "sqlite" if settings.database.url is None else "postgresql"
    metrics.runs(version("tongxing"), platform.python_version(), database)
    begin = ground.seen_states.begin
    await begin(partial(_of_publications, metrics, settings, trust, policies), OFTEN_SECONDS)
    await begin(partial(_of_this_process, ground, memories), OFTEN_SECONDS)
    await begin(partial(_of_the_disk, metrics, settings), OFTEN_SECONDS)
    await begin(partial(_of_the_database, ground), SELDOM_SECONDS)
    await begin(partial(_of_what_is_made_behind, ground), SELDOM_SECONDS)


async def note_readiness(watch: Watch, checks: Mapping[str, Callable[[], Awaitable[bool]]]) -> None:
    """As ``/readyz`` would say now."""
    for name, is_ready in checks.items():
        watch.ready(name, is_ready=await is_ready())


async def _of_publications(
    metrics: Metrics, settings: Settings, trust: TrustStore, policies: PolicyDirectory
) -> None:
    held = trust.held
    connected = {issuer.id for issuer in settings.issuers}
    for issuer in () if held is None else held.issuers.values():
        if issuer.id in connected and issuer.keys:
            metrics.issuer_keys_end(issuer.id, max(key.end for key in issuer.keys.values()))
    ends: dict[str, datetime] = {}
    for policy in policies.known():
        ends[policy.region] = max(policy.valid_until, ends.get(policy.region, policy.valid_until))
    for region, end in ends.items():
        metrics.policy_ends(region, end)


async def _of_this_process(ground: Ground, memories: Mapping[str, Remembering]) -> None:
    metrics = ground.metrics
    metrics.works_waiting(ground.database.works_waiting)
    for name, memory in memories.items():
        metrics.memory_takes(name, memory.taken)
    metrics.process_takes(await asyncio.to_thread(_process))


_PREFIX = "process_"


def _process() -> list[tuple[str, float]]:
    return [
        (sample.name.removeprefix(_PREFIX), sample.value)
        for family in ProcessCollector(registry=None).collect()
        for sample in family.samples
    ]


async def _of_the_disk(metrics: Metrics, settings: Settings) -> None:
    """That of the file; or, over a server, of what is kept beside it on this machine."""
    place = settings.database
    usage = await asyncio.to_thread(shutil.disk_usage, place.file.parent)
    metrics.disk_has(usage.free, usage.total)
    if place.url is None:
        for part, octets in (await asyncio.to_thread(file_sizes, place.file)).items():
            metrics.database_takes(part, octets)


async def _of_the_database(ground: Ground) -> None:
    metrics, database = ground.metrics, ground.database
    log = await log_size(database)
    if ground.settings.database.url is None:
        metrics.log_has(log.entries, log.oldest, partitions=1)
        return
    began = time()
    server = await server_size(database)
    ended = time()
    metrics.log_has(log.entries, log.oldest, server.partitions)
    metrics.database_takes("data", server.octets)
    # Where between the two the server looked at its clock is not known.
    offset = max(began - server.clock, server.clock - ended, 0.0)
    metrics.server_has(server.standbys, server.lag, offset)


async def _of_what_is_made_behind(ground: Ground) -> None:
    """Looked at by every process: the one that should make it may be the one that is stuck."""
    lists = await list_ages(ground.database)
    ground.metrics.lists_are(lists.oldest, lists.unpublished)
    ground.metrics.log_counted(await counted_until(ground.database, utc_now()))
