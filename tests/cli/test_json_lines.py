"""Every line that ``tongxing serve`` writes is one JSON object of the known shape, whatever befalls
it: hostile bytes, a full port, a server that dies, workers that are killed."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.acceptance.hubs import await_that
from tests.connection import PATIENCE_SECONDS
from tests.storage.own_server import OwnServer, new_server
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.keys.signing import HubSigner
from tongxing.sandbox.provisioning.clients import register_clients
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

pytestmark = pytest.mark.processes

SECRET = "11010119900307761X"
HOSTILE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + SECRET.encode(),
    f"GET /{SECRET} HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".encode(),
    f"{SECRET}\r\n\r\n".encode(),
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-length: -1\r\n\r\n",
    b"POST /oauth/token HTTP/1.1\r\nhost: hub\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
]


@contextmanager
def _serving(
    layout: Layout, log: Path, *options: str, **settings: str
) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    command = [sys.executable, "-X", "dev", "-m", "tongxing.gateway.cli", "serve"]
    settings = {f"TONGXING_{name.upper()}": value for name, value in settings.items()}
    with (
        log.open("a") as errors,
        subprocess.Popen(
            [*command, "--settings", str(layout.settings), *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | {"TONGXING_OPERATION__PORT": "0"} | settings,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def _assert_json(log: Path) -> list[dict[str, object]]:
    text = log.read_text("utf-8")
    assert SECRET not in text
    assert text.endswith("\n")
    events: list[dict[str, object]] = [json.loads(line) for line in text.splitlines()]
    for event in events:
        assert {"at", "event", "level"} <= event.keys(), event
    return events


def _send(url: str, octets: bytes) -> None:
    at = urlsplit(url)
    with (
        socket.create_connection((str(at.hostname), int(at.port or 0)), PATIENCE_SECONDS) as peer,
        suppress(OSError),
    ):
        peer.sendall(octets)
        peer.settimeout(2)
        peer.recv(4096)


def test_hostile_bytes_make_no_other_lines(layout: Layout, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with _serving(layout, log) as (process, announced):
        for url in (announced["url"], announced["operation"]):
            for octets in HOSTILE:
                _send(url, octets)
            httpx2.get(f"{url}/livez", trust_env=False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    events = _assert_json(log)
    assert "library_line" in {event["event"] for event in events}


def test_a_hub_that_cannot_start_says_so_in_a_line_of_its_log(
    layout: Layout, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    layout.trust_list.unlink()
    command = [sys.executable, "-m", "tongxing.gateway.cli", "serve", "--settings"]
    with log.open("w") as errors:
        status = subprocess.run(
            [*command, str(layout.settings)], stderr=errors, check=False, timeout=PATIENCE_SECONDS
        ).returncode
    assert status == 1
    *_, event = _assert_json(log)
    assert event["event"] == "not_running"
    assert "tongxing doctor" in str(event["said"])


@pytest.fixture
def server() -> Iterator[OwnServer]:
    with new_server() as made:
        made.start()
        yield made


def test_workers_whose_database_dies_make_no_other_lines(
    layout: Layout, server: OwnServer, tmp_path: Path
) -> None:
    log, place = tmp_path / "log", DatabasePlace(tmp_path / "hub", server.new_database())
    signer = HubSigner.from_pem(layout.hub_key.read_bytes()).log_signer(log_origin(HUB_ID))
    asyncio.run(register_clients(layout, place, datetime.now(UTC), signer))
    assert place.url is not None
    with _serving(layout, log, "--workers", "2", database=place.url) as (process, announced):
        server.kill()
        ready = f"{announced['operation']}/readyz"
        await_that(lambda: _status(ready) == 503, "readiness fell")
        for pid in _children(process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
        _send(announced["url"], HOSTILE[0])
        await_that(lambda: "not_running" in log.read_text("utf-8"), "a worker could not start")
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
    _assert_json(log)


def _status(url: str) -> int:
    return httpx2.get(url, trust_env=False, timeout=PATIENCE_SECONDS).status_code


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
