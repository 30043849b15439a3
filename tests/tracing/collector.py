"""A collector for traces, as far as the hub sees one: OTLP over HTTP, kept in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.acceptance.hubs import await_that


class Collector:
    """``status`` is what the next exports are answered with."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.paths: list[str] = []
        self.bodies: list[bytes] = []

    def resources(self) -> list[dict[str, str]]:
        return [
            {each.key: each.value.string_value for each in part.resource.attributes}
            for export in self._exports()
            for part in export.resource_spans
        ]

    def spans(self, trace_id: str | None = None) -> list[Span]:
        """All of them, or those of one trace."""
        return [
            span
            for export in self._exports()
            for part in export.resource_spans
            for scope in part.scope_spans
            for span in scope.spans
            if trace_id in (None, span.trace_id.hex())
        ]

    def await_spans(self, number: int, trace_id: str | None = None) -> list[Span]:
        await_that(lambda: len(self.spans(trace_id)) >= number, f"{number} spans came")
        return self.spans(trace_id)

    def _exports(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.paths.append(self.path)
            if collector.status == 200:
                collector.bodies.append(body)
            self.send_response(collector.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        collector.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def attributes(span: Span) -> dict[str, object]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
