"""``tongxing trust root publish``: a finished list, or root keys, where hubs look for them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.ceremony.proposals import parse_proposal
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    local_database,
    read_settings,
)
from tongxing.gateway.cli.root_view import key_lines, read_proposal
from tongxing.gateway.cli.trust_publish import publish_list
from tongxing.gateway.operation.files import put_new, read_at_most
from tongxing.gateway.operation.judged_lists import have_signed
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.operation.root_files import known_chain, root_file
from tongxing.gateway.operation.shared_trust_list import SharedTrust
from tongxing.gateway.settings import TrustSettings
from tongxing.gateway.storage import Mark
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import TRUST_LIST_MAX_BYTES, parse_form
from tongxing.keys.root_succession import SIGNED_ROOTS_MAX_BYTES, RootVersion, following
from tongxing.keys.trust_list import unsigned_list
from tongxing.keys.trust_refusal import RootKeysRefused, TrustRefusal


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="签毕的文件 The finished file")],
    settings: SettingsOption = None,
) -> None:
    """On a machine of the hub. Root keys come after a list that they have signed, so that no hub is
    ever without one. Running hubs take both within seconds."""
    if not read_proposal(file).is_of_roots:
        publish_list(file, settings)
        return
    root = publish_roots(read_at_most(file, SIGNED_ROOTS_MAX_BYTES), settings)
    typer.echo(f"✔ 根公钥第{root.version}版 root keys of version {root.version}")
    for line in key_lines(root.keys):
        typer.echo(line)


def publish_roots(content: bytes, settings: Path | None) -> RootVersion:
    """Raises CommandFailed, RootKeysRefused, InvalidRootKeys, StorageFault, OSError."""
    trust, database = read_settings(settings).trust, local_database(settings)
    return asyncio.run(_published(content, trust, database))


async def _published(content: bytes, trust: TrustSettings, database: LocalDatabase) -> RootVersion:
    if database.place.url is None:
        root = _checked(content, trust, SharedTrust())
        _put(root_file(trust.root_keys, root.version), content)
        return root
    async with opened(database.place, database.signer) as state:
        publications = state.publications
        shared = SharedTrust(await publications.trust_list(), await publications.root_keys())
        root = _checked(content, trust, shared)
        mark = Mark(root.version, root.digest)
        instead_of = _refused(shared.roots, trust.root_keys, root)
        if not await publications.share_root_keys(mark, content, instead_of):
            raise RootKeysRefused(TrustRefusal.ANOTHER_CHAIN)
    _put(root_file(trust.root_keys, root.version), content)
    return root


def _checked(content: bytes, trust: TrustSettings, shared: SharedTrust) -> RootVersion:
    """Raises RootKeysRefused, and CommandFailed if the list in force has to be signed first."""
    chain = known_chain(trust.root_keys, shared.roots)
    version = parse_proposal(content).version
    held = next((root for root in chain if root.version == version - 1), chain.newest)
    root = following(held, content)
    if root in list(chain):
        return root
    if held is not chain.newest:
        raise RootKeysRefused(TrustRefusal.ANOTHER_CHAIN)
    newest = _newest_list(trust.list, chain.newest.keys, shared.trust_list)
    if newest is None or not have_signed(root.keys, newest):
        raise CommandFailed(
            "请先公布新旧根密钥都签过的信任列表 publish first a trust list that both the old and "
            "the new root keys have signed (sign --next)"
        )
    return root


def _newest_list(file: Path, roots: RootKeys, shared: bytes | None) -> bytes | None:
    own = read_at_most(file, TRUST_LIST_MAX_BYTES) if file.exists() else None
    found = [each for each in (own, shared) if each is not None and have_signed(roots, each)]
    return max(
        found, key=lambda each: unsigned_list(parse_form(each).payload).version, default=None
    )


def _refused(shared: Mapping[int, bytes], anchor: Path, root: RootVersion) -> bytes | None:
    """What is shared in the place of ``root`` and is no link of the chain."""
    chain = list(known_chain(anchor, shared))
    return None if root in chain else shared.get(root.version)


def _put(file: Path, content: bytes) -> None:
    try:
        put_new(file, content)
    except FileExistsError:
        if read_at_most(file, SIGNED_ROOTS_MAX_BYTES) != content:
            raise CommandFailed(
                f"{file} 已存在且内容不同，请核对后移走 exists and is another one: look at it, and "
                "move it away"
            ) from None
