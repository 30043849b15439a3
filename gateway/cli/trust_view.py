"""How a trust list is shown."""

import typer

from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey, TrustList, UnusableKey
from tongxing.schema import clock, name_and_code, to_the_second
from tongxing.schema.scalars import digest_text


def show_list(held: TrustList) -> None:
    typer.echo(list_headline(held))
    print_listing((_heading(issuer), _properties(issuer)) for issuer in held.issuers.values())


def list_headline(held: TrustList) -> str:
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
