"""``tongxing document``: trusted documents of this hub. A running hub notices within seconds."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.listing import Properties, print_listing
from tongxing.gateway.cli.local import (
    LocalDatabase,
    SettingsOption,
    existing_database,
    local_actor,
    local_database,
    local_request_id,
    read_settings,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.graphql.document_ids import document_id
from tongxing.gateway.graphql.document_registration import DocumentRegistration, NotRegistered
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.graphql.unfit_documents import unfit_documents
from tongxing.gateway.operation.document_files import DocumentFileRefused, read_document
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings import Profile, Settings
from tongxing.gateway.storage.document_registry import MAX_REGISTERED, RegisteredDocument
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import REFUSAL_TEXTS, to_the_second

NO_DOCUMENTS = (
    "还没有登记可信文档，请用 tongxing document register 登记 "
    "no trusted document is registered yet: see tongxing document register --help"
)


def document_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="登记 Register GraphQL documents, to be named by their ids")(register)
    commands.command("list", help="列出 List the documents that are registered")(list_documents)
    commands.command(help="撤销 Withdraw a document")(withdraw)
    return commands


def register(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="查询文档 A GraphQL document, in UTF-8")
    ],
    settings: SettingsOption = None,
) -> None:
    """Prints the id of each. One that is registered already stays as it is."""
    texts = {file: _text(file) for file in files}
    asyncio.run(_register(local_database(settings), read_settings(settings), texts))


def list_documents(settings: SettingsOption = None) -> None:
    """Says of each that the hub would refuse now why."""
    listed = asyncio.run(_list(existing_database(settings), read_settings(settings)))
    if not listed.documents:
        typer.echo(NO_DOCUMENTS)
    print_listing((_heading(each), _properties(each, listed.unfit)) for each in listed.documents)


def withdraw(
    document: Annotated[str, typer.Argument(metavar="ID", help="编号 The document's id, sha256:…")],
    settings: SettingsOption = None,
) -> None:
    database, hub = existing_database(settings), read_settings(settings)
    try:
        withdrawn = asyncio.run(_withdraw(database, hub, document))
    except NotRegistered as refused:
        raise CommandFailed(_told(refused)) from None
    typer.echo(f"✔ {document_id(withdrawn.digest)}")


class ListedDocuments(NamedTuple):
    """``unfit`` are the codes of those that the hub would refuse, by number."""

    documents: Sequence[RegisteredDocument]
    unfit: dict[int, ErrorCode]


def prepared_documents(hub: Settings) -> PreparedDocuments:
    """As the hub of these settings takes documents."""
    schema = core_schema(graphql_schema())
    return PreparedDocuments(schema, introspection=hub.profile is Profile.OPEN)


@asynccontextmanager
async def _registration(
    database: LocalDatabase, hub: Settings
) -> AsyncIterator[DocumentRegistration]:
    async with opened(database.place, database.signer) as state:
        yield DocumentRegistration(state.documents, prepared_documents(hub).make, now)


async def _register(database: LocalDatabase, hub: Settings, texts: Mapping[Path, str]) -> None:
    by, request_id = local_actor(), local_request_id()
    async with _registration(database, hub) as registration:
        for file, text in texts.items():
            try:
                document = await registration.register(text, by=by, request_id=request_id)
            except NotRegistered as refused:
                raise CommandFailed(f"{file}: {_told(refused)}") from None
            typer.echo(f"✔ {document_id(document.digest)} {file}")


async def _withdraw(database: LocalDatabase, hub: Settings, given: str) -> RegisteredDocument:
    async with _registration(database, hub) as registration:
        return await registration.withdraw(given, by=local_actor(), request_id=local_request_id())


async def _list(database: LocalDatabase, hub: Settings) -> ListedDocuments:
    async with _registration(database, hub) as registration:
        page = await registration.registry.page(Slice(MAX_REGISTERED))
        unfit = unfit_documents(registration.registry, registration.make)
        return ListedDocuments(page.items, {each.number: code async for each, code in unfit})


def _text(file: Path) -> str:
    try:
        return read_document(file)
    except DocumentFileRefused as refused:
        raise CommandFailed(str(refused)) from None


def _told(refused: NotRegistered) -> str:
    text = REFUSAL_TEXTS[refused.code]
    at = f" [{refused.line}:{refused.column}]" if refused.line else ""
    reason = f" ({refused.reason})" if refused.reason else ""
    return f"{refused.code.value}{at} {text.zh} {text.en}{reason}"


def _heading(document: RegisteredDocument) -> str:
    return f"{document.number} · {document_id(document.digest)}"


def _properties(document: RegisteredDocument, unfit: dict[int, ErrorCode]) -> Properties:
    code = unfit.get(document.number)
    at = to_the_second(document.at)
    return (
        ("操作 operations", " ".join(document.operations)),
        ("登记 registered", f"{at.zh} {at.en} · {document.by}"),
        ("不再适用 refused now", "" if code is None else code.value),
    )
