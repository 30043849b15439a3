"""The city put together: its books, its rules and its desks. A list, and no rule of its own."""

from pathlib import Path

from tongxing.sandbox.city.community import Community
from tongxing.sandbox.city.cross_check import CrossCheck
from tongxing.sandbox.city.declaring import Declaring
from tongxing.sandbox.city.households import Households
from tongxing.sandbox.city.ledger import Ledger
from tongxing.sandbox.city.people import CityPeople
from tongxing.sandbox.city.register import CityRegister
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.city.tally import Tally
from tongxing.sandbox.city.trace_book import TraceBook
from tongxing.sandbox.issuers.population import Population


class City:
    """``is_enrolled`` False: the code is new, and nobody has one before they declare."""

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
    """Where the city's books lie: another seed is another population, and has books of its own."""
    return folder / f"city-{seed}.sqlite3"
