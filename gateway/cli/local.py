"""How a command finds its settings and the hub's database on this machine.

``--settings`` first, then TONGXING_SETTINGS, then the sandbox's file. The only file of the command
line that reads the environment for settings.
"""

import os
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import uuid4

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import MEND_A_LOST_DATABASE
from tongxing.gateway.operation.log_signing import perhaps_local_keys
from tongxing.gateway.settings import Settings
from tongxing.gateway.settings_checks import SettingsRefused
from tongxing.gateway.settings_file import SETTINGS_FILE_VARIABLE, load_settings
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.keys.hub_keys import HubKeys

STATE_DIRECTORY = Path(".state")
SETTINGS_FILE = "settings.toml"

SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        show_default=False,
        help=f"配置文件 The settings file; else ${SETTINGS_FILE_VARIABLE}, else "
        f"{STATE_DIRECTORY}/{SETTINGS_FILE}",
    ),
]
DirectoryOption = Annotated[
    Path, typer.Option(metavar="DIR", help="沙箱目录 The sandbox's keys, settings and database")
]


def local_actor() -> str:
    """The account on this machine as the audit log names it: a number, not a person's name."""
    return f"uid:{os.getuid()}"


def local_request_id() -> str:
    return f"cli-{uuid4().hex}"


def settings_path(given: Path | None) -> Path:
    """The settings file to use. Raises CommandFailed, which says how to make one, if there is
    none."""
    named = given or os.environ.get(SETTINGS_FILE_VARIABLE)
    path = Path(named) if named else STATE_DIRECTORY / SETTINGS_FILE
    if path.is_file():
        return path
    raise CommandFailed(
        f"{path} 处没有配置文件：请用 --settings FILE 指定，用 `tongxing init` 建立，或用 "
        f"`tongxing serve --sandbox` 试用 no settings file at {path}: name one with --settings "
        "FILE, let `tongxing init` make one, or let `tongxing serve --sandbox` make one with three "
        "reference issuers"
    )


def read_settings(given: Path | None) -> Settings:
    """The settings of this command line. Raises CommandFailed."""
    try:
        return load_settings(settings_path(given), os.environ)
    except SettingsRefused as refused:
        raise CommandFailed(f"配置有误，请改正 the settings are refused: {refused}") from None


class LocalDatabase(NamedTuple):
    """``signer`` is None if this account may not read the hub's keys; then the hub signs what a
    command records."""

    place: DatabasePlace
    signer: HubKeys | None


def local_database(settings: Path | None) -> LocalDatabase:
    """That of the settings, whether it is there or not. Raises CommandFailed."""
    read = read_settings(settings)
    return LocalDatabase(read.database, perhaps_local_keys(read.hub.id, read.keys, now))


def existing_database(settings: Path | None) -> LocalDatabase:
    """The same. Raises CommandFailed if the hub has not made the file yet, or if it is
    gone."""
    found = local_database(settings)
    database = found.place.file
    if found.place.url is not None or database.is_file():
        return found
    if head_file_of(database).exists():
        raise CommandFailed(
            f"{database} 不见了，其中的记录也不见了 is gone, and its records with it: "
            f"{MEND_A_LOST_DATABASE}"
        )
    raise CommandFailed(
        f"{database} 还没有数据库，请先运行平台 there is no database yet: the hub has not run yet"
    )
