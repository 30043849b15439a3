"""Whom the city can find: the sandbox's population, and those whom it did not know before.

A person is an ordinal here. A number belongs to one name: whoever comes with another is nobody.
"""

from tongxing.sandbox.city.store import Store
from tongxing.sandbox.issuers.population import Population
from tongxing.sandbox.issuers.records import Document, IssuerName, Kind, Record

NEWCOMERS_BEGIN = 1 << 31
"""Persons are counted; those whom no population knew begin here."""


class CityPeople:
    """``is_enrolled`` False: nobody of the population has a code before they declare."""

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
        """The ordinal of the person, from now on at the latest; None where the number belongs to
        somebody of another name."""
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
        """What the sandbox says of somebody to whom nothing has happened yet."""
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
