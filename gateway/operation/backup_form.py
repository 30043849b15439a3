"""What a backup is: a directory with a database, public files, and the hub's word for all of them.

The statement names every file with its digest, and says how far the log goes. It is written last,
so that half a backup is none. No private key, no credential of an issuer and no text about a person
lies in it but what the database holds. Refuses to make one (``taking_backup``) and to use one.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum, unique
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from tongxing.keys import HubSigner, PublicKey
from tongxing.keys.backup_statement import InvalidBackupStatement, sign_statement, verify_statement

FORM = 1
STATEMENT = "statement.jws"
DATABASE = "tongxing.sqlite3"
SETTINGS = "settings.toml"
TRUST_LIST = "trust/trust-list.json"
ROOT_KEYS = "trust/root-keys.json"
POLICY_KEYS = "policy-keys.json"
HUB_KEY = "hub.jwk"
POLICIES = "policies"
DOCUMENTS = "documents"
DIALECTS = "dialects"

READ_AT_ONCE = 1 << 20
_STATEMENT_MAX_BYTES = 1 << 16


@unique
class BackupRefusal(StrEnum):
    NO_STATEMENT = "NO_STATEMENT"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    OTHER_FORM = "OTHER_FORM"
    OTHER_FILES = "OTHER_FILES"
    OTHER_HUB = "OTHER_HUB"
    OTHER_LOG = "OTHER_LOG"


class BackupRefused(Exception):
    """It is not used. The sentence says what to do about it."""

    def __init__(self, refusal: BackupRefusal, sentence: str) -> None:
        super().__init__(f"{sentence} ({refusal.value})")
        self.refusal = refusal


class FileMark(Struct, frozen=True):
    """``sha256``: in hexadecimal digits, as ``sha256sum`` says it."""

    bytes: int
    sha256: str


class BackupStatement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``tables`` is the form of the database; ``holder_key`` a digest that tells nothing of that
    key, or empty. The ``log`` has ``size`` entries under ``root`` (base64url). ``since`` and
    ``until``: when it was made, ISO 8601; all that was acknowledged before ``since`` is in it."""

    form: int
    program: str
    tables: int
    hub_id: str
    hub_key: str
    holder_key: str
    log: str
    size: int
    root: str
    since: str
    until: str
    files: Mapping[str, FileMark]


class Backup(NamedTuple):
    directory: Path
    statement: BackupStatement

    @property
    def database(self) -> Path:
        return self.directory / DATABASE


def state(statement: BackupStatement, signer: HubSigner) -> bytes:
    return sign_statement(signer, msgspec.json.encode(statement)).encode()


def read_backup(directory: Path, *keys: PublicKey) -> Backup:
    """Every file is as the hub stated it with one of its ``keys``. Raises BackupRefused,
    OSError."""
    statement = _stated(directory, keys)
    if marks(directory) != statement.files:
        raise BackupRefused(
            BackupRefusal.OTHER_FILES,
            "备份中的文件与签名所列不符，请改用另一份备份 files of the backup are not those that "
            "were stated: use another backup",
        )
    return Backup(directory, statement)


def _stated(directory: Path, keys: Sequence[PublicKey]) -> BackupStatement:
    try:
        with (directory / STATEMENT).open("rb") as file:
            unverified = file.read(_STATEMENT_MAX_BYTES + 1)
    except FileNotFoundError:
        raise BackupRefused(
            BackupRefusal.NO_STATEMENT,
            f"{directory} 不是完整的备份 is no whole backup",
        ) from None
    try:
        claims = verify_statement(unverified, *keys)
    except InvalidBackupStatement:
        raise BackupRefused(
            BackupRefusal.BAD_SIGNATURE,
            "备份不是用本机上的平台密钥签名的：若其后换过密钥，请放回当时的私钥文件 "
            "the backup is not signed by a key of the hub on this machine: if the key was changed "
            "since, put the file of the one of that day back",
        ) from None
    try:
        form = msgspec.json.decode(claims, type=_Form).form
        if form == FORM:
            return msgspec.json.decode(claims, type=BackupStatement)
    except msgspec.MsgspecError:
        form = 0
    raise BackupRefused(
        BackupRefusal.OTHER_FORM,
        f"备份的格式为 {form}，本程序只认 the backup has form {form}, this program knows {FORM}: "
        "请用作备份的程序 use the program that made it",
    )


class _Form(Struct, frozen=True):
    form: int


def marks(directory: Path) -> dict[str, FileMark]:
    """Of every file but the statement. Raises OSError."""
    found = sorted(_files(directory))
    return {name: mark_of(directory / name) for name in found if name != STATEMENT}


def _files(directory: Path) -> Iterator[str]:
    for folder, _, names in os.walk(directory):
        yield from (str((Path(folder) / name).relative_to(directory)) for name in names)


def mark_of(path: Path) -> FileMark:
    """Raises OSError; a link is none of our files."""
    digest, size = hashlib.sha256(), 0
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        while piece := file.read(READ_AT_ONCE):
            digest.update(piece)
            size += len(piece)
    return FileMark(size, digest.hexdigest())
