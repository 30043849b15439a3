"""``tongxing sandbox``, the three reference issuers; ``tongxing serve --sandbox``, a hub with them.

Also the guide that a visitor reads: the page, credentials, three queries to try.
"""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from tongxing.gateway.cli.local import STATE_DIRECTORY, DirectoryOption, read_settings
from tongxing.gateway.cli.serve import run_hub
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.http.server import Announced
from tongxing.sandbox.federation.members import members
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, PERSON
from tongxing.sandbox.provisioning.federation import (
    FEDERATION_PORTS,
    REFERENCE_ISSUERS,
    federation,
    provision_federation,
    write_federation_settings,
)
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    POPULATION,
    SEED,
    reference_issuers,
    terminated_like_interrupted,
)
from tongxing.sandbox.provisioning.state import HUB_PORT, ISSUER_PORTS, prepared, write_credentials
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.records import IssuerName

_TRAVELER = """\
{{ traveler(input: {{document: {{kind: {kind}, number: "{number}", name: "{name}"}}
                  purpose: ENTRY, receivingRegion: "321100"}}) {{
    ... on TravelerRecognition {{ color decision reasons {{ text {{ zh en }} }} }} }} }}"""

_ISSUERS = "{ issuers { id name { zh en } level keys { keyId suiteName notAfter revokedAt } } }"


def three_queries() -> tuple[str, str, str]:
    """The sandbox's city system may ask all three."""
    return _traveler("green_everywhere"), _traveler("freshly_converted"), _ISSUERS


def _traveler(persona: str) -> str:
    document = PERSONAS[persona].document
    return _TRAVELER.format(kind=document.kind.value, number=document.number, name=document.name)


def program() -> str:
    """The command as a reader of the guide can type it, also without an activated venv."""
    script = Path(sys.executable).with_name("tongxing")
    here = Path.cwd()
    return str(script.relative_to(here) if script.is_relative_to(here) else script)


def print_guide(
    console: Console, hub_url: str, layout: Layout, credentials: Mapping[str, Path], issuer_url: str
) -> None:
    """``credentials`` are the files by client id; ``issuer_url`` is where the Zhenjiang code is."""

    def say(text: str = "") -> None:
        console.print(text, highlight=False, soft_wrap=True)

    for path, name in DOORS.items():
        say(f"[bold]{name}[/bold]  {hub_url}{path}")
    say("[bold]登记查验设备 a device of a gate is enrolled[/bold]")
    say(
        f"  {program()} client enroll gate-1 --place 镇江南站 --region 321100 "
        f"--settings {layout.settings}"
    )
    say("[bold]协调人员登录 a coordinator signs in[/bold]")
    say(f"  {program()} coordinator link {PERSON} --settings {layout.settings}")
    say("[bold]本人查询用的健康码，一分钟有效 a traveler's code, good for one minute[/bold]")
    say(f"  {escape(_code_command(layout, issuer_url))}")
    say("[bold]凭据 credentials[/bold]")
    for file in credentials.values():
        say(f"  {file}")
    say("[bold]令牌（五分钟有效）an access token, good for five minutes[/bold]")
    say(f"  {program()} client token --credentials {credentials[CITY_SYSTEM.id]}")
    say('  [dim]GraphiQL → Headers: {"Authorization": "Bearer <token>"}[/dim]')
    say("[bold]试三个查询 three queries to try[/bold]")
    for query in three_queries():
        say(escape(query))
        say()
    say("Ctrl-C 结束 ends it.")


DOORS = {
    "/": "首页 front page",
    "/gate": "查验点 gate",
    "/coordinator": "协调人员 coordinators",
    "/me": "本人查询 traveler",
    "/graphiql": "GraphiQL",
}


def _code_command(layout: Layout, issuer_url: str) -> str:
    document = PERSONAS["freshly_converted"].document
    asked = {"kind": document.kind.value, "number": document.number, "name": document.name}
    credential = layout.issuer_credential(IssuerName.ZHENJIANG)
    return (
        f'curl -s {issuer_url}/app/code -H "Authorization: Bearer $(cat {credential})" '
        f"-d '{json.dumps(asked, ensure_ascii=False)}'"
    )


def serve_sandbox(directory: Path) -> None:
    layout = prepared(directory, now(), read_settings)
    settings = read_settings(layout.settings)

    def announce(announced: Announced) -> None:
        credentials = write_credentials(layout, announced.url)
        print_guide(Console(), announced.url, layout, credentials, issuers[IssuerName.ZHENJIANG])

    with (
        terminated_like_interrupted(),
        reference_issuers(layout, ISSUER_PORTS, SEED, POPULATION) as issuers,
    ):
        run_hub(settings, announce)


IssuersOption = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=REFERENCE_ISSUERS,
        max=1_000,
        help="发码机构数 How many issuers there are; all but three know nobody of the town",
    ),
]


def sandbox(
    directory: DirectoryOption = STATE_DIRECTORY,
    issuers: IssuersOption = REFERENCE_ISSUERS,
    seed: Annotated[
        int, typer.Option(metavar="N", help="人口种子 The seed of the synthetic population")
    ] = SEED,
    population: Annotated[
        int, typer.Option(metavar="N", min=0, help="人口数 How many people the issuers know")
    ] = POPULATION,
) -> None:
    is_small = issuers == REFERENCE_ISSUERS
    layout = (
        prepared(directory, now(), read_settings) if is_small else _federated(directory, issuers)
    )
    with (
        terminated_like_interrupted(),
        reference_issuers(layout, ISSUER_PORTS, seed, population) as urls,
        federation(layout, FEDERATION_PORTS, seed, members(issuers - REFERENCE_ISSUERS)) as more,
        suppress(KeyboardInterrupt),
    ):
        if not is_small:
            write_federation_settings(layout, urls, more, HUB_PORT)
            write_credentials(layout, f"http://127.0.0.1:{HUB_PORT}")
        for name, url in urls.items():
            _say(f"{name.value}: {url}")
        if more:
            _say(f"另有 {len(more)} 个发码机构 more issuers: {next(iter(more.values()))} …")
        _say(f"运行互认平台 run the hub: {program()} serve --settings {layout.settings}")
        Event().wait()


def _federated(directory: Path, issuers: int) -> Layout:
    """In a directory of its own, inside ``directory``."""
    return provision_federation(directory / "federation", now(), issuers)


def _say(text: str) -> None:
    Console().print(text, highlight=False, soft_wrap=True)
