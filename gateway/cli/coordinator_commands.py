"""``tongxing coordinator``: the people who look after recognition, and how they sign in.

A person is registered as a client without a key: what it may see is decided in one place for people
and systems, and ``tongxing client`` lists, changes and revokes both.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

import typer

from tongxing.gateway.cli.client_listing import ClientIdArgument, not_active
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    existing_database,
    local_actor,
    local_database,
    local_request_id,
    read_settings,
)
from tongxing.gateway.cli.terminal import RegionsOption, now
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.clients import Client, InvalidClient, register
from tongxing.schema import Purpose
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.scope import Scope

SCOPES_OF_COORDINATORS = (Scope.AUDIT_READ, Scope.HISTORY_READ, Scope.POLICY_PREVIEW)
LINK_LIFETIME = timedelta(minutes=15)


def coordinator_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="登记 Register a person who may sign in to the pages")(add)
    commands.command(help="登录链接 Make a link that signs a person in once")(link)
    return commands


def add(
    client_id: ClientIdArgument,
    *,
    name: Annotated[str, typer.Option(metavar="TEXT", help="名称 What the log calls the person")],
    region: RegionsOption,
    settings: SettingsOption = None,
) -> None:
    """The person sees the regions that are named, and nothing of others."""
    try:
        person = register(
            id=client_id,
            name=name,
            regions=region,
            scopes=SCOPES_OF_COORDINATORS,
            purposes=[Purpose.AUDIT.name],
            jwks=(),
            at=now(),
            is_person=True,
        )
    except InvalidClient as refused:
        raise CommandFailed(
            f"登记被拒绝，请改正该项 the registration is refused: {refused}"
        ) from None
    if not asyncio.run(_add(local_database(settings), person)):
        raise CommandFailed(
            f"{client_id} 曾经登记过，编号不重复使用，请换一个 was registered before; "
            "an id is never used twice"
        )
    typer.echo(f"✔ {client_id}")
    typer.echo(f"  tongxing coordinator link {client_id}")


def link(client_id: ClientIdArgument, settings: SettingsOption = None) -> None:
    """Whoever has it can sign in as that person, once: hand it over as you would a key."""
    read = read_settings(settings)
    secret = asyncio.run(_offer(existing_database(settings), client_id, now()))
    if secret is None:
        raise CommandFailed(not_active(client_id))
    minutes = LINK_LIFETIME // timedelta(minutes=1)
    typer.echo(f"{_address(read)}/sign-in#{secret}")
    typer.echo(f"  {minutes}分钟内有效，只能用1次 good for {minutes} minutes, and once", err=True)


def _address(settings: Settings) -> str:
    """Where browsers reach the hub: by its name, or on this machine."""
    if settings.hub.url is not None:
        return settings.hub.url
    scheme = "http" if settings.listen.tls is None else "https"
    return f"{scheme}://{settings.listen.host}:{settings.listen.port}"


async def _add(database: LocalDatabase, person: Client) -> bool:
    async with opened(database.place, database.signer) as state:
        return await state.clients.add(person, actor=local_actor(), request_id=local_request_id())


async def _offer(database: LocalDatabase, client_id: str, at: datetime) -> str | None:
    """None if nobody of this id is registered who signs in so: a system has a key for that."""
    async with opened(database.place, database.signer) as state:
        client = await state.clients.find(client_id)
        if client is None or client.keys:
            return None
        record = AdministrationRecord(
            at=at,
            request_id=local_request_id(),
            client_id=client_id,
            action=AdministrativeAction.SIGN_IN_LINK_MADE,
            actor=local_actor(),
        )
        await state.audit.append([record])
        return await state.links.offer(client_id, at, LINK_LIFETIME)
