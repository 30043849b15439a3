"""``tongxing trust``: shows the trust list in force, verifies one, and publishes one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    local_database,
    read_settings,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.files import replace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings import TrustSettings
from tongxing.gateway.storage import Mark
from tongxing.keys.root_keys import parse_root_keys
from tongxing.keys.trust_list import (
    TrustedIssuer,
    TrustedKey,
    TrustList,
    UnusableKey,
    parse_trust_list,
)
from tongxing.keys.trust_refusal import TrustListRefused
from tongxing.schema import clock, name_and_code, to_the_second
from tongxing.schema.scalars import digest_text


def trust_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="显示信任列表 Show the trust list in force")(show)
    commands.command(help="验证信任列表 Verify a trust list against the root keys")(verify)
    commands.command(help="公布信任列表 Put a newer trust list into force")(publish)
    return commands


def show(settings: SettingsOption = None) -> None:
    held = asyncio.run(_in_force(read_settings(settings).trust, local_database(settings)))
    typer.echo(_headline(held))
    print_listing((_heading(issuer), _properties(issuer)) for issuer in held.issuers.values())


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
    typer.echo(f"✔ {_headline(held)}")


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="信任列表文件 The newer list")],
    settings: SettingsOption = None,
) -> None:
    """If a server holds the hub's database, it is shared with all machines; and it takes the place
    of this machine's file. Running hubs take it within seconds."""
    trust, content = read_settings(settings).trust, file.read_bytes()
    newer = believed(trust, file)
    if not asyncio.run(_published(newer, content, trust, local_database(settings))):
        raise CommandFailed(
            f"版本 version {newer.version}：已有同样新或更新的列表 one that is as new, or newer, "
            "is there already: see tongxing trust show"
        )
    replace(trust.list, content)
    typer.echo(f"✔ {_headline(newer)}")


async def _published(
    newer: TrustList, content: bytes, trust: TrustSettings, database: LocalDatabase
) -> bool:
    """Whether it is newer than what there is, and shared if it can be."""
    if database.place.url is None:
        held = _perhaps(trust, trust.list.read_bytes()) if trust.list.exists() else None
        return held is None or held.version < newer.version or held.digest == newer.digest
    mark = Mark(newer.version, newer.digest)
    async with opened(database.place, database.signer) as state:
        shared = await state.publications.trust_list()
        refused = shared if shared is not None and _perhaps(trust, shared) is None else None
        is_newest = await state.publications.share_trust_list(mark, content, refused)
    return is_newest or shared == content


async def _in_force(trust: TrustSettings, database: LocalDatabase) -> TrustList:
    """The newer of this machine's and that of all machines. Raises as ``believed``."""
    if database.place.url is None:
        return believed(trust, trust.list)
    async with opened(database.place, database.signer) as state:
        shared = await state.publications.trust_list()
    of_all = None if shared is None else _perhaps(trust, shared)
    own = _perhaps(trust, trust.list.read_bytes())
    held = [each for each in (of_all, own) if each is not None]
    return max(held, key=lambda each: each.version) if held else believed(trust, trust.list)


def _perhaps(trust: TrustSettings, unverified: bytes) -> TrustList | None:
    """None if the hub would refuse it now."""
    try:
        return parse_trust_list(unverified, parse_root_keys(trust.root_keys.read_bytes()), now())
    except TrustListRefused:
        return None


def believed(trust: TrustSettings, file: Path) -> TrustList:
    """The list in ``file``, if the root keys of the settings signed it and it is in force now.
    Raises OSError, InvalidRootKeys, TrustListRefused."""
    roots = parse_root_keys(trust.root_keys.read_bytes())
    return parse_trust_list(file.read_bytes(), roots, now())


def _headline(held: TrustList) -> str:
    until = to_the_second(held.expires_at)
    return (
        f"版本 version {held.version}\n  有效至{until.zh}\n  in force until {until.en}\n"
        f"  摘要 digest {digest_text(held.digest)}"
    )


def _heading(issuer: TrustedIssuer) -> str:
    return f"{issuer.id} · {issuer.name_zh} {issuer.name_en}"


def _properties(issuer: TrustedIssuer) -> Properties:
    keys = "\n".join([*map(_key, issuer.keys.values()), *map(_no_key, issuer.unusable)])
    return (
        ("层级 level", issuer.level),
        ("地区 regions", "\n".join(map(name_and_code, issuer.regions))),
        ("公钥 keys", keys or "不签名 signs nothing"),
    )


def _key(key: TrustedKey) -> str:
    until = clock(key.not_after)
    state = "已吊销 revoked" if key.revoked_at else f"有效至{until.zh} until {until.en}"
    return f"{key.key_id} {key.public_key.suite} {state}"


def _no_key(key: UnusableKey) -> str:
    return f"{key.key_id} {key.suite} 算法未知，不予采信 unknown suite, not believed"
