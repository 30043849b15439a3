"""An issuer of the docking format at an address of this machine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.acceptance.trust_lists import changed, payload_of, put, root_keys, signed
from tests.adapters.docked_issuers import SimulatedDocked
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest
from tongxing.sandbox.provisioning.layout import Layout


@dataclass
class DockedListener:
    """``credentials`` are those that it was asked with."""

    url: str
    credentials: set[str | None] = field(default_factory=set)


@contextmanager
def listening(says: SimulatedDocked) -> Iterator[DockedListener]:
    heard = DockedListener("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            heard.credentials.add(self.headers["authorization"])
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = HttpRequest("POST", self.path, {}, body, ANSWER_LIMIT_BYTES)
            answer = asyncio.run(says.send(asked, deadline=0))
            self.send_response(answer.status)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        heard.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


def join(layout: Layout, listed: dict[str, object], url: str, credential: str) -> None:
    """One entry in the settings and one in the trust list; the dialect is named as the issuer."""
    issuer = listed["id"]
    (layout.issuers / str(issuer)).mkdir(mode=0o700)
    file = layout.issuers / str(issuer) / "credential"
    file.write_text(credential, "ascii")
    file.chmod(0o600)
    with layout.settings.open("a", encoding="utf-8") as settings:
        settings.write(
            f'\n[[issuers]]\nid = "{issuer}"\ndialect = "{issuer}"\nurl = "{url}"\n'
            f'credential = "issuers/{issuer}/credential"\n'
        )
    payload = payload_of(layout)
    issuers = [*payload["issuers"], listed]
    put(layout, signed(changed(payload, by=1, issuers=issuers), root_keys(layout)))
