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
from tongxing.gateway.operation.gathered_lines import GatheredLines
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
from tongxing.gateway.storage.leases import Leases
from tongxing.gateway.storage.ownership import Owner, claim
from tongxing.gateway.storage.postgres.listening import listen
from tongxing.gateway.storage.proof_of_writing import prove_writing
from tongxing.gateway.turns import Turns
from tongxing.gateway.wiring.traces import Tracing, open_tracing
from tongxing.keys import HolderKey, HubSigner
from tongxing.keys.signing import LogSigner

NONCE_BYTES = 16
MEGABYTE = 1_000_000

utc_now = partial(datetime.now, UTC)
_seconds_elapsed = partial(
    time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
)
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
    signer: HubSigner
    holder_key: HolderKey
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
    signer = HubSigner.from_pem(settings.keys.hub.read_bytes())
    holder_key = HolderKey(settings.keys.holder.read_bytes())
    log_signer = signer.log_signer(log_origin(settings.hub.id))
    database = await stack.enter_async_context(open_database(settings.database, signer=log_signer))
    clock = SteadyClock(utc_now, _seconds_elapsed, watch.clock_jumped)
    pulse = Pulse(partial(prove_writing, database), monotonic)
    loop_watch = LoopWatch(monotonic, metrics.loop_late)
    background = Background(stack, watch.unexpected)
    audit = await AuditLog.open(database)
    await claim(database, Owner(settings.hub.id, signer.key_id, holder_key.fingerprint))
    check = LogCheck(audit, Bookmark(bookmark_of(settings.database.file), signer), watch)
    await pulse.beat()
    if settings.database.url is not None:
        background.begin(partial(listen, settings.database.url, database.news, watch))
    later = partial(look_for_a_later, database.look_for_a_later)
    for work in (
        *(clock.go_on, pulse.go_on, later, check.go_on),
        *(metrics.keep_standing, loop_watch.go_on),
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
        signer=signer,
        holder_key=holder_key,
        database=database,
        leases=Leases(database, _holder(), utc_now),
        audit=audit,
        tracing=await open_tracing(settings.traces, stack, metrics.spans_sent),
    )


def _holder() -> str:
    """This process and no other, also of another machine; operators read its number."""
    return f"{os.getpid()}/{secrets.token_urlsafe(NONCE_BYTES)}"


def log_signer(ground: Ground) -> LogSigner:
    """Signs the checkpoints of this hub's log."""
    return ground.signer.log_signer(log_origin(ground.settings.hub.id))
