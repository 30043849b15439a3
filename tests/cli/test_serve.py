"""The hub as a process: it prints its address, answers the requests it has, then ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.conftest import Tongxing
from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.operations import TRAVELER
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.settings import LimitSettings
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.sandbox.demo.stage import ReferenceIssuer, document_fields, document_of
from tongxing.sandbox.provisioning.clients import SANDBOX_CLIENTS
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import FREE_PORTS, reference_issuers
from tongxing.sandbox.provisioning.state import provision, write_credentials, write_settings
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

ASKED = {
    "input": {
        "document": document_fields(document_of("green_everywhere")),
        "purpose": "ENTRY",
        "receivingRegion": "321100",
    }
}

UNHURRIED = {"TONGXING_DEADLINE_SECONDS": "15"}
"""So that a busy machine makes no issuer too late."""


@contextmanager
def _hub(layout: Layout) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [
        sys.executable,
        "-m",
        "tongxing.gateway.cli",
        "serve",
        "--settings",
        str(layout.settings),
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | UNHURRIED,
    ) as p:
        assert p.stdout is not None
        announced = json.loads(p.stdout.readline())
        assert announced["hub"] == "tongxing-zhenjiang"
        try:
            yield p, announced["url"]
        finally:
            p.kill()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_it_goes_on_after_a_signal_that_means_nothing_to_it(
    layout: Layout, number: signal.Signals
) -> None:
    with _hub(layout) as (process, url):
        process.send_signal(number)
        assert httpx2.get(f"{url}/livez", trust_env=False).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_an_idle_connection_is_kept_as_long_as_the_settings_say(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No pool that is known keeps one for longer than 60 s; the default outlasts them."""
    assert LimitSettings().keep_alive_seconds > 60
    monkeypatch.setenv("TONGXING_LIMITS__KEEP_ALIVE_SECONDS", "1")
    with _hub(layout) as (_, url), socket.create_connection(_address(url), 20) as client:
        client.sendall(b"GET /livez HTTP/1.1\r\nhost: hub\r\n\r\n")
        began = monotonic()
        while client.recv(4096):
            pass
        assert 0.9 < monotonic() - began < 4


def _address(url: str) -> tuple[str, int]:
    at = urlsplit(url)
    assert at.hostname is not None
    assert at.port is not None
    return at.hostname, at.port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_it_is_told_to(layout: Layout, number: int) -> None:
    with _hub(layout) as (process, _):
        process.send_signal(number)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0


def test_what_it_was_asked_is_answered_and_recorded_before_it_ends(
    tmp_path: Path, tongxing: Tongxing
) -> None:
    layout = provision(tmp_path / "state", datetime.now(UTC))
    with reference_issuers(layout, FREE_PORTS, seed=1, population=10) as urls:
        write_settings(layout, urls, port=0)
        credential = layout.issuer_credential(IssuerName.SUKANGMA).read_text("ascii")
        province = ReferenceIssuer(urls[IssuerName.SUKANGMA], credential)
        with _hub(layout) as (process, url), province.misbehaving("slow"):
            answer = _asked_while_it_ends(process, write_credentials(layout, url)["city-system"])
            assert process.wait(timeout=PATIENCE_SECONDS) == 0
    assert answer["decision"] == "ADMIT"
    shown = tongxing("audit", "show", "--json", "--last", "1", "--settings", layout.settings)
    assert json.loads(shown.out)["index"] == answer["auditIndex"]
    assert tongxing("audit", "verify", "--settings", layout.settings).status == 0


def _asked_while_it_ends(process: "subprocess.Popen[str]", credentials: Path) -> dict[str, object]:
    """The province takes two seconds; the hub is told to end as soon as it waits."""
    with closing(HubClient.from_file(credentials, now)) as client, ThreadPoolExecutor(1) as pool:
        client.token()
        asking = pool.submit(client.ask, TRAVELER, ASKED)
        _wait_for_the_intent(credentials.parents[2] / "tongxing.sqlite3")
        process.send_signal(signal.SIGTERM)
        answer: dict[str, object] = asking.result(timeout=PATIENCE_SECONDS)["traveler"]
        return answer


def _wait_for_the_intent(database: Path) -> None:
    """Until the log has an entry behind those that registered the clients."""
    with closing(sqlite3.connect(database, timeout=PATIENCE_SECONDS)) as connection:
        while connection.execute("SELECT count(*) FROM audit_entries").fetchone()[0] <= CLIENTS:
            Event().wait(0.01)


CLIENTS = len(SANDBOX_CLIENTS)


def test_a_worker_does_not_begin_over_a_file(tongxing: Tongxing, layout: Layout) -> None:
    """The settings may have changed since its supervisor has read them."""
    ran = tongxing("serve", "--settings", layout.settings, "--listener", "0")
    assert "several workers need PostgreSQL" in ran.complaint
