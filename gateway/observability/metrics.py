"""Figures for operators, in the text form that Prometheus reads.

Responsible for the names of the figures and for labels that are closed lists of ours. Refuses
labels that grow with people or clients.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0)
"""Up to the deadline of three seconds in steps that show a tail; 5 s is when a gate gives up."""


class Metrics:
    """The figures of one process, in a registry of its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._requests = Counter(
            "tongxing_requests", "Requests answered", ["route", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "tongxing_request_seconds",
            "Time from the head of a request to the end of its answer",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._refusals = Counter(
            "tongxing_refusals", "Requests and fields refused", ["code"], registry=registry
        )
        self._recognitions = Counter(
            "tongxing_recognitions", "Answers given", ["color", "decision"], registry=registry
        )
        self._issuer_outcomes = Counter(
            "tongxing_issuer_outcomes",
            "What became of asking an issuer",
            ["issuer", "outcome"],
            registry=registry,
        )
        self._issuer_seconds = Histogram(
            "tongxing_issuer_seconds",
            "Time that an issuer took to answer one call",
            ["issuer"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._mass_flips = Counter(
            "tongxing_mass_flips",
            "Alarms: many people turned red by one issuer on one basis within an hour",
            ["issuer", "basis"],
            registry=registry,
        )
        self._unexpected = Counter(
            "tongxing_unexpected_errors", "Errors that no rule foresaw", registry=registry
        )
        self._unlisted = Counter(
            "tongxing_unlisted_log_fields", "Log fields left out", registry=registry
        )

    def request_ended(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def recognized(self, color: str, decision: str) -> None:
        self._recognitions.labels(color, decision).inc()

    def issuer_answered(self, issuer: str, outcome: str, seconds: float) -> None:
        self._issuer_outcomes.labels(issuer, outcome).inc()
        self._issuer_seconds.labels(issuer).observe(seconds)

    def mass_flip(self, issuer: str, basis: str) -> None:
        self._mass_flips.labels(issuer, basis).inc()

    def unexpected_error(self) -> None:
        self._unexpected.inc()

    def unlisted_log_field(self) -> None:
        self._unlisted.inc()

    def text(self) -> bytes:
        """All figures, in the text format 0.0.4."""
        return generate_latest(self._registry)
