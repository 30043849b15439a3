"""A process that takes the holder key through all that happens to it, and is killed on the way."""

import asyncio
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from tests.back_ends import open_database
from tests.storage.disk import Disk, Moment, die
from tests.storage.holders import DAY, FILE, NEW_FILE, PERSON, destruction, living
from tests.storage.records import AT, SIGNER
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.storage.holder_rotation import leave, seal_for

LONG_AFTER = AT + timedelta(days=400)


def live_through(path: Path, number: int, moment: Moment, told: Connection) -> None:
    """Begin two epochs, link a person, destroy one epoch, replace the file; die at the n-th
    statement. Goes on with what a process before it has left."""

    async def run() -> None:
        disk = Disk()
        async with open_database(path, disk, signer=SIGNER) as database:
            disk.arm(number, moment, die)
            store = HolderEpochStore(database, FILE)
            await store.first(AT)
            for begins in (AT + 30 * DAY, AT + 60 * DAY):
                epochs = await store.listed()
                if epochs[-1].begins < begins:
                    assert await store.begin(begins, epochs[-1].number, at=AT)
            person = (await living(database)).holder(*PERSON, AT + 31 * DAY)
            await HolderLinks(database).link(person)
            await destruction(database).sweep(AT + 121 * DAY)
            await seal_for(database, FILE, NEW_FILE)
            await leave(database, NEW_FILE)
            told.send("through")

    asyncio.run(run())
