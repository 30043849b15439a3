"""What the audit log learns of one request, and when.

Responsible for the intent: it is durable before an issuer is asked, and each question is announced
once. If nobody is asked, because every issuer's kept statement still answers, there is no intent:
the outcome alone says what happened, in one record and one COMMIT. Refuses to ask anybody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guess_store import Guess, Scan
from tongxing.gateway.answering.guesses import Fate
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.steps import Opened, intent_record
from tongxing.gateway.storage import Work
from tongxing.gateway.storage.audit import AuditRecord, Logged


class RequestLog:
    """Of the questions ``opened``, by their places, with the ``guesses`` that they are; none are
    opened if no issuer can be asked any more. ``is_admitted`` says whether anything was announced.
    ``refusals`` are the records of questions that no policy decides: they go with what is recorded
    first."""

    def __init__(
        self,
        guard: GuessGuard,
        asker: Asker,
        opened: Sequence[Opened],
        guesses: Sequence[Guess | Scan | None],
        refusals: Sequence[AuditRecord],
    ) -> None:
        self._guard = guard
        self._asker = asker
        self._opened = opened
        self._guesses = guesses
        self._refusals = refusals
        self._announced: set[int] = set()
        self._uncounted = set(range(len(guesses)))
        self.is_admitted = False

    async def announce(self, places: Iterable[int], at: datetime) -> None:
        """Issuers are about to be asked the questions at ``places``. Returns once their intents are
        durable and the guesses of the whole request are counted, each once: one that was settled
        with an earlier piece is no guess any more. Raises ClientStopped and AuditUnavailable; then
        nobody may be asked."""
        new = [place for place in places if place not in self._announced]
        if new or not self._opened:
            intents = [intent_record(self._opened[place], self._asker, at) for place in new]
            records: list[AuditRecord] = [*self._unrecorded(), *intents]
            await self._guard.admit(records, self._still_to_count(), self._asker, at)
            self._uncounted.clear()
            self._announced.update(new)
            self.is_admitted = True

    async def settle(
        self,
        places: range,
        outcomes: Sequence[AuditRecord],
        fates: Sequence[Fate],
        at: datetime,
        along: Sequence[Work],
    ) -> Sequence[Logged]:
        """Record what was answered to the questions at ``places``, and what became of each guess;
        ``along`` by the same COMMIT. Raises ClientStopped and AuditUnavailable; then no answer may
        leave."""
        records = [*outcomes, *self._unrecorded()]
        guesses = [self._guesses[place] for place in places]
        pairs = list(zip(guesses, fates, strict=True))
        is_counted = self._uncounted.isdisjoint(places)
        self._uncounted.difference_update(places)
        return await self._guard.settle(
            records, pairs, self._asker, at, along, is_admitted=is_counted
        )

    def _still_to_count(self) -> list[Guess | Scan | None]:
        """In the places of the others is None, as in that of a document that is no guess."""
        return [
            guess if place in self._uncounted or isinstance(guess, Scan) else None
            for place, guess in enumerate(self._guesses)
        ]

    def _unrecorded(self) -> Sequence[AuditRecord]:
        """What no record was made of yet; once."""
        refusals, self._refusals = self._refusals, ()
        return refusals


@dataclass(frozen=True, slots=True)
class LogPart:
    """What ``log`` learns of the questions at ``places``, counted from the first of them."""

    log: RequestLog
    places: range

    @property
    def is_admitted(self) -> bool:
        return self.log.is_admitted

    async def announce(self, places: Iterable[int], at: datetime) -> None:
        await self.log.announce([self.places[place] for place in places], at)

    async def settle(
        self,
        outcomes: Sequence[AuditRecord],
        fates: Sequence[Fate],
        at: datetime,
        along: Sequence[Work],
    ) -> Sequence[Logged]:
        return await self.log.settle(self.places, outcomes, fates, at, along)
