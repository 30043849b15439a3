"""``tongxing client update`` and ``rotate``: what changes about a client system under the same id.
A running hub notices at once, or within seconds."""

import asyncio
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from tongxing.gateway.cli.client_listing import ClientIdArgument, key_line, not_active
from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    existing_database,
    local_actor,
    local_request_id,
)
from tongxing.gateway.cli.terminal import now, read_keys, regions_checked
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.clients import Client, InvalidClient
from tongxing.gateway.storage.clients.key_changes import KeyRefusal, Rotation, with_key_ended
from tongxing.gateway.storage.clients.registration import KEYS_MAX
from tongxing.gateway.storage.clients.rights_changes import RightsChange, SetChange
from tongxing.keys.token_check import ClientKey
from tongxing.schema import Purpose
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.scope import Scope

R = TypeVar("R", InvalidClient, KeyRefusal)

OVERLAP = timedelta(hours=24)
"""By default. Who types this is mostly not who changes the client's files, and both work by day."""

OVERLAP_MAX = timedelta(days=30)

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LENGTH = re.compile(r"([1-9][0-9]{0,3})([mhd])")


class _Usage(CommandFailed):
    exit_code = USAGE


def _option(metavar: str, help_text: str, check: Callable[..., object] | None = None) -> Any:
    return typer.Option(metavar=metavar, help=help_text, show_default=False, callback=check)


def _region_option(help_text: str) -> Any:
    return _option("CODE", help_text, regions_checked)


def update(
    client_id: ClientIdArgument,
    *,
    name: Annotated[str | None, _option("TEXT", "名称 Its name")] = None,
    region: Annotated[list[str] | None, _region_option("全部地区 All its regions")] = None,
    add_region: Annotated[list[str] | None, _region_option("增加 One more")] = None,
    remove_region: Annotated[list[str] | None, _region_option("去掉 One less")] = None,
    scope: Annotated[list[Scope] | None, _option("SCOPE", "全部权限 All its scopes")] = None,
    add_scope: Annotated[list[Scope] | None, _option("SCOPE", "增加 One more")] = None,
    remove_scope: Annotated[list[Scope] | None, _option("SCOPE", "去掉 One less")] = None,
    purpose: Annotated[list[Purpose] | None, _option("PURPOSE", "全部用途 All purposes")] = None,
    add_purpose: Annotated[list[Purpose] | None, _option("PURPOSE", "增加 One more")] = None,
    remove_purpose: Annotated[list[Purpose] | None, _option("PURPOSE", "去掉 One less")] = None,
    relay: Annotated[list[str] | None, _option("ISSUER", "全部可转递的机构 All relays")] = None,
    add_relay: Annotated[list[str] | None, _option("ISSUER", "增加 One more")] = None,
    remove_relay: Annotated[list[str] | None, _option("ISSUER", "去掉 One less")] = None,
    settings: SettingsOption = None,
) -> None:
    """What is taken away ends at once, also for tokens that it has; what is added counts from its
    next access token on. Keys, receipts, arrivals and corrections stay."""
    change = RightsChange(
        name=name,
        regions=_set_change(region, add_region, remove_region),
        scopes=_set_change(scope, add_scope, remove_scope),
        purposes=_set_change(*map(_names, (purpose, add_purpose, remove_purpose))),
        relays=_set_change(relay, add_relay, remove_relay),
    )
    if change == RightsChange():
        raise _Usage("没有写明要变更什么，请见 --help nothing to change is named: see --help")
    record = _record(client_id, AdministrativeAction.CLIENT_CHANGED, now())
    made = asyncio.run(_changed(existing_database(settings), change.of, record))
    if isinstance(made, InvalidClient):
        raise CommandFailed(f"变更被拒绝，请改正该项 the change is refused: {made}")
    typer.echo(f"✔ {made.id} · {made.name}")
    purposes = [each.name for each in made.purposes]
    for held in filter(None, (made.regions, made.scopes, purposes, made.relays)):
        typer.echo(f"  {' '.join(sorted(held))}")


def rotate(
    client_id: ClientIdArgument,
    *,
    key: Annotated[Path, _option("FILE", "新公钥 The new public key (JWK, JWKS or PEM)")],
    old: Annotated[
        list[str] | None, _option("KID", "结束的公钥，默认全部 A key that ends; all unless said")
    ] = None,
    overlap: Annotated[
        str | None,
        _option("TIME", "原公钥再用多久，默认24h How long the old one goes on: 30m, 24h, 7d"),
    ] = None,
    at_once: Annotated[
        bool, typer.Option("--now", help="原公钥立即失效 The old one ends at once: it was stolen")
    ] = False,
    beside: Annotated[
        bool, typer.Option("--beside", help="原公钥不结束 No key ends: one more machine")
    ] = False,
    settings: SettingsOption = None,
) -> None:
    """With --now the access tokens that were got with the old key end, too."""
    if (overlap is not None) + at_once + beside > 1 or (beside and old):
        raise _Usage(
            "--overlap、--now 和 --beside 只能用一个，--beside 不与 --old 同用 "
            "one of --overlap, --now and --beside; --beside ends no key"
        )
    rotation = Rotation(
        new=_only_key(key),
        old=frozenset() if beside else frozenset(old) if old else None,
        at=now(),
        overlap=timedelta(0) if at_once else _length(overlap),
    )
    action = (
        AdministrativeAction.CLIENT_KEY_REPLACED
        if at_once
        else AdministrativeAction.CLIENT_KEY_ADDED
    )
    record = _record(client_id, action, rotation.at, rotation.new.public_key.thumbprint())
    _told(asyncio.run(_changed(existing_database(settings), rotation.of, record)))


def end_key(
    client_id: ClientIdArgument,
    kid: Annotated[str, _option("KID", "公钥编号或指纹 Its id or thumbprint")],
    settings: SettingsOption = None,
) -> None:
    """So do the access tokens that were got with it. Another key of the client has to stay. An
    option, because a thumbprint may begin like one."""
    _told(asyncio.run(_end_key(existing_database(settings), client_id, kid, now())))


def _told(made: Client | KeyRefusal) -> None:
    if isinstance(made, KeyRefusal):
        raise CommandFailed(f"公钥未变更，请核对 no key is changed: {KEY_REFUSED[made]}")
    typer.echo(f"✔ {made.id}")
    for each in made.keys:
        typer.echo(f"  kid {key_line(each)}")


def _set_change(
    whole: Iterable[str] | None, added: Iterable[str] | None, removed: Iterable[str] | None
) -> SetChange:
    return SetChange(tuple(whole or ()), tuple(added or ()), tuple(removed or ()))


def _names(purposes: Iterable[Purpose] | None) -> list[str]:
    return [each.name for each in purposes or ()]


def _only_key(file: Path) -> ClientKey:
    keys = read_keys(file)
    if len(keys) != 1:
        raise CommandFailed(
            f"{file} 中有{len(keys)}个公钥，一次只换一个 holds {len(keys)} keys; give one at a time"
        )
    return keys[0]


def _length(text: str | None) -> timedelta:
    if text is None:
        return OVERLAP
    found = _LENGTH.fullmatch(text)
    length = int(found[1]) * _UNITS[found[2]] if found else OVERLAP_MAX * 2
    if length > OVERLAP_MAX:
        raise _Usage(
            "--overlap 写作 30m、24h 或 7d，至多30d it is written 30m, 24h or 7d; 30d at most"
        )
    return length


def _record(
    client_id: str, action: AdministrativeAction, at: datetime, client_key: str | None = None
) -> AdministrationRecord:
    return AdministrationRecord(
        at=at,
        request_id=local_request_id(),
        client_id=client_id,
        action=action,
        actor=local_actor(),
        client_key=client_key,
    )


async def _changed(
    database: LocalDatabase, make: Callable[[Client], Client | R], record: AdministrationRecord
) -> Client | R:
    """Raises CommandFailed if no active client has the id."""
    async with opened(database.place, database.signer) as state:
        made = await state.clients.change(make, record)
    if made is None:
        raise CommandFailed(not_active(record.client_id))
    return made


async def _end_key(
    database: LocalDatabase, client_id: str, kid: str, at: datetime
) -> Client | KeyRefusal:
    async with opened(database.place, database.signer) as state:
        client = await state.clients.find(client_id)
    keys = () if client is None else client.keys_at(at)
    prints = {name: key.public_key.thumbprint() for key in keys for name in _names_of(key)}
    if client is not None and kid not in prints:
        return KeyRefusal.UNKNOWN_KEY
    thumbprint = prints.get(kid)
    record = _record(client_id, AdministrativeAction.CLIENT_KEY_ENDED, at, thumbprint)
    return await _changed(database, partial(with_key_ended, name=thumbprint or kid, at=at), record)


def _names_of(key: ClientKey) -> tuple[str, str]:
    return key.public_key.thumbprint(), key.key_id


KEY_REFUSED = {
    KeyRefusal.NOT_NEW: "已有此公钥，或1天内用过 it has this key, or had it within a day",
    KeyRefusal.TOO_MANY: f"至多{KEYS_MAX}个有效公钥 it has {KEYS_MAX} keys, which is the most",
    KeyRefusal.TOO_OFTEN: "变更过于频繁 it changes too often",
    KeyRefusal.LAST_KEY: "没有别的长期公钥，请先换入新公钥 no other key would stay: rotate first",
    KeyRefusal.UNKNOWN_KEY: "没有这个有效公钥，见 client list it has no such key: see client list",
}
