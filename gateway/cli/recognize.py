"""``tongxing recognize``: a decision made again from its receipt, years later if need be."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import FAILED
from gateway.cli.query import JsonOption
from gateway.cli.receipt_replay import HubKeyOption, PoliciesOption, replayed
from gateway.receipts.rejudging import Rejudged
from gateway.settings import SHIPPED_POLICIES


def recognize(
    *,
    replay: Annotated[
        Path,
        typer.Option(
            metavar="RECEIPT",
            show_default=False,
            help="回执文件，“-”为标准输入 The receipt's file; “-” reads standard input",
        ),
    ],
    hub_key: HubKeyOption,
    policies: PoliciesOption = SHIPPED_POLICIES,
    as_json: JsonOption = False,
) -> None:
    again = replayed(replay, hub_key, policies)
    if as_json:
        typer.echo(json.dumps(_object(again), ensure_ascii=False))
    else:
        _print(again)
    if again.differences:
        raise typer.Exit(FAILED)


def _object(again: Rejudged) -> dict[str, object]:
    return {
        "same": not again.differences,
        "color": again.judgement.color.value,
        "decision": again.judgement.decision.value,
        "rule": again.judgement.rule,
        "policy": {
            "region": again.policy.version.region,
            "version": again.policy.version.version,
            "digest": again.policy.version.digest,
        },
        "differences": [
            {"claim": each.claim, "was": each.was, "now": each.now} for each in again.differences
        ],
    }


def _print(again: Rejudged) -> None:
    judgement = again.judgement
    typer.echo(f"{judgement.color.value} {judgement.decision.value} {judgement.rule}")
    if not again.differences:
        typer.echo("结果与回执相同 The same as in the receipt")
    for each in again.differences:
        typer.echo(f"与回执不同 Differs: {each.claim} was {each.was}, is {each.now}")
