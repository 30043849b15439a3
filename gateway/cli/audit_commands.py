"""``tongxing audit``: reads the log on the hub's own machine, and checks the whole of it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tongxing.gateway.cli.local import (
    SettingsOption,
    existing_database,
    local_actor,
    local_request_id,
)
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.local_state import LocalState, opened
from tongxing.gateway.storage.audit import (
    AuditEntry,
    AuditFilter,
    AuditMark,
    AuditUnavailable,
    ReadingRecord,
    kind_of,
)
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import stamp
from tongxing.schema.audit_words import ReadingAction

SHOWN = 20
SHOWN_AT_MOST = 1_000
NOT_RECORDED = "！此次查看未能记入审计日志 this reading could not be recorded in the audit log"


def audit_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="显示最近的记录 Show the latest entries")(show)
    commands.command(help="检查整条哈希链 Check the whole chain of hashes")(verify)
    return commands


def show(
    *,
    settings: SettingsOption = None,
    last: Annotated[
        int, typer.Option(metavar="N", min=1, max=SHOWN_AT_MOST, help="条数 How many entries")
    ] = SHOWN,
    as_json: Annotated[
        bool, typer.Option("--json", help="每行一条 JSON One JSON object per line")
    ] = False,
) -> None:
    entries = asyncio.run(_latest(existing_database(settings), last))
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(_row(entry), ensure_ascii=False))
        return
    index_width = max((len(str(entry.index)) for entry in entries), default=0)
    kind_width = max((len(kind_of(entry.record).value) for entry in entries), default=0)
    for entry in entries:
        index, kind = str(entry.index), kind_of(entry.record).value
        typer.echo(f"{index:>{index_width}} {_line(entry, f'{kind:<{kind_width}}')}")


def verify(settings: SettingsOption = None) -> None:
    head = asyncio.run(_verified(existing_database(settings)))
    entries = head.index + 1 if head else 0
    typer.echo(f"✔ {entries} 条记录完好 entries, none changed, none missing")
    if head:
        typer.echo(f"  末条摘要 digest of the last {head.entry_hash}")


async def _latest(database: Path, number: int) -> Sequence[AuditEntry]:
    async with opened(database) as state:
        page = await state.audit.page(AuditFilter(), Slice(number, is_last=True))
        await _record_reading(state)
        return page.items


async def _record_reading(state: LocalState) -> None:
    """Before anything is shown. A disk that takes no record must not keep an operator from reading
    why, and a person who may read the file needs no command for it: then the output says so."""
    record = ReadingRecord(
        at=now(),
        request_id=local_request_id(),
        client_id=local_actor(),
        action=ReadingAction.AUDIT_ENTRIES,
    )
    try:
        await state.audit.append([record])
    except AuditUnavailable:
        typer.echo(NOT_RECORDED, err=True)


async def _verified(database: Path) -> AuditMark | None:
    async with opened(database) as state:
        return await state.audit.verify()


def _row(entry: AuditEntry) -> Mapping[str, Any]:
    fields = msgspec.to_builtins(entry.record)
    return {"index": entry.index, "kind": kind_of(entry.record).value, **fields}


def _line(entry: AuditEntry, kind: str) -> str:
    """One line that can be searched: the fields that the entry has, always in the same order."""
    record = entry.record
    shown = (getattr(record, field, None) for field in _SHOWN_FIELDS)
    words = (getattr(value, "value", value) for value in shown if value is not None)
    return " ".join((stamp(record.at), kind, *words))


_SHOWN_FIELDS = (
    "client_id",
    "purpose",
    "receiving_region",
    "color",
    "decision",
    "code",
    "action",
    "actor",
)
