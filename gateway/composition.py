"""Which parts a hub has, and what each is given.

Responsible for opening what the settings name, in an order in which a failure leaves nothing open,
and for closing it again. This is a list, not a program: a part's own file says what it does.
"""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from time import monotonic

import strawberry
from graphql import GraphQLSchema

from tongxing.adapters.between_hubs import RELAY_DOCUMENT
from tongxing.gateway.answering.checked_documents import CheckedDocuments
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.flip_store import FlipAlarms, FlipStore
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.own_receipts import OwnReceipts
from tongxing.gateway.answering.readings import Readings
from tongxing.gateway.answering.refusals import Refusals
from tongxing.gateway.answering.relay_log import RelayLog
from tongxing.gateway.answering.relaying import Relaying
from tongxing.gateway.answering.shed_refusals import ShedRefusals
from tongxing.gateway.answering.sightings import Lookouts
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.followup.arrival_event_store import ArrivalEventStore
from tongxing.gateway.followup.arrival_events import ArrivalEvents
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.followup.arrivals import Arrivals
from tongxing.gateway.followup.correction_store import CorrectionStore
from tongxing.gateway.followup.corrections import Corrections
from tongxing.gateway.followup.known_colors import KnownColors
from tongxing.gateway.followup.offline_decisions import OfflineDecisions
from tongxing.gateway.followup.offline_store import OfflineStore
from tongxing.gateway.followup.told_alarms import ToldAlarms
from tongxing.gateway.followup.told_publications import ToldPublications
from tongxing.gateway.graphql.context import SelfDescription, Services
from tongxing.gateway.graphql.document_registration import DocumentRegistration
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.issuer_views import IssuerViews
from tongxing.gateway.graphql.policy_views import PolicyViews
from tongxing.gateway.graphql.published_sdl import published_sdl, subgraph_sdl
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.graphql.trusted_documents import TrustedDocuments
from tongxing.gateway.graphql.unfit_documents import tell_of_unfit
from tongxing.gateway.http.sent_before import SentBefore
from tongxing.gateway.operation.certificate_file import CertificateFile
from tongxing.gateway.operation.credentials import metrics_credential
from tongxing.gateway.operation.document_files import read_documents
from tongxing.gateway.operation.followed_publications import FollowedPublications
from tongxing.gateway.operation.loop_watch import LoopWatch
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.pulse import Pulse
from tongxing.gateway.operation.seen_states import SeenStates
from tongxing.gateway.operation.steady_clock import SteadyClock
from tongxing.gateway.operation.watch import Watch
from tongxing.gateway.pages.page_questions import page_questions
from tongxing.gateway.pages.provider import Provider
from tongxing.gateway.pages.traveler_visit import TRAVELERS
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.pass_reading import PassReading
from tongxing.gateway.passes.status_list_store import StatusListStore
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.workshop import Workshop
from tongxing.gateway.rollups.cell_store import CellStore
from tongxing.gateway.rollups.disagreement_store import DisagreementStore
from tongxing.gateway.rollups.figure_sums import Figures
from tongxing.gateway.settings import Profile, Settings
from tongxing.gateway.storage import StorageFault
from tongxing.gateway.storage.alarm_acknowledgements import AlarmAcknowledgements
from tongxing.gateway.storage.alarm_list import AlarmList
from tongxing.gateway.storage.audit import AuditDamaged
from tongxing.gateway.storage.clients import (
    ClientRegistry,
    ClientStops,
    Enrollments,
    RememberedClients,
)
from tongxing.gateway.storage.document_registry import DocumentRegistry, RememberedDocuments
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.storage.page_sessions import PageSessions, SignInLinks
from tongxing.gateway.storage.person_subjects import PersonSubjects
from tongxing.gateway.storage.replay import ReplayList
from tongxing.gateway.storage.trust_alarms import TrustAlarms
from tongxing.gateway.turns import Turns
from tongxing.gateway.wiring.ahead import daily_lists, membership_filters
from tongxing.gateway.wiring.device_enrollment import DeviceEnrollment
from tongxing.gateway.wiring.ending_alarms import begin_telling_of_endings
from tongxing.gateway.wiring.epochs import begin_following_epochs
from tongxing.gateway.wiring.feeds import begin_following_feeds
from tongxing.gateway.wiring.ground import Ground, open_ground, utc_now
from tongxing.gateway.wiring.log_counting import begin_counting
from tongxing.gateway.wiring.memories import (
    kept_statements,
    prepared_answers,
    remembered_histories,
    remembered_requests,
    remembered_routes,
)
from tongxing.gateway.wiring.of_passes import GivenToPasses, followed_receipts, holder_passes
from tongxing.gateway.wiring.own_keys import OwnKeys
from tongxing.gateway.wiring.seen_federation import federation_views
from tongxing.gateway.wiring.signing_in import (
    OF_ATTEMPTS,
    OF_COORDINATORS,
    OF_TRAVELERS,
    open_provider,
)
from tongxing.gateway.wiring.states import Remembering, begin_looking
from tongxing.gateway.wiring.sweeps import begin_forgetting, guess_limits
from tongxing.gateway.wiring.to_issuers import begin_following_outdated, issuer_links
from tongxing.gateway.wiring.traces import Tracing
from tongxing.keys import TrustList, TrustListRefused, TrustStore
from tongxing.keys.hub_identities import check_no_hub_is_an_issuer
from tongxing.keys.hub_keys import HubKeys

REFUSED_AT_START = (
    OSError,
    ValueError,
    AuditDamaged,
    PolicyRefused,
    StorageFault,
    TrustListRefused,
)

EXPLAINER_THREADS = 1


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of."""

    settings: Settings
    schema: GraphQLSchema
    sent_before: SentBefore
    documents: PreparedDocuments
    trusted: TrustedDocuments
    services: Services
    hub_keys: HubKeys
    clients: RememberedClients
    own_keys: OwnKeys
    enrollment: DeviceEnrollment
    replay: ReplayList
    links: SignInLinks
    coordinators: PageSessions
    provider: Provider | None
    attempts: PageSessions
    subjects: PersonSubjects
    travelers: PageSessions
    watch: Watch
    turns: Turns
    metrics: Metrics
    metrics_credential: str | None
    clock: Callable[[], datetime]
    steady_clock: SteadyClock
    evidence: ClockEvidence
    loop_watch: LoopWatch
    seen_states: SeenStates
    pulse: Pulse
    tracing: Tracing | None
    certificate: CertificateFile | None


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Everything that a hub needs, open for as long as the context lasts.

    Raises one of REFUSED_AT_START if the hub cannot run with something that the settings name.
    """
    async with AsyncExitStack() as stack:
        yield await _parts(await open_ground(settings, stack))


async def _parts(ground: Ground) -> Parts:
    declared = graphql_schema()
    schema = core_schema(declared)
    documents = PreparedDocuments(schema, introspection=ground.settings.profile is Profile.OPEN)
    registration = _registration(ground, documents)
    return Parts(
        settings=ground.settings,
        schema=schema,
        sent_before=remembered_requests(ground),
        documents=documents,
        trusted=TrustedDocuments(
            {
                **page_questions(),
                "between_hubs": RELAY_DOCUMENT,
                **read_documents(ground.settings.documents),
            },
            documents.make,
            registered=RememberedDocuments(registration.registry, monotonic, ground.database.news),
            only=ground.settings.trusted_documents_only,
        ),
        services=await _services(ground, declared, registration),
        hub_keys=ground.hub_keys,
        clients=RememberedClients(ClientRegistry(ground.database), monotonic, ground.database.news),
        own_keys=OwnKeys(ClientRegistry(ground.database)),
        enrollment=DeviceEnrollment(Enrollments(ground.database), ground.settings.hub.id),
        replay=ReplayList(ground.database, utc_now),
        links=SignInLinks(ground.database),
        coordinators=PageSessions(ground.database, OF_COORDINATORS, utc_now),
        provider=open_provider(ground.settings, utc_now),
        attempts=PageSessions(ground.database, OF_ATTEMPTS, utc_now),
        subjects=PersonSubjects(ground.database),
        travelers=PageSessions(ground.database, OF_TRAVELERS, utc_now),
        watch=ground.watch,
        turns=ground.turns,
        metrics=ground.metrics,
        metrics_credential=_metrics_credential(ground.settings),
        clock=utc_now,
        steady_clock=ground.clock,
        evidence=ground.evidence,
        loop_watch=ground.loop_watch,
        seen_states=ground.seen_states,
        pulse=ground.pulse,
        tracing=ground.tracing,
        certificate=_certificate(ground),
    )


def _certificate(ground: Ground) -> CertificateFile | None:
    """What the hub serves TLS with, kept up to date. Raises OSError, ValueError."""
    tls = ground.settings.listen.tls
    if tls is None:
        return None
    file = CertificateFile(tls, ground.watch, utc_now)
    ground.metrics.follows("certificate", file.is_refused)
    ground.background.begin(file.follow)
    return file


def _metrics_credential(settings: Settings) -> str | None:
    """Raises ValueError if the file holds no credential."""
    file = settings.metrics_credential
    return None if file is None else metrics_credential(file.read_bytes())


def _registration(ground: Ground, documents: PreparedDocuments) -> DocumentRegistration:
    """How documents are registered, and the task that tells which no longer fit."""
    registry = DocumentRegistry(ground.database)
    ground.background.begin(
        partial(tell_of_unfit, registry, documents.make, ground.watch.document_unfit)
    )
    return DocumentRegistration(registry, documents.make, utc_now)


@dataclass(frozen=True, slots=True)
class _AnsweringParts:
    """What answers about travelers, and what else rests on."""

    policies: PolicyDirectory
    trust: TrustStore
    links: dict[str, IssuerLink]
    guard: GuessGuard
    holder_links: HolderLinks
    hub: Hub
    to_passes: GivenToPasses


async def _answering(ground: Ground) -> _AnsweringParts:
    """Also begins what goes on beside the answers."""
    followed = _followed(ground)
    policies = await followed.policies(ground.settings)
    trust = await followed.trust_list(ground.settings.trust, partial(_check_issuers, ground))
    statements = kept_statements(ground)
    dialects = await followed.dialects(ground.settings)
    links = await issuer_links(ground, statements, dialects)
    await begin_following_outdated(ground, links)
    lists = await daily_lists(ground, links, policies, trust)
    filters = membership_filters(ground, links, policies, trust)
    history, routes = remembered_histories(ground), remembered_routes(ground)
    prepared = prepared_answers(ground, statements, history)
    memories: dict[str, Remembering] = {
        "statements": statements,
        "histories": history,
        "answers": prepared,
        "routes": routes,
    }
    await begin_looking(ground, trust=trust, policies=policies, memories=memories)
    begin_telling_of_endings(ground, trust, policies)
    guard, holder_links = _guard(ground), HolderLinks(ground.database)
    colors = PassColors(policies, trust)
    eyes = Lookouts(KnownColors(), colors)
    feed_holders = await begin_following_feeds(ground, links, trust, eyes)
    hub = Hub(
        hub_id=ground.settings.hub.id,
        links=links,
        policies=policies,
        trust=trust,
        history=history,
        lists=lists,
        filters=filters,
        routes=routes,
        flips=FlipAlarms(ground.watch),
        lookout=Lookouts(eyes, feed_holders),
        guard=guard,
        prepared=prepared,
        signer=ground.hub_keys,
        holder_keys=ground.holder_keys,
        holder_links=holder_links,
        evidence=ground.evidence,
        watch=ground.watch,
        turns=ground.turns,
        explainers=explainers(ground.stack),
        clock=ground.clock,
        deadline_seconds=ground.settings.deadline_seconds,
    )
    to_passes = GivenToPasses(colors, guard, holder_links, lists, feed_holders)
    return _AnsweringParts(policies, trust, links, guard, holder_links, hub, to_passes)


async def _services(
    ground: Ground, schema: strawberry.Schema, registration: DocumentRegistration
) -> Services:
    answering = await _answering(ground)
    policies, trust, links = answering.policies, answering.trust, answering.links
    guard, holder_links = answering.guard, answering.holder_links
    alarm_list = AlarmList(ground.database)
    begin_forgetting(ground)
    begin_counting(ground)
    begin_following_epochs(ground)
    return Services(
        hub=answering.hub,
        relaying=_relaying(ground, links, trust, guard),
        audit=ground.audit,
        turns=ground.turns,
        refusals=Refusals(ground.audit, utc_now),
        shed=_shed(ground),
        readings=Readings(ground.audit, utc_now),
        flips=FlipStore(ground.database),
        guard=guard,
        documents=CheckedDocuments(ground.holder_keys.file),
        stops=ClientStops(ground.database),
        trust_alarms=TrustAlarms(ground.database),
        alarm_list=alarm_list,
        told_alarms=ToldAlarms(ground.audit, ground.database, alarm_list, monotonic),
        publications=ToldPublications(ground.audit, ground.database, monotonic),
        acknowledgements=AlarmAcknowledgements(ground.database),
        registration=registration,
        corrections=_corrections(ground, links, guard, trust, holder_links),
        arrivals=_arrivals(ground),
        passes=holder_passes(ground, answering.to_passes),
        receipts=followed_receipts(ground, answering.to_passes.colors, holder_links),
        status_lists=StatusListStore(ground.database),
        offline_decisions=_offline_decisions(ground),
        trust=trust,
        policies=policies,
        workshop=Workshop(policies, ground.audit, trust, utc_now),
        figures=Figures(CellStore(ground.database)),
        disagreements=DisagreementStore(ground.database),
        sdl=published_sdl(schema),
        subgraph=subgraph_sdl(schema),
        holder_keys=ground.holder_keys,
        holder_links=holder_links,
        issuers=IssuerViews(trust, frozenset(links)),
        policy_views=PolicyViews(policies),
        federation=federation_views(ground.settings, links, policies, trust),
        own=_own(ground),
        clock=utc_now,
    )


def _guard(ground: Ground) -> GuessGuard:
    return GuessGuard(
        ground.audit,
        ground.holder_keys,
        guess_limits(ground.settings),
        ground.watch,
        crowds=frozenset({TRAVELERS}),
    )


def _check_issuers(ground: Ground, trust_list: TrustList) -> None:
    """Raises TrustListRefused if a hub is among them."""
    settings = ground.settings
    own_keys = (*ground.hub_keys.of_tokens(), ground.hub_keys.sm2.public_key)
    hubs = {settings.hub.id, *(hub.id for hub in settings.hubs)}
    check_no_hub_is_an_issuer(trust_list, hubs=hubs, own_keys=own_keys)


def _relaying(
    ground: Ground, links: dict[str, IssuerLink], trust: TrustStore, guard: GuessGuard
) -> Relaying:
    clients = RememberedClients(ClientRegistry(ground.database), monotonic, ground.database.news)
    return Relaying(
        hub_id=ground.settings.hub.id,
        links=links,
        trust=trust,
        guard=guard,
        log=RelayLog(ground.audit, ground.holder_keys),
        find_client=clients.find,
        holder_keys=ground.holder_keys,
        turns=ground.turns,
        clock=ground.clock,
        deadline_seconds=ground.settings.deadline_seconds,
    )


def _shed(ground: Ground) -> ShedRefusals:
    """What was noted when the hub ends is recorded, too."""
    shed = ShedRefusals(ground.audit, ErrorCode.OVERLOADED.value, utc_now)
    ground.stack.push_async_callback(shed.record)
    ground.background.begin(shed.record_in_time)
    return shed


def _followed(ground: Ground) -> FollowedPublications:
    return FollowedPublications(
        ground.database,
        ground.settings.database,
        background=ground.background,
        metrics=ground.metrics,
        watch=ground.watch,
        utc_clock=utc_now,
        clock=monotonic,
    )


def _own(ground: Ground) -> SelfDescription:
    return SelfDescription(ground.settings.hub.id, ground.hub_keys, version("tongxing"))


def explainers(stack: AsyncExitStack) -> Executor:
    """Apart from the readers, so that explanations hold up no recognition."""
    return stack.enter_context(ThreadPoolExecutor(EXPLAINER_THREADS, "explainer"))


def _corrections(
    ground: Ground,
    links: dict[str, IssuerLink],
    guard: GuessGuard,
    trust: TrustStore,
    holder_links: HolderLinks,
) -> Corrections:
    return Corrections(
        hub_id=ground.settings.hub.id,
        receipts=OwnReceipts(ground.hub_keys, ground.audit, utc_now),
        links=links,
        holder_keys=ground.holder_keys,
        holder_links=holder_links,
        store=CorrectionStore(ground.database),
        guard=guard,
        trust=trust,
        audit=ground.audit,
        clock=utc_now,
        deadline_seconds=ground.settings.deadline_seconds,
    )


def _offline_decisions(ground: Ground) -> OfflineDecisions:
    return OfflineDecisions(
        store=OfflineStore(ground.database),
        arrivals=ArrivalStore(ground.database),
        audit=ground.audit,
        read_pass=PassReading(ground.settings.hub.id, ground.hub_keys).read,
        clock=utc_now,
    )


def _arrivals(ground: Ground) -> Arrivals:
    events = ArrivalEvents(ArrivalEventStore(ground.database), utc_now, ground.database.news)
    return Arrivals(
        hub_id=ground.settings.hub.id,
        receipts=OwnReceipts(ground.hub_keys, ground.audit, utc_now),
        holder_keys=ground.holder_keys,
        store=ArrivalStore(ground.database),
        events=events,
        audit=ground.audit,
        clock=utc_now,
    )
