"""What stands before a hub and hands on all of its answers but what it is told to keep back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2

from tests.connection import NO_AUTHORITIES, PATIENCE_SECONDS

Edit = Callable[[dict[str, Any]], None]
"""Changes one source of a relay's answer."""


@contextmanager
def standing_before(url: str, edit: Edit) -> Iterator[str]:
    """The address at which the hub at ``url`` is asked instead."""
    with httpx2.Client(
        base_url=url, trust_env=False, timeout=PATIENCE_SECONDS, verify=NO_AUTHORITIES
    ) as http:

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                kept = ("authorization", "content-type", "accept")
                headers = {name: self.headers[name] for name in kept if name in self.headers}
                answer = http.post(self.path, content=body, headers=headers)
                told = _edited(answer.content, edit)
                self.send_response(answer.status_code)
                self.send_header("content-type", answer.headers["content-type"])
                self.send_header("content-length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: object) -> None:
                """Silent."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


def _edited(content: bytes, edit: Edit) -> bytes:
    told = json.loads(content)
    for answer in (told.get("data") or {}).get("relayedStatements") or ():
        for source in answer["sources"]:
            edit(source)
    return json.dumps(told).encode()
