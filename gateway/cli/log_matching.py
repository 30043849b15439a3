"""``tongxing audit match``: the exported logs of two hubs of which one asked the other."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.answering.relay_matching import Difference, Mismatch, matched
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.log_evidence import read_log_keys
from tongxing.gateway.storage.audit import AuditRecord, InvalidExport, RelayRecord, check_export
from tongxing.schema import Text, stamp

_SAID: Mapping[Mismatch, Text] = {
    Mismatch.WITHHELD: Text(
        zh="转递平台已取得此陈述，提问平台却没有得到",
        en="the passing hub got this statement, and the asking hub did not get it",
    ),
    Mismatch.LATE: Text(
        zh="转递平台已取得此陈述，提问平台未及时收到任何答复",
        en="the passing hub got this statement; nothing reached the asking hub in time",
    ),
    Mismatch.UNRECORDED: Text(
        zh="提问平台得到此陈述，转递平台没有记录",
        en="the asking hub got this statement, and the passing hub has not recorded it",
    ),
    Mismatch.UNANSWERED: Text(
        zh="提问平台得到答复，转递平台没有此次往来",
        en="the asking hub was answered, and the passing hub knows of no such exchange",
    ),
    Mismatch.UNASKED: Text(
        zh="转递平台已转递，提问平台没有此次往来",
        en="the passing hub passed something on, and the asking hub knows of no such exchange",
    ),
}

_LogKey = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", show_default=False, help="其审计日志的公钥 The key of that hub's log"
    ),
]


def match(
    asking: Annotated[
        Path, typer.Argument(metavar="ASKING", help="提问平台的导出文件 Of the hub that asked")
    ],
    passing: Annotated[
        Path, typer.Argument(metavar="PASSING", help="转递平台的导出文件 Of the hub it asked")
    ],
    asking_log_key: _LogKey = None,
    passing_log_key: _LogKey = None,
) -> None:
    """Finds what one hub got and did not hand over. Both files are checked first."""
    found = matched(_relays(asking, asking_log_key), _relays(passing, passing_log_key))
    for each in found.differences:
        typer.echo(_line(each))
    if any(each.mismatch is not Mismatch.LATE for each in found.differences):
        raise CommandFailed(
            f"{len(found.differences)} 处不一致，请两个平台各自说明 "
            "do not match: let both hubs explain"
        )
    typer.echo(
        f"✔ {found.exchanges} 次往来、{found.statements} 份陈述相符 exchanges and statements match"
    )


def _relays(file: Path, log_key: Path | None) -> Sequence[AuditRecord]:
    keys = () if log_key is None else read_log_keys(log_key, ())
    relays: list[AuditRecord] = []

    def take(record: AuditRecord) -> None:
        if isinstance(record, RelayRecord):
            relays.append(record)

    try:
        with file.open("r", encoding="utf-8") as lines:
            check_export(lines, keys, take)
    except (OSError, UnicodeError):
        raise CommandFailed(f"{file} 无法读取，请核对路径和文件 cannot be read") from None
    except InvalidExport as error:
        raise CommandFailed(f"{file} 不是完好的导出文件 is no whole export: {error}") from None
    return relays


def _line(found: Difference) -> str:
    said = _SAID[found.mismatch]
    named = " ".join(filter(None, (found.issuer, found.digest)))
    return f"{stamp(found.at)} {found.mismatch} {found.exchange} {named} {said.zh} {said.en}"
