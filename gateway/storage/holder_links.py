"""Which references are one person in several epochs, for those who follow a person in the log.

A person is linked when somebody asks about them in a later epoch, and an issuer confirms them: then
number and name are at hand. A link goes with the epoch of its reference, and what is left says
nothing of it. Refuses to say who the person is.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from secrets import token_bytes

from tongxing.gateway.memory import BoundedMemory
from tongxing.gateway.storage.columns import places, some_at_once
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.writer import UnitOfWork, Work
from tongxing.keys import Holder, HolderRef, base64url
from tongxing.keys.holder import epoch_of

PERSON_BYTES = 16

REMEMBERED_BYTES = 16_000_000
"""For some 70,000 people who are known to be linked: to ask about them again costs nothing."""

HOLDER_BYTES = 75
"""What a reference takes."""

LINKED_AT_ONCE = 100
"""People whom one statement looks for, under each of their references."""


class HolderLinks:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._linked: BoundedMemory[HolderRef, bool] = BoundedMemory(REMEMBERED_BYTES)

    def linking(self, holders: Iterable[Holder]) -> Work:
        """The work that links what is one person; none for people of the first epoch."""
        return partial(_link, self._new(holders))

    def linked(self, holders: Iterable[Holder]) -> None:
        """That work is committed."""
        for each in self._new(holders):
            self._linked.put(each.ref, True, size=HOLDER_BYTES)

    async def link(self, holder: Holder) -> None:
        """Raises StorageUnavailable."""
        if new := self._new([holder]):
            await self._database.write(partial(_link, new))
            self.linked(new)

    async def of(self, holders: Sequence[HolderRef]) -> tuple[HolderRef, ...]:
        """All that is one person with any of ``holders``, the latest first; nothing for people whom
        nobody has asked about in a second epoch. Raises StorageUnavailable."""
        asked = [base64url.decode(each) for each in holders]
        rows = await self._database.fetch(_TOGETHER.format(places=places(asked)), asked)
        return tuple(HolderRef(base64url.encode(holder)) for (holder,) in rows)

    def _new(self, holders: Iterable[Holder]) -> Sequence[Holder]:
        return [
            each
            for each in holders
            if each.ref != each.refs[-1] and self._linked.get(each.ref) is None
        ]


def _until_now(holder: Holder) -> Sequence[bytes]:
    """That which is written now, and those before: what is only announced is nobody's yet."""
    refs = holder.refs[holder.refs.index(holder.ref) :]
    return [base64url.decode(each) for each in refs]


def _link(holders: Sequence[Holder], unit: UnitOfWork) -> None:
    for some in some_at_once(holders, LINKED_AT_ONCE):
        every = [ref for each in some for ref in _until_now(each)]
        persons = dict(unit.execute(_PERSONS.format(places=places(every)), every))
        for each in some:
            refs = _until_now(each)
            known = [persons[ref] for ref in refs if ref in persons]
            person = known[0] if known else token_bytes(PERSON_BYTES)
            rows = [(ref, person, epoch_of(ref)) for ref in refs if ref not in persons]
            unit.execute_many(_LINK, rows)


_PERSONS = "SELECT holder, person FROM holder_links WHERE holder IN ({places})"
_LINK = "INSERT INTO holder_links (holder, person, epoch) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_TOGETHER = """
    SELECT holder FROM holder_links WHERE person IN
        (SELECT person FROM holder_links WHERE holder IN ({places}))
    ORDER BY epoch DESC
"""
