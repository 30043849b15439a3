"""``tongxing explain``: which rule, source and fact decided, and what would change the answer.

Asked of the hub about a traveler, or made again from a receipt; the sentences are the same.
"""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.hub_client import HubClient, OptionalCredentialsOption
from tongxing.gateway.cli.operations import EXPLAIN
from tongxing.gateway.cli.query import PurposeOption, RegionOption
from tongxing.gateway.cli.recognize import OptionalHubKeyOption, PoliciesOption, replayed
from tongxing.gateway.cli.terminal import USAGE, CommandFailed, SourceArgument, now, read_document
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.schema import Purpose


class _NotOneWay(CommandFailed):
    exit_code = USAGE


def explain(
    source: SourceArgument = None,
    *,
    credentials: OptionalCredentialsOption = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            metavar="RECEIPT",
            show_default=False,
            help="离线解释回执 Explain a receipt, without the hub; “-” reads standard input",
        ),
    ] = None,
    hub_key: OptionalHubKeyOption = None,
    policies: PoliciesOption = SHIPPED_POLICIES,
    region: RegionOption = "321100",
    purpose: PurposeOption = Purpose.ENTRY,
) -> None:
    if receipt is not None and hub_key is not None:
        lines = replayed(receipt, hub_key, policies).explanation.lines
        _print((line.zh, line.en) for line in lines)
    elif credentials is not None and receipt is None:
        _print(_asked(source, credentials, region, purpose))
    else:
        raise _NotOneWay("give --credentials FILE, or --receipt RECEIPT with --hub-key FILE")


def _asked(
    source: str | None, credentials: Path, region: str, purpose: Purpose
) -> Iterable[tuple[str, str]]:
    document = read_document(source)
    asked = {
        "document": {
            "kind": document.kind.value,
            "number": document.number,
            "name": document.name,
        },
        "purpose": purpose.value,
        "region": region,
    }
    with closing(HubClient.from_file(credentials, now)) as hub:
        answer = hub.ask(EXPLAIN, asked)["traveler"]
    if answer["__typename"] != "Recognition":
        raise CommandFailed(f"{answer['code']} {answer['text']['en']}")
    return [(line["zh"], line["en"]) for line in answer["explanation"]["lines"]]


def _print(lines: Iterable[tuple[str, str]]) -> None:
    for zh, en in lines:
        typer.echo(zh)
        typer.echo(en)
