"""``tongxing trust publish``: a newer list comes where hubs look for it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import LocalDatabase, SettingsOption, local_database, read_settings
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.cli.trust_view import list_headline
from tongxing.gateway.operation.files import read_at_most, replace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.operation.root_files import NONE_SHARED, known_chain
from tongxing.gateway.settings import TrustSettings
from tongxing.gateway.storage import Mark
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import TRUST_LIST_MAX_BYTES
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="信任列表文件 The newer list")],
    settings: SettingsOption = None,
) -> None:
    """If a server holds the hub's database, it is shared with all machines; and it takes the place
    of this machine's file. Running hubs take it within seconds."""
    publish_list(file, settings)


def publish_list(file: Path, settings: Path | None) -> None:
    """Raises CommandFailed, TrustListRefused, InvalidRootKeys, StorageFault, OSError."""
    trust, content = read_settings(settings).trust, read_at_most(file, TRUST_LIST_MAX_BYTES)
    newer = asyncio.run(_published(content, trust, local_database(settings)))
    replace(trust.list, content)
    typer.echo(f"✔ {list_headline(newer)}")


async def _published(content: bytes, trust: TrustSettings, database: LocalDatabase) -> TrustList:
    """Shared if it can be. Raises CommandFailed if it is not newer than what there is."""
    if database.place.url is None:
        roots = known_chain(trust.root_keys, NONE_SHARED).newest.keys
        newer = parse_trust_list(content, roots, now())
        own = read_at_most(trust.list, TRUST_LIST_MAX_BYTES) if trust.list.exists() else None
        held = None if own is None else perhaps(own, roots)
        if held is not None and held.version >= newer.version and held.digest != newer.digest:
            raise _not_newer(newer)
        return newer
    async with opened(database.place, database.signer) as state:
        shared = await state.publications.trust_list()
        chain = known_chain(trust.root_keys, await state.publications.root_keys())
        newer = parse_trust_list(content, chain.newest.keys, now())
        is_good = shared is None or perhaps(shared, chain.newest.keys) is not None
        is_newest = await state.publications.share_trust_list(
            Mark(newer.version, newer.digest), content, None if is_good else shared
        )
    if not is_newest and shared != content:
        raise _not_newer(newer)
    return newer


def _not_newer(newer: TrustList) -> CommandFailed:
    return CommandFailed(
        f"版本 version {newer.version}：已有同样新或更新的列表 one that is as new, or newer, "
        "is there already: see tongxing trust show"
    )


def perhaps(unverified: bytes, roots: RootKeys) -> TrustList | None:
    """None if the hub would refuse it now."""
    try:
        return parse_trust_list(unverified, roots, now())
    except TrustListRefused:
        return None
