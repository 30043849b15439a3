"""``tongxing audit hand-over``: the hub's key was replaced on purpose, or its holder file is lost.

A database belongs to the hub that first ran with it. The next one that starts takes it over.
"""

import asyncio

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import (
    SettingsOption,
    existing_database,
    local_actor,
    read_settings,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.storage.forgotten import sign_forgotten_again
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.gateway.storage.ownership import disown
from tongxing.keys import HolderKey
from tongxing.keys.signed_note import NoteSigner


def hand_over(settings: SettingsOption = None) -> None:
    """After the whole log was checked with the earlier key, and the head file was moved away
    (``docs/audit-log.md``, §4)."""
    database = existing_database(settings)
    keys = database.signer
    if keys is None or keys.held.first is None:
        raise CommandFailed("须能读新的平台私钥 this account cannot read the hub's new key")
    holder = HolderKey(read_settings(settings).keys.holder.read_bytes())
    asyncio.run(_disown(database.place, keys.log_signer(), holder))
    typer.echo("✔ 下一个启动的平台将接管此库 the next hub that starts takes over the database")


async def _disown(place: DatabasePlace, signer: NoteSigner, holder: HolderKey) -> None:
    async with open_database(place) as database:
        named = signer.named(database.named(signer.verifier.name))
        await sign_forgotten_again(database, named)
        await HubKeyStore(database).forget()
        await disown(database)
        await HolderEpochStore(database, holder).begin_anew(now(), actor=local_actor())
