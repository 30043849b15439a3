"""A database that is put back: checked whole, apart; then its log goes on under another name.

A backup cannot show what was answered after it. So no restored log goes on under its old name
(docs/decisions/0069-a-restored-log-has-another-name.md); what was given out since is told apart
from what is here, and the operator says that the hub is to go on without it. Until the last step
the place stays empty. Refuses a place that is not.
"""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.alone import alone_in
from tongxing.gateway.operation.backup_form import (
    Backup,
    BackupRefusal,
    BackupRefused,
    mark_of,
)
from tongxing.gateway.operation.files import OWNER_ONLY_DIRECTORY, ensure_directory
from tongxing.gateway.operation.followed_hub_keys import SEEN_KEYS, take_newest
from tongxing.gateway.operation.log_check import bookmark_of
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.audit.resumed import resume
from tongxing.gateway.storage.entries import AuditDamaged
from tongxing.gateway.storage.forgotten import forgotten_until
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.gateway.storage.log_names import (
    UNNAMED,
    GivenHead,
    Resumption,
    entries_of,
    later_name,
)
from tongxing.gateway.storage.log_remains import note_forgotten
from tongxing.gateway.storage.ownership import Owner, check_owner
from tongxing.gateway.storage.postgres.server_copy import fill_server, refuse_filled
from tongxing.gateway.storage.proof_of_writing import prove_writing
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.gateway.storage.snapshot import alone, sync
from tongxing.gateway.storage.sqlite import connect
from tongxing.keys import base64url
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.signed_note import NoteSigner
from tongxing.keys.tree_head import TreeHead

BEFORE = ".before"
"""Behind the names of what lay beside the database that is lost."""


class Lacking(NamedTuple):
    """The log ``log`` had ``known`` entries at least, by what ``source`` shows; ``held`` of them
    are here."""

    log: str
    held: int
    known: int
    source: str


class PlaceTaken(Exception):
    """Nothing is written over."""


def refuse_taken(place: DatabasePlace) -> None:
    """Raises PlaceTaken, StorageFault."""
    if place.url is not None:
        refuse_filled(place.url, head_file_of(place.file))
        return
    ends = ("", "-wal", "-shm", "-journal")
    beside = [place.file.with_name(place.file.name + end) for end in ends]
    if there := [str(each) for each in beside if each.exists()]:
        raise PlaceTaken(
            f"{', '.join(there)} 已存在：不覆盖任何文件，请先停下平台并移走 is there, and nothing "
            "is written over: stop the hub and move it away first"
        )


@contextmanager
def rehearsed(backup: Backup, place: DatabasePlace) -> Iterator[Path]:
    """The database of ``backup``, apart, in the form of this program. Nobody else has one there
    meanwhile: the place would get a database out of two hands. Raises BackupRefused, NotAlone,
    StorageFault, AuditDamaged, OSError."""
    ensure_directory(place.file.parent)
    with alone_in(place.file.parent), _apart(place) as apart:
        copy = apart / place.file.name
        opened = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(opened, "wb") as written, backup.database.open("rb") as read:
            shutil.copyfileobj(read, written, 1 << 20)
        if mark_of(copy) != backup.statement.files[backup.database.name]:
            raise BackupRefused(
                BackupRefusal.OTHER_FILES, "备份在复制时变了 the backup changed while it was copied"
            )
        yield copy


@contextmanager
def _apart(place: DatabasePlace) -> Iterator[Path]:
    """An empty directory beside. What one that was killed has left is removed."""
    apart = place.file.with_name(f".{place.file.name}.restoring")
    shutil.rmtree(apart, ignore_errors=True)
    apart.mkdir(mode=OWNER_ONLY_DIRECTORY)
    try:
        yield apart
    finally:
        shutil.rmtree(apart, ignore_errors=True)


async def take_stated(copy: Path, keys: HubKeys) -> None:
    """``keys`` know what the database states of the hub's keys. Raises HubKeysRefused,
    StorageFault."""
    async with Database.open(copy) as database:
        await take_newest(keys, HubKeyStore(database), None)


async def check_log(copy: Path, backup: Backup, owner: Owner | None, signer: NoteSigner) -> None:
    """Every entry, and that the log is the one that was stated, of this hub. Raises BackupRefused,
    StorageFault, AuditDamaged."""
    stated = backup.statement
    async with Database.open(copy) as database:
        log = await AuditLog.open(database)
        if owner is not None:
            await check_owner(database, owner)
        await log.verify([TreeHead(stated.log, stated.size, base64url.decode(stated.root))])
        size = await log.size()
        name = database.names.now(signer.verifier.name)
    if (size, name) != (stated.size, stated.log):
        raise BackupRefused(
            BackupRefusal.OTHER_LOG,
            "备份中的日志不是签名所说的 the log in the backup is not the one that was stated",
        )


async def lacking(copy: Path, given: Sequence[GivenHead], first_name: str) -> Sequence[Lacking]:
    """What is known of this hub's logs and is not in the database ``copy``, for each log the most.
    Raises AuditDamaged if the database is of another history than what was ``given``."""
    found: dict[str, Lacking] = {}
    async with Database.open(copy) as database:
        log = await AuditLog.open(database)
        for each in given:
            lacks = await _lacks(log, each, first_name)
            if lacks is not None and found.get(lacks.log, lacks) <= lacks:
                found[lacks.log] = lacks
    return sorted(found.values())


async def _lacks(log: AuditLog, given: GivenHead, first_name: str) -> Lacking | None:
    """What ``given`` shows and the log lacks, but for what was lost at an earlier restore."""
    size, known = await log.size(), entries_of(given.seen)
    if given.log == UNNAMED:
        with suppress(AuditDamaged):
            await log.check_seen(given.seen)
            return None
        name, held = log.names.now(first_name), size
    else:
        end = log.names.held(given.log, first_name)
        name, held = given.log, size if end is None else end
    if known > held and known <= log.names.known(name):
        return None
    if known > held:
        return Lacking(name, held, known, given.source)
    await log.check_seen(given.seen)
    return None


async def go_on_anew(
    copy: Path,
    known: Mapping[str, int],
    *,
    signer: NoteSigner,
    at: datetime,
    actor: str,
    request_id: str,
) -> str:
    """Let the log in ``copy`` go on under a name that no log has had, and sign it; the name.
    Raises StorageFault, AuditDamaged."""
    async with Database.open(copy) as database:
        log = await AuditLog.open(database)
        before = database.names.now(signer.verifier.name)
        size = await log.size()
        root = await log.root(size)
        name = later_name(signer.verifier.name, at.date(), secrets.token_bytes(4))
        of = Resumption(
            log=name, before=before, size=size, root=base64url.encode(root), known=dict(known)
        )

        def work(unit: UnitOfWork) -> None:
            resume(of, at, request_id, actor, unit)
            if until := forgotten_until(unit):
                note_forgotten(until, signer.named(name), unit)

        await database.write(work)
    async with Database.open(copy, signer=signer) as database:
        await AuditLog.open(database)
        await prove_writing(database)
    connection = connect(copy)
    alone(connection)
    connection.close()
    return name


def put_into_place(copy: Path, place: DatabasePlace) -> None:
    """The head file comes last: a hub that finds none makes it anew, under the name that the
    database says. What lay beside the lost database is moved aside, never deleted: it shows what
    there was. Raises PlaceTaken, StorageFault, OSError."""
    refuse_taken(place)
    for beside in (head_file_of(place.file), bookmark_of(place.file)):
        if beside.exists():
            beside.rename(_unused(beside.with_name(beside.name + BEFORE)))
    sync(place.file.parent)
    if place.url is None:
        sync(copy)
        os.link(copy, place.file)  # unlike a rename it replaces nothing
    else:
        fill_server(copy, place.url, head_file_of(place.file))
        # The hub's keys may have been changed since; the private ones lie here all the same.
        SeenVersions(place.file).forget(SEEN_KEYS)
    head_file_of(copy).rename(head_file_of(place.file))
    sync(place.file.parent)


def _unused(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def kept_beside(place: DatabasePlace) -> Sequence[Path]:
    """What was kept beside a database that is lost: head files and bookmarks."""
    names = (head_file_of(place.file).name, bookmark_of(place.file).name)
    return [found for name in names for found in sorted(place.file.parent.glob(f"{name}*"))]
