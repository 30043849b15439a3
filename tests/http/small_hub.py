"""A hub with a small schema: enough fields to meet every kind of answer, and no issuers.

Runs the real endpoints under a real server on a free loopback port, so that what the tests see is
what a client system sees.
"""

import asyncio
import io
import json
import socket
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, member
from functools import partial
from time import monotonic, sleep, time
from typing import Any, cast

import httpx2
import strawberry
import uvicorn
from graphql import GraphQLSchema
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.connection import connection
from tongxing.gateway.errors import CodeOf, ErrorCode, Refused, codes_of_exceptions
from tongxing.gateway.graphql.departure import Left
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.execution import Operation
from tongxing.gateway.graphql.published_sdl import published_sdl
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.graphql.trusted_documents import TrustedDocuments
from tongxing.gateway.http.admission import Admission
from tongxing.gateway.http.connections import Connections
from tongxing.gateway.http.credentials_shown import ShownCredential
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.event_stream import OpenStreams
from tongxing.gateway.http.exact_paths import ExactPaths
from tongxing.gateway.http.figures import figures_routes
from tongxing.gateway.http.form_endpoint import FormEndpoint
from tongxing.gateway.http.graphiql import Asset, graphiql_routes
from tongxing.gateway.http.graphql_endpoint import GraphQLEndpoint
from tongxing.gateway.http.graphql_socket import GraphQLSocket, SocketTimes
from tongxing.gateway.http.possession import Possession
from tongxing.gateway.http.probes import Check, probe_routes
from tongxing.gateway.http.protocol import HubProtocol
from tongxing.gateway.http.request_envelope import RequestEnvelope
from tongxing.gateway.http.request_ids import RequestId, RequestIds
from tongxing.gateway.http.sdl_endpoint import sdl_routes
from tongxing.gateway.http.sent_before import SentBefore
from tongxing.gateway.http.signed_forms import Grant
from tongxing.gateway.http.socket_protocol import MESSAGE_MAX_BYTES, SocketProtocol
from tongxing.gateway.http.token_endpoint import TokenRequests
from tongxing.gateway.operation.events import EventLog, Unlisted
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.watch import Watch
from tongxing.gateway.settings import Profile
from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.gateway.turns import Turns
from tongxing.keys.client_tokens import ClientKey
from tongxing.keys.signing import Es256Signer, HubSigner
from tongxing.keys.token_binding import BindingKind

TOKEN = "a-token-of-the-test"
OTHER_TOKEN = "a-token-of-another-client"
CLIENTS = {TOKEN: "city-a", OTHER_TOKEN: "city-b"}
TOKENS = {client: token for token, client in CLIENTS.items()}
URL = "https://hub.example"
METRICS_CREDENTIAL = "a-credential-of-the-test"
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}
ISSUER = "http://127.0.0.1/"
AUDIENCE = f"{ISSUER}oauth/token"
STAGE_HEADER = "x-stage"
KEEP_ALIVE_SECONDS = 0.1
WORK_SECONDS = 0.005
HASTY_SECONDS = 0.2
"""The deadline of a hub that is told to be hasty."""

SECRET = "11010119900307761X-name-of-a-traveler"
"""Stands for whatever must never come back or be written down."""


@strawberry.input
class TravelerInput:
    number: str
    age: int | None = None


@strawberry.type
class Query:
    @strawberry.field
    def greeting(self, name: str = "you") -> str:
        return f"hello {name}"

    @strawberry.field
    def traveler(self, document: TravelerInput) -> str:
        return str(len(document.number))

    @strawberry.field
    def page(self, first: int = 3) -> int:
        return first

    @strawberry.field
    def itself(self) -> "Query":
        return Query()

    @strawberry.field
    def crash(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def crash_hard(self) -> str:
        raise RuntimeError(SECRET)

    @strawberry.field
    def unaudited(self) -> str:
        raise StorageUnavailable(SECRET)

    @strawberry.field
    async def stalls(self, info: strawberry.Info[Any]) -> str:
        info.context["hub"].stalling.one_more()
        await asyncio.Event().wait()
        return "never"

    @strawberry.field
    def is_work(self) -> str:
        """Keeps the event loop busy."""
        sleep(WORK_SECONDS)
        return "done"

    @strawberry.field
    async def perhaps_stalls(self) -> str | None:
        await asyncio.Event().wait()
        return None

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Refused(ErrorCode.FORBIDDEN_REGION)

    @strawberry.field
    def client(self, info: strawberry.Info[dict[str, str]]) -> str:
        return info.context["client"]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> str:
        return "changed"

    @strawberry.mutation
    async def change_slowly(self, info: strawberry.Info[Any]) -> str:
        await asyncio.sleep(2 * HASTY_SECONDS)
        info.context["hub"].changes += 1
        return "changed"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, until: int = 1) -> AsyncGenerator[int, None]:
        for tick in range(1, until + 1):
            yield tick

    @strawberry.subscription
    async def silence(self) -> AsyncGenerator[int, None]:
        yield 1
        await asyncio.Event().wait()

    @strawberry.subscription
    async def floods(self) -> AsyncGenerator[str, None]:
        while True:
            yield "x" * 65_536

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def not_yours(self) -> AsyncGenerator[int, None]:
        if SECRET:
            raise Refused(ErrorCode.INVALID_VALUE)
        yield 1


_DECLARED = strawberry.Schema(Query, Mutation, Subscription)
SCHEMA = core_schema(_DECLARED)
SDL = published_sdl(_DECLARED)


def raise_unlisted(unlisted: Unlisted) -> None:
    """An event that is not on the list is a mistake of ours."""
    raise unlisted


def codes_of(watch: Watch) -> CodeOf:
    return codes_of_exceptions({StorageUnavailable: ErrorCode.UNAVAILABLE}, watch.unexpected)


def known(shown: ShownCredential | None) -> str | None:
    return None if shown is None else CLIENTS.get(shown.token)


class Count:
    """Counts in one thread, waited for in another."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def one_more(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_for(self, count: int, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._count >= count, seconds)


@dataclass
class SmallHub:
    """What the hub was told to be, and what it wrote down."""

    profile: Profile = Profile.OPEN
    declared: GraphQLSchema = SCHEMA
    checks: Mapping[str, Check] = field(default_factory=dict)
    packages: Mapping[str, Asset] | None = None
    trusted: Mapping[str, str] = field(default_factory=dict)
    trusted_only: bool = False
    registered: Mapping[bytes, str] = field(default_factory=dict)
    log: io.StringIO = field(default_factory=io.StringIO)
    metrics_credential: str | None = METRICS_CREDENTIAL
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))
    refusals: list[tuple[str, str]] = field(default_factory=list)
    shed: list[str] = field(default_factory=list)
    authorized: list[Operation] = field(default_factory=list)
    at_once: int = 1_000
    deadline_seconds: float = 3.0
    revoked: bool = False
    registry_fails: bool = False
    audit_fails: bool = False
    replay_fails: bool = False
    storage_stalls: bool = False
    registry_stalls: bool = False
    stalling: Count = field(default_factory=Count)
    changes: int = 0
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    origins: Sequence[str] = ()
    socket_times: SocketTimes = field(default_factory=SocketTimes)
    sockets: GraphQLSocket[str] | None = None
    loop: asyncio.AbstractEventLoop | None = None
    used: set[str] = field(default_factory=set)
    signer: HubSigner = field(default_factory=HubSigner.generate)
    client_signer: Es256Signer = field(default_factory=Es256Signer.generate)
    bound: BindingKind | None = None
    client_kid: str | None = None
    """If None: the key's thumbprint."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    @property
    def open_sockets(self) -> int:
        return 0 if self.sockets is None else self.sockets.sockets.number

    def end(self) -> None:
        """From another thread, as everything of a test."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.ending.set)

    async def _storage(self) -> None:
        if self.storage_stalls:
            await asyncio.Event().wait()

    async def authenticate(self, shown: ShownCredential | None, _scope: Scope) -> str:
        if self.registry_stalls:
            await asyncio.Event().wait()
        if self.registry_fails:
            raise StorageUnavailable(SECRET)
        self.loop, client = asyncio.get_running_loop(), known(shown)
        if self.revoked or client is None:
            raise Refused(ErrorCode.UNAUTHENTICATED)
        return client

    async def still_allowed(self, client: str) -> str:
        return await self.authenticate(ShownCredential(TOKENS[client]), {})

    def authorize(
        self, operation: Operation, client: str, request_id: RequestId, left: Left
    ) -> object:
        self.authorized.append(operation)
        if operation.name == "NotAllowed":
            raise Refused(ErrorCode.FORBIDDEN_SCOPE)
        return {"client": client, "request": request_id, "hub": self, "left": left}

    async def record_refusal(self, client: str, request_id: RequestId, code: ErrorCode) -> None:
        await self._storage()
        if self.audit_fails:
            raise StorageUnavailable
        self.refusals.append((client, code.value))

    async def find_grant(self, client_id: str, *, anew: bool = False) -> Grant | None:
        if client_id != "city-a":
            return None
        kid = self.client_kid or self.client_signer.key_id
        key = ClientKey(kid, self.client_signer.public_key)
        return Grant(
            "city-a",
            (key,),
            frozenset({"status:read", "code:verify"}),
            frozenset({"321100"}),
            frozenset({"ENTRY", "VENUE"}),
            self.bound,
        )

    async def first_use(self, jti_key: str, expires_at: datetime) -> bool:
        await self._storage()
        if self.replay_fails:
            raise StorageUnavailable
        first = jti_key not in self.used
        self.used.add(jti_key)
        return first

    async def figures(self) -> bytes:
        return self.metrics.text()

    def app(self) -> ASGIApp:
        watch = Watch(EventLog(self.log, lambda: self.at, raise_unlisted), self.metrics)
        code_of = codes_of(watch)
        door = Door(Admission(self.at_once, self.deadline_seconds), watch, monotonic)
        streams = OpenStreams(self.ending, KEEP_ALIVE_SECONDS)
        documents = PreparedDocuments(self.declared, introspection=self.profile is Profile.OPEN)
        graphql = GraphQLEndpoint(
            self.declared,
            self.profile,
            documents=documents,
            trusted=TrustedDocuments(
                self.trusted,
                documents.make,
                registered=Registered(self.registered),
                only=self.trusted_only,
            ),
            authenticate=self.authenticate,
            authorize=self.authorize,
            record_refusal=self.record_refusal,
            name_of=lambda client: client,
            sent_before=SentBefore(b"k" * 16, 30.0, clock=monotonic),
            code_of=code_of,
            streams=streams,
            door=door,
            recall=lambda shown, _scope: known(shown),
            still_allowed=self.still_allowed,
            on_shed=lambda client, _: self.shed.append(client),
            turns=Turns(monotonic),
            clock=lambda: datetime.now(UTC),
            deadline_seconds=self.deadline_seconds,
            watch=watch,
        )
        token = FormEndpoint(
            TokenRequests(
                signer=self.signer,
                issuer=ISSUER,
                audience=AUDIENCE,
                lifetime=timedelta(minutes=5),
                find_grant=self.find_grant,
                first_use=self.first_use,
                possession=Possession(URL, first_use=self.first_use, clock=lambda: self.at),
                utc_clock=lambda: self.at,
            ),
            record_refusal=self.record_refusal,
            code_of=code_of,
            watch=watch,
            door=door,
            deadline_seconds=self.deadline_seconds,
            tells_why=self.profile is Profile.OPEN,
        )
        of_clients: dict[str, ASGIApp] = {"/graphql": graphql, "/oauth/token": token}
        routes = [
            *sdl_routes(
                SDL,
                authenticate=self.authenticate,
                code_of=code_of,
                deadline_seconds=self.deadline_seconds,
                watch=watch,
            ),
            *probe_routes(self.checks, watch.unexpected),
            *figures_routes(
                self.figures,
                self.metrics_credential,
                watch=watch,
                on_refused=self.metrics.credential_refused,
            ),
            *(graphiql_routes(self.packages) if self.profile is Profile.OPEN else ()),
        ]
        sockets = self.sockets = GraphQLSocket(
            graphql,
            name_of=lambda client: client,
            still_allowed=self.still_allowed,
            door=door,
            code_of=code_of,
            streams=streams,
            ids=RequestIds(time),
            watch=watch,
            origins=self.origins,
            deadline_seconds=self.deadline_seconds,
            times=self.socket_times,
        )
        return RequestEnvelope(
            ExactPaths(of_clients, Starlette(routes=routes), {"/graphql": sockets}),
            routes={*of_clients, *(route.path for route in routes)},
            watch=watch,
            ids=RequestIds(time),
            monotonic=Ticks(),
            questions=graphql,
        )


@dataclass(frozen=True)
class Registered:
    """Registered documents, by their SHA-256."""

    texts: Mapping[bytes, str]

    async def text(self, digest: bytes) -> str | None:
        return self.texts.get(digest)


class Ticks:
    """A clock on which everything takes a millisecond."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def __call__(self) -> float:
        self._seconds += 0.001
        return self._seconds


class Stage:
    """One server for all hubs of a test run: starting one for each costs more than the tests. A
    header says which hub a request is for."""

    def __init__(self) -> None:
        self._apps: dict[str, ASGIApp] = {}
        self._address = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[Headers(scope=scope)[STAGE_HEADER]](scope, receive, send)

    @contextmanager
    def open(self) -> Iterator["Stage"]:
        with serving(self) as address:
            self._address = address
            yield self

    def socket_of(self, hub: SmallHub) -> tuple[str, dict[str, str]]:
        """The address for a WebSocket, and the header that says which hub it is for."""
        name = str(len(self._apps))
        self._apps[name] = hub.app()
        return f"{self._address.replace('http', 'ws')}/graphql", {STAGE_HEADER: name}

    @contextmanager
    def client_of(self, hub: SmallHub) -> Iterator[httpx2.Client]:
        name = str(len(self._apps))
        self._apps[name] = hub.app()
        headers = {**AUTHORIZED, STAGE_HEADER: name}
        with connection(self._address, headers) as client:
            yield client


class Protocols(Enum):
    """How questions come in: over the hub's own protocol, or the way of all other requests."""

    OWN = member(partial(HubProtocol, connections=Connections(1_000)))
    PLAIN = member(HttpToolsProtocol)


@contextmanager
def serving(app: ASGIApp, protocol: Protocols = Protocols.OWN) -> Iterator[str]:
    """``app`` on a free loopback port; its address."""
    listening = _listening()
    http = cast("type[HttpToolsProtocol]", protocol.value)
    config = uvicorn.Config(
        app,
        http=http,
        ws=SocketProtocol,
        ws_max_size=MESSAGE_MAX_BYTES,
        ws_per_message_deflate=False,
        log_level="error",
        access_log=False,
        lifespan="off",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def _listening() -> socket.socket:
    """The protocol is named because asyncio switches Nagle's algorithm off only on such sockets:
    otherwise each answer waits 40 ms for the client's delayed acknowledgement."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening
