"""``tongxing client``: which systems may ask the hub. A running hub notices within seconds."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.client_changes import end_key, rotate, update
from tongxing.gateway.cli.client_enrolling import enroll
from tongxing.gateway.cli.client_listing import ClientIdArgument, key_line, not_active, told
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hub_client import CredentialsOption, HubClient
from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    existing_database,
    local_actor,
    local_database,
    local_request_id,
)
from tongxing.gateway.cli.terminal import RegionsOption, now, read_keys
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.clients import Client, InvalidClient, register
from tongxing.keys.token_binding import BindingKind
from tongxing.schema import Purpose, name_and_code
from tongxing.schema.scope import Scope
from tongxing.schema.stopped_client import StoppedClient

ScopeOption = Annotated[
    list[Scope], typer.Option(metavar="SCOPE", help=f"权限 One of {', '.join(Scope)}")
]

RelayOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ISSUER",
        show_default=False,
        help="可向其转递该机构的陈述 An issuer whose statements may be passed on to it, if it is a "
        "hub",
    ),
]

NO_CLIENTS = (
    "还没有接入系统，请用 tongxing client add 登记 "
    "no client system is registered yet: see tongxing client add --help"
)


def client_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="登记 Register a client system by its public key")(add)
    commands.command(help="启用设备 Let one device of a gate become a client system")(enroll)
    commands.command("list", help="列出 List the client systems")(list_clients)
    commands.command(help="变更 Change what a client system is called and may do")(update)
    commands.command(help="更换公钥 Give a client system a new key")(rotate)
    commands.command(help="停用公钥 End one key of a client system at once")(end_key)
    commands.command(help="增加权限 Let a client system do more: update --add-scope")(grant)
    commands.command(help="吊销 Revoke a client system, for good")(revoke)
    commands.command(help="恢复 Let a stopped client system ask again")(resume)
    commands.command(help="取令牌 Get an access token, for GraphiQL or curl")(token)
    return commands


def add(
    client_id: ClientIdArgument,
    *,
    name: Annotated[str, typer.Option(metavar="TEXT", help="名称 Its name")],
    key: Annotated[
        list[Path], typer.Option(metavar="FILE", help="公钥 A public key (JWK, JWKS or PEM)")
    ],
    region: RegionsOption,
    scope: ScopeOption,
    purpose: Annotated[
        list[Purpose],
        typer.Option(metavar="PURPOSE", help=f"用途 One of {', '.join(Purpose.__members__)}"),
    ],
    bound: Annotated[
        BindingKind | None,
        typer.Option(
            metavar="HOW",
            help="令牌绑定，被盗亦无用 What its tokens are bound to, so that a stolen one is worth "
            f"nothing: {' or '.join(BindingKind)}",
        ),
    ] = None,
    relay: RelayOption = None,
    settings: SettingsOption = None,
) -> None:
    keys = [each for file in key for each in read_keys(file)]
    try:
        client = register(
            id=client_id,
            name=name,
            regions=region,
            scopes=scope,
            purposes=[each.name for each in purpose],
            jwks=[{"kid": each.key_id, **each.public_key.to_jwk()} for each in keys],
            at=now(),
            bound="" if bound is None else bound.value,
            relays=relay or (),
        )
    except InvalidClient as refused:
        raise CommandFailed(
            f"登记被拒绝，请改正该项 the registration is refused: {refused}"
        ) from None
    if not asyncio.run(_add(local_database(settings), client)):
        raise CommandFailed(
            f"{client_id} 曾经登记过，编号不重复使用，请换一个 was registered before; "
            "an id is never used twice"
        )
    typer.echo(f"✔ {client_id}")
    for each in client.keys:
        typer.echo(f"  kid {each.key_id} {each.public_key.suite.value}")


def grant(client_id: ClientIdArgument, scope: ScopeOption, settings: SettingsOption = None) -> None:
    """It counts from the next access token on, so within minutes."""
    client = asyncio.run(_grant(existing_database(settings), client_id, scope, now()))
    if client is None:
        raise CommandFailed(not_active(client_id))
    typer.echo(f"✔ {client_id}: {' '.join(sorted(client.scopes))}")


def list_clients(settings: SettingsOption = None) -> None:
    clients, stopped = asyncio.run(_list(existing_database(settings)))
    if not clients:
        typer.echo(NO_CLIENTS)
    print_listing((_heading(each), _properties(each, stopped.get(each.id))) for each in clients)


def revoke(client_id: ClientIdArgument, settings: SettingsOption = None) -> None:
    if not asyncio.run(_revoke(existing_database(settings), client_id, now())):
        raise CommandFailed(not_active(client_id))
    typer.echo(f"✔ {client_id}")


def resume(client_id: ClientIdArgument, settings: SettingsOption = None) -> None:
    """What it asked before is not counted any more: find out first why it was stopped."""
    if not asyncio.run(_resume(existing_database(settings), client_id, now())):
        raise CommandFailed(
            f"接入系统 {client_id} 没有被停用，请核对编号 no client {client_id} is stopped"
        )
    typer.echo(f"✔ {client_id}")


def token(credentials: CredentialsOption) -> None:
    with closing(HubClient.from_file(credentials, now)) as client:
        typer.echo(client.token())


async def _add(database: LocalDatabase, client: Client) -> bool:
    async with opened(database.place, database.signer) as state:
        return await state.clients.add(client, actor=local_actor(), request_id=local_request_id())


async def _grant(
    database: LocalDatabase, client_id: str, scopes: Sequence[Scope], at: datetime
) -> Client | None:
    async with opened(database.place, database.signer) as state:
        return await state.clients.grant(
            client_id, scopes, at=at, actor=local_actor(), request_id=local_request_id()
        )


async def _list(database: LocalDatabase) -> tuple[Sequence[Client], Mapping[str, StoppedClient]]:
    async with opened(database.place, database.signer) as state:
        return await state.clients.list(), await state.stops.in_force()


async def _resume(database: LocalDatabase, client_id: str, at: datetime) -> bool:
    async with opened(database.place, database.signer) as state:
        return await state.stops.resume(
            client_id, at=at, actor=local_actor(), request_id=local_request_id()
        )


async def _revoke(database: LocalDatabase, client_id: str, at: datetime) -> bool:
    async with opened(database.place, database.signer) as state:
        return await state.clients.revoke(
            client_id, at=at, actor=local_actor(), request_id=local_request_id()
        )


def _heading(client: Client) -> str:
    return f"{client.id} · {client.name}"


def _properties(client: Client, stopped: StoppedClient | None) -> Properties:
    return (
        ("地区 regions", "\n".join(map(name_and_code, sorted(client.regions)))),
        ("权限 scopes", " ".join(sorted(client.scopes))),
        ("用途 purposes", " ".join(sorted(purpose.name for purpose in client.purposes))),
        ("可转递 relays", " ".join(sorted(client.relays))),
        ("公钥 keys", "\n".join(map(key_line, client.keys))),
        ("绑定 bound", "" if client.bound is None else client.bound.value),
        ("停用 stopped", "" if stopped is None else _why(stopped)),
        ("吊销 revoked", told(client.revoked_at) if client.revoked_at else ""),
    )


def _why(stopped: StoppedClient) -> str:
    over = f"{stopped.counted} > {stopped.limit}"
    return f"{stopped.reason.value} {over} {told(stopped.since)}"
