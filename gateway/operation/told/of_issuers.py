"""Issuers: what became of asking them; and what workers share of it."""

from datetime import datetime
from functools import cache

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class IssuerFigures:
    def __init__(self, declare: Declaring) -> None:
        self._outcomes = declare.counter(
            "tongxing_issuer_outcomes", "What became of asking an issuer", ["issuer", "outcome"]
        )
        self._seconds = declare.seconds(
            "tongxing_issuer_seconds", "Time that an issuer took to answer one call", ["issuer"]
        )
        self._silent = declare.gauge(
            "tongxing_issuer_silent",
            "1 while an issuer that does not answer is left alone (circuit open)",
            OfWorkers.MOST,
            ["issuer"],
        )
        self._left_alone = declare.gauge(
            "tongxing_issuer_left_alone",
            "1 while an issuer is left alone because nearly all of its answers are bad",
            OfWorkers.MOST,
            ["issuer", "why"],
        )
        self._faults = declare.counter(
            "tongxing_issuer_faults",
            "Exchanges with an issuer that brought no readable answer",
            ["issuer", "fault"],
        )
        self._hedges = declare.counter(
            "tongxing_issuer_hedges",
            "Questions that went to a second address of an issuer as well, because the first was "
            "late or failed",
            ["issuer"],
        )
        self._mass_flips = declare.counter(
            "tongxing_mass_flips",
            "Alarms: many people turned red by one issuer on one basis within an hour",
            ["issuer", "basis"],
        )
        self._feed_read = declare.gauge(
            "tongxing_issuer_feed_read_timestamp_seconds",
            "When an issuer's change feed was last read to its end, in Unix seconds",
            OfWorkers.MOST,
            ["issuer"],
        )
        self._changes = declare.counter(
            "tongxing_issuer_changes", "Changes of an issuer's feed that took effect", ["issuer"]
        )
        self._passed_over = declare.counter(
            "tongxing_issuer_changes_passed_over",
            "Changes of an issuer's feed that are not believed, between others that are",
            ["issuer", "code"],
        )
        self._shared_cache_away = declare.gauge(
            "tongxing_shared_cache_away",
            "1 while a worker goes on without the server in which workers keep statements together",
            OfWorkers.MOST,
        )
        self._shared_cache_exchanges = declare.counter(
            "tongxing_shared_cache_exchanges", "Round trips to that server", ["result"]
        )
        self._shared_statements = declare.counter(
            "tongxing_shared_statements",
            "Questions that were looked for there, by what came of it",
            ["result"],
        )
        self._outcomes_of = cache(self._outcomes.labels)
        self._seconds_of = cache(self._seconds.labels)

    def issuer_answered(self, issuer: str, outcome: str, seconds: float) -> None:
        self._outcomes_of(issuer, outcome).inc()
        self._seconds_of(issuer).observe(seconds)

    def issuer_silent(self, issuer: str, *, silent: bool) -> None:
        self._silent.labels(issuer).set(int(silent))

    def issuer_left_alone(self, issuer: str, why: str, *, left: bool) -> None:
        self._left_alone.labels(issuer, why).set(int(left))

    def issuer_fault(self, issuer: str, fault: str) -> None:
        self._faults.labels(issuer, fault).inc()

    def issuer_hedged(self, issuer: str) -> None:
        self._hedges.labels(issuer).inc()

    def mass_flip(self, issuer: str, basis: str) -> None:
        self._mass_flips.labels(issuer, basis).inc()

    def feed_read(self, issuer: str, at: datetime) -> None:
        self._feed_read.labels(issuer).set(at.timestamp())

    def changes_taken(self, issuer: str, number: int) -> None:
        self._changes.labels(issuer).inc(number)

    def change_passed_over(self, issuer: str, code: str) -> None:
        self._passed_over.labels(issuer, code).inc()

    def shared_cache_away(self, *, away: bool) -> None:
        self._shared_cache_away.set(int(away))

    def shared_cache_exchange(self, result: str) -> None:
        self._shared_cache_exchanges.labels(result).inc()

    def shared_statements(self, result: str, number: int) -> None:
        self._shared_statements.labels(result).inc(number)
