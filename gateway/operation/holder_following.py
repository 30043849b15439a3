"""The epochs of the holder key in a running hub: known to every process, begun and destroyed in
time by one of them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NoReturn, Protocol

from tongxing.gateway.storage import StorageFault, StorageUnavailable
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.holder_terms import HolderTerms, next_begin
from tongxing.gateway.storage.news import NewsEar
from tongxing.keys import HolderEpoch, HolderEpochs, HolderKey

LOOK_SECONDS = 5.0
"""Between two looks if the news of others is not heard, and between two attempts that failed."""

DUE_SECONDS = 60.0
"""Between two looks whether an epoch is to begin."""


class HolderWatch(Protocol):
    def holder_epochs(self, living: int, begun: datetime) -> None: ...

    def holder_epoch_announced(self, number: int, seconds: float) -> None: ...


async def open_holder_keys(
    store: HolderEpochStore, file: HolderKey, at: datetime, elapsed: Callable[[], float]
) -> HolderKeys:
    """With all epochs that there are; the first one if there were none. Raises StorageRefused if
    ``file`` does not open them, StorageUnavailable."""
    await store.first(at)
    looked_at = elapsed()
    return HolderKeys(file, HolderEpochs(await store.all()), elapsed, looked_at)


async def follow_epochs(
    store: HolderEpochStore,
    keys: HolderKeys,
    ear: NewsEar,
    *,
    watch: HolderWatch,
    clock: Callable[[], datetime],
    elapsed: Callable[[], float],
) -> NoReturn:
    """Let ``keys`` know of every epoch, for as long as the hub runs. ``clock`` gives aware UTC
    times; ``elapsed`` is that of ``keys``."""
    while True:
        if ear.is_due():
            with suppress(StorageFault), ear.looking():
                looked_at = elapsed()
                found = await store.all()
                keys.learn(HolderEpochs(_the_same(found, keys.known)), looked_at)
        watch.holder_epochs(len(list(keys.known)), keys.known.at(clock()).since)
        await ear.wait(LOOK_SECONDS)


async def begin_in_time(
    store: HolderEpochStore, terms: HolderTerms, watch: HolderWatch, clock: Callable[[], datetime]
) -> NoReturn:
    """Announce the next epoch whenever it is due, for as long as this process is to. ``clock``
    gives aware UTC times, or raises StorageUnavailable."""
    while True:
        with suppress(StorageUnavailable):
            at, epochs = clock(), await store.listed()
            begins = next_begin(epochs, terms, at)
            last = max(each.number for each in epochs)
            if begins is not None and await store.begin(begins, last, at=at):
                watch.holder_epoch_announced(last + 1, (begins - at).total_seconds())
        await asyncio.sleep(DUE_SECONDS)


def _the_same(found: Sequence[HolderEpoch], known: HolderEpochs) -> Sequence[HolderEpoch]:
    """The objects that are known already, for epochs that are: what was prepared in one of them is
    still of that."""
    return [known.numbered(each.number) or each for each in found]
