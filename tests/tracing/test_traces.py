"""A trace goes from the client through the hub to each issuer, and names nobody."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex

import httpx2
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.acceptance.callers import Caller, calling, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that, new_state, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import FORGETFUL, Issuers
from tests.tracing.collector import Collector, attributes, collecting
from tests.tracing.recording_proxy import RecordingProxy, recording_proxy
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

PERSON = document_of("green_everywhere")
ALL_OURS = {"traces__share": 1.0, "traces__per_second": 1_000}
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50"}


@dataclass
class Traced:
    hub: RunningHub
    caller: Caller
    collector: Collector
    city: RecordingProxy

    def ask(self, **headers: str) -> httpx2.Response:
        asked = {"query": TRAVELER, "variables": request_of(fields(PERSON))}
        credential = {"authorization": f"Bearer {self.caller.token()}"}
        return self.caller.http.post("/graphql", json=asked, headers=credential | headers)

    def whole(self, trace_id: str) -> list[Span]:
        """All of a trace: the span of the request ends last."""
        spans = partial(self.collector.spans, trace_id)
        await_that(lambda: bool(_of_kind(spans(), Span.SPAN_KIND_SERVER)), "the request's came")
        return spans()


@pytest.fixture(scope="module")
def traced(
    template: Layout,
    urls: Mapping[IssuerName, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Traced]:
    """Traces what its clients trace, and nothing else."""
    patch = pytest.MonkeyPatch()
    for name, text in SOON.items():
        patch.setenv(name, text)
    with collecting() as collector, recording_proxy(urls[IssuerName.ZHENJIANG]) as city:
        reached = {**urls, IssuerName.ZHENJIANG: city.url}
        layout = new_state(template, reached, tmp_path_factory.mktemp("traced") / "state")
        settings = {"traces__url": collector.url, "traces__share": 0.0}
        with serving(layout, **FORGETFUL, **settings) as hub, calling(hub) as caller:
            yield Traced(hub, caller, collector, city)
    patch.undo()


def _parent(trace_id: str, span_id: str = "00f067aa0ba902b7", flags: str = "01") -> str:
    return f"00-{trace_id}-{span_id}-{flags}"


def _of_kind(spans: list[Span], kind: "Span.SpanKind.ValueType") -> list[Span]:
    return [span for span in spans if span.kind == kind]


def test_a_trace_goes_from_the_client_through_the_hub_to_each_issuer(traced: Traced) -> None:
    trace_id = token_hex(16)
    response = traced.ask(traceparent=_parent(trace_id))
    spans = traced.whole(trace_id)
    [request] = _of_kind(spans, Span.SPAN_KIND_SERVER)
    exchanges = _of_kind(spans, Span.SPAN_KIND_CLIENT)
    assert (request.name, request.parent_span_id.hex()) == ("POST /graphql", "00f067aa0ba902b7")
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "tongxing.request_id": response.headers["x-request-id"],
    }
    assert {attributes(each)["tongxing.issuer"] for each in exchanges} == set(IssuerName)
    assert {each.parent_span_id for each in exchanges} == {request.span_id}
    [to_city] = [each for each in exchanges if each.name == f"POST {IssuerName.ZHENJIANG}"]
    sent = traced.city.header_lines("traceparent")[-1]
    assert sent == _parent(trace_id, to_city.span_id.hex())
    assert {"service.name": "tongxing"}.items() <= traced.collector.resources()[-1].items()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"traceparent": "garbage"}, id="garbage"),
        pytest.param({"traceparent": _parent("0" * 32)}, id="zeros"),
        pytest.param({"traceparent": _parent("A" * 32)}, id="upper case"),
        pytest.param({"traceparent": _parent(token_hex(16), flags="00")}, id="not sampled"),
        pytest.param({"traceparent": f"ff{_parent(token_hex(16))[2:]}"}, id="version ff"),
        pytest.param({"traceparent": f"{_parent(token_hex(16))}-more"}, id="too much of it"),
    ],
)
def test_what_no_client_traces_is_not_traced(traced: Traced, headers: dict[str, str]) -> None:
    marker = token_hex(16)
    assert traced.ask(**headers).status_code == 200
    traced.ask(traceparent=_parent(marker))
    traced.whole(marker)
    own = [span for span in traced.collector.spans() if span.trace_id.hex() != marker]
    assert not [span for span in own if span.trace_id.hex() in str(headers)]


def test_a_trace_that_is_named_twice_is_no_trace(traced: Traced) -> None:
    first, second = token_hex(16), token_hex(16)
    both = [("traceparent", _parent(first)), ("traceparent", _parent(second))]
    traced.caller.http.get("/livez", headers=both)
    marker = token_hex(16)
    traced.ask(traceparent=_parent(marker))
    traced.whole(marker)
    assert traced.collector.spans(first) == traced.collector.spans(second) == []


def test_nothing_of_a_person_or_of_free_text_leaves(traced: Traced) -> None:
    trace_id, told = token_hex(16), "zebra8841"
    named = {"tracestate": f"x={told}", "baggage": f"x={told}", "user-agent": told}
    traced.ask(traceparent=_parent(trace_id), **named)
    traced.caller.http.get(f"/{PERSON.number}?n={told}", headers={"traceparent": _parent(trace_id)})
    traced.collector.await_spans(5, trace_id)
    left = b"".join(traced.collector.bodies)
    secrets = (PERSON.number, PERSON.name, told, traced.caller.token())
    assert [secret for secret in secrets if secret.encode() in left] == []
    assert told.encode() not in traced.city.sent
    assert "GET other" in {span.name for span in traced.collector.spans(trace_id)}


def test_an_issuer_that_fails_is_seen(traced: Traced, issuers: Issuers) -> None:
    trace_id = token_hex(16)
    with issuers[IssuerName.SUKANGMA].misbehaving("http_503"):
        traced.ask(traceparent=_parent(trace_id))
    spans = traced.whole(trace_id)
    failed = [span for span in spans if span.status.code == Status.STATUS_CODE_ERROR]
    assert {attributes(span)["tongxing.issuer"] for span in failed} == {IssuerName.SUKANGMA}
    assert {attributes(span)["error.type"] for span in failed} == {"STATUS_5XX"}


def test_a_collector_that_is_away_is_no_trouble(traced: Traced) -> None:
    traced.collector.status = 503
    trace_id = token_hex(16)
    try:
        assert traced.ask(traceparent=_parent(trace_id)).status_code == 200
        await_that(lambda: len(traced.collector.paths) > 0, "an export was tried")
    finally:
        traced.collector.status = 200
    assert set(traced.collector.paths) == {"/v1/traces"}


def test_a_share_of_all_requests_is_traced_without_a_client_that_does(
    template: Layout, urls: Mapping[IssuerName, str], tmp_path: Path
) -> None:
    with collecting() as collector:
        layout = new_state(template, urls, tmp_path / "state")
        settings = {"traces__url": collector.url, **ALL_OURS}
        with serving(layout, **FORGETFUL, **settings) as hub, calling(hub) as caller:
            caller.persona("green_everywhere")
            hub.end()  # what was not sent yet leaves then
        spans = collector.await_spans(5)
    names = {span.name for span in _of_kind(spans, Span.SPAN_KIND_SERVER)}
    assert {"POST /oauth/token", "POST /graphql"} <= names


def test_a_hub_whose_collector_is_dead_ends_in_time(
    template: Layout, urls: Mapping[IssuerName, str], tmp_path: Path
) -> None:
    layout = new_state(template, urls, tmp_path / "state")
    settings = {"traces__url": "http://127.0.0.1:9", **ALL_OURS}
    with serving(layout, **FORGETFUL, **settings) as hub:
        with calling(hub) as caller:
            caller.persona("green_everywhere")
        assert hub.end() == 0


def test_without_traces_nothing_of_them_is_loaded() -> None:
    program = "import sys, tongxing.gateway.app; print('tongxing.gateway.tracing' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
