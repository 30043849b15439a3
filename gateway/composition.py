"""Which parts a hub has, and what each is given.

Responsible for opening what the settings name, in an order in which a failure leaves nothing open,
and for closing it again. This is a list, not a program: a part's own file says what it does.
"""

import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from time import monotonic

import msgspec
import strawberry
from graphql import GraphQLSchema
from prometheus_client import CollectorRegistry

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.gateway.answering.checked_documents import CheckedDocuments
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.filter_following import follow_filters
from tongxing.gateway.answering.flip_store import FlipAlarms, FlipStore
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guess_store import GuessStore
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.history_store import HistoryStore, RememberedHistories
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.list_following import follow_lists
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.answering.prepared import PreparedAnswers
from tongxing.gateway.answering.readings import Readings
from tongxing.gateway.answering.refusals import Refusals
from tongxing.gateway.answering.routes import RememberedRoutes
from tongxing.gateway.answering.shared_statements import SharedStatements
from tongxing.gateway.answering.shed_refusals import ShedRefusals
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.followup.arrival_event_store import ArrivalEventStore
from tongxing.gateway.followup.arrival_events import ArrivalEvents
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.followup.arrivals import Arrivals
from tongxing.gateway.followup.correction_store import CorrectionStore
from tongxing.gateway.followup.corrections import Corrections
from tongxing.gateway.followup.known_colors import KnownColors
from tongxing.gateway.followup.outdated import LOOK_SECONDS as OUTDATED_SECONDS
from tongxing.gateway.followup.outdated import OutdatedStatements, follow_outdated
from tongxing.gateway.graphql.context import SelfDescription, Services
from tongxing.gateway.graphql.document_registration import DocumentRegistration
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.issuer_views import IssuerViews
from tongxing.gateway.graphql.policy_views import PolicyViews
from tongxing.gateway.graphql.published_sdl import published_sdl
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.graphql.trusted_documents import TrustedDocuments
from tongxing.gateway.graphql.unfit_documents import tell_of_unfit
from tongxing.gateway.http.sent_before import SentBefore
from tongxing.gateway.issuer_transport import open_transport
from tongxing.gateway.memory import tidy_in_time
from tongxing.gateway.operation.background import Background
from tongxing.gateway.operation.credentials import bearer_credential, metrics_credential
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.document_files import read_documents
from tongxing.gateway.operation.events import EventLog
from tongxing.gateway.operation.followed_publications import FollowedPublications
from tongxing.gateway.operation.forgetting import forget_in_time, keep_room
from tongxing.gateway.operation.gathered_lines import GatheredLines
from tongxing.gateway.operation.later_primary import look_for_a_later
from tongxing.gateway.operation.log_check import Bookmark, LogCheck, bookmark_of
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.operation.pulse import Pulse
from tongxing.gateway.operation.steady_clock import SteadyClock
from tongxing.gateway.operation.watch import Metrics, Watch
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.workshop import Workshop
from tongxing.gateway.settings import IssuerSettings, Profile, Settings, authenticates_issuer
from tongxing.gateway.sharing.presence import Presence
from tongxing.gateway.sharing.redis_line import RedisFault, RedisLine
from tongxing.gateway.sharing.shared_values import SharedValues
from tongxing.gateway.storage import Database, StorageFault
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog
from tongxing.gateway.storage.clients import ClientRegistry, ClientStops, RememberedClients
from tongxing.gateway.storage.document_registry import DocumentRegistry, RememberedDocuments
from tongxing.gateway.storage.leases import Leases
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.ownership import Owner, claim
from tongxing.gateway.storage.postgres.listening import listen
from tongxing.gateway.storage.postgres.log_partitions import LogPartitions
from tongxing.gateway.storage.proof_of_writing import prove_writing
from tongxing.gateway.storage.replay import ReplayList
from tongxing.gateway.storage.while_held import while_held
from tongxing.gateway.turns import Turns
from tongxing.keys import HolderKey, HubSigner, Sm2Signer, TrustListRefused, TrustStore
from tongxing.keys.filter_key import FilterKey
from tongxing.keys.log_key import certify_log_key
from tongxing.keys.signing import LogSigner

REFUSED_AT_START = (
    OSError,
    ValueError,
    AuditDamaged,
    PolicyRefused,
    StorageFault,
    TrustListRefused,
)

READER_THREADS = 2
EXPLAINER_THREADS = 1
NONCE_BYTES = 16
MEGABYTE = 1_000_000

utc_now = partial(datetime.now, UTC)
seconds_elapsed = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
"""Goes on while the machine sleeps, as ``monotonic`` does not on Linux."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of."""

    settings: Settings
    schema: GraphQLSchema
    sent_before: SentBefore
    documents: PreparedDocuments
    trusted: TrustedDocuments
    services: Services
    signer: HubSigner
    clients: RememberedClients
    replay: ReplayList
    watch: Watch
    turns: Turns
    metrics: Metrics
    metrics_credential: str | None
    clock: Callable[[], datetime]
    steady_clock: SteadyClock
    evidence: ClockEvidence
    pulse: Pulse


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Everything that a hub needs, open for as long as the context lasts.

    Raises one of REFUSED_AT_START if the hub cannot run with something that the settings name.
    """
    async with AsyncExitStack() as stack:
        yield await _parts(await _ground(settings, stack))


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is opened first: every other part is given some of it. ``stack`` closes what is opened
    on it, the last first."""

    settings: Settings
    stack: AsyncExitStack
    watch: Watch
    turns: Turns
    metrics: Metrics
    background: Background
    clock: SteadyClock
    evidence: ClockEvidence
    pulse: Pulse
    signer: HubSigner
    holder_key: HolderKey
    database: Database
    leases: Leases
    audit: AuditLog


async def _ground(settings: Settings, stack: AsyncExitStack) -> _Ground:
    metrics = Metrics(CollectorRegistry())
    lines = GatheredLines(sys.stderr)
    stack.callback(lines.write_out)
    watch = Watch(EventLog(lines, utc_now, lambda _: metrics.unlisted_log_field()), metrics)
    signer = HubSigner.from_pem(settings.keys.hub.read_bytes())
    holder_key = HolderKey(settings.keys.holder.read_bytes())
    log_signer = signer.log_signer(log_origin(settings.hub.id))
    database = await stack.enter_async_context(open_database(settings.database, signer=log_signer))
    clock = SteadyClock(utc_now, seconds_elapsed, watch.clock_jumped)
    pulse = Pulse(partial(prove_writing, database), monotonic)
    background = Background(stack, watch.unexpected)
    audit = await AuditLog.open(database)
    await claim(database, Owner(settings.hub.id, signer.key_id, holder_key.fingerprint))
    check = LogCheck(audit, Bookmark(bookmark_of(settings.database.file), signer), watch)
    await pulse.beat()
    if settings.database.url is not None:
        background.begin(partial(listen, settings.database.url, database.news, watch))
    later = partial(look_for_a_later, database.look_for_a_later)
    for work in (clock.go_on, pulse.go_on, later, check.go_on, metrics.keep_standing):
        background.begin(work)
    return _Ground(
        settings=settings,
        stack=stack,
        watch=watch,
        turns=Turns(monotonic),
        metrics=metrics,
        background=background,
        clock=clock,
        evidence=ClockEvidence(watch.clock_doubted),
        pulse=pulse,
        signer=signer,
        holder_key=holder_key,
        database=database,
        leases=Leases(database, _holder(), utc_now),
        audit=audit,
    )


def _holder() -> str:
    """This process and no other, also of another machine; operators read its number."""
    return f"{os.getpid()}/{secrets.token_urlsafe(NONCE_BYTES)}"


async def _parts(ground: _Ground) -> Parts:
    declared = graphql_schema()
    schema = core_schema(declared)
    documents = PreparedDocuments(schema, introspection=ground.settings.profile is Profile.OPEN)
    registration = _registration(ground, documents)
    return Parts(
        settings=ground.settings,
        schema=schema,
        sent_before=_sent_before(ground),
        documents=documents,
        trusted=TrustedDocuments(
            read_documents(ground.settings.documents),
            documents.make,
            registered=RememberedDocuments(registration.registry, monotonic, ground.database.news),
            only=ground.settings.trusted_documents_only,
        ),
        services=await _services(ground, declared, registration),
        signer=ground.signer,
        clients=RememberedClients(ClientRegistry(ground.database), monotonic, ground.database.news),
        replay=ReplayList(ground.database, utc_now),
        watch=ground.watch,
        turns=ground.turns,
        metrics=ground.metrics,
        metrics_credential=_metrics_credential(ground.settings),
        clock=utc_now,
        steady_clock=ground.clock,
        evidence=ground.evidence,
        pulse=ground.pulse,
    )


def _sent_before(ground: _Ground) -> SentBefore:
    sent = SentBefore(
        secrets.token_bytes(NONCE_BYTES), ground.settings.cache.seconds, clock=monotonic
    )
    ground.background.begin(partial(tidy_in_time, [sent]))
    return sent


def _metrics_credential(settings: Settings) -> str | None:
    """Raises ValueError if the file holds no credential."""
    file = settings.metrics_credential
    return None if file is None else metrics_credential(file.read_bytes())


def _registration(ground: _Ground, documents: PreparedDocuments) -> DocumentRegistration:
    """How documents are registered, and the task that tells which do not fit any more."""
    registry = DocumentRegistry(ground.database)
    ground.background.begin(
        partial(tell_of_unfit, registry, documents.make, ground.watch.document_unfit)
    )
    return DocumentRegistration(registry, documents.make, utc_now)


async def _services(
    ground: _Ground, schema: strawberry.Schema, registration: DocumentRegistration
) -> Services:
    followed = _followed(ground)
    policies = await followed.policies(ground.settings)
    trust = await followed.trust_list(ground.settings.trust)
    statements = _statements(ground)
    links = await _links(ground, statements)
    if ground.settings.database.url is not None:
        await _follow_outdated(ground, links)
    lists = await _lists(ground, links, policies, trust)
    filters = _filters(ground, links, policies, trust)
    flips = FlipStore(ground.database)
    history = _history(ground)
    guard = GuessGuard(
        ground.audit, ground.holder_key, _guess_limits(ground.settings), ground.watch
    )
    events = ArrivalEvents(ArrivalEventStore(ground.database), utc_now, ground.database.news)
    _forget(ground)
    return Services(
        hub=Hub(
            hub_id=ground.settings.hub.id,
            links=links,
            policies=policies,
            trust=trust,
            history=history,
            lists=lists,
            filters=filters,
            routes=_routes(ground),
            flips=FlipAlarms(ground.watch),
            lookout=KnownColors(),
            guard=guard,
            prepared=_prepared(ground, statements, history),
            signer=ground.signer,
            holder_key=ground.holder_key,
            evidence=ground.evidence,
            watch=ground.watch,
            turns=ground.turns,
            explainers=_explainers(ground.stack),
            clock=ground.clock,
            deadline_seconds=ground.settings.deadline_seconds,
        ),
        audit=ground.audit,
        turns=ground.turns,
        refusals=Refusals(ground.audit, utc_now),
        shed=_shed(ground),
        readings=Readings(ground.audit, utc_now),
        flips=flips,
        guard=guard,
        documents=CheckedDocuments(ground.holder_key),
        stops=ClientStops(ground.database),
        registration=registration,
        corrections=_corrections(ground, links, guard, trust),
        arrivals=_arrivals(ground, events),
        trust=trust,
        policies=policies,
        workshop=Workshop(policies, ground.audit, trust, utc_now),
        sdl=published_sdl(schema),
        holder_key=ground.holder_key,
        issuers=IssuerViews(trust, frozenset(links)),
        policy_views=PolicyViews(policies),
        own=_own(ground),
        clock=utc_now,
    )


def _shed(ground: _Ground) -> ShedRefusals:
    """What was noted when the hub ends is recorded, too."""
    shed = ShedRefusals(ground.audit, ErrorCode.OVERLOADED.value, utc_now)
    ground.stack.push_async_callback(shed.record)
    ground.background.begin(shed.record_in_time)
    return shed


def _followed(ground: _Ground) -> FollowedPublications:
    return FollowedPublications(
        ground.database,
        ground.settings.database,
        background=ground.background,
        metrics=ground.metrics,
        watch=ground.watch,
        utc_clock=utc_now,
        clock=monotonic,
    )


async def _follow_outdated(ground: _Ground, links: dict[str, IssuerLink]) -> None:
    """The task that forgets what another process knows to be outdated."""
    store = OutdatedStatements(ground.database)
    ear = NewsEar(ground.database.news, Topic.OUTDATED, OUTDATED_SECONDS, monotonic)
    last = await store.last_number()
    ground.background.begin(partial(follow_outdated, store, links, ear, after=last))


def _own(ground: _Ground) -> SelfDescription:
    hub_id, signer = ground.settings.hub.id, ground.signer
    log_key = _log_signer(ground).verifier
    return SelfDescription(
        hub_id,
        signer.public_key,
        version("tongxing"),
        log_key.text(),
        certify_log_key(signer, hub_id, log_key),
    )


def _statements(ground: _Ground) -> StatementCache:
    settings = ground.settings.cache
    cache = StatementCache(
        lifetime_seconds=settings.seconds,
        room_of_client=settings.client_megabytes * MEGABYTE,
        room=settings.megabytes * MEGABYTE,
        clock=monotonic,
    )
    ground.stack.push_async_callback(cache.close)
    ground.background.begin(partial(tidy_in_time, [cache]))
    return cache


def _shared(ground: _Ground, cache: StatementCache) -> SharedStatements | None:
    """What the workers of the hub keep together, if the settings say where."""
    settings, holder_key = ground.settings.cache, ground.holder_key
    if settings.place is None:
        return None
    watch = ground.watch
    presence = Presence(monotonic, watch.shared_cache_turned)

    def heard(fault: RedisFault | None) -> None:
        watch.shared_cache_exchange(fault)
        presence.heard(fault)

    line = RedisLine(settings.place, settings.wait_milliseconds / 1_000, heard)
    ground.stack.push_async_callback(line.close)
    values = SharedValues(
        line,
        presence,
        space=f"tongxing:{holder_key.cache_ref('shared by workers')}",
        lifetime_seconds=settings.seconds,
    )
    shared = SharedStatements(
        values,
        cache,
        holder_key,
        lifetime_seconds=settings.seconds,
        watch=watch,
        clock=utc_now,
    )
    ground.metrics.shared_cache_away(away=True)
    ground.background.begin(partial(values.go_on, shared.hear))
    return shared


async def _links(ground: _Ground, cache: StatementCache) -> dict[str, IssuerLink]:
    settings, stack = ground.settings, ground.stack
    shared = _shared(ground, cache)
    readers = stack.enter_context(ThreadPoolExecutor(READER_THREADS, "statement-reader"))
    sm2 = Sm2Signer.from_pem(settings.keys.sm2.read_bytes())
    links = {}
    for issuer in settings.issuers:
        adapter = await _adapter(issuer, sm2, stack, ground.watch)
        links[issuer.id] = IssuerLink(
            adapter,
            cache=cache,
            readers=readers,
            evidence=ground.evidence,
            watch=ground.watch,
            clock=monotonic,
            shared=shared,
        )
        stack.push_async_callback(links[issuer.id].close)
    return links


def _explainers(stack: AsyncExitStack) -> Executor:
    """Apart from the readers, so that explanations hold up no recognition."""
    return stack.enter_context(ThreadPoolExecutor(EXPLAINER_THREADS, "explainer"))


async def _adapter(
    issuer: IssuerSettings, sm2: Sm2Signer, stack: AsyncExitStack, watch: Watch
) -> Adapter:
    credential = bearer_credential(issuer.credential.read_bytes())
    transport = await open_transport(issuer, credential, stack, watch)
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
    return Adapter(dialect, transport, _nonce, authenticates_issuer=authenticates_issuer(issuer))


def _nonce() -> str:
    return secrets.token_urlsafe(NONCE_BYTES)


async def _lists(
    ground: _Ground, links: dict[str, IssuerLink], policies: PolicyDirectory, trust: TrustStore
) -> DailyLists:
    """The daily lists, and the task that fetches them."""
    lists = await DailyLists.open(ListStore(ground.database), ground.holder_key)
    ground.background.begin(
        partial(
            follow_lists,
            links,
            lists,
            policies=policies,
            trust=trust,
            watch=ground.watch,
            clock=utc_now,
            leases=ground.leases,
        )
    )
    return lists


def _filters(
    ground: _Ground, links: dict[str, IssuerLink], policies: PolicyDirectory, trust: TrustStore
) -> MembershipFilters:
    """The membership filters, and the task that fetches them."""
    keys = {
        issuer.id: FilterKey(issuer.filter_key.read_bytes())
        for issuer in ground.settings.issuers
        if issuer.filter_key is not None
    }
    room = ground.settings.cache.filter_megabytes * MEGABYTE
    filters = MembershipFilters(keys, room=room, watch=ground.watch)
    ground.background.begin(
        partial(
            follow_filters,
            links,
            filters,
            policies=policies,
            trust=trust,
            watch=ground.watch,
            clock=utc_now,
        )
    )
    return filters


def _routes(ground: _Ground) -> RememberedRoutes:
    routes = RememberedRoutes(lifetime_seconds=ground.settings.cache.seconds, clock=monotonic)
    ground.background.begin(partial(tidy_in_time, [routes]))
    return routes


def _history(ground: _Ground) -> RememberedHistories:
    histories = RememberedHistories(
        HistoryStore(ground.database),
        lifetime_seconds=ground.settings.cache.seconds,
        room_of_client=ground.settings.cache.client_megabytes * MEGABYTE,
        room=ground.settings.cache.megabytes * MEGABYTE,
        clock=monotonic,
    )
    ground.background.begin(partial(tidy_in_time, [histories]))
    return histories


def _prepared(
    ground: _Ground, statements: StatementCache, history: RememberedHistories
) -> PreparedAnswers:
    cache = ground.settings.cache
    answers = PreparedAnswers(
        statements,
        history,
        lifetime_seconds=cache.seconds,
        room_of_client=cache.client_megabytes * MEGABYTE,
        room=cache.megabytes * MEGABYTE,
        clock=monotonic,
    )
    ground.background.begin(partial(tidy_in_time, [answers]))
    return answers


def _guess_limits(settings: Settings) -> GuessLimits:
    return GuessLimits(**msgspec.structs.asdict(settings.guesses))


def _corrections(
    ground: _Ground, links: dict[str, IssuerLink], guard: GuessGuard, trust: TrustStore
) -> Corrections:
    return Corrections(
        hub_id=ground.settings.hub.id,
        public_key=ground.signer.public_key,
        links=links,
        holder_key=ground.holder_key,
        store=CorrectionStore(ground.database),
        guard=guard,
        trust=trust,
        audit=ground.audit,
        clock=utc_now,
        deadline_seconds=ground.settings.deadline_seconds,
    )


def _forget(ground: _Ground) -> None:
    """The task that deletes what is past its time, in every store that keeps anything for a
    time; in one of all processes."""
    database = ground.database
    stores = (
        HistoryStore(database),
        ArrivalStore(database),
        CorrectionStore(database),
        FlipStore(database),
        GuessStore(database, _guess_limits(ground.settings)),
        ReplayList(database, utc_now),
        OutdatedStatements(database),
    )
    sweeps = [each.sweep for each in stores]
    if ground.settings.database.url is not None:
        partitions = LogPartitions(database, ground.settings.audit_days, _log_signer(ground))
        sweeps.append(partitions.sweep)
        room = partial(keep_room, partitions.make_room, utc_now)
        ground.background.begin(partial(while_held, ground.leases.named("log-room"), room))
    sweep = partial(forget_in_time, sweeps, utc_now)
    ground.background.begin(partial(while_held, ground.leases.named("sweeps"), sweep))


def _log_signer(ground: _Ground) -> LogSigner:
    return ground.signer.log_signer(log_origin(ground.settings.hub.id))


def _arrivals(ground: _Ground, events: ArrivalEvents) -> Arrivals:
    return Arrivals(
        hub_id=ground.settings.hub.id,
        public_key=ground.signer.public_key,
        holder_key=ground.holder_key,
        store=ArrivalStore(ground.database),
        events=events,
        audit=ground.audit,
        clock=utc_now,
    )
