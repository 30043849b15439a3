"""A span for each exchange with an issuer, and the header by which the issuer goes on with it.

The path and the body of an exchange can hold a person's number, so neither is named. An exchange
serves all requests that wait for it: it belongs to the trace of the first, and is linked to the
others'.
"""

from dataclasses import replace

from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation import set_span_in_context

from tongxing.adapters.wire import HttpRequest, HttpResponse, Transport, TransportError
from tongxing.gateway.origins import ORIGINS
from tongxing.gateway.tracing.trace_context import TRACEPARENT, header_of

LINKS_MAX = 32
"""Of a crowd that waits for one exchange, the others are not linked."""


class TracedTransport:
    """A Transport around ``inner``, which leads to ``issuer``. What no request asked for, as a
    daily list, has no trace."""

    def __init__(self, inner: Transport, issuer: str, tracer: Tracer) -> None:
        self._inner = inner
        self._issuer = issuer
        self._tracer = tracer

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        """As Transport says."""
        spans = [each for each in ORIGINS.get() if isinstance(each, Span)]
        if not spans:
            return await self._inner.send(request, deadline=deadline)
        span = self._begin(request, spans)
        headers = {**request.headers, TRACEPARENT: header_of(span)}
        try:
            response = await self._inner.send(replace(request, headers=headers), deadline=deadline)
        except TransportError as fault:
            span.set_status(Status(StatusCode.ERROR))
            span.set_attribute("error.type", fault.name)
            raise
        else:
            span.set_attribute("http.response.status_code", response.status)
            return response
        finally:
            span.end()

    def _begin(self, request: HttpRequest, spans: list[Span]) -> Span:
        """That of a request that is recorded, if there is one."""
        recorded = [span for span in spans if span.is_recording()]
        parent, *others = recorded or spans
        return self._tracer.start_span(
            f"{request.method} {self._issuer}",
            set_span_in_context(parent, Context()),
            SpanKind.CLIENT,
            {"http.request.method": request.method, "tongxing.issuer": self._issuer},
            [Link(other.get_span_context()) for other in others[:LINKS_MAX]],
        )
