"""Whatever answers instead of a hub, or while one is in trouble, a command says it in one line."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import ENTRY
from tests.conftest import Tongxing
from tongxing.sandbox.provisioning.layout import Layout

DOCUMENT = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
OVERLOADED = {"errors": [{"message": "系统繁忙 busy", "extensions": {"code": "OVERLOADED"}}]}
GRANTED = {"access_token": "a.b.c", "expires_in": 300}

Answers = Mapping[str, tuple[int, bytes]]


def _json(status: int, body: object) -> tuple[int, bytes]:
    return status, json.dumps(body).encode()


STRANGELY_OVERLOADED = {
    "errors": [
        {
            "message": "busy",
            "extensions": {"code": "OVERLOADED", "path": {"a": "\x1b[2J"}, "allowed": [None, 5]},
        }
    ]
}

STRANGE: dict[str, tuple[Answers, str]] = {
    "no token from a busy hub": (
        {"/oauth/token": _json(503, OVERLOADED)},
        "the hub refuses: OVERLOADED 系统繁忙 busy",
    ),
    "no answer from a busy hub": (
        {"/oauth/token": _json(200, GRANTED), "/graphql": _json(503, OVERLOADED)},
        "the hub refuses: OVERLOADED 系统繁忙 busy",
    ),
    "details of a strange form": (
        {"/oauth/token": _json(503, STRANGELY_OVERLOADED)},
        r"the hub refuses: OVERLOADED busy path={'a': '\x1b[2J'} allowed=None,5",
    ),
    "an address with a wrong prefix": ({}, "is not a hub (status 404)"),
    "another service with JSON": ({"/oauth/token": _json(200, {"ok": True})}, "is not a hub"),
    "another service with a list": ({"/oauth/token": _json(200, [1])}, "is not a hub"),
    "a page": ({"/oauth/token": (200, b"<html>")}, "is not a hub (status 200)"),
    "thousands of objects in one another": (
        {"/oauth/token": (200, b'{"a":' * 12_000)},
        "is not a hub",
    ),
    "bytes of no text": ({"/oauth/token": (200, b"\xff\xfe")}, "is not a hub"),
    "a token of another type": (
        {"/oauth/token": _json(200, {"access_token": 7, "expires_in": "x"})},
        "is not a hub",
    ),
    "errors of another form": (
        {"/oauth/token": _json(200, GRANTED), "/graphql": _json(400, {"errors": "all wrong"})},
        "is not a hub (status 400)",
    ),
    "data without the field": (
        {"/oauth/token": _json(200, GRANTED), "/graphql": _json(200, {"data": {}})},
        "is not a hub",
    ),
    "a field that is null": (
        {"/oauth/token": _json(200, GRANTED), "/graphql": _json(200, {"data": {"traveler": None}})},
        "is not a hub",
    ),
    "no data and no errors": (
        {"/oauth/token": _json(200, GRANTED), "/graphql": _json(200, {})},
        "is not a hub",
    ),
    "a token that no header holds": (
        {"/oauth/token": _json(200, {"access_token": "令牌\r\n", "expires_in": 300})},
        "is not a hub",
    ),
    "a token that lasts for ages": (
        {"/oauth/token": _json(200, {"access_token": "a.b.c", "expires_in": 10**12})},
        "is not a hub",
    ),
    "orders to the terminal": (
        {"/oauth/token": _json(400, {"error": "\x1b]0;hub\x07"})},
        "is not a hub (status 400)",
    ),
    "another GraphQL server, which repeats what it was asked": (
        {
            "/oauth/token": _json(200, GRANTED),
            "/graphql": _json(
                400,
                {
                    "errors": [
                        {
                            "message": f"Variable $document got invalid value {DOCUMENT}",
                            "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
                        }
                    ]
                },
            ),
        },
        "the hub refuses: GRAPHQL_VALIDATION_FAILED",
    ),
    "a server that repeats it without a code": (
        {
            "/oauth/token": _json(200, GRANTED),
            "/graphql": _json(400, {"errors": [{"message": DOCUMENT}]}),
        },
        "is not a hub (status 400)",
    ),
    "a refused key": (
        {"/oauth/token": _json(401, {"error": "invalid_client"})},
        "the hub gives no access token: invalid_client",
    ),
}


@contextmanager
def _answering(answers: Answers) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            status, body = answers.get(self.path, (404, b'{"detail": "Not Found"}'))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("answers", "told"), STRANGE.values(), ids=STRANGE)
def test_it_is_told_in_one_line(
    tongxing: Tongxing, layout: Layout, tmp_path: Path, answers: Answers, told: str
) -> None:
    file = layout.client_credentials("city-system")
    given = json.loads(file.read_text("utf-8"))
    given["key"] = str((file.parent / given["key"]).resolve())
    with _answering(answers) as url:
        (tmp_path / "credentials.json").write_text(json.dumps(given | {"hub": url}), "utf-8")
        options = ["--credentials", tmp_path / "credentials.json", *ENTRY]
        refused = tongxing("query", "-", *options, stdin=DOCUMENT)
    assert told in refused.complaint
    assert "internal error" not in refused.complaint
    assert refused.complaint.strip().isprintable()
    assert "X3211001" not in refused.complaint
    assert "LINDEN" not in refused.complaint


@pytest.mark.parametrize(
    "hub",
    ["", "hub.example", "http://", "http://h\x00b", "http://主机.example:x", f"http://{'a' * 300}"],
)
def test_an_address_that_is_none_is_told_in_one_line(
    tongxing: Tongxing, layout: Layout, tmp_path: Path, hub: str
) -> None:
    file = layout.client_credentials("city-system")
    given = json.loads(file.read_text("utf-8"))
    given["key"] = str((file.parent / given["key"]).resolve())
    (tmp_path / "credentials.json").write_text(json.dumps(given | {"hub": hub}), "utf-8")
    options = ["--credentials", tmp_path / "credentials.json", *ENTRY]
    refused = tongxing("query", "-", *options, stdin=DOCUMENT)
    assert "credentials.json 中的 hub" in refused.complaint
