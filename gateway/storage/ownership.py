"""A database belongs to one hub: its id, its key and its holder key.

Two hubs over one database would not find each other's travelers, and each would sign the other's
records. Responsible for refusing the second one. Refuses to know a secret: of each it keeps what
may be shown, or a digest.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.faults import StorageRefusal, StorageRefused
from tongxing.gateway.storage.seen_versions import Mark
from tongxing.gateway.storage.tree import Executes
from tongxing.gateway.storage.version_marks import Fact, Facts
from tongxing.gateway.storage.writer import UnitOfWork


class Owner(NamedTuple):
    """``hub_key``: the thumbprint of the key that signs receipts. ``holder_key``: a digest under
    that key, which tells nothing of it."""

    hub_id: str
    hub_key: str
    holder_key: str


SETTINGS: Mapping[str, str] = {
    "hub_id": "hub.id",
    "hub_key": "keys.hub",
    "holder_key": "keys.holder",
}
"""Where each of them is set."""


async def claim(database: Database, owner: Owner) -> None:
    """The database is ``owner``'s from now on, if it is nobody's. Raises StorageRefused if it is
    another hub's, StorageUnavailable."""
    held = await Facts(database).settle(Fact.OWNER, _marks(owner))
    _refuse_another(await _with_new_file(database, held, owner), owner)


async def check_owner(database: Database, owner: Owner) -> None:
    """The same for who only looks: nobody's database stays so."""
    held = await Facts(database).each(Fact.OWNER)
    _refuse_another(await _with_new_file(database, held, owner), owner)


def hand_on(holder_key: str, unit: UnitOfWork) -> None:
    """To the same hub with another holder file, which opens what the one before it did."""
    unit.execute(_HAND_ON, (holder_key, _HOLDER_KEY))


async def disown(database: Database) -> None:
    """It is nobody's from now on. Raises StorageUnavailable."""
    await Facts(database).forget(Fact.OWNER)


def held_holder_key(session: Executes) -> str:
    """The digest of the holder key of whose database it is; empty if it is nobody's."""
    rows = session.execute(_HELD, (f"{Fact.OWNER.value}/holder_key",))
    return rows[0][0] if rows else ""


async def _with_new_file(
    database: Database, held: Mapping[str, Mark], owner: Owner
) -> Mapping[str, Mark]:
    """While the holder file is being replaced the database is also that of the new one: whoever had
    the old one has sealed the epochs under it."""
    if await database.fetch(_IS_SEALED, (owner.holder_key,)):
        return {**held, "holder_key": _marks(owner)["holder_key"]}
    return held


_HELD = "SELECT digest FROM facts WHERE name = ?"
_HOLDER_KEY = f"{Fact.OWNER.value}/holder_key"
_HAND_ON = "UPDATE facts SET digest = ? WHERE name = ?"
_IS_SEALED = "SELECT 1 FROM holder_seals WHERE file_key = ? LIMIT 1"


def _marks(owner: Owner) -> Mapping[str, Mark]:
    return {name: Mark(1, value) for name, value in owner._asdict().items()}


def _refuse_another(held: Mapping[str, Mark], owner: Owner) -> None:
    others = [
        SETTINGS[name] for name, mark in _marks(owner).items() if held.get(name, mark) != mark
    ]
    if not others:
        return
    named = ", ".join(others)
    raise StorageRefused(
        StorageRefusal.OTHER_HUB,
        f"这是另一个平台的数据库（{named} 不同），请用原来的设置和密钥，或给本平台另一个库 "
        f"the database is another hub's ({named}): use the settings and keys that it was "
        "made with, or give this hub a database of its own",
    )
