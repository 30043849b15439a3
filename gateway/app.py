"""The ASGI application of a hub: its addresses, and what answers at each of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic, time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, ExceptionHandler

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.composition import REFUSED_AT_START, Parts, open_parts
from tongxing.gateway.errors import CodeOf, ErrorCode, Refused, codes_of_exceptions
from tongxing.gateway.graphql.authorization import Authorization
from tongxing.gateway.graphql.document_ids import id_of_text
from tongxing.gateway.http.admission import Admission
from tongxing.gateway.http.authentication import Authentication
from tongxing.gateway.http.client_key_endpoint import CLIENT_KEY_PATH, ClientKeyRequests
from tongxing.gateway.http.discovery import discovery_routes
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.enrollment_endpoint import ENROLLMENT_PATH, EnrollmentRequests
from tongxing.gateway.http.event_stream import KEEP_ALIVE_SECONDS, OpenStreams
from tongxing.gateway.http.exact_paths import ExactPaths
from tongxing.gateway.http.figures import figures_routes
from tongxing.gateway.http.form_endpoint import AnswersForms, FormEndpoint
from tongxing.gateway.http.graphiql import PAGE_PATH, graphiql_routes, package_assets
from tongxing.gateway.http.graphql_endpoint import GraphQLEndpoint
from tongxing.gateway.http.graphql_socket import GraphQLSocket
from tongxing.gateway.http.other_origins import OtherOrigins
from tongxing.gateway.http.possession import Possession
from tongxing.gateway.http.probes import Check, all_well, asked_on, probe_routes
from tongxing.gateway.http.published_keys import key_routes
from tongxing.gateway.http.request_envelope import (
    RequestEnvelope,
    RequestWatch,
    refusal_response,
)
from tongxing.gateway.http.request_ids import RequestId, RequestIds
from tongxing.gateway.http.sdl_endpoint import SDL_PATH, sdl_routes
from tongxing.gateway.http.server import HubApps
from tongxing.gateway.http.server_metadata import Bindings, metadata_routes
from tongxing.gateway.http.signed_forms import FindGrant, Grant
from tongxing.gateway.http.status_list_endpoint import StatusLists, status_list_routes
from tongxing.gateway.http.token_endpoint import TokenRequests
from tongxing.gateway.operation.quiet_watch import QuietWatch
from tongxing.gateway.pages.address_tries import AddressTries
from tongxing.gateway.pages.asking import PageQuestions
from tongxing.gateway.pages.browser_sessions import SessionCookie
from tongxing.gateway.pages.coordinator_page import (
    COORDINATOR_PATH,
    CoordinatorDesk,
    coordinator_routes,
)
from tongxing.gateway.pages.front_page import PageDoor, front_route
from tongxing.gateway.pages.gate_page import GATE_PATH, gate_routes
from tongxing.gateway.pages.in_time import TimelySessions, in_time
from tongxing.gateway.pages.npm_files import npm_files
from tongxing.gateway.pages.page_files import file_routes
from tongxing.gateway.pages.provider_sign_in import (
    BEGINNINGS,
    PROVIDER_PATH,
    ProviderDoor,
    provider_routes,
)
from tongxing.gateway.pages.sign_in import SignIn, sign_in_routes
from tongxing.gateway.pages.traveler_page import (
    TRAVELER_PATH,
    WRONG_CODES,
    TravelerDesk,
    traveler_routes,
)
from tongxing.gateway.passes.list_publishing import list_addresses
from tongxing.gateway.settings import Profile, Settings
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.audit import AuditDamaged
from tongxing.gateway.storage.page_sessions import SessionKind
from tongxing.gateway.wiring.signing_in import (
    OF_ATTEMPTS,
    OF_COORDINATORS,
    OF_TRAVELERS,
    note_sign_in,
)
from tongxing.gateway.wiring.states import OFTEN_SECONDS, note_readiness
from tongxing.keys import TrustListRefused
from tongxing.keys.client_tokens import AccessToken
from tongxing.keys.hub_key_statement import jwk_of
from tongxing.keys.hub_keys import NoSigningKey
from tongxing.schema import RegionCode
from tongxing.schema.scope import Scope

GRAPHQL_PATH = "/graphql"
TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
TOKEN_LIFETIME = timedelta(seconds=300)
NODE_MODULES = Path(__file__).resolve().parent.parent / ".build" / "npm" / "node_modules"
"""The directory into which set-up puts the packages of the pages; without them a page says what is
missing."""


class CannotStart(Exception):
    """The hub cannot run with something that the settings name; the text says what."""


@asynccontextmanager
async def open_app(settings: Settings, ending: asyncio.Event) -> AsyncIterator[HubApps]:
    """The applications, for as long as the context lasts. Setting ``ending`` completes open event
    streams; set it before the context ends. Raises CannotStart."""
    async with AsyncExitStack() as stack:
        try:
            parts = await stack.enter_async_context(open_parts(settings))
        except REFUSED_AT_START as error:
            raise CannotStart(str(error)) from error
        streams = OpenStreams(ending, KEEP_ALIVE_SECONDS)
        await _begin_looking(parts, streams)
        certificate = parts.certificate
        yield HubApps(
            _application(parts, streams),
            _of_operators(parts),
            None if certificate is None else lambda: certificate.context,
        )


async def _begin_looking(parts: Parts, streams: OpenStreams) -> None:
    checks = _checks(parts)

    async def look() -> None:
        parts.metrics.streams_open(streams.number)
        parts.metrics.memory_takes("requests", parts.sent_before.taken)
        await note_readiness(parts.watch, checks)

    await parts.seen_states.begin(look, OFTEN_SECONDS)


def _application(parts: Parts, streams: OpenStreams) -> ASGIApp:
    possession = Possession(
        parts.settings.hub.url, first_use=parts.replay.first_use, clock=parts.clock
    )
    authentication, door = _authentication(parts, possession), _door(parts)
    graphql = _graphql(parts, authentication, streams, door)
    questions = PageQuestions(
        graphql.answer,
        still_allowed=authentication.still_allowed,
        door=door,
        code_of=_code_of(parts),
        deadline_seconds=parts.settings.deadline_seconds,
    )
    of_clients: dict[str, ASGIApp] = {
        GRAPHQL_PATH: graphql,
        TOKEN_PATH: _form(parts, _token(parts, possession), door),
        CLIENT_KEY_PATH: _form(parts, _client_key(parts), door),
        ENROLLMENT_PATH: _form(parts, _enrollment(parts), door),
    }
    routes = [*_routes(parts, authentication), *_pages(parts, questions)]
    paths = [*of_clients, *(route.path for route in routes)]
    ids = RequestIds(time)
    sockets = {GRAPHQL_PATH: _sockets(parts, authentication, graphql, streams, door, ids)}
    answering: ASGIApp = ExactPaths(of_clients, _routing(routes), sockets)
    if parts.settings.listen.origins:
        answering = OtherOrigins(answering, parts.settings.listen.origins)
    app = RequestEnvelope(
        answering,
        routes=paths,
        watch=parts.watch,
        ids=ids,
        monotonic=monotonic,
        questions=graphql,
    )
    return app if parts.tracing is None else parts.tracing.app(app, paths)


def _of_operators(parts: Parts) -> ASGIApp:
    """What is answered on a listener of its own, on another thread than this one."""
    here = asyncio.get_running_loop()
    checks = {name: asked_on(here, check) for name, check in _checks(parts).items()}
    watch = QuietWatch(parts.watch)

    async def figures() -> bytes:
        return await asyncio.to_thread(parts.metrics.text_elsewhere)

    routes = [
        *probe_routes(checks, watch.unexpected, parts.loop_watch.is_turning),
        *_figures(parts, figures, watch),
    ]
    return RequestEnvelope(
        _routing(routes),
        routes=[route.path for route in routes],
        watch=watch,
        ids=RequestIds(time),
        monotonic=monotonic,
    )


def _routing(routes: Sequence[Route]) -> Starlette:
    routing = Starlette(
        routes=routes,
        exception_handlers={
            404: _refused(ErrorCode.NOT_FOUND),
            405: _refused(ErrorCode.METHOD_NOT_ALLOWED),
            **{kind: _refused(code) for kind, code in KNOWN.items()},
            Refused: _refused_as_stated,
        },
    )
    # A redirect would repair a mistyped address, but it would also repeat the query string, which
    # may hold a person's number, to any host that the request named.
    routing.router.redirect_slashes = False
    return routing


def _refused(code: ErrorCode) -> ExceptionHandler:
    async def handle(_request: Request, error: Exception) -> Response:
        headers = error.headers if isinstance(error, HTTPException) else None
        return refusal_response(code, allow=(headers or {}).get("Allow"))

    return handle


async def _refused_as_stated(_request: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, Refused) else ErrorCode.INTERNAL
    return refusal_response(code)


def _routes(parts: Parts, authentication: Authentication) -> Sequence[Route]:
    settings = parts.settings
    graphiql = graphiql_routes(package_assets(NODE_MODULES))

    async def figures() -> bytes:
        return parts.metrics.text()

    return [
        *sdl_routes(
            parts.services.sdl,
            authenticate=authentication,
            code_of=_code_of(parts),
            deadline_seconds=settings.deadline_seconds,
            watch=parts.watch,
        ),
        *probe_routes(_checks(parts), parts.watch.unexpected),
        *key_routes(lambda: [jwk_of(key) for key in parts.hub_keys.published()]),
        *status_list_routes(
            StatusLists(
                partial(list_addresses, settings.hub.url, parts.services.status_lists),
                parts.services.status_lists.snapshot,
                parts.services.status_lists.delta,
            ),
            fresh_seconds=max(1, int(settings.passes.publish_seconds)),
            code_of=_code_of(parts),
            deadline_seconds=settings.deadline_seconds,
            watch=parts.watch,
        ),
        *metadata_routes(
            settings.hub.id,
            [scope.value for scope in Scope],
            url=settings.hub.url,
            bindings=_bindings(settings),
            token_path=TOKEN_PATH,
            client_key_path=CLIENT_KEY_PATH,
            enrollment_path=ENROLLMENT_PATH,
        ),
        *discovery_routes(
            _about(parts),
            lambda: parts.services.federation.document(parts.clock()),
            url=settings.hub.url,
            graphql_path=GRAPHQL_PATH,
            sdl_path=SDL_PATH,
        ),
        *(_figures(parts, figures, parts.watch) if settings.operation.port is None else ()),
        *(graphiql if settings.profile is Profile.OPEN else ()),
    ]


def _about(parts: Parts) -> Mapping[str, object]:
    settings, services = parts.settings, parts.services
    return {
        "hub": settings.hub.id,
        "region": settings.hub.region,
        "version": services.own.version,
        "profile": settings.profile.value,
        "trusted_documents_only": settings.trusted_documents_only,
        "schema_digest": services.sdl.digest,
    }


def _pages(parts: Parts, questions: PageQuestions) -> Sequence[Route]:
    """What people open in a browser."""
    settings = parts.settings
    doors = [
        PageDoor("gate", GATE_PATH),
        PageDoor("coordinator", COORDINATOR_PATH),
        PageDoor("me", TRAVELER_PATH),
    ]
    if settings.profile is Profile.OPEN:
        doors.append(PageDoor("graphiql", PAGE_PATH))
    is_ready = all_well(_checks(parts), parts.watch.unexpected)
    sign_in, reader = _sign_in(parts), npm_files(NODE_MODULES)
    return [
        front_route(settings.hub.id, doors, is_ready),
        *gate_routes(settings.hub.id, reader, id_of_text),
        *sign_in_routes(sign_in),
        *_by_provider(parts, sign_in),
        *coordinator_routes(
            CoordinatorDesk(sign_in, questions, parts.clock, partial(_places, parts))
        ),
        *traveler_routes(_desk(parts, questions, has_reader=len(reader) > 0)),
        *file_routes(),
    ]


def _cookie(parts: Parts, kind: SessionKind) -> SessionCookie:
    url = parts.settings.hub.url
    is_secure = url is not None and url.startswith("https:")
    return SessionCookie(kind.name, is_secure=is_secure, clock=parts.clock)


def _places(parts: Parts) -> list[RegionCode]:
    """Those whose policies the hub knows, its own first."""
    here = parts.settings.hub.region
    known = {policy.region for policy in parts.services.policies.known()}
    return [here, *sorted(known - {here})]


def _desk(parts: Parts, questions: PageQuestions, *, has_reader: bool) -> TravelerDesk:
    return TravelerDesk(
        TimelySessions(parts.travelers, parts.settings.deadline_seconds),
        _cookie(parts, OF_TRAVELERS),
        questions,
        AddressTries(WRONG_CODES, monotonic),
        partial(_places, parts),
        parts.clock,
        has_reader,
    )


def _sign_in(parts: Parts) -> SignIn:
    seconds = parts.settings.deadline_seconds
    return SignIn(
        TimelySessions(parts.coordinators, seconds),
        _cookie(parts, OF_COORDINATORS),
        take_link=in_time(parts.links.take, seconds),
        find_grant=in_time(_find_grant(parts), seconds),
        note=in_time(note_sign_in(parts.services.audit, parts.clock), seconds),
        clock=parts.clock,
        home=COORDINATOR_PATH,
        provider_path=None if parts.provider is None else PROVIDER_PATH,
    )


def _by_provider(parts: Parts, sign_in: SignIn) -> Sequence[Route]:
    if parts.provider is None:
        return []
    seconds = parts.settings.deadline_seconds
    door = ProviderDoor(
        parts.provider,
        TimelySessions(parts.attempts, seconds),
        AddressTries(BEGINNINGS, monotonic),
        _cookie(parts, OF_ATTEMPTS),
        find_person=in_time(parts.subjects.find, seconds),
        on_refused=partial(parts.metrics.credential_refused, "id_token"),
    )
    return provider_routes(sign_in, door)


def _bindings(settings: Settings) -> Bindings:
    tls = settings.listen.tls
    of_our_own = tls is not None and tls.client_ca is not None
    return Bindings(
        dpop=settings.hub.url is not None,
        certificates=of_our_own or settings.proxy.client_certificates,
    )


def _figures(
    parts: Parts, figures: Callable[[], Awaitable[bytes]], watch: RequestWatch
) -> Sequence[Route]:
    return figures_routes(
        figures,
        parts.metrics_credential,
        watch=watch,
        on_refused=parts.metrics.credential_refused,
    )


def _door(parts: Parts) -> Door:
    settings = parts.settings
    admission = Admission(settings.limits.concurrent_requests, settings.deadline_seconds)
    return Door(admission, parts.watch, monotonic)


def _authentication(parts: Parts, possession: Possession) -> Authentication:
    return Authentication(
        keys=parts.hub_keys,
        hub_id=parts.settings.hub.id,
        find_client=parts.clients.find,
        possession=possession,
        on_refused=parts.metrics.credential_refused,
        clock=parts.clock,
    )


def _graphql(
    parts: Parts, authentication: Authentication, streams: OpenStreams, door: Door
) -> GraphQLEndpoint[AccessToken]:
    schema = parts.schema

    async def record_refusal(client: AccessToken, request_id: RequestId, code: ErrorCode) -> None:
        await _record(parts, client.client_id, request_id, code)

    def on_shed(client: AccessToken, request_id: RequestId) -> None:
        parts.services.shed.note(Asker(client.client_id, request_id))

    return GraphQLEndpoint(
        schema,
        parts.settings.profile,
        documents=parts.documents,
        trusted=parts.trusted,
        authenticate=authentication,
        authorize=Authorization(schema, parts.services),
        record_refusal=record_refusal,
        name_of=lambda client: client.client_id,
        sent_before=parts.sent_before,
        code_of=_code_of(parts),
        streams=streams,
        door=door,
        recall=authentication.recall,
        still_allowed=authentication.still_allowed,
        on_shed=on_shed,
        turns=parts.turns,
        clock=parts.clock,
        deadline_seconds=parts.settings.deadline_seconds,
        watch=parts.watch,
    )


def _sockets(  # noqa: PLR0917 - what an operation needs, whatever it comes by
    parts: Parts,
    authentication: Authentication,
    graphql: GraphQLEndpoint[AccessToken],
    streams: OpenStreams,
    door: Door,
    ids: RequestIds,
) -> GraphQLSocket[AccessToken]:
    return GraphQLSocket(
        graphql,
        name_of=lambda client: client.client_id,
        still_allowed=authentication.still_allowed,
        door=door,
        code_of=_code_of(parts),
        streams=streams,
        ids=ids,
        watch=parts.watch,
        origins=parts.settings.listen.origins,
        deadline_seconds=parts.settings.deadline_seconds,
    )


def _find_grant(parts: Parts) -> FindGrant:
    async def find_grant(client_id: str, *, anew: bool = False) -> Grant | None:
        client = await parts.clients.find(client_id, anew=anew)
        if client is None:
            return None
        return Grant(
            client_id=client.id,
            keys=client.keys_at(parts.clock()),
            scopes=frozenset(scope.value for scope in client.scopes),
            regions=frozenset(client.regions),
            purposes=frozenset(purpose.value for purpose in client.purposes),
            bound=client.bound,
        )

    return find_grant


def _form(parts: Parts, form: AnswersForms, door: Door) -> ASGIApp:
    async def record_refusal(client: str, request_id: RequestId, code: ErrorCode) -> None:
        await _record(parts, client, request_id, code)

    return FormEndpoint(
        form,
        record_refusal=record_refusal,
        code_of=_code_of(parts),
        watch=parts.watch,
        door=door,
        deadline_seconds=parts.settings.deadline_seconds,
        tells_why=parts.settings.profile is Profile.OPEN,
    )


def _client_key(parts: Parts) -> AnswersForms:
    return ClientKeyRequests(
        audience=parts.settings.hub.id,
        find_grant=_find_grant(parts),
        first_use=parts.replay.first_use,
        change_keys=parts.own_keys.change,
        utc_clock=parts.clock,
        seconds=monotonic,
    )


def _enrollment(parts: Parts) -> AnswersForms:
    return EnrollmentRequests(
        audience=parts.settings.hub.id,
        enroll=parts.enrollment.enroll,
        utc_clock=parts.clock,
    )


def _token(parts: Parts, possession: Possession) -> AnswersForms:
    return TokenRequests(
        signer=parts.hub_keys,
        issuer=parts.settings.hub.id,
        audience=parts.settings.hub.id,
        lifetime=TOKEN_LIFETIME,
        find_grant=_find_grant(parts),
        first_use=parts.replay.first_use,
        possession=possession,
        utc_clock=parts.clock,
    )


KNOWN: Mapping[type[Exception], ErrorCode] = {
    StorageUnavailable: ErrorCode.UNAVAILABLE,
    AuditDamaged: ErrorCode.UNAVAILABLE,
    TrustListRefused: ErrorCode.UNAVAILABLE,
    NoSigningKey: ErrorCode.UNAVAILABLE,
}
"""What may end any operation without being a fault of the program: there is nothing to answer from
until an operator has mended it."""


def _code_of(parts: Parts) -> CodeOf:
    return codes_of_exceptions(KNOWN, parts.watch.unexpected)


async def _record(parts: Parts, client_id: str, request_id: RequestId, code: ErrorCode) -> None:
    asker = Asker(client_id, request_id)
    await parts.services.refusals.record(asker, [RefusedQuestion(code.value)])


def _checks(parts: Parts) -> Mapping[str, Check]:
    async def trust_list() -> bool:
        try:
            parts.services.trust.current(parts.clock())
        except TrustListRefused:
            return False
        return True

    async def audit_log() -> bool:
        try:
            await parts.services.audit.head()
        except StorageUnavailable:
            return False
        return parts.pulse.is_good() and parts.services.audit.damage is None

    async def holder_epochs() -> bool:
        return parts.services.holder_keys.are_all_known()

    async def signed_entries() -> bool:
        return parts.services.audit.lacking is None

    async def clock() -> bool:
        return parts.steady_clock.is_steady() and not parts.evidence.is_against_us()

    return {
        "trust_list": trust_list,
        "audit_log": audit_log,
        "signed_entries": signed_entries,
        "holder_epochs": holder_epochs,
        "clock": clock,
    }
