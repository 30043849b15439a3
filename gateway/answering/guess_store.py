"""Guesses at rest, under digests that belong to one client each.

Everything is done inside the transaction that records the question or the answer, or in those
before it, so that several processes that serve one hub count together, and a question is either
counted or not recorded.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import itemgetter

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
from tongxing.gateway.storage.columns import (
    microseconds,
    places,
    rows_of_places,
    some_at_once,
    span,
)
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.schema import DocumentKind
from tongxing.schema.stopped_client import StopReason


@dataclass(frozen=True, slots=True)
class Guess:
    """A document and its parts as this client's digests; ``ends`` is None for a number without a
    date of birth. ``others`` are the same in the other epochs of the holder key: one that was
    counted in an epoch is found in the next. ``remembered_as`` is its key in this process."""

    kind: DocumentKind
    remembered_as: bytes
    document: bytes
    prefix: bytes
    ends: bytes | None
    number: bytes
    name: bytes
    others: tuple["Guess", ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned code, as it is remembered of this client."""

    code: bytes


@dataclass(frozen=True, slots=True)
class Stopped:
    """``is_new``: this very request crossed the limit."""

    stop: Stop
    is_new: bool


CrowdKey = tuple[str, bytes | None]
"""A column, and a part that guesses share in it."""

Crowds = Mapping[CrowdKey, int]
"""How many guesses share a part: only parts that more share than the lowest limit allows."""


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
    crowds = count_piece(guesses, counting, unit)
    if isinstance(crowds, Stopped):
        return crowds
    return _stop_crowded(guesses, crowds, counting, unit)


def count_piece(guesses: Sequence[Guess], counting: Counting, unit: UnitOfWork) -> Crowds | Stopped:
    """Count some of the guesses of a request; what stops the client already. Once all of them are
    counted, ``decide`` says whether they are too many."""
    record = last_stop(counting.client_id, unit)
    return _stopped_by(record, counting) or _count(guesses, counting.since(record), counting, unit)


def decide(
    guesses: Sequence[Guess], crowds: Crowds, counting: Counting, unit: UnitOfWork
) -> Stopped | None:
    """What stops the client, whose ``guesses`` are all counted: as ``count_guesses`` of them all.
    ``crowds`` is what the pieces found, later ones over earlier ones: the last piece that a part is
    in has counted all that share it."""
    stopped = _stopped_by(last_stop(counting.client_id, unit), counting)
    return stopped or _stop_crowded(guesses, crowds, counting, unit)


def settle_guesses(
    fates: Sequence[tuple[Guess, Fate]], tally: Tally, counting: Counting, unit: UnitOfWork
) -> Stopped | None:
    """What became of guesses that were counted before, and what else the client asked; what stops
    it."""
    record = last_stop(counting.client_id, unit)
    if stopped := _stopped_by(record, counting):
        return stopped
    if not fates and not any(tally.counts):  # an answer about a confirmed document
        return None
    settled = _settled(fates, counting, unit)
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


_COLUMNS = {
    StopReason.SAME_NUMBER: "number",
    StopReason.SAME_PREFIX: "prefix",
    StopReason.SAME_ENDS: "ends",
    StopReason.SAME_NAME: "name",
}

COUNTED_AT_ONCE = 250
"""Guesses that one statement is about; it has up to seven places for each."""


def _stopped_by(record: StopRecord, counting: Counting) -> Stopped | None:
    """The stop that refuses this question, if there is one."""
    if record.stop is not None and holds(record.stop, scans=counting.scans):
        return Stopped(record.stop, is_new=False)
    return None


def _count(guesses: Sequence[Guess], since: int, counting: Counting, unit: UnitOfWork) -> Crowds:
    at = microseconds(counting.at)
    _bring_over(guesses, unit)
    for some in some_at_once([(*_row(each), at) for each in _each_once(guesses)], COUNTED_AT_ONCE):
        unit.execute(_ASK.format(rows=rows_of_places(some)), (*chain(*some), since))
    return _crowds(guesses, since, counting.limits, unit)


def _stop_crowded(
    guesses: Sequence[Guess], crowds: Crowds, counting: Counting, unit: UnitOfWork
) -> Stopped | None:
    stop = _crowded(guesses, crowds, counting.limits)
    return None if stop is None else _stop(stop, counting, unit)


def _crowded(guesses: Sequence[Guess], crowds: Crowds, limits: GuessLimits) -> Stop | None:
    """The first part that too many guesses share."""
    if not crowds:
        return None
    for reason, column in _COLUMNS.items():
        for guess in guesses:
            counted = crowds.get((column, getattr(guess, column)), 0)
            most = allowed(reason, guess.kind, limits)
            if counted > most:
                return Stop(reason, counted, most)
    return None


def _crowds(guesses: Sequence[Guess], since: int, limits: GuessLimits, unit: UnitOfWork) -> Crowds:
    """How many guesses have the same part in a column, if there are more than may be of any kind:
    to fetch the others, who stop nobody, took half of an admission. No guess shares a part that it
    does not have."""
    crowds: dict[CrowdKey, int] = {}
    fewest = {column: _fewest(reason, limits) for reason, column in _COLUMNS.items()}
    for some in some_at_once(guesses, COUNTED_AT_ONCE):
        parts = {column: _parts(some, column) for column in _COLUMNS.values()}
        asked = {column: found for column, found in parts.items() if found}
        sql = " UNION ALL ".join(
            _SHARING.format(column=column, rows=rows_of_places(found))
            for column, found in asked.items()
        )
        values = [
            value
            for column, found in asked.items()
            for value in (*chain(*found), since, fewest[column])
        ]
        crowds |= {(column, part): count for column, part, count in unit.execute(sql, values)}
    return crowds


def _fewest(reason: StopReason, limits: GuessLimits) -> int:
    """The lowest limit of any kind of document."""
    return min(allowed(reason, kind, limits) for kind in DocumentKind)


def _parts(guesses: Iterable[Guess], column: str) -> Sequence[tuple[bytes, bytes]]:
    """Each once, with itself and with each that it is in another epoch."""
    found = {
        (getattr(guess, column), getattr(each, column)): None
        for guess in guesses
        for each in (guess, *guess.others)
    }
    return [part for part in found if part[0] is not None]


def _bring_over(guesses: Iterable[Guess], unit: UnitOfWork) -> None:
    """What was counted in another epoch is counted as in that of ``guesses`` from now on: there is
    one row for a document, whichever process counted it, and whatever its clock says."""
    for some in some_at_once(list(_each_once(guesses)), COUNTED_AT_ONCE):
        own = {each.document: guess for guess in some for each in guess.others}
        if not own:
            return
        for (found,) in unit.execute(_ELSEWHERE.format(places=places(own)), tuple(own)):
            unit.execute(_BRING_OVER, (*_row(own[found]), found))


def _stop(stop: Stop, counting: Counting, unit: UnitOfWork) -> Stopped:
    stop_client(counting.client_id, stop, counting.at, counting.request_id, unit)
    return Stopped(stop, is_new=True)


def _added(tally: Tally, counting: Counting, unit: UnitOfWork) -> Tally:
    """All that the client asked, with ``tally`` of today."""
    unit.execute(_ADD, (counting.client_id, counting.today(), *tally.counts))
    (sums,) = unit.execute(_SUM, (counting.client_id, counting.first_day()))
    return Tally(*sums)


def _settled(
    fates: Sequence[tuple[Guess, Fate]], counting: Counting, unit: UnitOfWork
) -> Counter[Fate]:
    """How many are to be counted of each fate. None that was counted before: the same person may be
    in one request, or in several at once, as often as the client likes."""
    settled: Counter[Fate] = Counter()
    _bring_over([guess for guess, _ in fates], unit)
    for fate, together in groupby(fates, key=itemgetter(1)):
        for some in some_at_once([guess for guess, _ in together], COUNTED_AT_ONCE):
            settled[fate] += _settle(some, fate, counting, unit)
    return settled


def _settle(guesses: Sequence[Guess], fate: Fate, counting: Counting, unit: UnitOfWork) -> int:
    documents = [guess.document for guess in guesses]
    if fate is Fate.UNANSWERED:
        unit.execute(_UNANSWERED.format(places=places(documents)), documents)
        return 0
    if fate is Fate.CONFIRMED:
        counted = unit.execute(_CONFIRMED.format(places=places(documents)), documents)
        for (day,) in counted:
            if day is not None:
                unit.execute(_NOT_UNCONFIRMED, (counting.client_id, day))
        return len(counted)
    # A question beside this one may have removed the row, or counted it.
    day = counting.today() if fate is Fate.MISSED else _IN_NO_TALLY
    at = microseconds(counting.at)
    rows = [(*_row(guess), at, day) for guess in _each_once(guesses)]
    sql = _DENIED.format(rows=rows_of_places(rows))
    return len(unit.execute(sql, (*chain(*rows), _IN_NO_TALLY)))


def _each_once(guesses: Iterable[Guess]) -> Collection[Guess]:
    """Two guesses of one document are alike."""
    return {guess.document: guess for guess in guesses}.values()


def _row(guess: Guess) -> tuple[bytes | None, ...]:
    return guess.document, guess.prefix, guess.ends, guess.number, guess.name


_ASK = """
    INSERT INTO guesses (document, prefix, ends, number, name, asked_at) VALUES {rows}
    ON CONFLICT (document) DO UPDATE SET asked_at = excluded.asked_at, counted_on = NULL
    WHERE guesses.asked_at <= ?
"""
_SHARING = """
    SELECT '{column}', asked.column1, count(*) FROM (VALUES {rows}) AS asked
    CROSS JOIN guesses WHERE guesses.{column} = asked.column2 AND asked_at > ?
    GROUP BY asked.column1 HAVING count(*) > ?
"""
_ELSEWHERE = "SELECT document FROM guesses WHERE document IN ({places})"
_BRING_OVER = """
    UPDATE guesses SET document = ?, prefix = ?, ends = ?, number = ?, name = ?
    WHERE document = ?
"""
_DENIED = """
    INSERT INTO guesses (document, prefix, ends, number, name, asked_at, counted_on)
    VALUES {rows}
    ON CONFLICT (document) DO UPDATE SET counted_on = excluded.counted_on
    WHERE guesses.counted_on IS NULL OR guesses.counted_on = ? RETURNING 1
"""
_CONFIRMED = "DELETE FROM guesses WHERE document IN ({places}) RETURNING counted_on"
_UNANSWERED = "DELETE FROM guesses WHERE document IN ({places}) AND counted_on IS NULL"
_ADD = """
    INSERT INTO tallies
        (client, day, asked, confirmed, unconfirmed, impossible, scanned, wrong_codes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (client, day) DO UPDATE SET
        asked = tallies.asked + excluded.asked,
        confirmed = tallies.confirmed + excluded.confirmed,
        unconfirmed = tallies.unconfirmed + excluded.unconfirmed,
        impossible = tallies.impossible + excluded.impossible,
        scanned = tallies.scanned + excluded.scanned,
        wrong_codes = tallies.wrong_codes + excluded.wrong_codes
"""
_SUM = """
    SELECT CAST(sum(asked) AS BIGINT), CAST(sum(confirmed) AS BIGINT),
        CAST(sum(unconfirmed) AS BIGINT), CAST(sum(impossible) AS BIGINT),
        CAST(sum(scanned) AS BIGINT), CAST(sum(wrong_codes) AS BIGINT)
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
