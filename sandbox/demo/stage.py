"""What the story is played on: three issuers and a hub as processes, and the clients of the hub.

Also what holders and issuers do beside the hub, over the issuers' own HTTP: a telephone shows a
code, an issuer stalls. The hub knows nothing of it.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import rmtree
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from tempfile import mkdtemp

import httpx2

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.demo.expectations import Answer
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, COORDINATOR, DISTRICT, TRANSPORT_HUB
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    FREE_PORTS,
    POPULATION,
    SEED,
    Child,
    DidNotStart,
    reference_issuers,
    running,
)
from tongxing.sandbox.provisioning.state import (
    CHECKPOINT,
    let_a_person_in,
    provision,
    write_credentials,
    write_settings,
)
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

RECEIVING_REGION = "321100"

NO_AUTHORITIES = SSLContext(PROTOCOL_TLS_CLIENT)
"""Issuers are asked over plain HTTP; loading the certificate authorities takes 20 ms per call."""


@dataclass(frozen=True, slots=True)
class ReferenceIssuer:
    """One running reference issuer, and the demo's credential there."""

    url: str
    credential: str

    def _call(self, method: str, path: str, body: object = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.credential}"}
        try:
            return httpx2.request(
                method,
                self.url + path,
                json=body,
                headers=headers,
                trust_env=False,
                verify=NO_AUTHORITIES,
            ).raise_for_status()
        except httpx2.HTTPError as error:
            raise CommandFailed(
                f"{self.url} 处的发码机构出错，请查看它的日志 the issuer at {self.url} fails: "
                f"{type(error).__name__}"
            ) from None

    def show_code(self, document: Document, *, expired: bool) -> str:
        """The text of the code on the holder's telephone."""
        asked = document_fields(document) | ({"expired": True} if expired else {})
        return str(self._call("POST", "/app/code", asked).json()["code"])

    def accept_correction(self, document: Document, mistake: str, evidence: str) -> None:
        """The issuer's staff finds that the holder is right. Sending the same report again returns
        its reference."""
        report = {"mistake": mistake, "evidence": evidence, "nonce": ""}
        asked = document_fields(document) | report
        reference = self._call("POST", "/corrections", asked).json()["reference"]
        decision = {"reference": reference, "accepted": True}
        self._call("POST", "/app/corrections/decide", decision)

    def step(self, path: str, document: Document, **more: object) -> None:
        """One step in the life of the holder's code (docs/zhenjiang.md)."""
        self._call("POST", path, document_fields(document) | more)

    @contextmanager
    def misbehaving(self, mode: str, **more: int | str) -> Iterator[None]:
        self._call("POST", "/sandbox/misbehavior", {"mode": mode, "for": None, **more})
        try:
            yield
        finally:
            self._call("DELETE", "/sandbox/misbehavior")


def document_of(persona: str) -> Document:
    return PERSONAS[persona].document


def document_fields(document: Document) -> dict[str, object]:
    """A document in the form that GraphQL and the issuers' applications take."""
    return {"kind": document.kind.value, "number": document.number, "name": document.name}


def asked(document: Document, purpose: str) -> dict[str, object]:
    """The variables of a query about a traveler."""
    question = {
        "document": document_fields(document),
        "purpose": purpose,
        "receivingRegion": RECEIVING_REGION,
    }
    return {"input": question}


def scanned(code: str) -> dict[str, object]:
    """The variables of a query about a scanned code."""
    scan = {
        "code": code,
        "checkpoint": CHECKPOINT,
        "receivingRegion": RECEIVING_REGION,
        "purpose": "TRANSPORT",
    }
    return {"input": scan}


@dataclass(frozen=True, slots=True)
class Stage:
    """``answers`` and ``asked_about`` are what has happened so far; the audit is compared with
    them. ``database`` and ``hub_key`` are the hub's files, ``hub_url`` is where it is."""

    city: HubClient
    transport: HubClient
    coordinator: HubClient
    district: HubClient
    issuers: Mapping[IssuerName, ReferenceIssuer]
    population: Population
    database: Path
    hub_key: Path
    hub_url: str
    answers: list[Answer] = field(default_factory=list)
    asked_about: list[Document] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Theater:
    stage: Stage
    hub_url: str
    layout: Layout
    credentials: Mapping[str, Path]


@contextmanager
def theater() -> Iterator[Theater]:
    """Everything runs on free loopback ports and in a new directory; processes and directory are
    removed at the end. Raises CommandFailed; if it is DidNotStart the directory is kept, because
    its text may name a log."""
    with ExitStack() as stack:
        directory = Path(mkdtemp(prefix="tongxing-demo-"))
        stack.push(partial(_remove, directory))
        layout = provision(directory, now())
        let_a_person_in(layout, now())
        urls = stack.enter_context(reference_issuers(layout, FREE_PORTS, SEED, POPULATION))
        hub_url = stack.enter_context(_hub(layout, write_settings(layout, urls, free_port())))
        credentials = write_credentials(layout, hub_url)
        clients = {
            name: stack.enter_context(closing(HubClient.from_file(file, now)))
            for name, file in credentials.items()
        }
        yield Theater(_stage(layout, urls, clients, hub_url), hub_url, layout, credentials)


def free_port() -> int:
    """A port of this machine on which nobody listens now: the hub's address has to be known before
    it runs."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port: int = reserved.getsockname()[1]
        return port


def _remove(directory: Path, _: object, error: BaseException | None, __: object) -> None:
    if not isinstance(error, DidNotStart):
        rmtree(directory)


@contextmanager
def _hub(layout: Layout, settings: Path) -> Iterator[str]:
    arguments = ["serve", "--settings", str(settings)]
    with running(
        [Child("hub", "tongxing.gateway.cli", arguments, layout.logs / "hub.log")]
    ) as announced:
        yield str(announced[0]["url"])


def _stage(
    layout: Layout,
    urls: Mapping[IssuerName, str],
    clients: Mapping[str, HubClient],
    hub_url: str,
) -> Stage:
    return Stage(
        city=clients[CITY_SYSTEM.id],
        transport=clients[TRANSPORT_HUB.id],
        coordinator=clients[COORDINATOR.id],
        district=clients[DISTRICT.id],
        issuers={
            name: ReferenceIssuer(url, layout.issuer_credential(name).read_text("ascii").strip())
            for name, url in urls.items()
        },
        population=Population(SEED, POPULATION),
        database=layout.database,
        hub_key=layout.hub_public_key,
        hub_url=hub_url,
    )
