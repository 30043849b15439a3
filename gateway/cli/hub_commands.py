"""``tongxing hub keys``: the hub's own keys, and the steps in which they change while it runs."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.feed_commands import feed_commands
from tongxing.gateway.cli.holder_commands import holder_commands
from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.gateway.cli.local import SettingsOption, existing_database, read_settings
from tongxing.gateway.cli.log_evidence import read_file
from tongxing.gateway.cli.terminal import now, read_keys
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.followed_hub_keys import HubKeysRefused, sign_log_with, take_newest
from tongxing.gateway.operation.hub_key_files import file_of_key
from tongxing.gateway.operation.hub_key_steps import HubKeySteps, KeyIsMissing, MadeElsewhere
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.hub_key_store import HubKeyStore, KeyHolder
from tongxing.keys.hub_key_file import vouched_for
from tongxing.keys.hub_key_set import (
    HubKeySet,
    HubKeyState,
    StatedKey,
    StepRefusal,
    StepRefused,
)
from tongxing.keys.hub_key_statement import jwk_of
from tongxing.keys.strict_json import MalformedJson
from tongxing.keys.suites import InvalidKey, SuiteName
from tongxing.schema import to_the_second

T = TypeVar("T")

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="密钥编号 The key's id")]
AnywayOption = Annotated[
    bool,
    typer.Option(
        "--anyway",
        help="有进程没有该私钥也照办 Even if a process of the hub does not have the private key",
    ),
]

_IDS = {"ignore_unknown_options": True}
"""A key's id may begin with a hyphen."""

NAMES = {
    HubKeyState.ANNOUNCED: "已公布，未启用 announced, not used yet",
    HubKeyState.SIGNING: "现用 signing",
    HubKeyState.VERIFYING: "已替换，令牌仍有效 verifying only: its access tokens still count",
    HubKeyState.PAST: "已过去，回执仍可核验 past: its receipts still count",
    HubKeyState.GONE: "已作废 gone",
    HubKeyState.REVOKED: "已吊销 revoked",
}
REFUSALS = {
    StepRefusal.NO_SUCH_KEY: "没有这把密钥，请用 tongxing hub keys 核对 there is no such key",
    StepRefusal.KNOWN_ALREADY: "这把密钥已经公布过 the key is announced already",
    StepRefusal.NOT_ANNOUNCED: "只有已公布、未启用的密钥才能启用 only a key that is announced and "
    "was never used can be used",
    StepRefusal.IN_USE: "该密钥正在使用，请先启用另一把 the key is in use: use another one first",
    StepRefusal.NO_SUCCESSOR: "没有可接替的密钥，请先 tongxing hub keys new there is no key to "
    "take over: first tongxing hub keys new",
    StepRefusal.OVER_ALREADY: "该密钥已经停用 that is over already",
    StepRefusal.TOO_MANY: "密钥过多 there are too many keys",
    StepRefusal.CLOCK_BEHIND: "本机时钟比平台的慢，请先校准 this machine's clock is behind that of "
    "the hub: synchronize it first",
}


def hub_commands() -> typer.Typer:
    hub, keys = typer.Typer(), typer.Typer()
    keys.callback(invoke_without_command=True)(list_keys)
    keys.command(help="生成并公布新密钥 Make a key and announce it; nothing signs with it yet")(new)
    keys.command(context_settings=_IDS, help="启用 Sign with an announced key from now on")(use)
    keys.command(
        context_settings=_IDS, help="停用 End an announced key, or the overlap of a replaced one"
    )(retire)
    keys.command(
        context_settings=_IDS, help="吊销 The key was stolen: nothing that only it shows counts"
    )(revoke)
    hub.command(help="由旧公钥认新公钥 The keys for which an old one vouches, offline")(learn)
    hub.add_typer(feed_commands(), name="feeds", help="变更流 The change feeds of issuers")
    hub.add_typer(holder_commands(), name="holders", help="持码人密钥 The epochs of the holder key")
    hub.add_typer(keys, name="keys", help="平台自己的密钥 The hub's own keys, past and present")
    return hub


def list_keys(
    context: typer.Context,
    *,
    settings: SettingsOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出 JWK Set Print a JWK Set, for programs that verify")
    ] = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    listed = asyncio.run(_with_keys(settings, _listed))
    if as_json:
        typer.echo(json.dumps(_object(listed.known, now()), indent=2))
        return
    print_listing((_heading(key), _properties(key, listed)) for key in listed.known.keys)


def new(
    *,
    sm2: Annotated[
        bool,
        typer.Option("--sm2", help="国密密钥，用于国家平台 The SM2 key, for the national platform"),
    ] = False,
    settings: SettingsOption = None,
) -> None:
    suite = SuiteName.SM2_SM3 if sm2 else SuiteName.ES256
    key = _step(settings, lambda steps: steps.announce(suite))
    files = read_settings(settings).keys
    file = file_of_key(files.sm2 if sm2 else files.hub, key.key_id)
    typer.echo(f"✔ {key.key_id}")
    typer.echo(f"  私钥：请复制到每台机器的同一位置 copy it to every machine, same place: {file}")
    if sm2:
        typer.echo("  公钥：请交给国家平台 hand this to the national platform:")
        typer.echo(f"  {json.dumps(jwk_of(key))}")


def use(key: KeyArgument, *, anyway: AnywayOption = False, settings: SettingsOption = None) -> None:
    """All processes of the hub sign with it within a minute. Access tokens by the key before count
    to their end, its receipts for 30 days."""
    _step(settings, lambda steps: steps.use(key, anyway=anyway))
    typer.echo(f"✔ {key}")


def retire(key: KeyArgument, settings: SettingsOption = None) -> None:
    """A replaced key retires by itself after six minutes."""
    _step(settings, lambda steps: steps.retire(key))
    typer.echo(f"✔ {key}")


def revoke(
    key: KeyArgument, *, anyway: AnywayOption = False, settings: SettingsOption = None
) -> None:
    """If it is in use, the key that was announced last takes over. Receipts by it count only if the
    audit log holds them."""
    _step(settings, lambda steps: steps.revoke(key, anyway=anyway))
    typer.echo(f"✔ {key}")
    typer.echo(
        "  请在每台机器上删除其私钥文件，并告知接入系统 delete its private file on every machine, "
        "and tell those who verify receipts"
    )


def learn(
    published: Annotated[
        Path, typer.Argument(metavar="JWKS", help="平台公布的密钥 What the hub publishes now")
    ],
    known: Annotated[
        Path, typer.Option(metavar="FILE", help="已知的平台公钥 The public key that was kept")
    ],
) -> None:
    """Prints a JWK Set without the keys that nobody known vouches for."""
    believed = [each.public_key for each in read_keys(known)]
    try:
        found = vouched_for(read_file(published).encode(), believed)
    except (InvalidKey, MalformedJson) as error:
        raise CommandFailed(
            f"{published} 中没有 {known} 可以证明的公钥，请核对 no key is vouched for: {error}"
        ) from None
    typer.echo(json.dumps({"keys": found}, indent=2))


class _Listed(NamedTuple):
    known: HubKeySet
    held: frozenset[str]
    holders: Sequence[KeyHolder]


async def _listed(steps: HubKeySteps) -> _Listed:
    held = steps.keys.held
    holders = await HubKeyStore(steps.database).holders(now())
    return _Listed(steps.keys.current, frozenset((*held.hub, *held.sm2)), holders)


def _step(given: SettingsOption, do: Callable[[HubKeySteps], Awaitable[T]]) -> T:
    """Raises CommandFailed."""
    try:
        return asyncio.run(_with_keys(given, do))
    except StepRefused as refused:
        raise CommandFailed(REFUSALS[refused.code]) from None
    except MadeElsewhere:
        raise CommandFailed(
            "同时有另一步操作，请重新查看 another step was made at the same time: look again"
        ) from None
    except KeyIsMissing as behind:
        where = ", ".join(behind.workers)
        raise CommandFailed(
            f"{where} 没有私钥 {behind.key_id}，请先复制其文件 {where}: the private key "
            f"{behind.key_id} is not there; copy its file first"
        ) from None


async def _with_keys(given: SettingsOption, do: Callable[[HubKeySteps], Awaitable[T]]) -> T:
    async with _steps(given) as steps:
        return await do(steps)


@asynccontextmanager
async def _steps(given: SettingsOption) -> AsyncIterator[HubKeySteps]:
    settings, found = read_settings(given), existing_database(given)
    keys = found.signer
    if keys is None:
        raise CommandFailed("须能读平台私钥 this account cannot read the hub's keys")
    async with open_database(found.place) as database:
        try:
            await take_newest(keys, HubKeyStore(database), None)
        except HubKeysRefused as refused:
            raise CommandFailed(str(refused)) from None
        sign_log_with(database, keys)
        await AuditLog.open(database)
        yield HubKeySteps(keys, database, settings.keys, now)


def _object(known: HubKeySet, at: datetime) -> dict[str, Any]:
    """``keys`` are a JWK Set that also verifies what keys of long ago have signed."""
    usable = frozenset(HubKeyState) - {HubKeyState.REVOKED}
    revoked_ones = known.in_states(frozenset({HubKeyState.REVOKED}), at)
    sm2 = [key for key in known.keys if key.suite is SuiteName.SM2_SM3]
    return {
        "keys": [_shown(key, at) for key in known.in_states(usable, at)],
        "revoked": [_shown(key, at) for key in revoked_ones],
        "sm2": [_shown(key, at) for key in sm2],
    }


def _shown(key: StatedKey, at: datetime) -> dict[str, Any]:
    return {**jwk_of(key), "state": key.state(at).value}


def _heading(key: StatedKey) -> str:
    return f"{key.key_id} · {key.suite.value}"


def _properties(key: StatedKey, listed: _Listed) -> Properties:
    with_it = sum(key.key_id in holder.keys for holder in listed.holders)
    here = "在本机 here" if key.key_id in listed.held else "不在本机 not here"
    workers = f"{with_it}/{len(listed.holders)} 个进程 processes have it" if listed.holders else ""
    return (
        ("状态 state", NAMES[key.state(now())]),
        ("公布 announced", _told(key.announced_at)),
        ("启用 used from", _told(key.signing_at)),
        ("替换 replaced", _told(key.replaced_at)),
        ("吊销 revoked", _told(key.revoked_at)),
        ("私钥 private key", f"{here}\n{workers}".strip()),
    )


def _told(moment: datetime | None) -> str:
    if moment is None or moment.timestamp() == 0:
        return ""
    at = to_the_second(moment)
    return f"{at.zh} {at.en}"
