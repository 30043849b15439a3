"""``tongxing doctor``: does the holder file open the epochs, and do they follow one another."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tongxing.gateway.operation.databases import form_of_database, open_database
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage import StorageFault
from tongxing.gateway.storage.audit import AuditDamaged
from tongxing.gateway.storage.faults import StorageDamaged
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.keys.holder import HolderKey
from tongxing.keys.holder_epochs import HolderEpoch
from tongxing.schema import stamp

LATE = timedelta(days=1)
"""An epoch that is so much older than it should be has no next one because nobody begins it."""


def examine_holders(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    """Nothing of a hub that has not run yet, or of what is said of its files and its database."""
    about = "持码人密钥各期 epochs of the holder key"
    database, file = settings.database, settings.keys.holder
    if database.url is None and not database.file.exists():
        return
    try:
        form = form_of_database(database)
        if form.held < form.known:  # to open it would upgrade it
            return
        epochs = asyncio.run(_epochs(settings, HolderKey(file.read_bytes())))
    except (OSError, ValueError, StorageFault, AuditDamaged):
        return
    if epochs is None:
        yield Diagnosis(
            about,
            "其密封已被改动 what they are sealed in was changed",
            "从备份恢复数据库 restore the database",
        )
    elif epochs:
        yield _age(about, epochs, settings, at)


async def _epochs(settings: Settings, file: HolderKey) -> Sequence[HolderEpoch] | None:
    """None if somebody has written into their table."""
    async with open_database(settings.database) as database:
        store = HolderEpochStore(database, file)
        if not await store.listed():
            return []
        try:
            return await store.all()
        except StorageDamaged:
            return None


def _age(about: str, epochs: Sequence[HolderEpoch], settings: Settings, at: datetime) -> Diagnosis:
    present = max((each.since for each in epochs if each.since <= at), default=at)
    about = f"{about} · {len(epochs)} · {stamp(present)}"
    if at - present <= timedelta(days=settings.holders.epoch_days) + LATE:
        return Diagnosis(about)
    return Diagnosis(
        about,
        "早应开始新的一期 the next epoch is late",
        "完成密钥文件的更换，或确认平台在运行 end the replacement of the holder file "
        "(tongxing hub holders rotate --finish), or see that the hub runs",
    )
