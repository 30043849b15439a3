"""The city's register: the people it can find, and every event in the life of their codes.

Every event goes through ``happen``: the table decides whether it is possible, and the holder, the
change and the count are written in one transaction. What time alone changes is visible at once to
every reader and is written down by ``settle``. Times are Unix seconds.
"""

from tongxing.sandbox.city.books import Figure, Ledger, Tally
from tongxing.sandbox.city.life import (
    NONE,
    Circumstances,
    Holder,
    holder_of,
    lapse,
    record_of,
    step,
    visible,
)
from tongxing.sandbox.city.stages import Event, Stage
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.town.documents import Document, Kind
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName, Record

NEWCOMERS_BEGIN = 1 << 31
"""The ordinals of people outside the population begin here."""


class CityPeople:
    """The sandbox's population, and newcomers who are not in it. A person is an ordinal here. A
    number belongs to one name: with another name it is not found. ``is_enrolled`` False: the
    people of the population have no code before they declare."""

    def __init__(self, population: Population, store: Store, *, is_enrolled: bool) -> None:
        self._population = population
        self._store = store
        self._is_enrolled = is_enrolled

    def find(self, kind: Kind, number: str, name: str) -> int | None:
        newcomer = self._newcomer(kind, number)
        if newcomer is None:
            return self._population.find(kind, number, name)
        ordinal, name_known = newcomer
        return ordinal if name_known == name else None

    def find_or_note(self, document: Document) -> int | None:
        """The ordinal of the person, who is added if new; None if the number belongs to a person
        with another name."""
        found = self.find(document.kind, document.number, document.name)
        return self._note(document) if found is None else found

    def document_of(self, ordinal: int) -> Document:
        if ordinal < NEWCOMERS_BEGIN:
            return self._population.document_of(ordinal)
        query = "SELECT kind, number, name FROM newcomers WHERE ordinal = ?"
        row = self._store.row(query, (ordinal,))
        if row is None:
            raise LookupError("no person has this ordinal")
        kind, number, name = row
        return Document(Kind(kind), number, name)

    def record_before(self, ordinal: int) -> Record | None:
        """The population's record of a person with no event so far."""
        if ordinal >= NEWCOMERS_BEGIN or not self._is_enrolled:
            return None
        return self._population.record_of(ordinal, IssuerName.ZHENJIANG)

    def _newcomer(self, kind: Kind, number: str) -> tuple[int, str] | None:
        query = "SELECT ordinal, name FROM newcomers WHERE kind = ? AND number = ?"
        return self._store.row(query, (kind.value, number))

    def _note(self, document: Document) -> int | None:
        key = (document.kind, document.number)
        if self._newcomer(*key) is not None or self._population.has_number(*key):
            return None
        row = self._store.row("SELECT max(ordinal) FROM newcomers")
        last = row[0] if row is not None else None
        ordinal = NEWCOMERS_BEGIN if last is None else last + 1
        values = (ordinal, document.kind.value, document.number, document.name)
        with self._store.transaction():
            self._store.run("INSERT INTO newcomers VALUES (?, ?, ?, ?)", values)
        return int(ordinal)


_AT_ONCE = 200
"""The most lapses that one call writes."""


class CityRegister:
    """``opened_at``: the Unix second from which the population's records count."""

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
        """The record at the time for which ``settle`` was last called."""
        holder = self._ledger.holder(ordinal)
        if holder is None:
            return self._people.record_before(ordinal)
        return record_of(_up_to(holder, self._settled_at), self._opened_at)

    def settle(self, at: int) -> bool:
        """Write down what time alone changed by ``at``, the earliest first; True if all is done.

        One call writes a limited number, so that no request waits when ten thousand codes turn at
        midnight. A change that is not in the books yet is already visible to every reader.
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
        """The holder at ``at``; also a person of the population with no event so far."""
        holder = self._ledger.holder(ordinal)
        if holder is not None:
            return _up_to(holder, at)
        before = self._people.record_before(ordinal)
        return None if before is None else _up_to(holder_of(before, self._opened_at), at)

    def happen(
        self, ordinal: int, event: Event, at: int, given: Circumstances = NONE
    ) -> Holder | None:
        """The holder after ``event``; None if it cannot happen to them now. Earlier changes by
        time alone are written first."""
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
        """A showing counts only if the holder's code is in force."""
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
    """The holder after everything that time alone changed by ``at``."""
    while (due := lapse(holder, at)) is not None:
        holder = _after(holder, *due)
    return holder


def _after(holder: Holder, event: Event, at: int) -> Holder:
    after = step(holder, event, NONE, at)
    if after is None:
        raise RuntimeError(f"the table has no move for {event} of a code in force")
    return after
