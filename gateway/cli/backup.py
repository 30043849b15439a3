"""``tongxing backup``: a backup beside a running hub, on the hub's machine."""

from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import (
    SettingsOption,
    existing_database,
    read_settings,
    settings_path,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.alone import NotAlone
from tongxing.gateway.operation.taking_backup import BackupInTheWay, take_backup
from tongxing.keys.hub_keys import NoSigningKey

NO_KEY = "须能读平台私钥，以签署备份 this account cannot read the hub's key, which signs the backup"


def backup(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="新目录 A new directory, mode 0700")
    ],
    settings: SettingsOption = None,
) -> None:
    """The database, the settings, the trust list and the policies; no private key."""
    file = settings_path(settings)
    keys = existing_database(settings).signer
    if keys is None:
        raise CommandFailed(NO_KEY)
    try:
        made = take_backup(read_settings(settings), file, directory, keys, now).statement
    except NoSigningKey:
        raise CommandFailed(NO_KEY) from None
    except (BackupInTheWay, NotAlone) as error:
        raise CommandFailed(str(error)) from None
    typer.echo(f"✔ {directory}: {made.size} 条记录 entries, {made.log}")
    typer.echo(
        "  不含私钥和机构凭据，请另行保管 "
        "it holds no private key and no credential: keep those apart"
    )
