"""``tongxing trust``: shows the trust list in force, verifies one, and publishes one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    local_database,
    read_settings,
)
from tongxing.gateway.cli.root_commands import root_commands
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.cli.trust_publish import perhaps, publish
from tongxing.gateway.cli.trust_view import list_headline, show_list
from tongxing.gateway.operation.files import read_at_most
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.operation.root_files import NONE_SHARED, known_chain
from tongxing.gateway.settings import TrustSettings
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import TRUST_LIST_MAX_BYTES
from tongxing.keys.trust_list import TrustList, parse_trust_list


def trust_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="显示信任列表 Show the trust list in force")(show)
    commands.command(help="验证信任列表 Verify a trust list against the root keys")(verify)
    commands.command(help="公布信任列表 Put a newer trust list into force")(publish)
    commands.add_typer(
        root_commands(), name="root", help="签发仪式 The ceremony: root keys, and what they sign"
    )
    return commands


def show(settings: SettingsOption = None) -> None:
    show_list(asyncio.run(_in_force(read_settings(settings).trust, local_database(settings))))


def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="信任列表文件，默认为配置中的 A list; else the one of the settings",
        ),
    ] = None,
    settings: SettingsOption = None,
) -> None:
    trust = read_settings(settings).trust
    held = believed(trust, file or trust.list)
    typer.echo(f"✔ {list_headline(held)}")


async def _in_force(trust: TrustSettings, database: LocalDatabase) -> TrustList:
    """The newer of this machine's and that of all machines. Raises as ``believed``."""
    if database.place.url is None:
        return believed(trust, trust.list)
    async with opened(database.place, database.signer) as state:
        shared = await state.publications.trust_list()
        roots = known_chain(trust.root_keys, await state.publications.root_keys()).newest.keys
    found = [shared, read_at_most(trust.list, TRUST_LIST_MAX_BYTES)]
    lists = [perhaps(each, roots) for each in found if each is not None]
    held = [each for each in lists if each is not None]
    return max(held, key=lambda each: each.version) if held else _believed(trust.list, roots)


def believed(trust: TrustSettings, file: Path) -> TrustList:
    """The list in ``file``, if the root keys of the settings, or those that followed them on this
    machine, signed it and it is in force now. Raises OSError, InvalidRootKeys,
    TrustListRefused."""
    return _believed(file, known_chain(trust.root_keys, NONE_SHARED).newest.keys)


def _believed(file: Path, roots: RootKeys) -> TrustList:
    return parse_trust_list(read_at_most(file, TRUST_LIST_MAX_BYTES), roots, now())
