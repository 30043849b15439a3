"""``tongxing audit hand-over``: the hub's key was replaced on purpose.

A database belongs to the hub that first ran with it. The next one that starts takes it over.
"""

import asyncio

import typer

from tongxing.gateway.cli.local import SettingsOption, existing_database
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.storage.ownership import disown


def hand_over(settings: SettingsOption = None) -> None:
    """After the whole log was checked with the key of before, and the head file was moved away
    (``docs/audit-log.md``, §4)."""
    asyncio.run(_disown(existing_database(settings).place))
    typer.echo("✔ 下一个启动的平台将接管此库 the next hub that starts takes over the database")


async def _disown(place: DatabasePlace) -> None:
    async with open_database(place) as database:
        await disown(database)
