"""A span for each request: which address, how long, with what status. Nothing of what was asked.

Responsible for the whole of it, the wait at the door included. A request that is refused at the
door has none: the hub spends as little on it as it can.
"""

from collections.abc import Collection
from http import HTTPStatus
from time import time_ns

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tongxing.gateway.http.at_once import Decide, taking
from tongxing.gateway.http.request import seconds_since_whole
from tongxing.gateway.http.request_envelope import OTHER_ROUTE, REQUEST_ID, method_of
from tongxing.gateway.origins import ORIGINS
from tongxing.gateway.tracing.trace_context import sent_by_client

NANOSECONDS = 1_000_000_000


class TracedApp:
    """Pure ASGI around ``app``. Only the paths in ``routes`` are named: another one can hold
    anything."""

    def __init__(self, app: ASGIApp, routes: Collection[str], tracer: Tracer) -> None:
        self._app = app
        self._questions = taking(app)
        self._routes = frozenset(routes)
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        span = self._begin(scope)
        ORIGINS.set((span,))

        async def sending(message: Message) -> None:
            if "status" in message:
                _answered(span, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            span.set_attribute("tongxing.request_id", scope.get(REQUEST_ID, ""))
            span.end()

    def take(self, scope: Scope, body: bytes, decide: Decide) -> None:
        """As ``at_once``."""
        self._questions.take(scope, body, decide)

    def leaves(self, scope: Scope) -> None:
        self._questions.leaves(scope)

    def _begin(self, scope: Scope) -> Span:
        method, path = method_of(scope), scope["path"]
        route = path if path in self._routes else OTHER_ROUTE
        return self._tracer.start_span(
            f"{method} {route}",
            sent_by_client(scope),
            SpanKind.SERVER,
            {"http.request.method": method, "http.route": route},
            start_time=time_ns() - int(seconds_since_whole(scope) * NANOSECONDS),
        )


def _answered(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.set_status(Status(StatusCode.ERROR))
        span.set_attribute("error.type", str(status))
