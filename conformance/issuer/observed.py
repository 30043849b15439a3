"""What was seen of an issuer: every question, every exchange, how far every statement got.

Responsible for the values between the probes, which ask, and the checks, which judge.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tongxing.adapters.dialect import Question, Reading, Result
from tongxing.adapters.membership_filter import ReceivedFilter
from tongxing.adapters.mistake_reports import Standing
from tongxing.adapters.signed_list import ReceivedList
from tongxing.conformance.issuer.participant import Expectation, Participant
from tongxing.conformance.issuer.recording import Exchange
from tongxing.conformance.issuer.walking import Stop, Walk
from tongxing.schema import Outcome


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about a test person and what it came to. ``walk`` is None if no statement came.
    ``at`` is when it was asked."""

    label: str
    expects: Expectation
    question: Question = field(repr=False)
    exchanges: tuple[Exchange, ...]
    result: Result = field(repr=False)
    walk: Walk | None
    at: datetime

    @property
    def stop(self) -> Stop | None:
        return None if self.walk is None else self.walk.stop

    @property
    def reading(self) -> Reading | None:
        return None if self.walk is None else self.walk.reading

    @property
    def outcome(self) -> Outcome | None:
        """What it came to before times and places are looked at; None if its statement stopped."""
        if isinstance(self.result, Outcome):
            return self.result
        return None if self.reading is None else self.reading.outcome


@dataclass(frozen=True, slots=True)
class Load:
    """Many questions at once, each with its seconds from being put to its answer."""

    exchanges: tuple[Exchange, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """The same report twice, its state, a reference that nobody gave, and a report about nobody."""

    exchanges: tuple[Exchange, ...]
    first: str | Outcome
    again: str | Outcome
    standing: Standing | Outcome | None
    unknown: Standing | Outcome
    nobody: str | Outcome | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is not a question about one person, fetched twice, the second time at ``at``."""

    exchanges: tuple[Exchange, ...]
    first: ReceivedList | ReceivedFilter | Outcome
    again: ReceivedList | ReceivedFilter | Outcome
    at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """Pages of the change feed, in the order in which they were asked for."""

    exchanges: tuple[Exchange, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything seen of one participant. What was not asked is empty or None. ``alone`` holds each
    person asked about alone; ``deadline_seconds`` is the hub's. ``certificate_lasts`` is None if
    the issuer is not asked over TLS."""

    participant: Participant
    url: str
    deadline_seconds: float
    alone: tuple[Asked, ...] = ()
    wrong_name: Asked | None = None
    batch: tuple[Asked, ...] = ()
    whole_batch: tuple[Asked, ...] = ()
    scans: tuple[Asked, ...] = ()
    foreign: Asked | None = None
    without_credential: tuple[Exchange, ...] = ()
    load: Load | None = None
    corrections: Corrections | None = None
    daily_list: Fetched | None = None
    membership: Fetched | None = None
    feed: Feed | None = None
    certificate_lasts: timedelta | None = None

    def asked(self) -> Iterator[Asked]:
        """Every question about one person, alone."""
        yield from self.alone
        yield from self.scans
        yield from (each for each in (self.wrong_name, self.foreign) if each is not None)

    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange that carried the true credential, once each."""
        return self.one_by_one() + (() if self.load is None else self.load.exchanges)

    def one_by_one(self) -> tuple[Exchange, ...]:
        """Those during which nothing else was asked: none of them has a reason to be busy."""
        found: list[Exchange] = [each for asked in self.asked() for each in asked.exchanges]
        for batch in (self.batch, self.whole_batch):
            found += batch[0].exchanges if batch else ()
        found += _of(self.corrections, self.daily_list, self.membership, self.feed)
        return tuple(found)


def _of(*parts: Corrections | Fetched | Feed | None) -> Iterable[Exchange]:
    return [each for part in parts if part is not None for each in part.exchanges]
