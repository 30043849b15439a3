"""The city's own store: the population, and over it what has been declared since the opening.

Everything that happens to a holder of the Zhenjiang code happens here, one event after the other;
declaring is the first of them.
"""

from adapters.sandbox.declaration import Declaration, after_declaration
from adapters.sandbox.population import Population
from adapters.sandbox.records import Document, IssuerName, Kind, Record

_NEWCOMERS_BEGIN = 1 << 31
"""Persons are counted; those whom no population knew begin here."""


class CityRegister:
    def __init__(self, population: Population) -> None:
        self._population = population
        self._declared: dict[int, Record] = {}
        self._newcomers: list[Document] = []
        self._ordinals: dict[tuple[Kind, str], int] = {}

    def find(self, kind: Kind, number: str, name: str) -> int | None:
        ordinal = self._ordinals.get((kind, number))
        if ordinal is None:
            return self._population.find(kind, number, name)
        return ordinal if self.document_of(ordinal).name == name else None

    def document_of(self, ordinal: int) -> Document:
        if ordinal >= _NEWCOMERS_BEGIN:
            return self._newcomers[ordinal - _NEWCOMERS_BEGIN]
        return self._population.document_of(ordinal)

    def record_of(self, ordinal: int, issuer: IssuerName) -> Record | None:
        declared = self._declared.get(ordinal)
        if declared is not None or ordinal >= _NEWCOMERS_BEGIN:
            return declared
        return self._population.record_of(ordinal, issuer)

    def declare(
        self, document: Document, declaration: Declaration, place: str, at: int
    ) -> Record | None:
        """The record from now on; None where the number belongs to somebody of another name."""
        ordinal = self.find(document.kind, document.number, document.name)
        if ordinal is None:
            ordinal = self._enroll(document)
        if ordinal is None:
            return None
        held = self.record_of(ordinal, IssuerName.ZHENJIANG)
        record = after_declaration(held, declaration, place, at)
        self._declared[ordinal] = record
        return record

    def _enroll(self, document: Document) -> int | None:
        key = (document.kind, document.number)
        if key in self._ordinals or self._population.has_number(*key):
            return None
        ordinal = _NEWCOMERS_BEGIN + len(self._newcomers)
        self._newcomers.append(document)
        self._ordinals[key] = ordinal
        return ordinal
