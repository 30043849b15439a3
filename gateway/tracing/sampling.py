"""Which requests are traced.

A share of all, and those of clients that trace themselves; of both together only so many a second,
because a client that marks each of its requests would otherwise make each of them dearer.
"""

from collections.abc import Callable, Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes


class SomeRequests(Sampler):
    """``share`` of the requests that come without a trace, and whatever a client traces;
    ``per_second`` at the most. What belongs to a traced request is traced. ``clock`` is monotonic,
    in seconds."""

    def __init__(self, share: float, per_second: int, clock: Callable[[], float]) -> None:
        self._of_our_own = TraceIdRatioBased(share)
        self._per_second = per_second
        self._clock = clock
        self._left = float(per_second)
        self._at = clock()

    def should_sample(  # noqa: PLR0917 - the library's own form
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,  # noqa: ARG002
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,  # noqa: ARG002
        trace_state: TraceState | None = None,  # noqa: ARG002
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        if parent.is_valid and not parent.is_remote:
            wanted = parent.trace_flags.sampled
        elif parent.is_valid:
            wanted = parent.trace_flags.sampled and self._has_room()
        else:
            ours = self._of_our_own.should_sample(parent_context, trace_id, name)
            wanted = ours.decision is Decision.RECORD_AND_SAMPLE and self._has_room()
        decision = Decision.RECORD_AND_SAMPLE if wanted else Decision.DROP
        return SamplingResult(decision, attributes if wanted else None)

    def get_description(self) -> str:
        return "SomeRequests"

    def _has_room(self) -> bool:
        now = self._clock()
        self._left = min(self._per_second, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
