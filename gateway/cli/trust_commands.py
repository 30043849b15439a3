"""``tongxing trust``: shows the trust list in force, and verifies one before it is installed."""

from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.gateway.cli.local import SettingsOption, read_settings
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.settings import TrustSettings
from tongxing.keys.root_keys import parse_root_keys
from tongxing.keys.trust_list import (
    TrustedIssuer,
    TrustedKey,
    TrustList,
    UnusableKey,
    parse_trust_list,
)
from tongxing.schema import clock, name_and_code, to_the_second
from tongxing.schema.scalars import digest_text


def trust_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="显示信任列表 Show the trust list in force")(show)
    commands.command(help="验证信任列表 Verify a trust list against the root keys")(verify)
    return commands


def show(settings: SettingsOption = None) -> None:
    trust = read_settings(settings).trust
    held = believed(trust, trust.list)
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
