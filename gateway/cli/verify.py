"""``tongxing verify``: asks the hub about a scanned code, or checks a receipt or a proof alone."""

import json
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tongxing.gateway.answering.proof import check_proof
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hub_client import HubClient, OptionalCredentialsOption
from tongxing.gateway.cli.log_evidence import LogKeyOption, keys_for, read_log_keys
from tongxing.gateway.cli.operations import VERIFY_CODE
from tongxing.gateway.cli.query import show
from tongxing.gateway.cli.recognize import NOT_A_RECEIPT, OptionalHubKeyOption, read_hub_keys
from tongxing.gateway.cli.terminal import (
    JsonOption,
    OptionalPurposeOption,
    OptionalRegionOption,
    SourceArgument,
    now,
    read_json_object,
    read_text,
    reads_stdin,
    required,
    text_of,
)
from tongxing.keys.log_proof import InvalidProof, read_proof
from tongxing.keys.receipts import InvalidReceipt, verify_receipt
from tongxing.keys.signed_note import InvalidNote
from tongxing.schema.time_words import to_the_second

NOT_A_PROOF = (
    "不是持有此公钥的审计日志的存证，请核对存证和公钥 this is not a proof by the log with this key"
)
CHECKPOINT_MEMBERS = ("name", "position", "department", "verifierName", "verifierPhone")


def verify(
    source: SourceArgument = None,
    *,
    credentials: OptionalCredentialsOption = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help=f"查验点 JSON: {', '.join(CHECKPOINT_MEMBERS)}",
        ),
    ] = None,
    receipt: Annotated[
        bool, typer.Option("--receipt", help="离线验回执 Check a receipt, without the hub")
    ] = False,
    proof: Annotated[
        bool, typer.Option("--proof", help="离线验存证 Check a proof, without the hub")
    ] = False,
    hub_key: OptionalHubKeyOption = None,
    log_key: LogKeyOption = None,
    region: OptionalRegionOption = None,
    purpose: OptionalPurposeOption = None,
    as_json: JsonOption = False,
) -> None:
    if receipt:
        _check_receipt(source, required(hub_key, "--hub-key FILE"))
        return
    if proof:
        _check_proof(required(log_key, "--log-key FILE"), hub_key)
        return
    reads_stdin(source)
    file = required(credentials, "--credentials FILE")
    place = required(checkpoint, "--checkpoint FILE")
    asked = {
        "receivingRegion": required(region, "--region CODE"),
        "purpose": required(purpose, "--purpose PURPOSE").value,
        "checkpoint": _read_checkpoint(place),
    }
    with closing(HubClient.from_file(file, now)) as hub:
        code = read_text(source, "扫描内容（不显示）scanned text (not shown)")
        scan = {"input": asked | {"code": code}}
        show(hub.ask_for("verifyCode", VERIFY_CODE, scan), as_json=as_json)


def _read_checkpoint(file: Path) -> Mapping[str, Any]:
    members = read_json_object(file)
    is_text = all(isinstance(value, str) for value in members.values())
    if members.keys() != set(CHECKPOINT_MEMBERS) or not is_text:
        raise CommandFailed(
            f"{file} 不是查验点文件，须正好写明这几项文字 is no checkpoint; it has these texts and "
            f"no more: {', '.join(CHECKPOINT_MEMBERS)}"
        )
    return members


def _check_receipt(source: str | None, hub_key: Path) -> None:
    keys = read_hub_keys(hub_key)
    text = read_text(source, "回执 receipt")
    try:
        claims = verify_receipt(text, *keys)
    except InvalidReceipt:
        raise CommandFailed(NOT_A_RECEIPT) from None
    typer.echo(json.dumps(dict(claims), ensure_ascii=False, indent=2))
    _require_in_force(claims)


def _check_proof(log_key: Path, hub_key: Path | None) -> None:
    """From standard input: a proof has many lines, so it is not asked for."""
    keys = read_log_keys(log_key, () if hub_key is None else read_hub_keys(hub_key))
    try:
        text = text_of(sys.stdin.buffer.read())
        proven = check_proof(text, *keys_for(read_proof(text).checkpoint, keys))
    except (InvalidProof, InvalidNote):
        raise CommandFailed(NOT_A_PROOF) from None
    typer.echo(
        f"存证为真，审计序号{proven.index} "
        f"The proof is genuine; audit entry {proven.index} of {proven.head.size}",
        err=True,
    )
    if proven.claims is not None:
        typer.echo(json.dumps(dict(proven.claims), ensure_ascii=False, indent=2))
        _require_in_force(proven.claims)


def _require_in_force(claims: Mapping[str, object]) -> None:
    """A gate must not take an old green for one: the command fails, and says since when. Of a
    receipt that holds a person reads beside the claims that it does, and until when."""
    ends = claims.get("exp")
    if not isinstance(ends, int):
        raise CommandFailed(
            "为真，但没有有效期，请重新查询 It is genuine, and does not say until when"
        )
    end = datetime.fromtimestamp(ends, UTC)
    at = to_the_second(end)
    if now() >= end:
        raise CommandFailed(
            f"为真，但已于{at.zh}失效，请重新查询 It is genuine, but ended at {at.en}; ask again"
        )
    typer.echo(f"为真，有效至{at.zh} It is genuine, and holds until {at.en}", err=True)
