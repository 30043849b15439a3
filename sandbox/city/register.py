"""The city's register: what happens to a holder happens here, one event after the other.

Everything goes through ``happen``: the table decides whether it can, and the holder, the change
and the count are written in one transaction. What time alone brings is true at once to whoever
asks, and is written down by ``settle``. Times are Unix seconds.
"""

from tongxing.sandbox.city.holder import Holder, holder_of, record_of, visible
from tongxing.sandbox.city.ledger import Ledger
from tongxing.sandbox.city.life import NONE, Circumstances, lapse, step
from tongxing.sandbox.city.people import CityPeople
from tongxing.sandbox.city.stages import Event, Stage
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.city.tally import Figure, Tally
from tongxing.sandbox.issuers.records import Document, IssuerName, Kind, Record

_AT_ONCE = 200
"""How many lapses are written by one call, at most."""


class CityRegister:
    """``opened_at``: from when the records of the sandbox's population count."""

    def __init__(self, store: Store, people: CityPeople, tally: Tally, opened_at: int) -> None:
        self._store = store
        self._people = people
        self._tally = tally
        self._ledger = Ledger(store)
        self._opened_at = opened_at
        self._settled_at = opened_at
        self._next_due_at = self._ledger.next_due_at()

    def find(self, kind: Kind, number: str, name: str) -> int | None:
        return self._people.find(kind, number, name)

    def document_of(self, ordinal: int) -> Document:
        return self._people.document_of(ordinal)

    def record_of(self, ordinal: int, _issuer: IssuerName) -> Record | None:
        """As it was at the time for which ``settle`` was last called."""
        holder = self._ledger.holder(ordinal)
        if holder is None:
            return self._people.record_before(ordinal)
        return record_of(_up_to(holder, self._settled_at), self._opened_at)

    def settle(self, at: int) -> bool:
        """Write down what time alone has brought by ``at``, the earliest first; True when that was
        all of it.

        Only so much at once, so that nobody waits when ten thousand codes turn at midnight: what is
        not in the books yet is already true to whoever asks.
        """
        self._settled_at = at
        if self._next_due_at is None or self._next_due_at > at:
            return True
        with self._store.transaction():
            for ordinal, holder in self._ledger.due(at, _AT_ONCE):
                self._lapse(ordinal, holder, at)
        self._next_due_at = self._ledger.next_due_at()
        return self._next_due_at is None or self._next_due_at > at

    def current(self, ordinal: int, at: int) -> Holder | None:
        """The holder at ``at``; somebody of the population to whom nothing has happened yet too."""
        holder = self._ledger.holder(ordinal)
        if holder is not None:
            return _up_to(holder, at)
        before = self._people.record_before(ordinal)
        return None if before is None else _up_to(holder_of(before, self._opened_at), at)

    def happen(
        self, ordinal: int, event: Event, at: int, given: Circumstances = NONE
    ) -> Holder | None:
        """The holder after ``event``; None where it cannot happen to them now. What time brought
        before it is written before it."""
        with self._store.transaction():
            held = self._ledger.holder(ordinal)
            if held is not None:
                self._lapse(ordinal, held, at)
            before = self.current(ordinal, at)
            after = step(before, event, given, at)
            if after is not None:
                self._write(ordinal, event, before, after, at)
        return after

    def count_showing(self, ordinal: int, at: int) -> None:
        """A showing counts where there is a code in force to show."""
        holder = self.current(ordinal, at)
        if holder is not None and not holder.must_update and holder.valid_until > at:
            self._tally.count_showing(at)

    def _lapse(self, ordinal: int, holder: Holder, at: int) -> None:
        while (due := lapse(holder, at)) is not None:
            event, when = due
            after = _after(holder, event, when)
            self._write(ordinal, event, holder, after, when)
            holder = after

    def _write(
        self, ordinal: int, event: Event, before: Holder | None, after: Holder, at: int
    ) -> None:
        self._ledger.put(ordinal, after)
        self._keep_applications(ordinal, before, after)
        if visible(before) != visible(after):
            self._ledger.tell(ordinal, event, after, at)
        if before is None:
            self._tally.count(Figure.APPLIED, at)
        if event is Event.DAY_BREAKS:
            self._tally.count(Figure.CONVERTED, at)
        self._expect(after.due_at())

    def _keep_applications(self, ordinal: int, before: Holder | None, after: Holder) -> None:
        applied = before is not None and before.stage is Stage.APPLIED
        if after.stage is Stage.APPLIED and not applied:
            self._ledger.apply(ordinal, after.place)
        elif applied and after.stage is not Stage.APPLIED:
            self._ledger.close_application(ordinal)

    def _expect(self, due_at: int | None) -> None:
        if due_at is not None and (self._next_due_at is None or due_at < self._next_due_at):
            self._next_due_at = due_at


def _up_to(holder: Holder, at: int) -> Holder:
    """The holder with all that time alone has brought by ``at``."""
    while (due := lapse(holder, at)) is not None:
        holder = _after(holder, *due)
    return holder


def _after(holder: Holder, event: Event, at: int) -> Holder:
    after = step(holder, event, NONE, at)
    if after is None:
        raise RuntimeError("time brings what the table does not know")
    return after
