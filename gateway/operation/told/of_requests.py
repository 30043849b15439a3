"""Requests: answered, refused, held at the door; and how late the event loop is."""

from collections import Counter as Counted
from functools import cache

from tongxing.gateway.operation.told.declaring import Declaring, OfWorkers


class RequestFigures:
    def __init__(self, declare: Declaring) -> None:
        self._at_once = Counted[tuple[str, str, int]]()
        self._requests = declare.counter(
            "tongxing_requests", "Requests answered", ["route", "status"]
        )
        self._request_seconds = declare.seconds(
            "tongxing_request_seconds",
            "Time from the head of a request to the end of its answer",
            ["route"],
        )
        self._refusals = declare.counter(
            "tongxing_refusals", "Requests and fields refused", ["code"]
        )
        self._shed = declare.counter(
            "tongxing_requests_shed", "Requests refused at the door", ["reason"]
        )
        self._held_seconds = declare.seconds(
            "tongxing_held_seconds", "Time that a request waited at the door for a place"
        )
        self._places = declare.gauge(
            "tongxing_places",
            "Requests of known clients that are worked on at once, at the most",
            OfWorkers.LEAST,
        )
        self._streams_open = declare.gauge(
            "tongxing_streams_open", "Subscriptions that clients have open", OfWorkers.SUM
        )
        self._loop_delay = declare.seconds(
            "tongxing_loop_delay_seconds",
            "Time by which the event loop was late, looked at four times a second",
        )
        self._refused_credentials = declare.counter(
            "tongxing_refused_credentials",
            "Assertions and access tokens that were not believed",
            ["credential", "reason"],
        )
        self._recognitions = declare.counter(
            "tongxing_recognitions", "Answers given", ["color", "decision"]
        )
        self._client_stops = declare.counter(
            "tongxing_client_stops",
            "Alarms: clients stopped because they seemed to guess people",
            ["reason"],
        )
        self._unexpected = declare.counter(
            "tongxing_unexpected_errors", "Errors that no rule foresaw"
        )
        self._unlisted = declare.counter("tongxing_unlisted_log_fields", "Log fields left out")
        self._spans = declare.counter(
            "tongxing_trace_spans", "Spans sent to the collector", ["result"]
        )
        # The library looks a label up for longer than it counts; those of every request are few.
        self._requests_of = cache(self._requests.labels)
        self._request_seconds_of = cache(self._request_seconds.labels)
        self._recognitions_of = cache(self._recognitions.labels)

    def note_gathered(self) -> None:
        """In the thread in which all is counted."""
        at_once, self._at_once = self._at_once, Counted()
        for (code, route, status), number in at_once.items():
            self._refusals.labels(code).inc(number)
            self._requests_of(route, str(status)).inc(number)

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

    def streams_open(self, number: int) -> None:
        self._streams_open.set(number)

    def loop_late(self, seconds: float) -> None:
        self._loop_delay.observe(seconds)

    def credential_refused(self, credential: str, reason: str) -> None:
        self._refused_credentials.labels(credential, reason).inc()

    def recognized(self, color: str, decision: str) -> None:
        self._recognitions_of(color, decision).inc()

    def client_stopped(self, reason: str) -> None:
        self._client_stops.labels(reason).inc()

    def unexpected_error(self) -> None:
        self._unexpected.inc()

    def unlisted_log_field(self) -> None:
        self._unlisted.inc()

    def spans_sent(self, arrived: bool, number: int) -> None:  # noqa: FBT001 - a callback
        self._spans.labels("SENT" if arrived else "LOST").inc(number)
