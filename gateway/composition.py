"""Which parts a hub has, and what each is given.

Responsible for opening what the settings name, in an order in which a failure leaves nothing
open, and for closing it again. A list, not a program: what a part does stands in its own file.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from prometheus_client import CollectorRegistry

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.http_client import HttpClient
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.flip_store import FlipAlarms, FlipStore
from tongxing.gateway.answering.history_store import HistoryStore, RememberedHistories
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.list_following import follow_lists
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.answering.refusals import Refusals
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.followup.arrivals import Arrivals, forget_in_time
from tongxing.gateway.followup.correction_store import CorrectionStore
from tongxing.gateway.followup.corrections import Corrections
from tongxing.gateway.graphql.context import Services
from tongxing.gateway.operation.background import kept_going
from tongxing.gateway.operation.events import EventLog
from tongxing.gateway.operation.trust_file import TrustFile
from tongxing.gateway.operation.watch import Metrics, Watch
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.refusal import PolicyRefused
from tongxing.gateway.policy.workshop import Workshop
from tongxing.gateway.settings import IssuerSettings, Settings, authenticates_issuer
from tongxing.gateway.storage import Database, Fact, Facts, StorageFault
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog
from tongxing.gateway.storage.clients import ClientRegistry, RememberedClients
from tongxing.gateway.storage.replay import ReplayList
from tongxing.keys import HolderKey, HubSigner, Sm2Signer, TrustListRefused, TrustStore
from tongxing.keys.root_keys import parse_root_keys

REFUSED_AT_START = (
    OSError,
    ValueError,
    AuditDamaged,
    PolicyRefused,
    StorageFault,
    TrustListRefused,
)

READER_THREADS = 2
NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of."""

    settings: Settings
    services: Services
    signer: HubSigner
    clients: RememberedClients
    replay: ReplayList
    watch: Watch
    metrics: Metrics
    clock: Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Everything that a hub needs, open for as long as the context lasts.

    Raises one of REFUSED_AT_START if the hub does not run with something that the settings name.
    """
    async with AsyncExitStack() as stack:
        yield await _open(settings, stack)


async def _open(settings: Settings, stack: AsyncExitStack) -> Parts:
    metrics = Metrics(CollectorRegistry())
    log = EventLog(sys.stderr, utc_now, lambda _: metrics.unlisted_log_field())
    watch = Watch(log, metrics)
    signer = HubSigner.from_pem(settings.keys.hub.read_bytes())
    holder_key = HolderKey(settings.keys.holder.read_bytes())
    database = await stack.enter_async_context(Database.open(settings.database))
    audit = await AuditLog.open(database)
    policies = await _policies(settings, database, watch, stack)
    trust = await _trust(settings, database, watch, stack)
    links = await _links(settings, watch, stack)
    lists = await DailyLists.open(ListStore(database), holder_key)
    follow = partial(
        follow_lists, links, lists, policies=policies, trust=trust, watch=watch, clock=utc_now
    )
    _begin(follow, watch, stack)
    flips = FlipStore(database)
    return Parts(
        settings=settings,
        services=Services(
            hub=Hub(
                hub_id=settings.hub.id,
                links=links,
                policies=policies,
                trust=trust,
                audit=audit,
                history=_history(settings, database),
                lists=lists,
                flips=FlipAlarms(flips, watch),
                signer=signer,
                holder_key=holder_key,
                watch=watch,
                clock=utc_now,
                deadline_seconds=settings.deadline_seconds,
            ),
            audit=audit,
            refusals=Refusals(audit, utc_now),
            flips=flips,
            corrections=Corrections(
                hub_id=settings.hub.id,
                public_key=signer.public_key,
                links=links,
                holder_key=holder_key,
                store=CorrectionStore(database),
                audit=audit,
                clock=utc_now,
                deadline_seconds=settings.deadline_seconds,
            ),
            arrivals=_arrivals(settings, database, audit, signer=signer, watch=watch, stack=stack),
            trust=trust,
            policies=policies,
            workshop=Workshop(policies, audit),
            connected=frozenset(links),
            clock=utc_now,
        ),
        signer=signer,
        clients=RememberedClients(ClientRegistry(database), monotonic),
        replay=ReplayList(database, utc_now),
        watch=watch,
        metrics=metrics,
        clock=utc_now,
    )


async def _trust(
    settings: Settings, database: Database, watch: Watch, stack: AsyncExitStack
) -> TrustStore:
    """The list in force, and the task that keeps it so."""
    roots = parse_root_keys(settings.trust.root_keys.read_bytes())
    facts = Facts(database)
    seen = await facts.highest(Fact.TRUST_LIST)
    store = TrustStore(roots, at_least_version=0 if seen is None else seen.version)
    file = TrustFile(
        settings.trust.list, roots=roots, store=store, facts=facts, watch=watch, clock=utc_now
    )
    await file.load()
    _begin(file.follow, watch, stack)
    return store


async def _policies(
    settings: Settings, database: Database, watch: Watch, stack: AsyncExitStack
) -> PolicyDirectory:
    """The policies in force, and the task that keeps them so."""
    keys = settings.policy_keys
    policies = await PolicyDirectory.open(
        settings.policies,
        keys=None if keys is None else parse_root_keys(keys.read_bytes()),
        facts=Facts(database),
        watch=watch,
        clock=utc_now,
    )
    _begin(policies.follow, watch, stack)
    return policies


def _arrivals(
    settings: Settings,
    database: Database,
    audit: AuditLog,
    *,
    signer: HubSigner,
    watch: Watch,
    stack: AsyncExitStack,
) -> Arrivals:
    """The arrivals, and the task that forgets them."""
    store = ArrivalStore(database)
    _begin(partial(forget_in_time, store, utc_now), watch, stack)
    return Arrivals(
        hub_id=settings.hub.id,
        public_key=signer.public_key,
        store=store,
        audit=audit,
        clock=utc_now,
    )


def _history(settings: Settings, database: Database) -> RememberedHistories:
    return RememberedHistories(
        HistoryStore(database),
        lifetime_seconds=settings.cache.seconds,
        capacity=settings.cache.statements,
        clock=monotonic,
    )


def _begin(work: Callable[[], Awaitable[None]], watch: Watch, stack: AsyncExitStack) -> None:
    """Do ``work`` beside the requests, for as long as ``stack`` lasts."""
    task = asyncio.create_task(kept_going(work, watch.unexpected, asyncio.sleep))
    stack.push_async_callback(_end, task)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _links(settings: Settings, watch: Watch, stack: AsyncExitStack) -> dict[str, IssuerLink]:
    cache = StatementCache(
        lifetime_seconds=settings.cache.seconds,
        capacity=settings.cache.statements,
        clock=monotonic,
    )
    stack.push_async_callback(cache.close)
    readers = stack.enter_context(ThreadPoolExecutor(READER_THREADS, "statement-reader"))
    sm2 = Sm2Signer.from_pem(settings.keys.sm2.read_bytes())
    links = {}
    for issuer in settings.issuers:
        adapter = await _adapter(issuer, sm2, stack)
        links[issuer.id] = IssuerLink(adapter, cache=cache, readers=readers, watch=watch)
    return links


async def _adapter(issuer: IssuerSettings, sm2: Sm2Signer, stack: AsyncExitStack) -> Adapter:
    credential = issuer.credential.read_text(encoding="ascii").strip()
    client = await stack.enter_async_context(HttpClient(issuer.url, credential))
    make_dialect = DIALECTS.get(issuer.dialect)
    if make_dialect is None:
        raise ValueError(f"{issuer.dialect} is not the name of a dialect")
    dialect = make_dialect(
        HubIdentity(
            issuer=issuer.id,
            token=credential,
            customer_number=issuer.cust_num,
            key_id=sm2.key_id,
            sign=sm2.sign,
        )
    )
    return Adapter(dialect, client, _nonce, authenticates_issuer=authenticates_issuer(issuer.url))


def _nonce() -> str:
    return secrets.token_urlsafe(NONCE_BYTES)
