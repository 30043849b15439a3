"""The city put together: its books, its rules and its desks. A list, and no rules."""

from pathlib import Path

from tongxing.sandbox.city.books import Households, Ledger, Tally, TraceBook
from tongxing.sandbox.city.community import Community
from tongxing.sandbox.city.declaring import CrossCheck, Declaring
from tongxing.sandbox.city.register import CityPeople, CityRegister
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.town.population import Population


class City:
    """``is_enrolled`` False: the code is new; people have none before they declare."""

    def __init__(
        self, store: Store, population: Population, opened_at: int, *, is_enrolled: bool
    ) -> None:
        self._store = store
        self.people = CityPeople(population, store, is_enrolled=is_enrolled)
        self.tally = Tally(store)
        self.ledger = Ledger(store)
        self.trace_book = TraceBook(store)
        self.register = CityRegister(store, self.people, self.tally, opened_at)
        households = Households(store)
        self.cross_check = CrossCheck(store, self.register, self.trace_book, self.tally)
        self.declaring = Declaring(store, self.register, households, self.cross_check)
        self.community = Community(store, self.register, households, self.trace_book)
        self.transaction = store.transaction

    def close(self) -> None:
        self.tally.write()
        self._store.close()


def books_of(folder: Path, seed: int) -> Path:
    """The file of the city's books; each seed is another population with its own file."""
    return folder / f"city-{seed}.sqlite3"
