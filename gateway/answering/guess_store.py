"""Guesses at rest, under digests that belong to one client each.

Everything is done inside the transaction that records the question or the answer, so that several
processes that serve one hub count together, and a question is either counted or not recorded.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongxing.gateway.answering.guesses import (
    Fate,
    GuessLimits,
    Tally,
    allowed,
    holds,
    stop_by,
)
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.clients.stops import Stop, StopRecord, last_stop, stop_client
from tongxing.gateway.storage.columns import microseconds, span
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.schema import DocumentKind
from tongxing.schema.stopped_client import StopReason


@dataclass(frozen=True, slots=True)
class Guess:
    """A document and its parts as this client's digests; ``ends`` is None for a number without a
    date of birth."""

    kind: DocumentKind
    document: bytes
    prefix: bytes
    ends: bytes | None
    number: bytes
    name: bytes


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned code as this client's digest."""

    code: bytes


@dataclass(frozen=True, slots=True)
class Stopped:
    """``is_new``: this very request crossed the limit."""

    stop: Stop
    is_new: bool


@dataclass(frozen=True, slots=True)
class Counting:
    """Who is counted, when and by which limits; ``scans``: it asks about nothing but codes."""

    client_id: str
    request_id: str
    at: datetime
    limits: GuessLimits
    scans: bool = False

    def since(self, record: StopRecord) -> int:
        """What was asked up to here is not counted any more, in microseconds."""
        begin = microseconds(self.at - self.limits.window)
        return begin if record.resumed_at is None else max(begin, record.resumed_at)

    def today(self) -> int:
        return _day(self.at)

    def first_day(self) -> int:
        return _day(self.at - self.limits.window)


def count_guesses(guesses: Sequence[Guess], counting: Counting, unit: UnitOfWork) -> Stopped | None:
    """Count ``guesses`` before an issuer is asked; what stops the client."""
    record = last_stop(counting.client_id, unit)
    if record.stop is not None and holds(record.stop, scans=counting.scans):
        return Stopped(record.stop, is_new=False)
    since, at = counting.since(record), microseconds(counting.at)
    unit.execute_many(_ASK, [(*_row(guess), at, since) for guess in guesses])
    stop = _crowded(guesses, since, counting.limits, unit)
    return None if stop is None else _stop(stop, counting, unit)


def settle_guesses(
    fates: Sequence[tuple[Guess, Fate]], tally: Tally, counting: Counting, unit: UnitOfWork
) -> Stopped | None:
    """What became of guesses that were counted before, and what else the client asked; what stops
    it."""
    record = last_stop(counting.client_id, unit)
    if record.stop is not None and holds(record.stop, scans=counting.scans):
        return Stopped(record.stop, is_new=False)
    settled = Counter(_settle(guess, fate, counting, unit) for guess, fate in fates)
    tally += Tally(confirmed=settled[Fate.CONFIRMED], unconfirmed=settled[Fate.MISSED])
    if tally == Tally():
        return None
    stop = stop_by(_added(tally, counting, unit), counting.limits)
    if stop is None or (record.stop is not None and record.stop.reason is stop.reason):
        return None
    # Shares also rise while days leave the window; a scan is not where guesses of people stop.
    return _stop(stop, counting, unit) if holds(stop, scans=counting.scans) else None


class GuessStore:
    """What is past its time leaves the disk. Raises StorageUnavailable."""

    def __init__(self, database: Database, limits: GuessLimits) -> None:
        self._database = database
        self._limits = limits

    async def sweep(self, at: datetime) -> int:
        begin = at - self._limits.window
        guesses = await sweep_in_pieces(self._database, _SWEEP_GUESSES, microseconds(begin))
        return guesses + await sweep_in_pieces(self._database, _SWEEP_TALLIES, _day(begin))


_DAY = span(timedelta(days=1))

_IN_NO_TALLY = -1
"""In ``counted_on``, of a guess that some issuers denied while another was silent: the denial was
told, so no silence takes it back, but it is in no day's share."""


def _day(at: datetime) -> int:
    return microseconds(at) // _DAY


_SHARED = (
    StopReason.SAME_NUMBER,
    StopReason.SAME_PREFIX,
    StopReason.SAME_ENDS,
    StopReason.SAME_NAME,
)
"""In the order of ``_SHARING``."""


def _crowded(
    guesses: Sequence[Guess], since: int, limits: GuessLimits, unit: UnitOfWork
) -> Stop | None:
    """The first part that too many guesses share."""
    shared = [unit.execute(_SHARING, _parts(guess, since))[0] for guess in guesses]
    for place, reason in enumerate(_SHARED):
        for guess, counted in zip(guesses, shared, strict=True):
            most = allowed(reason, guess.kind, limits)
            if counted[place] > most:
                return Stop(reason, counted[place], most)
    return None


def _parts(guess: Guess, since: int) -> tuple[bytes | int | None, ...]:
    """As ``_SHARING`` asks for them. No guess shares a part that it does not have."""
    return (
        *(guess.number, since, guess.prefix, since),
        *(guess.ends, since, guess.name, since),
    )


def _stop(stop: Stop, counting: Counting, unit: UnitOfWork) -> Stopped:
    stop_client(counting.client_id, stop, counting.at, counting.request_id, unit)
    return Stopped(stop, is_new=True)


def _added(tally: Tally, counting: Counting, unit: UnitOfWork) -> Tally:
    """All that the client asked, with ``tally`` of today."""
    unit.execute(_ADD, (counting.client_id, counting.today(), *tally.counts))
    (sums,) = unit.execute(_SUM, (counting.client_id, counting.first_day()))
    return Tally(*sums)


def _settle(guess: Guess, fate: Fate, counting: Counting, unit: UnitOfWork) -> Fate | None:
    """What is to be counted; None if it was counted before: the same person may be in one request,
    or in several at once, as often as the client likes."""
    if fate is Fate.UNANSWERED:
        unit.execute(_UNANSWERED, (guess.document,))
        return None
    if fate is Fate.CONFIRMED:
        rows = unit.execute(_CONFIRMED, (guess.document,))
        for (day,) in rows:
            unit.execute(_NOT_UNCONFIRMED, (counting.client_id, day))
        return fate if rows else None
    # A question beside this one may have removed the row, or counted it.
    day = counting.today() if fate is Fate.MISSED else _IN_NO_TALLY
    row = (*_row(guess), microseconds(counting.at), day, _IN_NO_TALLY)
    return fate if unit.execute(_DENIED, row) else None


def _row(guess: Guess) -> tuple[bytes | None, ...]:
    return guess.document, guess.prefix, guess.ends, guess.number, guess.name


_ASK = """
    INSERT INTO guesses (document, prefix, ends, number, name, asked_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (document) DO UPDATE SET asked_at = excluded.asked_at, counted_on = NULL
    WHERE guesses.asked_at <= ?
"""
_SHARING = """
    SELECT
        (SELECT count(*) FROM guesses WHERE number = ? AND asked_at > ?),
        (SELECT count(*) FROM guesses WHERE prefix = ? AND asked_at > ?),
        (SELECT count(*) FROM guesses WHERE ends = ? AND asked_at > ?),
        (SELECT count(*) FROM guesses WHERE name = ? AND asked_at > ?)
"""
_DENIED = """
    INSERT INTO guesses (document, prefix, ends, number, name, asked_at, counted_on)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (document) DO UPDATE SET counted_on = excluded.counted_on
    WHERE guesses.counted_on IS NULL OR guesses.counted_on = ? RETURNING 1
"""
_CONFIRMED = "DELETE FROM guesses WHERE document = ? RETURNING counted_on"
_UNANSWERED = "DELETE FROM guesses WHERE document = ? AND counted_on IS NULL"
_ADD = """
    INSERT INTO tallies
        (client, day, asked, confirmed, unconfirmed, impossible, scanned, wrong_codes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (client, day) DO UPDATE SET
        asked = asked + excluded.asked,
        confirmed = confirmed + excluded.confirmed,
        unconfirmed = unconfirmed + excluded.unconfirmed,
        impossible = impossible + excluded.impossible,
        scanned = scanned + excluded.scanned,
        wrong_codes = wrong_codes + excluded.wrong_codes
"""
_SUM = """
    SELECT sum(asked), sum(confirmed), sum(unconfirmed), sum(impossible), sum(scanned),
        sum(wrong_codes)
    FROM tallies WHERE client = ? AND day >= ?
"""
_NOT_UNCONFIRMED = """
    UPDATE tallies SET unconfirmed = unconfirmed - 1 WHERE client = ? AND day = ?
"""
_SWEEP_GUESSES = """
    DELETE FROM guesses WHERE document IN
        (SELECT document FROM guesses WHERE asked_at <= ? ORDER BY asked_at LIMIT ?)
    RETURNING 1
"""
_SWEEP_TALLIES = """
    DELETE FROM tallies WHERE (client, day) IN
        (SELECT client, day FROM tallies WHERE day < ? ORDER BY day LIMIT ?)
    RETURNING 1
"""
