"""The way to the hub: whatever answers there, a gate knows whether it was heard, and why not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tongxing.gateway.cli.gate_line import GateLine, connected
from tongxing.gateway.cli.hub_client import Credentials, HubClient
from tongxing.gateway.gate.asked_hub import GateStopped, HubBusy, HubUnreachable, StopCode
from tongxing.keys.signing import Es256Signer

GRANTED = {"access_token": "a.b.c", "expires_in": 300}


def refused(code: str) -> dict[str, object]:
    return {"errors": [{"message": "no", "extensions": {"code": code}}]}


class Server(BaseHTTPRequestHandler):
    """Says what ``answers`` hold for the path, one after another; the last one again and again."""

    answers: ClassVar[dict[str, list[tuple[int, bytes]]]] = {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def do_GET(self) -> None:
        found = self.answers.get(self.path, [(404, b"")])
        status, body = found.pop(0) if len(found) > 1 else found[0]
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def line_to(address: str, step: timedelta = timedelta(0)) -> GateLine:
    """``step``: how much time passes with each look at the clock."""
    at = [datetime.now(UTC)]

    def now() -> datetime:
        at[0] += step
        return at[0]

    credentials = Credentials(hub=address, audience="hub", client_id="gate-1", key="")
    return GateLine(HubClient(credentials, Es256Signer.generate(), now))


def said(status: int, body: object) -> tuple[int, bytes]:
    return status, json.dumps(body).encode()


FAILURES: dict[str, tuple[tuple[int, bytes], list[tuple[int, bytes]], object]] = {
    "no such client": (said(401, {"error": "invalid_client"}), [], StopCode.CLIENT_REVOKED),
    "a token of nothing": (said(400, {"error": "slow_down"}), [], HubBusy),
    "a page that wants a password": ((200, b"<html>"), [], HubUnreachable),
    "a busy hub": (said(200, GRANTED), [said(503, refused("OVERLOADED"))], HubBusy),
    "revoked since the token was given": (
        said(200, GRANTED),
        [said(401, refused("UNAUTHENTICATED"))],
        StopCode.CLIENT_REVOKED,
    ),
    "no right": (
        said(200, GRANTED),
        [said(200, refused("FORBIDDEN_SCOPE"))],
        StopCode.CLIENT_FORBIDDEN,
    ),
    "stopped": (
        said(200, GRANTED),
        [said(200, refused("CLIENT_STOPPED"))],
        StopCode.CLIENT_FORBIDDEN,
    ),
    "another server": (said(200, GRANTED), [(200, b"[]")], HubUnreachable),
}


@pytest.mark.parametrize(("token", "answers", "expected"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_the_networks_the_hubs_or_final(
    address: str,
    token: tuple[int, bytes],
    answers: list[tuple[int, bytes]],
    expected: object,
) -> None:
    Server.answers = {"/oauth/token": [token], "/graphql": answers}
    with pytest.raises((HubUnreachable, HubBusy, GateStopped)) as failed:
        line_to(address).ask("gate_pass", {"passText": "a"})
    found = failed.value
    assert (found.code if isinstance(found, GateStopped) else type(found)) == expected


def test_a_token_that_counts_no_more_is_replaced_once(address: str) -> None:
    answers = [said(401, refused("UNAUTHENTICATED")), said(200, {"data": {"a": 1}})]
    Server.answers = {"/oauth/token": [said(200, GRANTED)], "/graphql": answers}
    assert line_to(address).ask("gate_pass", {"passText": "a"}) == {"a": 1}


def test_what_is_published_comes_whole_or_not_at_all(address: str) -> None:
    Server.answers = {"/list": [(200, b"12345")], "/gone": [(503, b"12345")]}
    line = line_to(address)
    assert line.get("/list", 5) == b"12345"
    assert line.get("/list", 4) is line.get("/gone", 5) is line.get("/missing", 5) is None


def test_what_comes_byte_by_byte_is_not_waited_for(address: str) -> None:
    Server.answers = {"/list": [(200, b"12345")]}
    with pytest.raises(HubUnreachable):
        line_to(address, step=timedelta(hours=1)).get("/list", 5)


def test_credentials_that_cannot_be_used_are_final(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    for text in ("{}", json.dumps({"hub": "a", "audience": "h", "client_id": "g", "key": "k"})):
        file.write_text(text, "utf-8")
        with pytest.raises(GateStopped) as stopped:
            connected(file, 1.0)
        assert stopped.value.code is StopCode.CREDENTIALS_UNUSABLE
