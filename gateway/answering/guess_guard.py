"""Stops a client that seems to guess people, before an issuer is asked.

Responsible for the order: a question is counted before it is recorded that it is asked, a single
one in the same transaction, and what became of it in the one that records the answer; if nobody has
to be asked, that is one.
Remembers which documents an issuer has confirmed to a client, so that asking about them again
counts nothing; what is forgotten is counted once more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from tongxing.adapters.dialect import ByDocument, Question
from tongxing.gateway.answering.guess_store import (
    Counting,
    CrowdKey,
    Crowds,
    Guess,
    Scan,
    Stopped,
    count_guesses,
    count_piece,
    decide,
    settle_guesses,
)
from tongxing.gateway.answering.guesses import (
    IMPOSSIBLE,
    Fate,
    GuessLimits,
    Tally,
    parts_of,
)
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.memory import BoundedMemory
from tongxing.gateway.storage import UnitOfWork
from tongxing.gateway.storage.audit import AuditLog, AuditRecord, Logged, Recordable
from tongxing.gateway.storage.columns import some_at_once
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.writer import Work
from tongxing.keys import HolderEpoch
from tongxing.schema import DocumentKind, RefusalCode, TravelDocument
from tongxing.schema.stopped_client import StopReason

REMEMBERED_BYTES = 48_000_000
"""For some 100,000 documents. A confirmed document that is forgotten costs a few rows at the next
question."""

DOCUMENT_BYTES = 120
"""What a digest and a time take."""

ADMITTED_AT_ONCE = 125
"""Guesses that are counted, or questions that are recorded, by one COMMIT: some 4 ms of the writer,
as much as fifty answers. With fewer, the COMMITs of a manifest take from the time of its
issuers."""

REGULARS_COUNTED = 0.75
"""After this part of the window a confirmed document is counted anew. After the whole window those
who come every day would leave the share of the confirmed before they came into it again."""

REMEMBERED_TALLIES_BYTES = 4_000_000
"""For what some 4,000 clients asked and is not written down yet."""

CLOCKS_DIFFER = timedelta(hours=1)
"""As far as the clock of who wrote under an epoch that has ended may have been behind."""

TALLY_BYTES = 600
"""What a tally takes, with the id of its client."""


class ClientStopped(Exception):
    """The client has guessed too much, and is not answered until an operator resumes it. Says the
    same whatever it asked, so that it tells no number from another."""


@dataclass(frozen=True, slots=True)
class BadNumber:
    """A document that is not well formed, and why."""

    kind: DocumentKind
    number: str = field(repr=False)
    code: RefusalCode


@dataclass(slots=True)
class _Noted:
    """What is not written down yet of a client's questions."""

    tally: Tally


class GuardWatch(Protocol):
    def client_stopped(self, client: str, reason: StopReason, counted: int) -> None: ...


class GuessGuard:
    """``crowds`` are clients that stand for many people, of whom each shows a code of their own: a
    wrong one is not held against the others. Who lets them in has limits for each."""

    def __init__(
        self,
        audit: AuditLog,
        holder_keys: HolderKeys,
        limits: GuessLimits,
        watch: GuardWatch,
        crowds: frozenset[str] = frozenset(),
    ) -> None:
        self._crowds = crowds
        self._audit = audit
        self._holder_keys = holder_keys
        self._limits = limits
        self._watch = watch
        self._counted: BoundedMemory[bytes, datetime] = BoundedMemory(REMEMBERED_BYTES)
        self._unwritten: BoundedMemory[str, _Noted] = BoundedMemory(REMEMBERED_TALLIES_BYTES)

    def guess(self, question: Question, asker: Asker, at: datetime) -> Guess | Scan | None:
        """None if an issuer has confirmed the document to this client. Raises
        StorageUnavailable."""
        key = self.key_of(question, asker.client_id)
        if not isinstance(question, ByDocument):
            return Scan(key)
        is_no_guess = self.is_confirmed(key, at)
        return None if is_no_guess else self._guess(question.document, asker.client_id, key, at)

    def key_of(self, question: Question, client_id: str) -> bytes:
        """By which ``question`` is remembered for this client, in this process."""
        if not isinstance(question, ByDocument):
            return self._remembered_as(client_id, "code", question.code)
        asked = question.document
        return self._remembered_as(
            client_id, "document", asked.kind.value, asked.number, asked.name
        )

    def is_confirmed(self, key: bytes, at: datetime) -> bool:
        """Whether an issuer has confirmed the document of this ``key_of`` to the client."""
        return self._is_counted(key, at)

    def note(self, tally: Tally, asker: Asker) -> None:
        """To be written down with the next count. If this process is killed before, shares are
        those of fewer questions, which is stricter."""
        noted = self._unwritten.get(asker.client_id)
        if noted is None:
            self._unwritten.put(asker.client_id, _Noted(tally), size=TALLY_BYTES)
        else:
            noted.tally += tally

    async def admit(
        self,
        records: Sequence[AuditRecord],
        guesses: Sequence[Guess | Scan | None],
        asker: Asker,
        at: datetime,
    ) -> None:
        """Count the questions, and record that they will be asked; many of them piece by piece, so
        that nobody waits for one long COMMIT. Raises ClientStopped; then nothing is recorded and
        nothing may be asked. Raises AuditUnavailable, and nothing may be asked; pieces before the
        fault stay counted and recorded."""
        made = [guess for guess in guesses if isinstance(guess, Guess)]
        counting = self._counting(asker, at, guesses)
        if len(made) <= ADMITTED_AT_ONCE and len(records) <= ADMITTED_AT_ONCE:
            await self._append(partial(count_guesses, made, counting), records, asker)
            return
        crowds = await self._count_in_pieces(made, counting, asker)
        first, rest = records[:ADMITTED_AT_ONCE], records[ADMITTED_AT_ONCE:]
        await self._append(partial(decide, made, crowds, counting), first, asker)
        for some in some_at_once(rest, ADMITTED_AT_ONCE):
            await self._audit.append(some)

    async def _count_in_pieces(
        self, guesses: Sequence[Guess], counting: Counting, asker: Asker
    ) -> Crowds:
        """Nothing is decided before all are counted, so that a request is refused or admitted as
        one, whatever piece is too much. One that is cancelled meanwhile has been counted in part:
        that is stricter, and asking the same again counts nobody twice."""
        crowds: dict[CrowdKey, int] = {}

        def count(some: Sequence[Guess], unit: UnitOfWork) -> Stopped | None:
            counted = count_piece(some, counting, unit)
            if isinstance(counted, Stopped):
                return counted
            crowds.update(counted)
            return None

        for some in some_at_once(guesses, ADMITTED_AT_ONCE):
            await self._append(partial(count, some), (), asker)
        return crowds

    async def settle(
        self,
        records: Sequence[AuditRecord],
        fates: Sequence[tuple[Guess | Scan | None, Fate]],
        asker: Asker,
        at: datetime,
        along: Sequence[Work] = (),
        *,
        is_admitted: bool = True,
    ) -> Sequence[Logged]:
        """Record the answers, and what they say about the guesses; ``along`` by the same COMMIT.
        What was not admitted, because no issuer had to be asked, is counted first, as ``admit``
        does. Raises ClientStopped; then no answer may leave. Raises AuditUnavailable."""
        guesses = [(guess, fate) for guess, fate in fates if isinstance(guess, Guess)]
        wrong = set() if asker.client_id in self._crowds else self._wrong_codes(fates, at)
        scanned = sum(isinstance(guess, Scan) for guess, _ in fates)
        if scanned:
            self.note(Tally(scanned=scanned), asker)
        tally = Tally(wrong_codes=len(wrong))
        if guesses or wrong:
            tally += self._taken(asker)
        counting = self._counting(asker, at, [guess for guess, _ in fates])
        uncounted = [] if is_admitted else [guess for guess, _ in guesses]

        def count(unit: UnitOfWork) -> Stopped | None:
            stopped = count_guesses(uncounted, counting, unit) if uncounted else None
            return stopped or settle_guesses(guesses, tally, counting, unit)

        logged = await self._append(count, records, asker, along)
        confirmed = {guess.remembered_as for guess, fate in guesses if fate is Fate.CONFIRMED}
        self._remember(confirmed, at + REGULARS_COUNTED * self._limits.window)
        self._remember(wrong, at + self._limits.window)
        return logged

    async def answer(
        self, record: Recordable, asker: Asker, at: datetime, along: Work
    ) -> Sequence[Logged]:
        """Record an answer about a document that an issuer has confirmed to the client, which is no
        guess. As ``settle`` in all else."""
        counting = self._counting_documents(asker, at)
        nothing = partial(settle_guesses, (), Tally(), counting)
        return await self._append(nothing, [record], asker, (along,))

    async def refuse(
        self,
        records: Sequence[AuditRecord],
        numbers: Iterable[BadNumber],
        asker: Asker,
        at: datetime,
    ) -> None:
        """Record that documents are not well formed, and count the numbers that cannot exist, each
        once. Raises ClientStopped, AuditUnavailable."""
        keys = {
            self._remembered_as(asker.client_id, "impossible", bad.kind.value, bad.number)
            for bad in numbers
            if bad.code in IMPOSSIBLE
        }
        fresh = {key for key in keys if not self._is_counted(key, at)}
        tally = self._taken(asker) + Tally(impossible=len(fresh))
        counting = self._counting_documents(asker, at)
        await self._append(partial(settle_guesses, (), tally, counting), records, asker)
        self._remember(fresh, at + self._limits.window)

    def _guess(self, document: TravelDocument, client: str, key: bytes, at: datetime) -> Guess:
        """With what it is counted by in the other epochs that the window reaches back to."""
        epochs = self._holder_keys.all()
        own, since = epochs.at(at), at - self._limits.window - CLOCKS_DIFFER
        others = [each for each in epochs.since(since) if each is not own]
        counted = partial(self._counted_in, document, client, key)
        return replace(counted(own), others=tuple(map(counted, others)))

    def _counted_in(
        self, document: TravelDocument, client: str, key: bytes, epoch: HolderEpoch
    ) -> Guess:
        digest = partial(epoch.key.guess, client)
        parts = {part.reason: digest(part.reason.value, part.text) for part in parts_of(document)}
        named = document.kind.value, document.number, document.name
        return Guess(
            kind=document.kind,
            remembered_as=key,
            document=digest("document", *named),
            prefix=parts[StopReason.SAME_PREFIX],
            ends=parts.get(StopReason.SAME_ENDS),
            number=parts[StopReason.SAME_NUMBER],
            name=parts[StopReason.SAME_NAME],
        )

    def _remembered_as(self, client_id: str, label: str, *parts: str) -> bytes:
        """The same in every epoch: nobody is counted twice for one that begins."""
        ref = self._holder_keys.file.memory_ref("guess", client_id, label, *parts)
        return bytes.fromhex(ref)

    def _wrong_codes(
        self, fates: Iterable[tuple[Guess | Scan | None, Fate]], at: datetime
    ) -> set[bytes]:
        missed = (guess for guess, fate in fates if fate is Fate.MISSED)
        codes = {guess.code for guess in missed if isinstance(guess, Scan)}
        return {code for code in codes if not self._is_counted(code, at)}

    def _counting(
        self, asker: Asker, at: datetime, guesses: Iterable[Guess | Scan | None]
    ) -> Counting:
        scans = all(isinstance(guess, Scan) for guess in guesses)
        return Counting(asker.client_id, asker.request_id, at, self._limits, scans)

    def _counting_documents(self, asker: Asker, at: datetime) -> Counting:
        return Counting(asker.client_id, asker.request_id, at, self._limits)

    def _is_counted(self, key: bytes, at: datetime) -> bool:
        until = self._counted.get(key)
        return until is not None and at < until

    def _remember(self, keys: Iterable[bytes], until: datetime) -> None:
        for key in keys:
            self._counted.put(key, until, size=DOCUMENT_BYTES)

    def _taken(self, asker: Asker) -> Tally:
        noted = self._unwritten.get(asker.client_id)
        self._unwritten.forget(asker.client_id)
        return Tally() if noted is None else noted.tally

    async def _append(
        self,
        count: Callable[[UnitOfWork], Stopped | None],
        records: Sequence[Recordable],
        asker: Asker,
        along: Sequence[Work] = (),
    ) -> Sequence[Logged]:
        appended = await self._audit.append_unless(count, records, along)
        if not isinstance(appended, Stopped):
            return appended
        if appended.is_new:
            stop = appended.stop
            self._watch.client_stopped(asker.client_id, stop.reason, stop.counted)
        raise ClientStopped("the client is stopped")
