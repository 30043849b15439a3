"""``tongxing audit``: reads the log on the hub's own machine, and checks the whole of it."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TextIO

import msgspec
import typer

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hand_over import hand_over
from tongxing.gateway.cli.local import LocalDatabase, SettingsOption, existing_database
from tongxing.gateway.cli.local_readings import record_reading
from tongxing.gateway.cli.log_evidence import (
    LogKeyOption,
    PublicKeys,
    public_keys,
    read_log_keys,
    seen_in_checkpoints,
    seen_in_proofs,
    seen_in_receipts,
)
from tongxing.gateway.cli.log_matching import match
from tongxing.gateway.cli.recognize import OptionalHubKeyOption, read_hub_keys
from tongxing.gateway.cli.report import report
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import (
    AuditEntry,
    AuditFilter,
    AuditMark,
    InvalidExport,
    check_export,
    export_lines,
    kind_of,
)
from tongxing.gateway.storage.head_file import HeadFile, head_file_of
from tongxing.gateway.storage.log_names import GivenHead, entries_of, first_name_of, split
from tongxing.gateway.storage.slices import Slice
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.signed_note import VerifierKey
from tongxing.keys.tree_head import TreeHead
from tongxing.schema import stamp
from tongxing.schema.audit_words import ReadingAction

SHOWN = 20
SHOWN_AT_MOST = 1_000
LINES_BESIDE_ENTRIES = 2
"""The first one, and the checkpoint."""

NO_KEY = (
    "须能读平台私钥，或给 --hub-key 和 --log-key this account cannot read the hub's key: give "
    "--hub-key and --log-key"
)
NO_HEAD = (
    "！旁边没有签名检查点，末尾若被删去无从得知：请与回执、存证或检查点核对 there is no signed "
    "checkpoint beside the log, so nothing shows if its end was cut off: hold it against receipts, "
    "proofs or checkpoints"
)
UNCHECKED = (
    "！未给 --log-key，检查点的签名未核验 "
    "the checkpoint's signature was not checked: give --log-key"
)


def audit_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="显示最近的记录 Show the latest entries")(show)
    commands.command(help="检查全部记录 Check every entry, and the tree over them")(verify)
    commands.command(help="导出全部记录 Write the whole log to a file")(export)
    commands.command(help="两个平台的记录互相核对 Hold two hubs' logs against each other")(match)
    commands.command(help="互认统计报告 A report of the figures of interoperation")(report)
    commands.command(
        "hand-over", help="更换平台密钥后移交数据库 Let a hub with another key take the database"
    )(hand_over)
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


def verify(
    *,
    settings: SettingsOption = None,
    receipt: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", show_default=False, help="与此回执核对 Also against a receipt"
        ),
    ] = None,
    proof: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", show_default=False, help="与此存证核对 Also against a proof"),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", show_default=False, help="与此检查点核对 Also against a checkpoint"
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="只检查此导出文件 Check an exported file alone, without the hub",
        ),
    ] = None,
    log_key: LogKeyOption = None,
    hub_key: OptionalHubKeyOption = None,
) -> None:
    if export is not None:
        _verify_export(export, log_key, hub_key)
        return
    database = existing_database(settings)
    given = GivenOut(receipt or (), proof or (), checkpoint or ())
    keys = _public_keys(database, log_key, hub_key)
    expected = list(_seen(given, keys))
    head, signed = asyncio.run(_verified(database, expected, keys.log))
    typer.echo(f"✔ {head.index + 1 if head else 0} 条记录完好 entries, none changed, none missing")
    if head:
        typer.echo(f"  末条摘要 digest of the last {head.entry_hash}")
    _say_of_the_end(signed, keys, expected)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="新文件 A new file, mode 0600")],
    settings: SettingsOption = None,
) -> None:
    """To be checked elsewhere, with ``audit verify --export``."""
    database = existing_database(settings)
    if database.signer is None:
        raise CommandFailed(NO_KEY)
    try:
        with open(file, "x", encoding="utf-8", opener=_for_its_owner_alone) as written:
            entries = asyncio.run(_exported(database, written))
            written.flush()
            os.fsync(written.fileno())
    except OSError as error:
        raise CommandFailed(f"{file} 无法写入 cannot be written ({error.strerror})") from None
    typer.echo(f"✔ {entries} 条记录 entries → {file}")


class GivenOut(NamedTuple):
    receipts: Sequence[Path]
    proofs: Sequence[Path]
    checkpoints: Sequence[Path]


def _public_keys(database: LocalDatabase, log_key: Path | None, hub_key: Path | None) -> PublicKeys:
    """Those that are named, or the hub's own, past ones too, if this account may read them. One
    that was revoked checks what is held against the log all the same."""
    own = None if database.signer is None else asyncio.run(_own_keys(database, database.signer))
    hub = read_hub_keys(hub_key) if hub_key is not None else own.hub if own else ()
    log = read_log_keys(log_key, hub) if log_key is not None else own.log if own else ()
    return PublicKeys(hub, log)


async def _own_keys(database: LocalDatabase, keys: HubKeys) -> PublicKeys:
    async with opened(database.place, keys):
        return public_keys(keys)


def _seen(given: GivenOut, keys: PublicKeys) -> Iterator[GivenHead]:
    """What was given out, checked."""
    if not any(given):
        return
    if not keys.hub or not keys.log:
        raise CommandFailed(NO_KEY)
    yield from seen_in_receipts(given.receipts, keys.hub, first_name_of(keys.log[0].name))
    yield from seen_in_proofs(given.proofs, keys.log)
    yield from seen_in_checkpoints(given.checkpoints, keys.log)


def _say_of_the_end(
    signed: TreeHead | None, keys: PublicKeys, expected: Sequence[GivenHead]
) -> None:
    """A log that was cut at its end together with its head file is whole in itself; one whose head
    was forged is so too, for an account that has no key to check it with."""
    if signed is not None and not keys.log:
        typer.echo(UNCHECKED, err=True)
    elif signed is not None:
        typer.echo(f"  签名检查点 signed checkpoint: {signed.size}")
    elif not expected:
        typer.echo(NO_HEAD, err=True)


def _verify_export(file: Path, log_key: Path | None, hub_key: Path | None) -> None:
    hub = () if hub_key is None else read_hub_keys(hub_key)
    keys = () if log_key is None else read_log_keys(log_key, hub)
    try:
        with file.open("r", encoding="utf-8") as lines:
            head = check_export(lines, keys)
    except (OSError, UnicodeError):
        raise CommandFailed(f"{file} 无法读取，请核对路径和文件 cannot be read") from None
    except InvalidExport as error:
        raise CommandFailed(f"{file} 不是完好的导出文件 is no whole export: {error}") from None
    typer.echo(f"✔ {head.size} 条记录完好 entries, none changed, none missing")
    if not keys:
        typer.echo(UNCHECKED, err=True)


async def _latest(database: LocalDatabase, number: int) -> Sequence[AuditEntry]:
    async with opened(database.place, database.signer) as state:
        page = await state.audit.page(AuditFilter(), Slice(number, is_last=True))
        await record_reading(state, ReadingAction.AUDIT_ENTRIES)
        return page.items


async def _verified(
    database: LocalDatabase, expected: Sequence[GivenHead], keys: Sequence[VerifierKey]
) -> tuple[AuditMark | None, TreeHead | None]:
    """The last entry, and what the head file says; None if it holds no checkpoint. Raises
    AuditDamaged, CommandFailed, OSError."""
    async with opened(database.place, database.signer) as state:
        names = state.audit.names
        named = [VerifierKey(names.now(first_name_of(k.name)), k.public_key) for k in keys]
        here, lost = split(names, expected)
        last = await state.audit.verify(here)
        seen = HeadFile(head_file_of(database.place.file), *named).read()
    if lost:
        raise CommandFailed("；".join(map(_lost, lost)))
    return last, seen if isinstance(seen, TreeHead) else None


def _lost(given: GivenHead) -> str:
    return (
        f"{given.source} 为真，但其记录在恢复时已缺失 is genuine, and its entry was lost before "
        f"the log was restored: entry {entries_of(given.seen) - 1} of {given.log}"
    )


async def _exported(database: LocalDatabase, written: TextIO) -> int:
    """The number of entries."""
    entries = -LINES_BESIDE_ENTRIES
    async with opened(database.place, database.signer) as state:
        await record_reading(state, ReadingAction.AUDIT_ENTRIES)
        async for line in export_lines(state.audit):
            written.write(line)
            entries += 1
    return entries


def _for_its_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


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
