"""Opens one reference issuer: its people, its keys and its endpoints put together.

A list: one maker for each issuer, and no rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tongxing.sandbox.city.city import City, books_of
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.issuers.city_desk import CityDesk
from tongxing.sandbox.issuers.city_pages import CityPages
from tongxing.sandbox.issuers.daily_list import DailyList
from tongxing.sandbox.issuers.handles import Handles
from tongxing.sandbox.issuers.keystore import Keys, read_credentials, read_hub_keys, read_keys
from tongxing.sandbox.issuers.misbehavior import Misbehaviors, innate_of
from tongxing.sandbox.issuers.national import National
from tongxing.sandbox.issuers.server import Made, SandboxApp
from tongxing.sandbox.issuers.sukangma import Sukangma
from tongxing.sandbox.issuers.testimony import Clock, People, Witness
from tongxing.sandbox.issuers.zhenjiang import Zhenjiang
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

Content = TypeVar("Content")


def create_app(
    issuer: IssuerName,
    directory: Path,
    *,
    seed: int,
    population: int,
    clock: Clock,
    code_is_new: bool = False,
) -> SandboxApp:
    """The issuer with its files in ``directory/<issuer>`` and a crowd of ``population``.
    ``code_is_new``: at the city nobody of the crowd has a code before they declare."""
    keys = read_keys(directory, issuer)
    misbehaviors = Misbehaviors(innate_of(issuer))
    opened_at = int(clock().timestamp())

    def witness(people: People) -> Witness:
        return Witness(issuer, people, misbehaviors, keys, clock, opened_at=opened_at)

    crowd = Population(seed, population)
    opening = Opening(seed, crowd, keys, directory / issuer, opened_at, code_is_new=code_is_new)
    return SandboxApp(
        _MAKERS[issuer](opening, witness),
        misbehaviors,
        ReadAgain(directory / issuer, read_credentials),
        can_borrow_a_key=keys.other_issuers is not None,
    )


WitnessOf = Callable[[People], Witness]


@dataclass(frozen=True, slots=True)
class Opening:
    """What every maker gets; ``opened_at`` in Unix seconds."""

    seed: int
    population: Population
    keys: Keys
    folder: Path
    opened_at: int
    code_is_new: bool


def _zhenjiang(opening: Opening, witness_of: WitnessOf) -> Made:
    store = Store.open(books_of(opening.folder, opening.seed))
    city = City(store, opening.population, opening.opened_at, is_enrolled=not opening.code_is_new)
    witness = witness_of(city.register)
    issuer = Zhenjiang(witness, Handles(opening.keys.secret, b"codes"), city.register)
    issuer.routes |= CityDesk(city, witness.this_second).routes
    read = CityPages(city, witness, opening.opened_at)
    return Made(issuer, witness, read.pages, read.open_pages, city.close)


def _sukangma(opening: Opening, witness_of: WitnessOf) -> Made:
    witness = witness_of(opening.population)
    issuer = Sukangma(witness, Handles(opening.keys.secret, b"codes"))
    ordinals = opening.population.ordinals()
    daily = DailyList(IssuerName.SUKANGMA, witness, ordinals, opening.opened_at)
    lists = {"/v1/lists/daily": daily.daily}
    return Made(issuer, witness, batches=issuer.batches, lists=lists)


def _national(opening: Opening, witness_of: WitnessOf) -> Made:
    witness = witness_of(opening.population)
    secret = opening.keys.secret
    codes, ext_data = Handles(secret, b"codes"), Handles(secret, b"ext-data")
    hub_keys = ReadAgain(opening.folder, read_hub_keys)
    issuer = National(witness, codes, ext_data, lambda key_id: hub_keys().get(key_id))
    return Made(issuer, witness, batches=issuer.batches)


class ReadAgain(Generic[Content]):
    """What lies in a folder, read again whenever a file has come or gone there: the hub may be set
    up later, or change its key or its credential."""

    def __init__(self, folder: Path, read: Callable[[Path], Content]) -> None:
        self._folder = folder
        self._read = read
        self._content = read(folder)
        self._as_of = 0

    def __call__(self) -> Content:
        changed = self._folder.stat().st_mtime_ns
        if changed != self._as_of:
            self._content, self._as_of = self._read(self._folder), changed
        return self._content


_MAKERS: dict[IssuerName, Callable[[Opening, WitnessOf], Made]] = {
    IssuerName.ZHENJIANG: _zhenjiang,
    IssuerName.SUKANGMA: _sukangma,
    IssuerName.NATIONAL: _national,
}
