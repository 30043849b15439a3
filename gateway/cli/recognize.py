"""``tongxing recognize``: makes a decision again from its receipt, even years later.

A receipt names its holder only by a reference that no other client sees; unlike a document, it may
be kept in a file.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from tongxing.gateway.answering.rejudging import CannotRejudge, Rejudged, rejudge
from tongxing.gateway.cli.failing import FAILED, CommandFailed
from tongxing.gateway.cli.terminal import JsonOption, read_keys, text_of
from tongxing.gateway.operation.fault_words import fault_words
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.published import policy_bytes, policy_files
from tongxing.gateway.recognition.facts import DECISION_NAMES
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys.receipts import InvalidReceipt, verify_receipt
from tongxing.keys.suites import PublicKey
from tongxing.schema import Color, Decision
from tongxing.schema.characters import handed_over

FROM_STDIN = Path("-")

NOT_A_RECEIPT = (
    "不是持有此公钥的平台出具的回执，请核对回执和公钥 "
    "this is not a receipt of the hub with this key"
)

_HUB_KEY = typer.Option(
    metavar="FILE", show_default=False, help="互认平台公钥 The hub's public keys (JWK, JWKS or PEM)"
)
HubKeyOption = Annotated[Path, _HUB_KEY]
OptionalHubKeyOption = Annotated[Path | None, _HUB_KEY]
PoliciesOption = Annotated[
    Path,
    typer.Option(
        metavar="DIR", show_default=False, help="政策目录，缺省为随附政策 The policy files"
    ),
]


def replayed(receipt: Path, hub_key: Path, policies: Path = SHIPPED_POLICIES) -> Rejudged:
    """Raises CommandFailed if the receipt, the key or the policies are not usable."""
    keys = read_hub_keys(hub_key)
    try:
        claims = verify_receipt(_text(receipt), *keys)
    except InvalidReceipt:
        raise CommandFailed(NOT_A_RECEIPT) from None
    try:
        return rejudge(
            claims, [read_policy(f.name, policy_bytes(f)) for f in policy_files(policies)]
        )
    except CannotRejudge as error:
        raise CommandFailed(
            f"无法重新判定，请核对回执，并用 --policies 指定当时的政策 cannot be decided again: "
            f"{error}"
        ) from None
    except PolicyRefused as error:
        raise CommandFailed(fault_words(error)) from None


def read_hub_keys(file: Path) -> Sequence[PublicKey]:
    """The hub's keys, past ones too if the file has them. Raises CommandFailed."""
    return [each.public_key for each in read_keys(file)]


def _text(receipt: Path) -> str:
    try:
        octets = sys.stdin.buffer.read() if receipt == FROM_STDIN else receipt.read_bytes()
    except OSError as error:
        raise CommandFailed(
            f"{receipt} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None
    return handed_over(text_of(octets)).strip()


_COLORS: Mapping[Color, str] = MappingProxyType(
    {Color.GREEN: "绿", Color.YELLOW: "黄", Color.RED: "红", Color.UNKNOWN: "未知"}
)


def color_and_decision(color: Color, decision: Decision) -> str:
    """``RED 红 · INSPECT 核查``: the head of every answer at a terminal."""
    return f"{color.name} {_COLORS[color]} · {decision.name} {DECISION_NAMES[decision].zh}"


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
    typer.echo(f"{color_and_decision(judgement.color, judgement.decision)} · {judgement.rule}")
    if not again.differences:
        typer.echo("结果与回执相同 The same as in the receipt")
    for each in again.differences:
        typer.echo(
            f"与回执不同（{each.claim}：原为 {each.was}，现为 {each.now}） "
            f"Differs: {each.claim} was {each.was}, is {each.now}"
        )
