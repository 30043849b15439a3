"""``tongxing restore``: checks a backup whole, says what is missing, and puts it in an empty place.

The log of a restored database goes on under another name, which is an entry of it: see
``docs/operating/backup.md``. ``--check`` does all but the last step.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.known_evidence import known_in
from tongxing.gateway.cli.local import (
    SettingsOption,
    local_actor,
    local_request_id,
    read_settings,
)
from tongxing.gateway.cli.log_evidence import public_keys
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.alone import NotAlone
from tongxing.gateway.operation.backup_form import Backup, BackupRefused, read_backup
from tongxing.gateway.operation.check_database import owner_by
from tongxing.gateway.operation.followed_hub_keys import HubKeysRefused
from tongxing.gateway.operation.gone_back import GoneBack, gone_back
from tongxing.gateway.operation.log_signing import perhaps_local_keys
from tongxing.gateway.operation.public_files import put_public
from tongxing.gateway.operation.restoring import (
    Lacking,
    PlaceTaken,
    check_log,
    go_on_anew,
    kept_beside,
    lacking,
    put_into_place,
    refuse_taken,
    rehearsed,
    take_stated,
)
from tongxing.gateway.settings import Settings
from tongxing.keys.hub_keys import HubKeys

NO_KEY = (
    "须先把平台私钥放回配置所写之处 "
    "put the hub's private keys back first, where the settings name them"
)
NOTHING_KNOWN = (
    "没有任何凭据说明备份之后答复过什么 nothing was given that shows how far the log went: look "
    "for the head file of the lost machine, and ask clients and witnesses for receipts and "
    "checkpoints (--known FILE)"
)
NOT_ACCEPTED = (
    "未恢复：若确实找不回，请加 --accept-loss "
    "nothing was restored: if what is missing cannot be found, say so with --accept-loss"
)


def restore(
    directory: Annotated[Path, typer.Argument(metavar="BACKUP", help="备份 The backup")],
    *,
    settings: SettingsOption = None,
    known: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="备份之后给出的回执、存证、检查点，或旧机器的链头文件 What was given out since: a "
            "receipt, a proof, a checkpoint, or the head file of the lost machine",
        ),
    ] = None,
    accept_loss: Annotated[
        bool,
        typer.Option(
            "--accept-loss", help="缺失的记录确已找不回 What is missing cannot be found again"
        ),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="只检查，不恢复 Check it, and restore nothing")
    ] = False,
) -> None:
    read = read_settings(settings)
    keys = perhaps_local_keys(read.hub.id, read.keys, now)
    if keys is None:
        raise CommandFailed(NO_KEY)
    try:
        backup = read_backup(directory, *(key.public_key for key in keys.held.hub.values()))
        if not check:
            refuse_taken(read.database)
        with rehearsed(backup, read.database) as copy:
            _restore(read, keys, backup, copy, known or (), accept_loss=accept_loss, check=check)
    except (BackupRefused, HubKeysRefused, NotAlone, PlaceTaken) as error:
        raise CommandFailed(str(error)) from None


def _restore(
    settings: Settings,
    keys: HubKeys,
    backup: Backup,
    copy: Path,
    known: Sequence[Path],
    *,
    accept_loss: bool,
    check: bool,
) -> None:
    asyncio.run(take_stated(copy, keys))
    signer = keys.log_signer()
    asyncio.run(check_log(copy, backup, owner_by(settings, keys), signer))
    stated = backup.statement
    typer.echo(
        f"✔ 备份完好，{stated.size}条记录 the backup is whole, {stated.size} entries: all that was "
        f"acknowledged before {stated.since}"
    )
    files = [*known, *([] if check else kept_beside(settings.database))]
    given = list(known_in(files, public_keys(keys)))
    lacks = asyncio.run(lacking(copy, given, signer.verifier.name))
    for each in lacks:
        typer.echo(_missing(each), err=True)
    if not given:
        typer.echo(f"！{NOTHING_KNOWN}", err=True)
    _say_of_the_past(gone_back(copy), keys.current.signing.key_id, stated.since)
    if check:
        return
    if not accept_loss and (lacks or not given):
        raise CommandFailed(NOT_ACCEPTED)
    name = asyncio.run(
        go_on_anew(
            copy,
            {each.log: each.known for each in lacks},
            signer=signer,
            at=now(),
            actor=local_actor(),
            request_id=local_request_id(),
        )
    )
    for kept in put_public(backup, settings):
        typer.echo(f"  保留原有 kept what is there: {kept}")
    put_into_place(copy, settings.database)
    typer.echo(f"✔ {settings.database}\n  日志今后的名称 the log goes on as {name}")


def _missing(each: Lacking) -> str:
    return (
        f"！{each.source} 证明 proves: {each.log} 有 had {each.known} 条，此处有 of which "
        f"{each.held} are here; 缺失 missing: {each.held} … {each.known - 1}"
    )


def _say_of_the_past(back: GoneBack, hub_key: str, since: str) -> None:
    clients = " ".join(back.clients) or "—"
    typer.echo(
        "  此后的注销、停用、纠错和公布都不在其中 "
        f"what was revoked, stopped, corrected or published after {since} is not in it:\n"
        f"  接入系统（已注销的须再注销） clients (revoke again whom you have revoked): {clients}\n"
        "  平台密钥（其后被盗的须再吊销） hub key (revoke again what was stolen since): "
        f"{hub_key}\n"
        f"  未结纠错 corrections without a decision: {back.open_corrections}; "
        f"信任列表版本 trust list version: {back.trust_list}"
    )
