"""An epoch of the holder key is destroyed once nothing refers to it: that is deletion.

Its secret goes first, by one COMMIT, then the links of its references; what is interrupted is gone
on with. The log stays as it is and can be verified; nobody can work out any longer whom its entries
of that epoch are about.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from tongxing.gateway.storage.audit.epoch_record import epoch_record
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.faults import StorageRefused
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore, KeptEpoch
from tongxing.gateway.storage.holder_terms import HolderTerms, over_at
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys import HolderKey
from tongxing.keys.holder import EPOCH_BYTES
from tongxing.schema.audit_words import AdministrativeAction

HOLDING = (
    *("history", "arrivals", "corrections", "flips", "outdated_statements", "passes"),
    "feed_holders",
)
"""Tables whose rows are found by a reference in their column ``holder``."""


class DestructionWatch(Protocol):
    def holder_epoch_destroyed(self, number: int) -> None: ...


class HolderDestruction:
    """``file`` is the key of the holder file. All methods raise StorageUnavailable."""

    def __init__(
        self, database: Database, file: HolderKey, terms: HolderTerms, watch: DestructionWatch
    ) -> None:
        self._database = database
        self._file = file
        self._terms = terms
        self._watch = watch
        self._is_scrubbed = False

    async def destroyable(self, at: datetime) -> Sequence[int]:
        """The numbers of the epochs that may be destroyed at ``at``: nobody need be found under
        them, and no row refers to them. Epoch 0 stays while its secret is the file's."""
        epochs = await HolderEpochStore(self._database, self._file).listed()
        return [
            each.number
            for each in over_at(epochs, self._terms, at)
            if not await self._is_needed(each)
        ]

    async def sweep(self, at: datetime) -> int:
        """Destroy what may be destroyed at ``at``; how many epochs."""
        numbers = await self.destroyable(at)
        for number in numbers:
            await self._database.write(partial(_destroy, number, at))
            self._watch.holder_epoch_destroyed(number)
        await self.clear()
        return len(numbers)

    async def clear(self) -> None:
        """What is left of epochs that are destroyed goes."""
        for (number,) in await self._database.fetch(_DESTROYED):
            await sweep_in_pieces(self._database, _FORGET_LINKS, number)
            await self._database.write(partial(_forget, number))
            self._is_scrubbed = False
        if not self._is_scrubbed:
            self._is_scrubbed = await self._database.scrub()

    async def _is_needed(self, epoch: KeptEpoch) -> bool:
        if epoch.number == 0 and await self._is_file():
            return True
        return bool(await self._database.fetch(*_referring(epoch.number)))

    async def _is_file(self) -> bool:
        """Whether the secret of epoch 0 is still that of the file: deleting it here would destroy
        nothing. The answer is yes if this process has a file that no longer opens anything."""
        try:
            epochs = await HolderEpochStore(self._database, self._file).all()
        except StorageRefused:
            return True
        first = next((each.key for each in epochs if each.number == 0), None)
        return first is not None and first.fingerprint == self._file.fingerprint


def _destroy(number: int, at: datetime, unit: UnitOfWork) -> None:
    unit.execute(_DESTROY, (number,))
    unit.execute(_FORGET_SEALS, (number,))
    unit.record([epoch_record(AdministrativeAction.HOLDER_EPOCH_DESTROYED, number, at)])
    unit.announce(Topic.HOLDER_EPOCHS)


def _forget(number: int, unit: UnitOfWork) -> None:
    unit.execute(_FORGET, (number,))


def _referring(number: int) -> tuple[str, tuple[object, ...]]:
    """The statement that finds a row if there is any, and its values."""
    columns = [*((table, "holder") for table in HOLDING), ("guesses", "document")]
    is_of, value = _OF_EPOCH if number else _OF_EPOCH_0
    found = [
        f"EXISTS (SELECT 1 FROM {table} WHERE {is_of.format(column=column)})"  # noqa: S608 - constants
        for table, column in columns
    ]
    sql = f"SELECT 1 WHERE EXISTS (SELECT 1 FROM lists WHERE epoch = ?) OR {' OR '.join(found)}"  # noqa: S608 - constants
    tag = number.to_bytes(EPOCH_BYTES, "big")
    return sql, (number, *([tag] * len(found) if value else ()))


_OF_EPOCH = ("substr({column}, 17) = ?", True)
_OF_EPOCH_0 = ("length({column}) = 16", False)
_DESTROYED = "SELECT number FROM holder_epochs WHERE is_destroyed = 1"
_DESTROY = "UPDATE holder_epochs SET is_destroyed = 1 WHERE number = ?"
_FORGET_SEALS = "DELETE FROM holder_seals WHERE epoch = ?"
_FORGET_LINKS = """
    DELETE FROM holder_links WHERE holder IN
        (SELECT holder FROM holder_links WHERE epoch = ? LIMIT ?)
    RETURNING 1
"""
_FORGET = "DELETE FROM holder_epochs WHERE number = ?"
