"""``tongxing hub feeds``: how far the change feeds of issuers are read.

Refuses to read one: a hub that runs does.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.answering.feed_store import FeedState, FeedStore
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.gateway.cli.local import SettingsOption, existing_database
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.local_state import sign_if_held
from tongxing.schema import stamp

IssuerArgument = Annotated[str, typer.Argument(metavar="ISSUER", help="发码机构 The issuer's id")]


def feed_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command("list", help="各机构变更流读到哪里 How far each feed is read, and when")(
        list_feeds
    )
    commands.command(
        "begin-again",
        help="重新开始读取，机构恢复备份后使用 Read a feed anew, after its issuer has restored it",
    )(begin_again)
    return commands


def list_feeds(settings: SettingsOption = None) -> None:
    found = asyncio.run(_states(settings))
    if not found:
        raise CommandFailed("没有正在读取的变更流 no feed is followed")
    print_listing((issuer, _properties(state)) for issuer, state in found.items())


def begin_again(issuer: IssuerArgument, settings: SettingsOption = None) -> None:
    if not asyncio.run(_begun_again(issuer, settings)):
        raise CommandFailed("没有正在读取的这个变更流 no such feed is followed")
    typer.echo(
        "✔ 平台将重新读取上次读完以来的变更 the hub reads anew what it told since it was last read"
    )


def _properties(state: FeedState) -> Properties:
    number = "尚未开始 not begun" if state.mark is None else str(state.mark.number)
    return [("编号 number", number), ("读完于 read to its end", stamp(state.read_at))]


@asynccontextmanager
async def _opened(settings: Path | None) -> AsyncIterator[FeedStore]:
    found = existing_database(settings)
    async with open_database(found.place) as database:
        if found.signer is not None:
            await sign_if_held(database, found.signer)
        yield FeedStore(database)


async def _states(settings: Path | None) -> Mapping[str, FeedState]:
    async with _opened(settings) as store:
        return await store.states()


async def _begun_again(issuer: str, settings: Path | None) -> bool:
    async with _opened(settings) as store:
        return await store.begin_again(issuer)
