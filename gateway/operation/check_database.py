"""``tongxing doctor``: a database that can be opened, and whose it is."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import TableForms, form_of_database, open_database
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.fault_words import fault_words
from tongxing.gateway.operation.followed_hub_keys import HubKeysRefused, take_newest
from tongxing.gateway.operation.local_state import MEND_A_LOST_DATABASE
from tongxing.gateway.operation.log_signing import perhaps_local_keys
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage import StorageFault, durability
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog, Damage
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.gateway.storage.ownership import Owner, check_owner
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys.holder import HolderKey
from tongxing.keys.hub_keys import HubKeys


def examine_database(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
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
        asyncio.run(_open(database, settings, at))
    except HubKeysRefused as error:
        yield Diagnosis(str(settings.keys.hub), str(error), "见 see docs/operating/rotation.md")
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
            "(docs/operating/standby.md)"
        )
    return "保留数据库，详情见 keep the database; `tongxing audit verify` says more"


def _journal() -> Diagnosis:
    chosen = durability(sqlite3.sqlite_version_info)
    return Diagnosis(f"SQLite {sqlite3.sqlite_version}: {chosen.reason}")


async def _open(place: DatabasePlace, settings: Settings, at: datetime) -> None:
    async with open_database(place) as database:
        await AuditLog.open(database)
        keys = perhaps_local_keys(settings.hub.id, settings.keys, lambda: at)
        if keys is None:
            return
        await take_newest(keys, HubKeyStore(database), None)
        owner = owner_by(settings, keys)
        if owner is not None:
            await check_owner(database, owner)


def owner_by(settings: Settings, keys: HubKeys) -> Owner | None:
    """``keys`` know what is stated of them. None if the holder key cannot be read, which is said of
    it."""
    try:
        holder = HolderKey(settings.keys.holder.read_bytes())
    except (OSError, ValueError):
        return None
    return Owner(settings.hub.id, keys.current.founder, holder.fingerprint)


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
