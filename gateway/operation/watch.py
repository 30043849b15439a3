"""What the hub tells operators, as Prometheus figures and as log events.

Responsible for the same words in both forms, and for labels whose values are closed lists. Refuses
labels that grow with people or clients, and the text of an error: it shows only the error's type
and the line that raised it.
"""

import traceback

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.operation.events import Event, EventLog, shown
from tongxing.schema import Color, Decision, Outcome

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0)
"""Steps that show the tail up to the deadline of 3 s; at 5 s a gate gives up."""


class Metrics:
    """The figures of one process. ``registry`` holds nothing else."""

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
        self._issuers_silent = Gauge(
            "tongxing_issuer_silent",
            "1 while an issuer that does not answer is left alone (circuit open)",
            ["issuer"],
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

    def issuer_silent(self, issuer: str, *, silent: bool) -> None:
        self._issuers_silent.labels(issuer).set(int(silent))

    def mass_flip(self, issuer: str, basis: str) -> None:
        self._mass_flips.labels(issuer, basis).inc()

    def unexpected_error(self) -> None:
        self._unexpected.inc()

    def unlisted_log_field(self) -> None:
        self._unlisted.inc()

    def text(self) -> bytes:
        """All figures, in the text format 0.0.4."""
        return generate_latest(self._registry)


class Watch:
    def __init__(self, log: EventLog, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics

    def refused(self, code: ErrorCode) -> None:
        self._metrics.refused(code.value)

    def unexpected(self, error: BaseException) -> None:
        self._metrics.unexpected_error()
        self._log.error(
            Event.UNEXPECTED_ERROR, error_type=type(error).__qualname__, where=_where(error)
        )

    def request_ended(
        self, request_id: str, method: str, route: str, status: int, seconds: float
    ) -> None:
        self._metrics.request_ended(route, status, seconds)
        self._log.info(
            Event.REQUEST_ENDED,
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            seconds=round(seconds, 6),
        )

    def recognized(self, color: Color, decision: Decision) -> None:
        self._metrics.recognized(color.value, decision.value)

    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None:
        self._metrics.issuer_answered(issuer, outcome.value, seconds)

    def integrity_alarm(self, request_id: str, issuer: str) -> None:
        """Only an event, which wakes an operator; the issuer's outcomes are counted already."""
        self._log.error(Event.INTEGRITY_ALARM, request_id=request_id, issuer=issuer)

    def issuer_silent(self, issuer: str, is_silent: bool) -> None:  # noqa: FBT001 - a callback
        """The issuer is left alone because it does not answer; or it answers again."""
        self._metrics.issuer_silent(issuer, silent=is_silent)
        if is_silent:
            self._log.error(Event.ISSUER_SILENT, issuer=issuer)
        else:
            self._log.info(Event.ISSUER_ANSWERS, issuer=issuer)

    def mass_flip(self, issuer: str, basis: str, people: int) -> None:
        self._metrics.mass_flip(issuer, basis)
        self._log.error(Event.MASS_FLIP, issuer=issuer, basis=basis, people=people)

    def trust_list_replaced(self, version: int) -> None:
        self._log.info(Event.TRUST_LIST_REPLACED, version=version)

    def trust_list_refused(self, code: str) -> None:
        self._log.error(Event.TRUST_LIST_REFUSED, code=code)

    def list_taken(self, issuer: str, number: int) -> None:
        """``number`` of entries."""
        self._log.info(Event.LIST_TAKEN, issuer=issuer, number=number)

    def list_refused(self, issuer: str, code: str) -> None:
        self._log.error(Event.LIST_REFUSED, issuer=issuer, code=code)

    def policies_replaced(self, number: int) -> None:
        self._log.info(Event.POLICIES_REPLACED, number=number)

    def policies_refused(self, code: str, file: str | None, region: str | None) -> None:
        self._log.error(Event.POLICIES_REFUSED, code=code, file=shown(file), region=region)

    def audit_damaged(self, index: int, damage: str) -> None:
        """``index`` is the first bad entry."""
        self._log.error(Event.AUDIT_DAMAGED, index=index, damage=damage)

    def clock_jumped(self, seconds: float) -> None:
        self._log.error(Event.CLOCK_JUMPED, seconds=round(seconds, 3))

    def clock_doubted(self, seconds: float) -> None:
        """All issuers that sign a time are ahead of the hub's clock by at least ``seconds``, or
        behind it (negative)."""
        self._log.error(Event.CLOCK_DOUBTED, seconds=round(seconds, 3))


def _where(error: BaseException) -> str | None:
    """Module and line of the innermost frame: enough to find a mistake, without any value."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return None
    frame, line = frames[-1]
    return f"{frame.f_globals.get('__name__', '')}:{line}"
