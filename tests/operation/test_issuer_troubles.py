"""No answer of an issuer fails without a line and a figure."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tests.http.small_hub import raise_unlisted
from tongxing.adapters.wire import ConnectionFault
from tongxing.gateway.operation.events import EventLog
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.watch import Watch
from tongxing.schema import Outcome

AT = datetime(2020, 3, 6, tzinfo=UTC)
GOOD = (Outcome.VERIFIED, Outcome.NOT_ENROLLED, Outcome.CODE_EXPIRED, Outcome.MUST_UPDATE)
PASSING = (Outcome.BUSY, Outcome.TIMED_OUT)
LASTING = (
    Outcome.NO_ACCESS,
    Outcome.MALFORMED,
    Outcome.UNMAPPED_VALUE,
    Outcome.BAD_SIGNATURE,
    Outcome.WRONG_HOLDER,
    Outcome.STALE,
)


class Bench:
    def __init__(self) -> None:
        self.at, self._log = AT, io.StringIO()
        self.metrics = Metrics(CollectorRegistry())
        self.watch = Watch(EventLog(self._log, lambda: self.at, raise_unlisted), self.metrics)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.getvalue().splitlines()]


@pytest.mark.parametrize("outcome", [*PASSING, *LASTING])
def test_a_failure_is_told_by_issuer_and_outcome(outcome: Outcome) -> None:
    bench = Bench()
    for number in range(118):
        bench.at = AT + timedelta(seconds=number)
        bench.watch.issuer_answered("sukangma", outcome, 0.1)
    first, second = bench.lines()
    assert (first["event"], first["issuer"]) == ("issuer_failed", "sukangma")
    assert (first["outcome"], first["number"], second["number"]) == (outcome.value, 1, 60)
    assert first["level"] == ("info" if outcome in PASSING else "error")


@pytest.mark.parametrize("outcome", GOOD)
def test_an_answer_is_no_failure(outcome: Outcome) -> None:
    bench = Bench()
    bench.watch.issuer_answered("sukangma", outcome, 0.1)
    assert bench.lines() == []


def test_a_fault_of_the_connection_is_told_and_counted() -> None:
    bench = Bench()
    for fault in (
        ConnectionFault.CERTIFICATE,
        ConnectionFault.CERTIFICATE,
        ConnectionFault.NO_CONNECTION,
    ):
        bench.watch.issuer_fault("national", fault.value)
    told = [(line["event"], line["fault"], line["number"]) for line in bench.lines()]
    assert told == [("issuer_fault", "CERTIFICATE", 1), ("issuer_fault", "NO_CONNECTION", 1)]
    figure = 'tongxing_issuer_faults_total{fault="CERTIFICATE",issuer="national"} 2.0'
    assert figure in bench.metrics.text().decode()


def test_the_end_of_the_trust_list_is_told_and_shown() -> None:
    bench = Bench()
    bench.watch.trust_list_ends(AT + timedelta(days=3))
    bench.watch.trust_list_ending(7, 259_200.4)
    (line,) = bench.lines()
    assert (line["event"], line["version"], line["seconds"]) == ("trust_list_ending", 7, 259_200)
    (figure,) = [
        each
        for each in bench.metrics.text().decode().splitlines()
        if each.startswith("tongxing_trust_list_expires_timestamp_seconds")
    ]
    assert float(figure.split()[1]) == (AT + timedelta(days=3)).timestamp()
