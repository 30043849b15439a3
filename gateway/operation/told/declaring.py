"""How figures are declared: all in one registry, and with what each is of several workers."""

from collections.abc import Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0, 5.0)
"""Steps that show the tail up to the deadline of 3 s; at 5 s a gate gives up. What an alert waits
for is a step (0.25 and 2.5 s): between two of them a quantile is guessed."""

# When a series began is known from the series itself; told apart, there are twice as many.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has none


class OfWorkers(StrEnum):
    """What a gauge is of all workers of a machine that live."""

    LEAST = "livemin"
    MOST = "livemax"
    SUM = "livesum"
    EACH = "liveall"
    """One for each, told apart by the label ``pid``; only where they must be alike."""


class Declaring:
    """Makes figures in ``registry``. ``says`` is what a reader of ``/metrics`` is told."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, says: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, says, labels, registry=self._registry)

    def gauge(self, name: str, says: str, of: OfWorkers, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(name, says, labels, registry=self._registry, multiprocess_mode=of.value)

    def seconds(self, name: str, says: str, labels: Sequence[str] = ()) -> Histogram:
        return Histogram(name, says, labels, registry=self._registry, buckets=_SECONDS)
