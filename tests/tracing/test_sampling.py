"""How many requests are traced, whatever the clients wish."""

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation import set_span_in_context

from tongxing.gateway.tracing.sampling import SomeRequests


def _parent(*, sampled: bool, remote: bool = True) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    return set_span_in_context(NonRecordingSpan(SpanContext(7, 7, remote, flags)), Context())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _traced(sampler: SomeRequests, parent: Context, times: int = 1) -> int:
    results = [sampler.should_sample(parent, 1, "x") for _ in range(times)]
    return sum(result.decision is Decision.RECORD_AND_SAMPLE for result in results)


@pytest.mark.parametrize(
    ("parent", "share", "traced"),
    [
        pytest.param(_parent(sampled=True), 0.0, 5, id="a client's, up to the bound"),
        pytest.param(_parent(sampled=False), 1.0, 0, id="a client's that is not traced"),
        pytest.param(Context(), 1.0, 5, id="our own, up to the bound"),
        pytest.param(Context(), 0.0, 0, id="none of our own"),
        pytest.param(_parent(sampled=True, remote=False), 0.0, 99, id="what belongs to a trace"),
    ],
)
def test_who_is_traced(parent: Context, share: float, traced: int) -> None:
    sampler = SomeRequests(share, 5, Clock())
    assert _traced(sampler, parent, 99) == traced


def test_there_is_room_again_with_time() -> None:
    clock = Clock()
    sampler = SomeRequests(0.0, 5, clock)
    assert _traced(sampler, _parent(sampled=True), 99) == 5
    clock.now = 0.4
    assert _traced(sampler, _parent(sampled=True), 99) == 2
    clock.now = 60.0
    assert _traced(sampler, _parent(sampled=True), 99) == 5
