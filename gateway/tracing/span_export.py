"""Where spans go: to a collector, by OTLP over HTTP.

Responsible for a collector that is away, slow or wrong being no trouble to anybody: spans wait in a
bounded queue, leave in a thread of their own, and are dropped when it is full. A credential or a
certificate for the collector is named by OpenTelemetry's own variables
(OTEL_EXPORTER_OTLP_TRACES_HEADERS and others). Refuses to follow a redirect, or a proxy of the
environment.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from threading import Thread
from time import monotonic

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer
from requests import Session
from starlette.types import ASGIApp

from tongxing.adapters.wire import Transport
from tongxing.gateway.settings import TraceSettings
from tongxing.gateway.tracing.sampling import SomeRequests
from tongxing.gateway.tracing.traced_app import TracedApp
from tongxing.gateway.tracing.traced_transport import TracedTransport

EXPORT_SECONDS = 5.0
"""How long the collector may take."""

FLUSH_SECONDS = 2.0
"""How long the end of the hub waits for the last spans."""

NAME = "tongxing"


class Traces:
    """What is traced by ``tracer``."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def app(self, app: ASGIApp, routes: Collection[str]) -> ASGIApp:
        return TracedApp(app, routes, self._tracer)

    def transport(self, transport: Transport, issuer: str) -> Transport:
        return TracedTransport(transport, issuer, self._tracer)


@asynccontextmanager
async def tracing(
    url: str, settings: TraceSettings, instance: str, on_export: Callable[[bool, int], None]
) -> AsyncIterator["Traces"]:
    """Until the context ends. ``instance`` tells this process from the others of the hub.
    ``on_export`` hears whether spans arrived, and how many; in a thread of its own."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    names = {
        "service.name": NAME,
        "service.version": version(NAME),
        "service.instance.id": instance,
    }
    provider = TracerProvider(
        SomeRequests(settings.share, settings.per_second, monotonic),
        Resource.create(names),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(_Heard(_exporter(url), on_export)))
    try:
        yield Traces(provider.get_tracer(NAME))
    finally:
        await _end(provider)


def _exporter(url: str) -> SpanExporter:
    session = Session()
    session.trust_env = False
    return OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS, session=session)


async def _end(provider: TracerProvider) -> None:
    """In a thread that nothing waits for longer: it ends with the process."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        provider.shutdown()
        with suppress(RuntimeError):  # the loop has not waited
            loop.call_soon_threadsafe(ended.set)

    Thread(target=end, name="last-spans", daemon=True).start()
    with suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), FLUSH_SECONDS)


class _Heard(SpanExporter):
    def __init__(self, inner: SpanExporter, on_export: Callable[[bool, int], None]) -> None:
        self._inner = inner
        self._on_export = on_export

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        self._on_export(result is SpanExportResult.SUCCESS, len(spans))
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)
