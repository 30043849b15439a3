"""Reference issuers in this process, on loopback ports, and what breaks them on purpose.

The issuers are the sandbox's own. What stands before each changes what comes out, and signs it
again with the issuer's key where a claim was changed: then only the claim is wrong.
"""

import asyncio
import json
import queue
import socket
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any

import uvicorn

from tests.certificates import untrusted
from tests.connection import PATIENCE_SECONDS
from tongxing.sandbox.issuers.signing import CompactJws, Signer

Members = dict[str, Any]
Send = Callable[[MutableMapping[str, Any]], Any]


@dataclass
class Call:
    """One answer on its way out. ``asked`` is the request's body, or the query of a GET."""

    method: str
    path: str
    asked: bytes
    status: int
    headers: dict[str, str]
    body: bytes
    authorized: bool = True

    def json(self) -> Any:
        return json.loads(self.body)

    def write(self, value: object, status: int | None = None) -> None:
        self.body = json.dumps(value, ensure_ascii=False).encode()
        self.status = self.status if status is None else status


Spoil = Callable[[Call], None]
"""Changes an answer in place."""


@dataclass
class Breakable:
    """An ASGI application before ``app``. Without ``spoil`` nothing is changed."""

    app: Any
    credential: str
    spoil: Spoil | None = None
    opens_to_all: bool = False

    def close(self) -> None:
        """What ``app`` keeps open."""
        getattr(self.app, "close", lambda: None)()

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Send) -> None:
        if self.spoil is None and not self.opens_to_all:
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"authorization", b"").decode()
        is_known = given == f"Bearer {self.credential}"
        body = await _whole(receive)
        call = await self._answered(scope, body)
        call.authorized = is_known
        if self.spoil is not None and is_known:
            self.spoil(call)
        headers = {name: text for name, text in call.headers.items() if name != "content-length"}
        headers["content-length"] = str(len(call.body))
        pairs = [(name.encode(), text.encode()) for name, text in headers.items()]
        await send({"type": "http.response.start", "status": call.status, "headers": pairs})
        await send({"type": "http.response.body", "body": call.body})

    async def _answered(self, scope: Mapping[str, Any], body: bytes) -> Call:
        found: list[MutableMapping[str, Any]] = []

        async def keep(message: MutableMapping[str, Any]) -> None:
            found.append(message)

        async def again() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(self._as_if_known(scope), again, keep)
        start, *pieces = found
        return Call(
            scope["method"],
            scope["path"],
            body or scope["query_string"],
            start["status"],
            {name.decode(): text.decode() for name, text in start["headers"]},
            b"".join(piece.get("body", b"") for piece in pieces),
        )

    def _as_if_known(self, scope: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.opens_to_all:
            return scope
        kept = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
        known = (b"authorization", f"Bearer {self.credential}".encode())
        return {**scope, "headers": [*kept, known]}


async def _whole(receive: Any) -> bytes:
    pieces = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


@contextmanager
def served(make: Callable[[], Any]) -> Iterator[tuple[str, Any]]:
    """What ``make`` makes, and the address at which a thread of this process serves it. It is made
    and closed in that thread: the city's books belong to one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2_048)
    made: queue.SimpleQueue[Any] = queue.SimpleQueue()
    thread = threading.Thread(target=_serve, args=(make, listener, made))
    thread.start()
    app, server = made.get(timeout=PATIENCE_SECONDS)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", app
    finally:
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE_SECONDS)
        listener.close()


def _serve(make: Callable[[], Any], listener: socket.socket, made: Any) -> None:
    app = make()
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="critical"
    )
    server = uvicorn.Server(config)
    made.put((app, server))
    try:
        asyncio.run(server.serve([listener]))
    finally:
        app.close()


@contextmanager
def untrusted_server(directory: Path) -> Iterator[str]:
    """An address whose certificate was made by nobody whom anybody trusts."""
    with shaking_hands(untrusted(directory)) as port:
        yield f"https://127.0.0.1:{port}"


@contextmanager
def shaking_hands(context: SSLContext) -> Iterator[int]:
    """A port of this machine. A handshake ends each connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def shake_hands() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            with accepted, suppress(OSError):
                context.wrap_socket(accepted, server_side=True).close()

    thread = threading.Thread(target=shake_hands)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(PATIENCE_SECONDS)


@dataclass
class Resigner:
    """Changes claims of compact JWS and signs them again; ``members`` go into the header."""

    signer: Signer
    header: Members = field(default_factory=dict)

    def again(self, jws: str, edit: Callable[[Members], object]) -> str:
        head, payload, _ = jws.split(".")
        header, claims = _object(head), _object(payload)
        edit(claims)
        signer = self.signer
        if self.header:
            signer = _Renamed(signer, str(self.header["alg"]))
        return CompactJws(header["typ"]).sign(signer, json.dumps(claims).encode())


class _Renamed:
    """Signs as before, and claims another algorithm."""

    def __init__(self, of: Signer, alg: str) -> None:
        self.of = of
        self.alg = alg
        self.key_id = of.key_id

    def sign(self, message: bytes) -> bytes:
        return self.of.sign(message)


def claims_of(jws: str) -> Members:
    return _object(jws.split(".")[1])


def _object(part: str) -> Members:
    found: Members = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def bent(jws: str) -> str:
    """The same with a signature of other bytes."""
    head, payload, signature = jws.split(".")
    return (
        f"{head}.{payload}.{signature[:10]}{'A' if signature[10] != 'A' else 'B'}{signature[11:]}"
    )
