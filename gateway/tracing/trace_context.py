"""The header ``traceparent`` (W3C Trace Context, §3.2), as a client sends it and an issuer gets it.

``tracestate`` and ``baggage`` are neither read nor sent: they are free text, which could name a
person.
"""

from opentelemetry.context import Context
from opentelemetry.trace import Span
from opentelemetry.trace.propagation import set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

TRACEPARENT = "traceparent"

_NAME = TRACEPARENT.encode()
_TRACEPARENT_MAX_BYTES = 128
"""One of version 00 has 55."""

_W3C = TraceContextTextMapPropagator()


def sent_by_client(scope: Scope) -> Context:
    """The trace that a request belongs to; an empty context if it names none, more than one, or
    none that can be read (§3.2.2: the trace begins here then)."""
    lines = [line for name, line in scope["headers"] if name == _NAME]
    if len(lines) != 1 or len(lines[0]) > _TRACEPARENT_MAX_BYTES:
        return Context()
    return _W3C.extract({TRACEPARENT: lines[0].decode("latin-1")}, Context())


def header_of(span: Span) -> str:
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, set_span_in_context(span, Context()))
    return carrier[TRACEPARENT]
