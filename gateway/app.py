"""The ASGI applications of a hub: for clients, and for operators."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic, time

from starlette.types import ASGIApp

from tongxing.gateway.composition import REFUSED_AT_START, Parts, open_parts
from tongxing.gateway.endpoints.addressing import routing
from tongxing.gateway.endpoints.forms import forms_of
from tongxing.gateway.endpoints.known_errors import code_of
from tongxing.gateway.endpoints.of_everybody import published_of
from tongxing.gateway.endpoints.of_operations import (
    authentication_of,
    door_of,
    operations_of,
    sockets_of,
)
from tongxing.gateway.endpoints.of_operators import application_of_operators
from tongxing.gateway.endpoints.of_people import pages_of
from tongxing.gateway.endpoints.readiness import checks_of
from tongxing.gateway.http.event_stream import KEEP_ALIVE_SECONDS, OpenStreams
from tongxing.gateway.http.exact_paths import ExactPaths
from tongxing.gateway.http.other_origins import OtherOrigins
from tongxing.gateway.http.possession import Possession
from tongxing.gateway.http.request_envelope import RequestEnvelope
from tongxing.gateway.http.request_ids import RequestIds
from tongxing.gateway.http.server import HubApps
from tongxing.gateway.pages.asking import PageQuestions
from tongxing.gateway.settings import Settings
from tongxing.gateway.wiring.states import OFTEN_SECONDS, note_readiness

GRAPHQL_PATH = "/graphql"


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
            application_of_operators(parts),
            None if certificate is None else lambda: certificate.context,
        )


async def _begin_looking(parts: Parts, streams: OpenStreams) -> None:
    checks = checks_of(parts)

    async def look() -> None:
        parts.metrics.streams_open(streams.number)
        parts.metrics.memory_takes("requests", parts.sent_before.taken)
        await note_readiness(parts.watch, checks)

    await parts.seen_states.begin(look, OFTEN_SECONDS)


def _application(parts: Parts, streams: OpenStreams) -> ASGIApp:
    possession = Possession(
        parts.settings.hub.url, first_use=parts.replay.first_use, clock=parts.clock
    )
    authentication, door = authentication_of(parts, possession), door_of(parts)
    graphql = operations_of(parts, authentication, streams, door)
    questions = PageQuestions(
        graphql.answer,
        still_allowed=authentication.still_allowed,
        door=door,
        code_of=code_of(parts),
        deadline_seconds=parts.settings.deadline_seconds,
    )
    of_clients: dict[str, ASGIApp] = {
        GRAPHQL_PATH: graphql,
        **forms_of(parts, possession, door),
    }
    routes = [*published_of(parts, authentication, GRAPHQL_PATH), *pages_of(parts, questions)]
    paths = [*of_clients, *(route.path for route in routes)]
    ids = RequestIds(time)
    sockets = {GRAPHQL_PATH: sockets_of(parts, authentication, graphql, streams, door, ids)}
    answering: ASGIApp = ExactPaths(of_clients, routing(routes), sockets)
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
