"""What the hub tells operators, as Prometheus figures and as log events.

Responsible for the same words in both forms, and for labels whose values are closed lists. Refuses
labels that grow with people or clients, and the text of an error: it shows only the error's type
and the line that raised it.
"""

import asyncio
import traceback
from collections import Counter as Counted
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.operation.events import Event, EventLog, shown
from tongxing.gateway.operation.seldom import Seldom
from tongxing.schema import Color, Decision, Outcome
from tongxing.schema.stopped_client import StopReason

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0)
"""Steps that show the tail up to the deadline of 3 s; at 5 s a gate gives up."""


STANDING_SECONDS = 2.0


class Metrics:
    """The figures of one process, or of all workers on a machine if the library was told at its
    start where they count together. ``registry`` holds nothing else."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.are_shared = ValueClass is not MutexValue
        self._followed: dict[str, Callable[[], bool]] = {}
        self._at_once = Counted[tuple[str, str, int]]()
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, buckets=_SECONDS, registry=registry)
        self._requests = counter("tongxing_requests", "Requests answered", ["route", "status"])
        self._request_seconds = histogram(
            "tongxing_request_seconds",
            "Time from the head of a request to the end of its answer",
            ["route"],
        )
        self._refusals = counter("tongxing_refusals", "Requests and fields refused", ["code"])
        self._shed = counter("tongxing_shed", "Requests refused at the door", ["reason"])
        self._held_seconds = histogram(
            "tongxing_held_seconds", "Time that a request waited at the door for a place"
        )
        self._places = gauge(
            "tongxing_places",
            "Requests of known clients that are worked on at once, at the most",
            multiprocess_mode="livemin",
        )
        self._refused_credentials = counter(
            "tongxing_refused_credentials",
            "Assertions and access tokens that were not believed",
            ["credential", "reason"],
        )
        self._recognitions = counter(
            "tongxing_recognitions", "Answers given", ["color", "decision"]
        )
        self._issuer_outcomes = counter(
            "tongxing_issuer_outcomes", "What became of asking an issuer", ["issuer", "outcome"]
        )
        self._issuer_seconds = histogram(
            "tongxing_issuer_seconds", "Time that an issuer took to answer one call", ["issuer"]
        )
        self._issuers_silent = gauge(
            "tongxing_issuer_silent",
            "1 while an issuer that does not answer is left alone (circuit open)",
            ["issuer"],
            multiprocess_mode="livemax",
        )
        self._issuers_left_alone = gauge(
            "tongxing_issuer_left_alone",
            "1 while an issuer is left alone because nearly all of its answers are bad",
            ["issuer", "why"],
            multiprocess_mode="livemax",
        )
        self._issuer_faults = counter(
            "tongxing_issuer_faults",
            "Exchanges with an issuer that brought no readable answer",
            ["issuer", "fault"],
        )
        self._issuer_hedges = counter(
            "tongxing_issuer_hedges",
            "Questions that went to a second address of an issuer as well, because the first was "
            "late or failed",
            ["issuer"],
        )
        self._spans = counter("tongxing_trace_spans", "Spans sent to the collector", ["result"])
        self._mass_flips = counter(
            "tongxing_mass_flips",
            "Alarms: many people turned red by one issuer on one basis within an hour",
            ["issuer", "basis"],
        )
        self._standing = gauge(
            "tongxing_file_refused",
            "1 while a file that the hub follows holds what the hub does not take",
            ["file"],
            multiprocess_mode="livemax",
        )
        self._trust_list_ends = gauge(
            "tongxing_trust_list_expires_timestamp_seconds",
            "When the trust list ends, in Unix time",
            multiprocess_mode="livemin",
        )
        self._unusable_keys = gauge(
            "tongxing_unusable_keys",
            "Listed keys of suites that this hub does not know",
            ["issuer"],
            multiprocess_mode="livemax",
        )
        self._news_unheard = gauge(
            "tongxing_news_unheard",
            "1 while a worker does not hear at once what others change in the database",
            multiprocess_mode="livemax",
        )
        self._client_stops = counter(
            "tongxing_client_stops",
            "Alarms: clients stopped because they seemed to guess people",
            ["reason"],
        )
        self._shared_cache_away = gauge(
            "tongxing_shared_cache_away",
            "1 while a worker goes on without the server in which workers keep statements together",
            multiprocess_mode="livemax",
        )
        self._shared_cache_exchanges = counter(
            "tongxing_shared_cache_exchanges", "Round trips to that server", ["result"]
        )
        self._shared_statements = counter(
            "tongxing_shared_statements",
            "Questions that were looked for there, by what came of it",
            ["result"],
        )
        # The library looks a label up for longer than it counts; those of every request are few.
        self._requests_of = cache(self._requests.labels)
        self._request_seconds_of = cache(self._request_seconds.labels)
        self._recognitions_of = cache(self._recognitions.labels)
        self._issuer_outcomes_of = cache(self._issuer_outcomes.labels)
        self._issuer_seconds_of = cache(self._issuer_seconds.labels)
        self._unexpected = counter("tongxing_unexpected_errors", "Errors that no rule foresaw")
        self._unlisted = counter("tongxing_unlisted_log_fields", "Log fields left out")

    def follows(self, file: str, is_refused: Callable[[], bool]) -> None:
        """``file`` is one of a few words."""
        self._followed[file] = is_refused

    async def keep_standing(self) -> None:
        """Tell again and again what another worker, whom the figures are asked of, cannot see."""
        while True:
            self._note_standing()
            await asyncio.sleep(STANDING_SECONDS)

    def _note_standing(self) -> None:
        at_once, self._at_once = self._at_once, Counted()
        for (code, route, status), number in at_once.items():
            self._refusals.labels(code).inc(number)
            self._requests_of(route, str(status)).inc(number)
        for file, is_refused in self._followed.items():
            self._standing.labels(file).set(float(is_refused()))

    def request_ended(self, route: str, status: int, seconds: float) -> None:
        self._requests_of(route, str(status)).inc()
        self._request_seconds_of(route).observe(seconds)

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def refused_at_once(self, code: str, route: str, status: int) -> None:
        """Gathered until somebody asks for the figures: counting with the library takes a third of
        the time of such a refusal."""
        self._at_once[code, route, status] += 1

    def shed(self, reason: str, number: int) -> None:
        self._shed.labels(reason).inc(number)

    def held(self, seconds: float) -> None:
        self._held_seconds.observe(seconds)

    def places(self, number: int) -> None:
        self._places.set(number)

    def credential_refused(self, credential: str, reason: str) -> None:
        self._refused_credentials.labels(credential, reason).inc()

    def recognized(self, color: str, decision: str) -> None:
        self._recognitions_of(color, decision).inc()

    def issuer_answered(self, issuer: str, outcome: str, seconds: float) -> None:
        self._issuer_outcomes_of(issuer, outcome).inc()
        self._issuer_seconds_of(issuer).observe(seconds)

    def issuer_silent(self, issuer: str, *, silent: bool) -> None:
        self._issuers_silent.labels(issuer).set(int(silent))

    def issuer_left_alone(self, issuer: str, why: str, *, left: bool) -> None:
        self._issuers_left_alone.labels(issuer, why).set(int(left))

    def issuer_fault(self, issuer: str, fault: str) -> None:
        self._issuer_faults.labels(issuer, fault).inc()

    def issuer_hedged(self, issuer: str) -> None:
        self._issuer_hedges.labels(issuer).inc()

    def spans_sent(self, arrived: bool, number: int) -> None:  # noqa: FBT001 - a callback
        self._spans.labels("SENT" if arrived else "LOST").inc(number)

    def mass_flip(self, issuer: str, basis: str) -> None:
        self._mass_flips.labels(issuer, basis).inc()

    def trust_list_ends(self, at: datetime) -> None:
        self._trust_list_ends.set(at.timestamp())

    def unusable_keys(self, issuer: str, number: int) -> None:
        self._unusable_keys.labels(issuer).set(number)

    def news_unheard(self, *, unheard: bool) -> None:
        self._news_unheard.set(int(unheard))

    def client_stopped(self, reason: str) -> None:
        self._client_stops.labels(reason).inc()

    def shared_cache_away(self, *, away: bool) -> None:
        self._shared_cache_away.set(int(away))

    def shared_cache_exchange(self, result: str) -> None:
        self._shared_cache_exchanges.labels(result).inc()

    def shared_statements(self, result: str, number: int) -> None:
        self._shared_statements.labels(result).inc(number)

    def unexpected_error(self) -> None:
        self._unexpected.inc()

    def unlisted_log_field(self) -> None:
        self._unlisted.inc()

    def text(self) -> bytes:
        """All figures, in the text format 0.0.4."""
        self._note_standing()
        if not self.are_shared:
            return generate_latest(self._registry)
        of_all = CollectorRegistry()
        MultiProcessCollector(of_all)  # type: ignore[no-untyped-call]  # the library has none
        return generate_latest(of_all)


_MAY_PASS = frozenset({Outcome.BUSY, Outcome.TIMED_OUT})
_FAILURES = _MAY_PASS | {
    Outcome.NO_ACCESS,
    Outcome.MALFORMED,
    Outcome.UNMAPPED_VALUE,
    Outcome.BAD_SIGNATURE,
    Outcome.WRONG_HOLDER,
    Outcome.STALE,
}
"""Outcomes with which an issuer did not do its part. That a circuit is open is told when it
opens."""


class Watch:
    def __init__(self, log: EventLog, metrics: Metrics) -> None:
        self._seldom = Seldom()
        self._log = log
        self._metrics = metrics

    def refused(self, code: ErrorCode) -> None:
        self._metrics.refused(code.value)

    def shed(self, reason: str, number: int) -> None:
        """``reason`` is SHARE, LATE or LONG_WORK: the client has its share, would have waited too
        long, or there is too much long work."""
        self._metrics.shed(reason, number)
        together = self._seldom.happened((Event.REQUESTS_SHED, reason), self._log.clock(), number)
        if together is not None:
            self._log.error(Event.REQUESTS_SHED, reason=reason, number=together)

    def refused_at_once(self, code: ErrorCode, route: str, status: int) -> None:
        """No line in the log for each."""
        self._metrics.refused_at_once(code.value, route, status)

    def held(self, seconds: float) -> None:
        self._metrics.held(seconds)

    def places(self, number: int) -> None:
        self._metrics.places(number)

    def assertion_refused(self, request_id: str, reason: str, client: str | None) -> None:
        """``client`` is a registered client that the assertion names, and did not have to come
        from."""
        self._metrics.credential_refused("assertion", reason)
        self._log.info(
            Event.ASSERTION_REFUSED, request_id=request_id, reason=reason, client=shown(client)
        )

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
        if outcome not in _FAILURES:
            return
        number = self._seldom.happened((issuer, outcome), self._log.clock())
        if number is not None:
            tell = self._log.info if outcome in _MAY_PASS else self._log.error
            tell(Event.ISSUER_FAILED, issuer=issuer, outcome=outcome.value, number=number)

    def issuer_fault(self, issuer: str, fault: str) -> None:
        """``fault`` says why an exchange brought no readable answer."""
        self._metrics.issuer_fault(issuer, fault)
        number = self._seldom.happened((issuer, fault), self._log.clock())
        if number is not None:
            self._log.info(Event.ISSUER_FAULT, issuer=issuer, fault=fault, number=number)

    def issuer_hedged(self, issuer: str) -> None:
        """A question went to a second replica as well."""
        self._metrics.issuer_hedged(issuer)

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

    def issuer_left_alone(self, issuer: str, why: str, is_left: bool) -> None:  # noqa: FBT001
        """The issuer is left alone because of its answers (``why``: UNREADABLE, BAD_SIGNATURES); or
        it is asked again."""
        self._metrics.issuer_left_alone(issuer, why, left=is_left)
        if is_left:
            self._log.error(Event.ISSUER_LEFT_ALONE, issuer=issuer, why=why)
        else:
            self._log.info(Event.ISSUER_ASKED_AGAIN, issuer=issuer, why=why)

    def mass_flip(self, issuer: str, basis: str, people: int) -> None:
        self._metrics.mass_flip(issuer, basis)
        self._log.error(Event.MASS_FLIP, issuer=issuer, basis=basis, people=people)

    def client_stopped(self, client: str, reason: StopReason, counted: int) -> None:
        self._metrics.client_stopped(reason.value)
        self._log.error(
            Event.CLIENT_STOPPED, client=shown(client), reason=reason.value, number=counted
        )

    def shared_cache_turned(self, is_here: bool, fault: str | None) -> None:  # noqa: FBT001
        """The server in which workers keep statements together can be used; or not any more."""
        self._metrics.shared_cache_away(away=not is_here)
        if is_here:
            self._log.info(Event.SHARED_CACHE_BACK)
        else:
            self._log.error(Event.SHARED_CACHE_AWAY, fault=fault)

    def shared_cache_exchange(self, fault: str | None) -> None:
        """One round trip, and why it brought nothing."""
        self._metrics.shared_cache_exchange(fault or "GOOD")

    def shared_statements(self, result: str, number: int) -> None:
        """Questions that were looked for among what other workers were told."""
        self._metrics.shared_statements(result, number)

    def trust_list_replaced(self, version: int) -> None:
        self._log.info(Event.TRUST_LIST_REPLACED, version=version)

    def trust_list_refused(self, code: str) -> None:
        self._log.error(Event.TRUST_LIST_REFUSED, code=code)

    def trust_list_ends(self, at: datetime) -> None:
        self._metrics.trust_list_ends(at)

    def trust_list_ending(self, version: int, seconds: float) -> None:
        self._log.error(Event.TRUST_LIST_ENDING, version=version, seconds=round(seconds))

    def trust_keys_unusable(self, issuer: str, number: int) -> None:
        self._metrics.unusable_keys(issuer, number)
        self._log.error(Event.TRUST_KEYS_UNUSABLE, issuer=issuer, number=number)

    def list_taken(self, issuer: str, number: int) -> None:
        """``number`` of entries."""
        self._log.info(Event.LIST_TAKEN, issuer=issuer, number=number)

    def list_refused(self, issuer: str, code: str) -> None:
        self._log.error(Event.LIST_REFUSED, issuer=issuer, code=code)

    def filter_taken(self, issuer: str, holders: int) -> None:
        self._log.info(Event.FILTER_TAKEN, issuer=issuer, number=holders)

    def filter_refused(self, issuer: str, code: str) -> None:
        self._log.error(Event.FILTER_REFUSED, issuer=issuer, code=code)

    def policies_replaced(self, number: int) -> None:
        self._log.info(Event.POLICIES_REPLACED, number=number)

    def policies_refused(self, code: str, file: str | None, region: str | None) -> None:
        self._log.error(Event.POLICIES_REFUSED, code=code, file=shown(file), region=region)

    def document_unfit(self, number: int, code: str) -> None:
        """The registered document of this ``number`` is not answered any more."""
        self._log.error(Event.DOCUMENT_UNFIT, number=number, code=code)

    def audit_damaged(self, index: int, damage: str) -> None:
        """``index`` is the first bad entry."""
        self._log.error(Event.AUDIT_DAMAGED, index=index, damage=damage)

    def news_heard(self, *, is_heard: bool) -> None:
        """What other processes change takes effect here at once; or only when it is looked for."""
        self._metrics.news_unheard(unheard=not is_heard)
        if is_heard:
            self._log.info(Event.NEWS_HEARD)
        else:
            self._log.error(Event.NEWS_UNHEARD)

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
