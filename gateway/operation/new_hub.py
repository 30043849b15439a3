"""What a new hub needs on its machine, made once from an operator's answers: keys, credentials,
settings and the directories for the rest.

Responsible for the order: the settings come last, so a hub that was broken off half-way has none,
and making it again goes on. Nothing that exists is ever written over, and no private key is made
beside a database, which belongs to the keys that it had. Refuses to make what other people make:
root keys, the trust list, the issuers' credentials.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe
from typing import NamedTuple

from msgspec import Struct

from tongxing.gateway.operation.alone import alone_in
from tongxing.gateway.operation.credentials import CREDENTIAL_MAX_CHARACTERS, bearer_credential
from tongxing.gateway.operation.files import ensure_directory, read_at_most, replace, write_once
from tongxing.gateway.settings import Profile, Settings
from tongxing.gateway.settings_checks import SettingsRefused
from tongxing.gateway.settings_file import load_settings
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.keys.holder import generate_holder_key
from tongxing.keys.signing import HubSigner, Sm2Signer

SETTINGS_FILE = "settings.toml"
METRICS_CREDENTIAL = Path("keys/metrics.credential")


class IssuerAnswers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``credential_file`` is a file with what the issuer gave the hub; without it the credential
    has to be put in its place later."""

    id: str
    dialect: str
    url: str
    cust_num: str = ""
    credential_file: Path | None = None


class HubAnswers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    region: str


class ListenAnswers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: int = 8321


class SetupAnswers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked, and nothing else: an answer that is not written down would be lost in silence.
    The settings say what is right. ``database``: a file, or the address of a PostgreSQL server;
    ``cache``: that of a Redis server, if several processes are to share what they know."""

    profile: Profile = Profile.PRODUCTION
    hub: HubAnswers
    listen: ListenAnswers = ListenAnswers()
    database: str = "tongxing.sqlite3"
    cache: str | None = None
    issuers: tuple[IssuerAnswers, ...]


class NewHub(NamedTuple):
    """``made`` are the files that were not there before. ``missing``: those that others have to
    bring."""

    settings: Settings
    made: tuple[Path, ...]
    missing: tuple[Path, ...]
    hub: HubSigner
    sm2: Sm2Signer


class KeysAreGone(Exception):
    """There is a database, but not the key that it belongs to: it has to be restored."""

    def __init__(self, file: Path) -> None:
        super().__init__(str(file))
        self.file = file


def make_hub(directory: Path, answers: SetupAnswers | None) -> NewHub:
    """Whatever is missing in ``directory``. Without ``answers`` the settings must be there; if they
    are, no answers change them. Raises SettingsRefused, KeysAreGone, ValueError for a credential,
    OSError."""
    ensure_directory(directory)
    with alone_in(directory, waits=True):  # two people at once make one hub
        file = directory / SETTINGS_FILE
        if answers is not None and not file.exists():
            _try_out(directory, answers)
        settings = load_settings(file if file.exists() else _candidate(directory), {})
        made = [*_keys(settings, directory), *_credentials(directory, answers)]
        ensure_directory(settings.trust.list.parent)
        if answers is not None and not file.exists():
            _candidate(directory).replace(file)
            made.append(file)
        return _made(settings, made)


def _made(settings: Settings, made: list[Path]) -> NewHub:
    awaited = [
        *(issuer.credential for issuer in settings.issuers if issuer.credential is not None),
        settings.trust.root_keys,
        settings.trust.list,
    ]
    return NewHub(
        settings,
        tuple(made),
        tuple(path for path in awaited if not path.exists()),
        HubSigner.from_pem(settings.keys.hub.read_bytes()),
        Sm2Signer.from_pem(settings.keys.sm2.read_bytes()),
    )


def _candidate(directory: Path) -> Path:
    return directory / f".{SETTINGS_FILE}.candidate"


def _try_out(directory: Path, answers: SetupAnswers) -> None:
    """The settings, beside their place: they are refused before anything else is made."""
    candidate = _candidate(directory)
    replace(candidate, settings_text(answers).encode())
    try:
        load_settings(candidate, {})
    except SettingsRefused:
        candidate.unlink()
        raise


def _keys(settings: Settings, directory: Path) -> Iterator[Path]:
    keys = settings.keys
    makers = {
        keys.hub: lambda: HubSigner.generate().to_pem(),
        keys.sm2: lambda: Sm2Signer.generate().to_pem(),
        keys.holder: generate_holder_key,
        directory / METRICS_CREDENTIAL: lambda: f"{token_urlsafe()}\n".encode("ascii"),
    }
    for file, make in makers.items():
        if file.exists():
            continue
        if _has_run(settings):
            raise KeysAreGone(file)
        write_once(file, make)
        yield file


def _has_run(settings: Settings) -> bool:
    database = settings.database.file
    return database.exists() or head_file_of(database).exists()


def _credentials(directory: Path, answers: SetupAnswers | None) -> Iterator[Path]:
    for issuer in () if answers is None else answers.issuers:
        file = directory / _credential_of(issuer)
        ensure_directory(file.parent.parent)
        ensure_directory(file.parent)
        if issuer.credential_file is not None and not file.exists():
            replace(file, _credential_in(issuer.credential_file))
            yield file


def _credential_in(file: Path) -> bytes:
    try:
        credential = bearer_credential(read_at_most(file, CREDENTIAL_MAX_CHARACTERS))
    except ValueError as error:
        raise ValueError(f"{file} {error}") from None
    return f"{credential}\n".encode("ascii")


def _credential_of(issuer: IssuerAnswers) -> Path:
    return Path("issuers", issuer.id, "credential")


def settings_text(answers: SetupAnswers) -> str:
    """The settings file; what is not asked stays at its default."""
    first = [
        "# 互认平台的配置，由 tongxing init 生成。Settings of a hub, made by tongxing init.",
        "# 相对路径以本文件所在目录为准。Relative paths are relative to this file.",
        f"profile = {_text(answers.profile.value)}",
        f"database = {_text(answers.database)}",
        *([f"cache = {_text(answers.cache)}"] if answers.cache else []),
        f"metrics_credential = {_text(str(METRICS_CREDENTIAL))}",
    ]
    tables = [
        ["[hub]", f"id = {_text(answers.hub.id)}", f"region = {_text(answers.hub.region)}"],
        ["[listen]", f"host = {_text(answers.listen.host)}", f"port = {answers.listen.port}"],
        *map(_issuer, answers.issuers),
    ]
    return "\n\n".join("\n".join(lines) for lines in (first, *tables)) + "\n"


def _issuer(issuer: IssuerAnswers) -> list[str]:
    lines = [
        "[[issuers]]",
        f"id = {_text(issuer.id)}",
        f"dialect = {_text(issuer.dialect)}",
        f"url = {_text(issuer.url)}",
        f"credential = {_text(str(_credential_of(issuer)))}",
    ]
    return [*lines, f"cust_num = {_text(issuer.cust_num)}"] if issuer.cust_num else lines


def _text(value: str) -> str:
    """A basic string of TOML; JSON's are such."""
    return json.dumps(value, ensure_ascii=False)
