"""What operators ask, on a listener of its own or beside the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic, time

from starlette.routing import Route
from starlette.types import ASGIApp

from tongxing.gateway.composition import Parts
from tongxing.gateway.endpoints.addressing import routing
from tongxing.gateway.endpoints.readiness import checks_of
from tongxing.gateway.http.figures import figures_routes
from tongxing.gateway.http.probes import asked_on, probe_routes
from tongxing.gateway.http.request_envelope import RequestEnvelope, RequestWatch
from tongxing.gateway.http.request_ids import RequestIds
from tongxing.gateway.operation.quiet_watch import QuietWatch


def application_of_operators(parts: Parts) -> ASGIApp:
    """What is answered on a listener of its own, on another thread than this one."""
    here = asyncio.get_running_loop()
    from_there = {name: asked_on(here, check) for name, check in checks_of(parts).items()}
    watch = QuietWatch(parts.watch)

    async def figures() -> bytes:
        return await asyncio.to_thread(parts.metrics.text_elsewhere)

    routes = [
        *probe_routes(from_there, watch.unexpected, parts.loop_watch.is_turning),
        *figures_of(parts, figures, watch),
    ]
    return RequestEnvelope(
        routing(routes),
        routes=[route.path for route in routes],
        watch=watch,
        ids=RequestIds(time),
        monotonic=monotonic,
    )


def figures_of(
    parts: Parts, figures: Callable[[], Awaitable[bytes]], watch: RequestWatch
) -> Sequence[Route]:
    """``figures`` gives their text; who asks shows the credential of the settings."""
    return figures_routes(
        figures,
        parts.metrics_credential,
        watch=watch,
        on_refused=parts.metrics.credential_refused,
    )
