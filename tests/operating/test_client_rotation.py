"""``docs/operating/client-rotation.md`` is followed beside a hub that runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.callers import CITY, Caller
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub, new_state, serving
from tests.acceptance.own_clients import administration_of
from tests.acceptance.standing import Issuers
from tests.clients.programs import CLIENTS, curl
from tests.connection import connection
from tests.operating.followed import HUB, STICK, Machines, follow, machines
from tongxing.gateway.operation.files import replace
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

pytestmark = pytest.mark.processes

PAGE = "docs/operating/client-rotation.md"
MACHINE = "city"


@pytest.fixture
def page_hub(template: Layout, issuers: Issuers, tmp_path: Path) -> Iterator[RunningHub]:
    curl(CLIENTS.parent)  # leaves the test out where its tools are not
    urls = {name: issuer.url for name, issuer in issuers.items()}
    with serving(new_state(template, urls, tmp_path / HUB)) as hub:
        yield hub


def _set_up(hub: RunningHub, them: Machines, directory: Path) -> None:
    """What the first lines of the page say."""
    machine = them.at(MACHINE)
    (directory / HUB / STICK).symlink_to(directory / STICK, target_is_directory=True)
    replace(machine / "client.key", hub.layout.client_key(CITY).read_bytes())
    known = {"hub": hub.url, "audience": HUB_ID, "client_id": CITY, "key": "client.key"}
    (machine / "credentials.json").write_text(json.dumps(known), "utf-8")
    (machine / "clients").symlink_to(CLIENTS, target_is_directory=True)


def test_the_page_is_followed(page_hub: RunningHub, tmp_path: Path) -> None:
    hub = page_hub
    settings = {"TONGXING_SETTINGS": str(hub.layout.settings)}
    with machines(tmp_path, settings) as them:
        _set_up(hub, them, tmp_path)
        follow(PAGE.rpartition("/")[2], them)
        kept = SigningKey.from_pem((them.at(MACHINE) / "client.key").read_bytes())
    actions = [record.action.value for record in administration_of(hub.layout, CITY)]
    assert actions == [
        "CLIENT_ADDED",
        "CLIENT_CHANGED",
        "CLIENT_KEY_ADDED",
        "CLIENT_KEY_ADDED",
        "CLIENT_KEY_REPLACED",
    ]
    with connection(hub.url) as http:
        caller = Caller(http, CITY, kept)
        granted = caller.ask_for_token(caller.assertion()).json()
    assert "TRANSPORT" in granted["purposes"].split()
    assert "history:read" not in granted["scope"].split()
    assert hub.await_event("issuer_secret_replaced", 1)["issuer"] == "zhenjiang"
