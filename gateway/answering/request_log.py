"""What the audit log learns of one request, and when.

Responsible for the intent: it is durable before an issuer is asked, and each question is announced
once. If nobody is asked, because every issuer's kept statement still answers, there is no intent:
the outcome alone says what happened, in one record and one COMMIT. Refuses to ask anybody.
"""

from collections.abc import Iterable, Sequence
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
        self.is_admitted = False

    async def announce(self, places: Iterable[int], at: datetime) -> None:
        """Issuers are about to be asked the questions at ``places``. Returns once their intents are
        durable and the guesses of the whole request are counted. Raises ClientStopped and
        AuditUnavailable; then nobody may be asked."""
        new = [place for place in places if place not in self._announced]
        if new or not self._opened:
            intents = [intent_record(self._opened[place], self._asker, at) for place in new]
            records: list[AuditRecord] = [*self._unrecorded(), *intents]
            await self._guard.admit(records, self._guesses, self._asker, at)
            self._announced.update(new)
            self.is_admitted = True

    async def settle(
        self,
        outcomes: Sequence[AuditRecord],
        fates: Sequence[Fate],
        at: datetime,
        along: Sequence[Work],
    ) -> Sequence[Logged]:
        """Record what was answered, and what became of each guess; ``along`` by the same COMMIT.
        Raises ClientStopped and AuditUnavailable; then no answer may leave."""
        records = [*outcomes, *self._unrecorded()]
        pairs = list(zip(self._guesses, fates, strict=True))
        admitted = self.is_admitted
        return await self._guard.settle(
            records, pairs, self._asker, at, along, is_admitted=admitted
        )

    def _unrecorded(self) -> Sequence[AuditRecord]:
        return () if self.is_admitted else self._refusals
