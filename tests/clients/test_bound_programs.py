"""The client programs at a hub that gives them bound tokens only: with proofs, and with
certificates over the hub's own TLS."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import Issuers, NewState
from tests.authority import Authority
from tests.clients.programs import EXAMPLE, PROGRAMS, Program, Said, new_home
from tests.clients.test_programs import UNHURRIED_SECONDS, decide
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.keys.signing import HubSigner
from tongxing.keys.token_binding import BindingKind
from tongxing.sandbox.provisioning.clients import SANDBOX_CLIENTS
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID, write_credentials

pytestmark = pytest.mark.processes


async def _register_bound(layout: Layout, place: DatabasePlace, bound: BindingKind) -> None:
    """The sandbox's clients, in another database."""
    signer = HubSigner.from_pem(layout.hub_key.read_bytes()).log_signer(log_origin(HUB_ID))
    async with opened(DatabasePlace(layout.database)) as before:
        clients = await before.clients.list()
    async with opened(place, signer) as state:
        for client in clients:
            entry = replace(client, bound=bound)
            assert await state.clients.add(entry, actor="test", request_id="test")


@contextmanager
def bound_hub(layout: Layout, bound: BindingKind, **settings: object) -> Iterator[RunningHub]:
    """Its clients get no tokens that are not bound."""
    place = DatabasePlace(layout.directory / "bound.sqlite3")
    asyncio.run(_register_bound(layout, place, bound))
    with serving(layout, database=place.file, **settings) as hub:
        write_credentials(layout, hub.url)
        yield hub


def write_more(layout: Layout, **more: object) -> Path:
    """Into the credentials of each client; the directory of them."""
    for client in SANDBOX_CLIENTS:
        file = layout.client_credentials(client.id)
        file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **more}), "utf-8")
    return file.parents[1]


def check(program: Program, credentials: Path, issuers: Issuers) -> None:
    said: dict[str, Said] = {}

    def hear(each: Said) -> None:
        said[each["act"]] = each
        if each["act"] == "report":
            decide(issuers, each["evidence"])

    order = {**EXAMPLE, "patienceSeconds": UNHURRIED_SECONDS, "entriesOfAPage": 50}
    wrote = program.run(order, credentials, hear)
    assert "audit" in said, wrote
    assert said["traveler"]["decision"] == "ADMIT"
    assert said["arrival"]["events"] == ["ArrivalRecorded", "ArrivalAcknowledged"]


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return PROGRAMS[request.param](new_home(tmp_path_factory.mktemp("clients") / "home"))


@pytest.mark.parametrize("made", ["typescript", "python"], indirect=True)
def test_it_proves_its_key_with_each_request(
    made: Program, new_layout: NewState, issuers: Issuers
) -> None:
    layout = new_layout()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"listen__port": port, "hub__url": f"http://127.0.0.1:{port}"}
    with bound_hub(layout, BindingKind.DPOP, **settings):
        check(made, write_more(layout, dpop=True), issuers)


@pytest.mark.parametrize("made", ["python", "curl"], indirect=True)
def test_it_shows_its_certificate(made: Program, new_layout: NewState, issuers: Issuers) -> None:
    layout = new_layout()
    authority = Authority(layout.directory)
    own, client = authority.certify("hub"), authority.certify("client")
    tls = {
        "listen__tls__certificate": own.file,
        "listen__tls__key": own.key,
        "listen__tls__client_ca": authority.file,
    }
    with bound_hub(layout, BindingKind.CERTIFICATE, **tls):
        files = {
            "certificate": client.file,
            "certificate_key": client.key,
            "authorities": authority.file,
        }
        near = {name: f"../../{file.name}" for name, file in files.items()}
        check(made, write_more(layout, **near), issuers)
