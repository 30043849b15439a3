"""``tongxing query``: may this traveler pass, and why?"""

import json
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console

from tongxing.gateway.cli.hub_client import CredentialsOption, HubClient
from tongxing.gateway.cli.operations import TRAVELER
from tongxing.gateway.cli.recognition_view import lines, refusal
from tongxing.gateway.cli.terminal import FAILED, CommandFailed, SourceArgument, now, read_document
from tongxing.schema import Purpose

RegionOption = Annotated[
    str, typer.Option(metavar="CODE", help="接收地 The receiving region, GB/T 2260")
]
PurposeOption = Annotated[
    Purpose, typer.Option(metavar="PURPOSE", help=f"用途 One of {', '.join(Purpose.__members__)}")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="输出 JSON Print the answer as one JSON object")
]


def query(
    source: SourceArgument = None,
    *,
    credentials: CredentialsOption,
    region: RegionOption = "321100",
    purpose: PurposeOption = Purpose.ENTRY,
    as_json: JsonOption = False,
) -> None:
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
        show(hub.ask(TRAVELER, asked)["traveler"], as_json=as_json)


def show(answer: dict[str, object], *, as_json: bool) -> None:
    """On standard output, for a program or for a person. What the hub could not ask about is a
    failure of the command: one line, and a status that a script sees."""
    refused = answer["__typename"] != "Recognition"
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        if refused:
            raise typer.Exit(FAILED)
        return
    if refused:
        raise CommandFailed(refusal(answer))
    console = Console(highlight=False, soft_wrap=True)
    for line in lines(answer):
        console.print(line)
