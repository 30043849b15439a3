"""A backup beside a running hub: everything is written apart, signed, and then moved into place.

Until the last step there is no directory of that name, and without the statement in it none that
counts. Reads no private key, and refuses a backup that lacks what was signed before it began.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation import backup_form as form
from tongxing.gateway.operation.alone import alone_in
from tongxing.gateway.operation.backup_form import Backup, BackupStatement
from tongxing.gateway.operation.files import OWNER_ONLY_DIRECTORY, replace
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.operation.root_files import chain_files, root_file
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage.head_file import HeadFile, SeenHead, head_file_of
from tongxing.gateway.storage.hub_key_store import stated_keys
from tongxing.gateway.storage.log_names import read_log_names
from tongxing.gateway.storage.ownership import held_holder_key
from tongxing.gateway.storage.postgres.server_copy import copy_server
from tongxing.gateway.storage.snapshot import copy_file, sync
from tongxing.gateway.storage.sqlite import SCHEMA_VERSION, connect
from tongxing.gateway.storage.sqlite_session import SqliteSession
from tongxing.gateway.storage.tree import StoredTree
from tongxing.keys import HubSigner, base64url
from tongxing.keys.hub_key_statement import InvalidStatement
from tongxing.keys.hub_keys import HubKeys
from tongxing.schema import stamp


class BackupInTheWay(Exception):
    """There is something at that place."""


def take_backup(
    settings: Settings,
    settings_file: Path,
    directory: Path,
    keys: HubKeys,
    clock: Callable[[], datetime],
) -> Backup:
    """In ``directory``, which is not there yet; ``settings_file`` holds ``settings``. Raises
    BackupInTheWay, NotAlone, NoSigningKey, StorageFault, AuditDamaged, OSError."""
    directory = directory.absolute()
    with _apart(directory) as part:
        since = clock()
        signed = HeadFile(head_file_of(settings.database.file)).read()
        _copy_database(settings.database, part / form.DATABASE)
        signer = _signer(keys, part / form.DATABASE)
        _copy_public(settings, settings_file, part)
        (part / form.HUB_KEY).write_bytes(msgspec.json.encode(signer.public_jwk()))
        statement = _statement(settings.hub.id, part, signer.key_id, signed, (since, clock()))
        for path in part.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
            sync(path)
        replace(part / form.STATEMENT, form.state(statement, signer))
        sync(part)
        part.rename(directory)
        sync(directory.parent)
    return Backup(directory, statement)


@contextmanager
def _apart(directory: Path) -> Iterator[Path]:
    """A directory beside. What one that was killed has left is removed, and so is what fails."""
    part = directory.with_name(f".{directory.name}.part")
    with alone_in(directory.parent):
        if directory.exists():
            raise BackupInTheWay(f"{directory} 已存在，请另取名字 is there already: take another")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=OWNER_ONLY_DIRECTORY)
        try:
            yield part
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def _copy_database(place: DatabasePlace, target: Path) -> None:
    if place.url is None:
        copy_file(place.file, target)
    else:
        copy_server(place.url, target)


def _signer(keys: HubKeys, copy: Path) -> HubSigner:
    """The key that is in use by what the copy states. Raises NoSigningKey."""
    with closing(connect(copy)) as connection:
        statement = stated_keys(SqliteSession(connection))
    with suppress(InvalidStatement):
        if statement is not None:
            keys.take(statement)
    return keys.signer


def _copy_public(settings: Settings, settings_file: Path, part: Path) -> None:
    """What anybody may see, and what the hub cannot be set up without."""
    chain = chain_files(settings.trust.root_keys)
    roots = {str(root_file(Path(form.ROOT_KEYS), number)): file for number, file in chain}
    wanted = roots | {  # the list after them: not all of them would have signed an earlier one
        form.SETTINGS: settings_file,
        form.TRUST_LIST: settings.trust.list,
        form.POLICY_KEYS: settings.policy_keys,
    }
    for name, source in wanted.items():
        if source is not None and source.exists():
            (part / name).parent.mkdir(mode=OWNER_ONLY_DIRECTORY, exist_ok=True)
            shutil.copyfile(source, part / name)
    for name, folder, kinds in (
        (form.POLICIES, settings.policies, ("*.toml", "*.toml.sig")),
        (form.DIALECTS, settings.dialects, ("*.toml", "*.toml.sig")),
        (form.DOCUMENTS, settings.documents, ("*.graphql",)),
    ):
        if folder is None:
            continue
        (part / name).mkdir(mode=OWNER_ONLY_DIRECTORY)
        for source in sorted(each for kind in kinds for each in folder.glob(kind)):
            shutil.copyfile(source, part / name / source.name)


def _statement(
    hub_id: str,
    part: Path,
    hub_key: str,
    signed: SeenHead | None,
    made: tuple[datetime, datetime],
) -> BackupStatement:
    """Raises AuditDamaged if the copy lacks what was ``signed`` before it was made."""
    with closing(connect(part / form.DATABASE)) as connection:
        session = SqliteSession(connection)
        tree = StoredTree(session)
        tree.check(signed)
        size = tree.size()
        log = read_log_names(session).now(log_origin(hub_id))
        root, holder_key = tree.root(size), held_holder_key(session)
    since, until = map(stamp, made)
    return BackupStatement(
        form=form.FORM,
        program=version("tongxing"),
        tables=SCHEMA_VERSION,
        hub_id=hub_id,
        hub_key=hub_key,
        holder_key=holder_key,
        log=log,
        size=size,
        root=base64url.encode(root),
        since=since,
        until=until,
        files=form.marks(part),
    )
