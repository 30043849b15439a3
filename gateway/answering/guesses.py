"""Guesses: documents that a client asked about and no issuer has confirmed.

Somebody who searches for a person holds a part of the document and tries out the rest. Responsible
for what counts as a guess, for the parts by which guesses are counted together, and for how many
are too many. Pure: the counts are handed in. Refuses to count across clients: a limit that two
clients share would show the one what the other asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto, unique

from tongxing.gateway.answering.steps import Answered
from tongxing.gateway.storage.clients.stops import Stop
from tongxing.schema import DocumentKind, Outcome, RefusalCode, SourceAnswer, TravelDocument
from tongxing.schema.stopped_client import StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessLimits:
    """How many guesses one client may make within ``days``; one more stops it. The percentages are
    of all that it asked. ``docs/decisions/0011-guesses.md`` says how the numbers were found."""

    days: int = 30
    per_prefix: int = 16
    per_number: int = 5
    per_name: int = 64
    unconfirmed: int = 300
    unconfirmed_percent: int = 50
    impossible: int = 50
    impossible_percent: int = 20
    wrong_codes: int = 100
    wrong_codes_percent: int = 50

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.days)


@unique
class Fate(Enum):
    """What became of a question about a document.

    MISSED: every issuer that was asked denied it, and so did every membership filter that spared
    one: the answer names those that were left out. UNANSWERED: no issuer said yes or no, so it told
    the client nothing, and an outage stops no honest client. OPEN: some denied it, and another that
    may know the person said nothing. It told the client something, so it goes on being counted with
    those that share a part; an outage of the issuer that knows most must not make a client look as
    if most of its people did not exist."""

    CONFIRMED = auto()
    MISSED = auto()
    OPEN = auto()
    UNANSWERED = auto()


_DENIALS = frozenset({Outcome.NOT_ENROLLED, Outcome.NOT_THIS_ISSUER})


def fate_of(answered: Answered) -> Fate:
    sources = answered.sources
    spared = answered.unknown.difference(source.issuer for source in sources)
    return fate_of_sources(sources, is_spared=bool(spared))


def fate_of_sources(sources: Sequence[SourceAnswer], *, is_spared: bool = False) -> Fate:
    """``is_spared``: a membership filter has denied it for an issuer that was not asked."""
    if any(source.codes for source in sources):
        return Fate.CONFIRMED
    denied = [source.outcome in _DENIALS for source in sources]
    if is_spared:
        denied.append(True)
    if not any(denied):
        return Fate.UNANSWERED
    return Fate.MISSED if all(denied) else Fate.OPEN


_DATED_CHARACTERS = 18
"""Resident IDs, and the permanent residence cards of 2023: place, date of birth, sequence, check
character."""
_PREFIX_CHARACTERS = 14
_PLACE_CHARACTERS = 6
_END_CHARACTERS = 4
"""Numbers are often shown with their first six and last four characters."""
_SERIAL_END_CHARACTERS = 3

SERIAL_KINDS = frozenset(
    {DocumentKind.PASSPORT, DocumentKind.HK_MACAO_PERMIT, DocumentKind.TAIWAN_PERMIT}
)
SERIAL_FACTOR = 4
"""A group that applied together has numbers one after the other. Of a block of a thousand serial
numbers a client may hold a coach full before an issuer has confirmed any."""


@dataclass(frozen=True, slots=True)
class SharedPart:
    """What guesses share that are counted together, in plain form: never kept."""

    reason: StopReason
    text: str


def parts_of(document: TravelDocument) -> tuple[SharedPart, ...]:
    """The parts by which a guess is counted, each by its own limit."""
    kind, number = document.kind.value, document.number
    dated = len(number) == _DATED_CHARACTERS
    prefix = number[:_PREFIX_CHARACTERS] if dated else number[:-_SERIAL_END_CHARACTERS]
    parts = [
        SharedPart(StopReason.SAME_PREFIX, f"{kind} {prefix}"),
        SharedPart(StopReason.SAME_NUMBER, f"{kind} {number}"),
        SharedPart(StopReason.SAME_NAME, document.name),
    ]
    if dated:
        ends = number[:_PLACE_CHARACTERS] + number[-_END_CHARACTERS:]
        parts.append(SharedPart(StopReason.SAME_ENDS, f"{kind} {ends}"))
    return tuple(parts)


def allowed(reason: StopReason, kind: DocumentKind, limits: GuessLimits) -> int:
    """How many guesses of ``kind`` may share the part that ``reason`` names."""
    if reason is StopReason.SAME_NUMBER:
        return limits.per_number
    if reason is StopReason.SAME_NAME:
        return limits.per_name
    return limits.per_prefix * (SERIAL_FACTOR if kind in SERIAL_KINDS else 1)


IMPOSSIBLE = frozenset(
    {
        RefusalCode.DOCUMENT_CHECK_CHARACTER,
        RefusalCode.DOCUMENT_BIRTH_DATE,
        RefusalCode.DOCUMENT_DIVISION,
    }
)
"""What is wrong with a guessed number. A number of another form or length, and a name that is
not well formed, come from a client that is not set up well: it is refused, and not counted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a client asked within a time. ``asked`` and ``scanned`` count questions, ``confirmed``
    and ``unconfirmed`` different documents, ``impossible`` different numbers, ``wrong_codes``
    different codes."""

    asked: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    impossible: int = 0
    scanned: int = 0
    wrong_codes: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """In the order of the fields. Written out: ``astuple`` takes ten times as long."""
        return (
            *(self.asked, self.confirmed, self.unconfirmed),
            *(self.impossible, self.scanned, self.wrong_codes),
        )

    def __add__(self, other: "Tally") -> "Tally":
        """Written out: it is done for each question."""
        return Tally(
            self.asked + other.asked,
            self.confirmed + other.confirmed,
            self.unconfirmed + other.unconfirmed,
            self.impossible + other.impossible,
            self.scanned + other.scanned,
            self.wrong_codes + other.wrong_codes,
        )


def stop_by(tally: Tally, limits: GuessLimits) -> Stop | None:
    if _over(tally.wrong_codes, limits.wrong_codes, tally.scanned, limits.wrong_codes_percent):
        return Stop(StopReason.WRONG_CODES, tally.wrong_codes, limits.wrong_codes)
    answered = tally.confirmed + tally.unconfirmed
    if _over(tally.unconfirmed, limits.unconfirmed, answered, limits.unconfirmed_percent):
        return Stop(StopReason.MOSTLY_UNCONFIRMED, tally.unconfirmed, limits.unconfirmed)
    if _over(tally.impossible, limits.impossible, tally.asked, limits.impossible_percent):
        return Stop(StopReason.IMPOSSIBLE_NUMBERS, tally.impossible, limits.impossible)
    return None


def holds(stop: Stop, *, scans: bool) -> bool:
    """Whether ``stop`` refuses this question. A signed code cannot be guessed, so a client that
    guessed documents may go on scanning: a gate does not close."""
    return not scans or stop.reason is StopReason.WRONG_CODES


def _over(count: int, most: int, of: int, percent: int) -> bool:
    return count > most and count * 100 > percent * of
