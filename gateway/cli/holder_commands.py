"""``tongxing hub holders``: the epochs of the holder key, and the file that they are sealed under.

No command shows a secret, and none destroys one: the hub does, once nothing refers to it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.gateway.cli.local import (
    SettingsOption,
    existing_database,
    local_actor,
    read_settings,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.files import write_once
from tongxing.gateway.operation.local_state import sign_if_held
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore, KeptEpoch
from tongxing.gateway.storage.holder_keys import ANNOUNCED_AHEAD
from tongxing.gateway.storage.holder_rotation import StillInForce, leave, seal_for
from tongxing.gateway.storage.holder_terms import over_at
from tongxing.gateway.wiring.epochs import holder_terms
from tongxing.keys import HolderKey
from tongxing.keys.holder import generate_holder_key
from tongxing.schema import stamp


def holder_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command("list", help="列出各期 The epochs, and which of them are still searched")(
        list_epochs
    )
    commands.command(
        "new", help="提前开始新的一期 Begin an epoch before it is due, in a quarter of an hour"
    )(new)
    commands.command(
        "rotate", help="更换密钥文件 Replace the file that the epochs are sealed under"
    )(rotate)
    return commands


def list_epochs(settings: SettingsOption = None) -> None:
    found = asyncio.run(_listed(settings))
    if not found:
        raise CommandFailed("平台尚未运行过 the hub has not run yet")
    at, terms = now(), holder_terms(read_settings(settings))
    over = {each.number for each in over_at(found, terms, at)}
    present = max((each.begins, each.number) for each in found if each.begins <= at)[1]

    def state(epoch: KeptEpoch) -> str:
        if epoch.number in over:
            return "待销毁 destroyed once nothing refers to it"
        if epoch.begins > at:
            return "已预告 announced"
        return "使用中 in use" if epoch.number == present else "可查找 still searched"

    print_listing((f"{each.number}", _properties(each, state(each))) for each in found)


def new(settings: SettingsOption = None) -> None:
    begins = asyncio.run(_begin(settings, now()))
    typer.echo(f"✔ 新的一期开始于 the next epoch begins at {stamp(begins)}")


def rotate(
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            show_default=False,
            help="新的密钥文件，没有则生成 The new file; it is made if it is not there",
        ),
    ] = None,
    finish: Annotated[
        bool,
        typer.Option("--finish", help="各机均已换用新文件 Every machine runs with the new file"),
    ] = False,
    settings: SettingsOption = None,
) -> None:
    if (to is None) is not finish:
        raise CommandFailed("请给出 --to FILE 或 --finish 之一 give one of --to FILE, --finish")
    if to is None:
        _leave_the_old_file(settings)
    else:
        write_once(to, generate_holder_key)
        number = asyncio.run(_seal(settings, _new_key(settings, to)))
        typer.echo(
            f"✔ {number} 期也可用 {to} 打开 epochs can be opened with it as well; put it in the "
            "place of keys.holder on every machine, start each again, then rotate --finish"
        )


def _leave_the_old_file(settings: Path | None) -> None:
    file = read_settings(settings).keys.holder
    try:
        asyncio.run(_finish(settings))
    except StillInForce:
        raise CommandFailed(
            f"{file} 仍是要换掉的旧文件，请先换上新文件 {file} is the file that is to be replaced: "
            "put the new one in its place first"
        ) from None
    typer.echo(
        f"✔ 只有 {file} 能打开各期，旧文件请在各处销毁 only {file} opens the epochs: destroy the "
        "file of before"
    )


def _new_key(settings: Path | None, file: Path) -> HolderKey:
    found = _key(file)
    if found.fingerprint == _own_key(settings).fingerprint:
        raise CommandFailed(
            f"{file} 就是正在使用的密钥，请另取文件名 {file} is the key in use: name another file"
        )
    return found


def _properties(epoch: KeptEpoch, state: str) -> Properties:
    return (
        ("始于 begins", stamp(epoch.since)),
        ("状态 state", state),
    )


def _own_key(settings: Path | None) -> HolderKey:
    return _key(read_settings(settings).keys.holder)


def _key(file: Path) -> HolderKey:
    try:
        return HolderKey(file.read_bytes())
    except ValueError as error:
        raise CommandFailed(f"{file} 内容不对 {error}") from None


@asynccontextmanager
async def _opened(settings: Path | None) -> AsyncIterator[Database]:
    found = existing_database(settings)
    async with open_database(found.place) as database:
        if found.signer is not None:
            await sign_if_held(database, found.signer)
        yield database


async def _listed(settings: Path | None) -> Sequence[KeptEpoch]:
    async with _opened(settings) as database:
        return await HolderEpochStore(database, _own_key(settings)).listed()


async def _begin(settings: Path | None, at: datetime) -> datetime:
    async with _opened(settings) as database:
        store = HolderEpochStore(database, _own_key(settings))
        await store.all()  # raises if this is another file than that which is in force
        epochs = await store.listed()
        newest = max((each for each in epochs), key=attrgetter("number"), default=None)
        if newest is None:
            raise CommandFailed("平台尚未运行过 the hub has not run yet")
        if newest.since > at:
            raise CommandFailed(f"已预告第 {newest.number} 期 epoch {newest.number} is announced")
        begins = at + ANNOUNCED_AHEAD
        if not await store.begin(begins, newest.number, at=at, actor=local_actor()):
            raise CommandFailed(
                "正在更换密钥文件，请先完成 the holder file is being replaced: finish that first "
                "(tongxing hub holders rotate --finish)"
            )
        return begins


async def _seal(settings: Path | None, new_key: HolderKey) -> int:
    async with _opened(settings) as database:
        return await seal_for(database, _own_key(settings), new_key)


async def _finish(settings: Path | None) -> int:
    async with _opened(settings) as database:
        return await leave(database, _own_key(settings))
