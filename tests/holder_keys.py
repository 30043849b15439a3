"""The holder key as a hub without a database of its own has it: one epoch, or as many as a test
says."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tongxing.gateway.storage import Database
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.keys import Holder, HolderEpoch, HolderEpochs, HolderKey, HolderRef
from tongxing.sandbox.provisioning.layout import Layout

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def holder_keys(key: bytes = b"k" * 32) -> HolderKeys:
    """Of a hub that has only ever had the key of its file."""
    return HolderKeys.that_stay(HolderKey(key), only_epoch(key))


def only_epoch(key: bytes = b"k" * 32) -> HolderEpochs:
    return HolderEpochs([HolderEpoch(0, ALWAYS, HolderKey(key), ALWAYS)])


def epochs_from(begins: Mapping[int, datetime]) -> HolderEpochs:
    """Each number with its moment; the secrets differ."""
    return HolderEpochs(
        HolderEpoch(number, at, HolderKey(bytes([number]) * 32, number), at)
        for number, at in begins.items()
    )


def keys_of(epochs: HolderEpochs) -> HolderKeys:
    return HolderKeys.that_stay(HolderKey(b"k" * 32), epochs)


def one(ref: HolderRef) -> Holder:
    """Somebody who is known in one epoch alone."""
    return Holder(ref, (ref,))


async def living(database: Database, layout: Layout) -> HolderEpochs:
    """Those of a hub that has run."""
    file = HolderKey(layout.holder_key.read_bytes())
    return HolderEpochs(await HolderEpochStore(database, file).all())
