"""``tongxing doctor``: a database that can be opened, and whose it is."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import TableForms, form_of_database, open_database
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.fault_words import fault_words
from tongxing.gateway.operation.local_state import MEND_A_LOST_DATABASE
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage import StorageFault, durability
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog, Damage
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.ownership import Owner, check_owner
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys.holder import HolderKey
from tongxing.keys.signing import HubSigner


def examine_database(settings: Settings) -> Iterator[Diagnosis]:
    database = settings.database
    if database.url is None:
        yield _journal()
        if not database.file.exists():
            yield _no_database(database.file)
            return
    about = str(database)
    try:
        form = form_of_database(database)
        if 0 < form.held < form.known:
            yield _older(about, form)
            return
        asyncio.run(_open(database, owner_by(settings)))
    except StorageFault as error:
        yield Diagnosis(
            about,
            fault_words(error),
            "照所说的处理，或从备份恢复 do what the sentence says, or restore it",
        )
    except AuditDamaged as error:
        yield Diagnosis(
            about,
            fault_words(error),
            _mend_damage(database, error),
        )
    else:
        yield Diagnosis(f"{about}：表格式 tables: {form.known}")


def _older(about: str, form: TableForms) -> Diagnosis:
    """It is not opened: that would upgrade it."""
    return Diagnosis(
        about,
        f"表格式 tables: {form.held} → {form.known}，首次启动时升级，不可退回 "
        "the first start upgrades them, and there is no way back",
        "先备份 take a backup first (docs/operating/upgrading.md)",
    )


def _mend_damage(place: DatabasePlace, damage: AuditDamaged) -> str:
    if place.url is not None and damage.damage is Damage.TRUNCATED:
        return (
            "接回保有这些记录的主库，见 connect to the primary that has them "
            "(docs/operators.md, A standby)"
        )
    return "保留数据库，详情见 keep the database; `tongxing audit verify` says more"


def _journal() -> Diagnosis:
    chosen = durability(sqlite3.sqlite_version_info)
    return Diagnosis(f"SQLite {sqlite3.sqlite_version}: {chosen.reason}")


async def _open(place: DatabasePlace, owner: Owner | None) -> None:
    async with open_database(place) as database:
        await AuditLog.open(database)
        if owner is not None:
            await check_owner(database, owner)


def owner_by(settings: Settings) -> Owner | None:
    """None if the keys cannot be read, which is said of them."""
    keys = settings.keys
    try:
        hub = HubSigner.from_pem(keys.hub.read_bytes())
        return Owner(settings.hub.id, hub.key_id, HolderKey(keys.holder.read_bytes()).fingerprint)
    except (OSError, ValueError):
        return None


def _no_database(database: Path) -> Diagnosis:
    if head_file_of(database).exists():
        return Diagnosis(
            str(database),
            "不见了，其中的记录也不见了 is gone, and its records with it",
            MEND_A_LOST_DATABASE,
        )
    return _directory(database.parent)


def _directory(directory: Path) -> Diagnosis:
    """The hub makes its database there at its first start; nothing is made here."""
    if os.access(directory, os.W_OK):
        return Diagnosis(
            f"{directory}：首次启动时建立数据库 the database is made at the first start"
        )
    return Diagnosis(
        str(directory),
        "不存在或不可写 is missing or cannot be written",
        f"建立目录 mkdir -m 700 {directory}",
    )
