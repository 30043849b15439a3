"""What is opened first: keys, database, log, clock, figures; every other part is given some of it.

Responsible for the order, and for all of it being closed again, the last first.
"""

import os
import secrets
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from prometheus_client import CollectorRegistry

from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.operation.background import Background
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.events import EventLog
from tongxing.gateway.operation.followed_hub_keys import LOOK_SECONDS, FollowedHubKeys
from tongxing.gateway.operation.gathered_lines import GatheredLines
from tongxing.gateway.operation.holder_following import open_holder_keys
from tongxing.gateway.operation.hub_key_files import HubKeyFiles
from tongxing.gateway.operation.later_primary import look_for_a_later
from tongxing.gateway.operation.log_check import Bookmark, LogCheck, bookmark_of
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.operation.loop_watch import LoopWatch
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.pulse import Pulse
from tongxing.gateway.operation.seen_states import SeenStates
from tongxing.gateway.operation.steady_clock import SteadyClock
from tongxing.gateway.operation.watch import Watch
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.leases import Leases
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.ownership import Owner, claim
from tongxing.gateway.storage.postgres.listening import listen
from tongxing.gateway.storage.proof_of_writing import prove_writing
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.gateway.turns import Turns
from tongxing.gateway.wiring.traces import Tracing, open_tracing
from tongxing.keys import HolderKey
from tongxing.keys.hub_keys import HubKeys

NONCE_BYTES = 16
MEGABYTE = 1_000_000

utc_now = partial(datetime.now, UTC)
seconds_elapsed = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
"""Goes on while the machine sleeps, as ``monotonic`` does not on Linux."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is opened first: every other part is given some of it. ``stack`` closes what is opened
    on it, the last first."""

    settings: Settings
    stack: AsyncExitStack
    watch: Watch
    turns: Turns
    metrics: Metrics
    background: Background
    seen_states: SeenStates
    clock: SteadyClock
    evidence: ClockEvidence
    loop_watch: LoopWatch
    pulse: Pulse
    hub_keys: HubKeys
    holder_keys: HolderKeys
    database: Database
    leases: Leases
    audit: AuditLog
    tracing: Tracing | None


async def open_ground(settings: Settings, stack: AsyncExitStack) -> Ground:
    """Raises one of ``composition.REFUSED_AT_START``."""
    metrics = Metrics(CollectorRegistry())
    lines = GatheredLines(sys.stderr)
    stack.callback(lines.write_out)
    watch = Watch(EventLog(lines, utc_now, lambda _: metrics.unlisted_log_field()), metrics)
    files = HubKeyFiles(settings.keys)
    files.changed()
    origin = log_origin(settings.hub.id)
    hub_keys = HubKeys(settings.hub.id, origin, files.read(), utc_now)
    holder_file = HolderKey(settings.keys.holder.read_bytes())
    database = await stack.enter_async_context(open_database(settings.database))
    followed = _followed_keys(settings, hub_keys, files, database, watch)
    await followed.begin()
    clock = SteadyClock(utc_now, seconds_elapsed, watch.clock_jumped)
    pulse = Pulse(partial(prove_writing, database), monotonic)
    loop_watch = LoopWatch(monotonic, metrics.loop_late)
    background = Background(stack, watch.unexpected)
    audit = await AuditLog.open(database)
    founder = hub_keys.current.founder
    await claim(database, Owner(settings.hub.id, founder, holder_file.fingerprint))
    epochs = HolderEpochStore(database, holder_file)
    holder_keys = await open_holder_keys(epochs, holder_file, clock(), seconds_elapsed)
    check = LogCheck(audit, Bookmark(bookmark_of(settings.database.file), hub_keys), watch)
    await pulse.beat()
    if settings.database.url is not None:
        background.begin(partial(listen, settings.database.url, database.news, watch))
    later = partial(look_for_a_later, database.look_for_a_later)
    for work in (
        *(clock.go_on, pulse.go_on, later, check.go_on),
        *(metrics.keep_standing, loop_watch.go_on, followed.follow),
    ):
        background.begin(work)
    return Ground(
        settings=settings,
        stack=stack,
        watch=watch,
        turns=Turns(monotonic),
        metrics=metrics,
        background=background,
        seen_states=SeenStates(background),
        clock=clock,
        evidence=ClockEvidence(watch.clock_doubted),
        loop_watch=loop_watch,
        pulse=pulse,
        hub_keys=hub_keys,
        holder_keys=holder_keys,
        database=database,
        leases=Leases(database, _holder(), utc_now),
        audit=audit,
        tracing=await open_tracing(settings.traces, stack, metrics.spans_sent),
    )


def _holder() -> str:
    """This process and no other, also of another machine; operators read its number."""
    return f"{os.getpid()}/{secrets.token_urlsafe(NONCE_BYTES)}"


def _followed_keys(
    settings: Settings, keys: HubKeys, files: HubKeyFiles, database: Database, watch: Watch
) -> FollowedHubKeys:
    place = settings.database
    return FollowedHubKeys(
        keys,
        files,
        database,
        NewsEar(database.news, Topic.HUB_KEYS, LOOK_SECONDS, monotonic),
        worker=f"{os.uname().nodename}/{os.getpid()}",
        seen=None if place.url is None else SeenVersions(place.file),
        watch=watch,
        clock=utc_now,
    )
