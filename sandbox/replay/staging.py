"""What the replay is played on: three issuers and a hub as processes, and the hub's clients.

On free loopback ports. The settings are a file of their own beside those of a sandbox.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.graphql.document_ids import document_id
from tongxing.gateway.operation.files import replace
from tongxing.gateway.settings import SHIPPED_DOCUMENTS
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    FREE_PORTS,
    Child,
    reference_issuers,
    running,
)
from tongxing.sandbox.provisioning.state import provision, settings_text, write_credentials
from tongxing.sandbox.town.records import IssuerName

SETTINGS_FILE = "five-days.toml"


@dataclass(frozen=True, slots=True)
class Asked:
    """How the hub is to run: ``database`` is the address of a PostgreSQL server, or None for a file
    in the directory."""

    workers: int
    database: str | None


@dataclass(frozen=True, slots=True)
class Staged:
    """``clients`` by their ids. ``city_credential`` opens the city's own door; ``scan_document`` is
    the id of the GraphQL document with which gates ask."""

    hub_url: str
    city_url: str
    city_credential: str
    clients: Mapping[str, HubClient]
    scan_document: str


@contextmanager
def staged(directory: Path, people: int, seed: int, asked: Asked) -> Iterator[Staged]:
    """The crowd has ``people``, none of whom has the city's code yet. Raises CommandFailed."""
    place = _place(directory, asked.database)
    with ExitStack() as stack:
        layout = provision(directory, now(), database=place)
        issuers = reference_issuers(layout, FREE_PORTS, seed, people, code_is_new=True)
        urls = stack.enter_context(issuers)
        settings = layout.directory / SETTINGS_FILE
        replace(settings, (_database_line(asked.database) + settings_text(urls, 0)).encode())
        hub_url = stack.enter_context(_hub(layout, settings, asked.workers))
        clients = {
            name: stack.enter_context(closing(HubClient.from_file(file, now)))
            for name, file in write_credentials(layout, hub_url).items()
        }
        credential = layout.issuer_credential(IssuerName.ZHENJIANG).read_text("ascii").strip()
        document = document_id(sha256((SHIPPED_DOCUMENTS / "scan.graphql").read_bytes()).digest())
        yield Staged(hub_url, urls[IssuerName.ZHENJIANG], credential, clients, document)


def _place(directory: Path, database: str | None) -> DatabasePlace | None:
    if database is None:
        return None
    with suppress(ValueError):
        place = DatabasePlace.of(database, directory)
        if place.url is not None:
            return place
    raise CommandFailed(
        "--database 须为 postgresql:// 地址 --database takes an address postgresql://…"
    )


def _database_line(database: str | None) -> str:
    """JSON writes a text as TOML does."""
    return "" if database is None else f"database = {json.dumps(database)}\n"


@contextmanager
def _hub(layout: Layout, settings: Path, workers: int) -> Iterator[str]:
    arguments = ["serve", "--settings", str(settings), "--workers", str(workers)]
    child = Child("hub", "tongxing.gateway.cli", arguments, layout.logs / "hub.log")
    with running([child]) as announced:
        yield str(announced[0]["url"])
