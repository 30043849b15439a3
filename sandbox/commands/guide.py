"""What a visitor of the sandbox needs: the page, credentials, three queries to try."""

import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from tongxing.sandbox.issuers.personas import PERSONAS
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM

_TRAVELER = """\
{{ traveler(document: {{kind: {kind}, number: "{number}", name: "{name}"}}
           purpose: ENTRY, receivingRegion: "321100") {{
    ... on Recognition {{ color decision reasons {{ text {{ zh en }} }} }} }} }}"""

_ISSUERS = "{ issuers { id name { zh en } level keys { id suite notAfter revokedAt } } }"


def three_queries() -> tuple[str, str, str]:
    """All three may be asked by the sandbox's city system."""
    return _traveler("green_everywhere"), _traveler("freshly_converted"), _ISSUERS


def _traveler(persona: str) -> str:
    document = PERSONAS[persona].document
    return _TRAVELER.format(kind=document.kind.value, number=document.number, name=document.name)


def program() -> str:
    """The command as it can be typed where the guide is read, also without an activated venv."""
    script = Path(sys.executable).with_name("tongxing")
    here = Path.cwd()
    return str(script.relative_to(here) if script.is_relative_to(here) else script)


def print_guide(console: Console, hub_url: str, credentials: Mapping[str, Path]) -> None:
    """``credentials`` are the files by client id."""

    def say(text: str = "") -> None:
        console.print(text, highlight=False, soft_wrap=True)

    say(f"[bold]GraphiQL[/bold]  {hub_url}/graphiql")
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
