"""WebSockets of clients that are slow, silent, mistaken or hostile, as bytes on a connection."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.connection import PATIENCE_SECONDS
from tests.http.small_hub import STAGE_HEADER, TOKEN, SmallHub, Stage
from tongxing.gateway.http.graphql_socket import OPERATIONS_PER_SOCKET, SocketTimes
from tongxing.gateway.http.socket_protocol import FRAGMENTS_MAX
from tongxing.gateway.settings import Profile

TEXT, MORE, BINARY, CLOSE, PING, PONG = 0x1, 0x0, 0x2, 0x8, 0x9, 0xA
MASK = b"\x00\x00\x00\x00"
INIT = {"type": "connection_init", "payload": {"Authorization": f"Bearer {TOKEN}"}}
HASTY = SocketTimes(init=0.1, idle=0.1, unread=0.3)


def frame(
    kind: int, payload: bytes = b"", *, last: bool = True, masked: bool = True, reserved: int = 0
) -> bytes:
    """RFC 6455 §5.2."""
    size, bit = len(payload), 0x80 if masked else 0
    first = (0x80 if last else 0) | reserved | kind
    if size < 126:
        head = bytes([first, bit | size])
    elif size < 65_536:
        head = bytes([first, bit | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, bit | 127]) + size.to_bytes(8, "big")
    return head + (MASK if masked else b"") + payload


class Wire:
    """One connection, and what comes over it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._unread = b""

    def send(self, octets: bytes) -> None:
        self.connection.sendall(octets)

    def say(self, message: object) -> None:
        self.send(frame(TEXT, json.dumps(message).encode()))

    def head(self) -> str:
        while b"\r\n\r\n" not in self._unread and self._more():
            pass
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def hear(self) -> tuple[int, bytes]:
        """The next frame; CLOSE and nothing once the connection has ended without one."""
        while (found := self._found()) is None:
            if not self._more():
                return CLOSE, b""
        return found

    def said(self) -> Any:
        kind, payload = self.hear()
        assert kind == TEXT
        return json.loads(payload)

    def code(self) -> int:
        """With which the hub closes, after whatever it says before; 0 if it cuts the connection."""
        kind, payload = self.hear()
        while kind != CLOSE:
            kind, payload = self.hear()
        return int.from_bytes(payload[:2], "big")

    def _found(self) -> tuple[int, bytes] | None:
        if len(self._unread) < 2:
            return None
        size, begin = self._unread[1] & 0x7F, 2
        for long, octets in ((126, 2), (127, 8)):
            if size == long:
                begin = 2 + octets
                size = int.from_bytes(self._unread[2:begin].ljust(octets, b"\xff"), "big")
                break
        if len(self._unread) < begin + size:
            return None
        kind, payload = self._unread[0] & 0x0F, self._unread[begin : begin + size]
        self._unread = self._unread[begin + size :]
        return kind, payload

    def _more(self) -> bool:
        try:
            some = self.connection.recv(65_536)
        except ConnectionError:
            return False
        self._unread += some
        return bool(some)


Connect = Callable[..., Any]
UPGRADE = {
    "upgrade": "websocket",
    "connection": "upgrade",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "graphql-transport-ws",
}


@pytest.fixture
def hub() -> SmallHub:
    return SmallHub(profile=Profile.PRODUCTION)


@pytest.fixture
def connect(stage: Stage, hub: SmallHub) -> Connect:
    address, to_hub = stage.socket_of(hub)
    place = urlsplit(address)

    @contextmanager
    def connected(after: bytes = b"", small: int = 0, **changed: str) -> Iterator[Wire]:
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        headers = {"host": place.netloc, STAGE_HEADER: to_hub[STAGE_HEADER], **UPGRADE, **named}
        lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value]
        with socket.socket() as connection:
            if small:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, small)
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect((place.hostname, place.port))
            wire = Wire(connection)
            head = f"GET /graphql HTTP/1.1\r\n{''.join(lines)}\r\n".encode()
            wire.send(head + after)
            yield wire

    return connected


@pytest.fixture
def opened(connect: Connect) -> Connect:
    @contextmanager
    def begun(**how: Any) -> Iterator[Wire]:
        with connect(**how) as wire:
            assert wire.head().startswith("HTTP/1.1 101 ")
            wire.say(INIT)
            assert wire.said() == {"type": "connection_ack"}
            yield wire

    return begun


def subscribe(wire: Wire, query: str, of: str = "1") -> None:
    wire.say({"type": "subscribe", "id": of, "payload": {"query": query}})


class TestHasty:
    @pytest.fixture
    def hub(self) -> SmallHub:
        return SmallHub(profile=Profile.PRODUCTION, socket_times=HASTY)

    def test_who_never_says_who_asks_is_closed(self, connect: Connect) -> None:
        with connect() as wire:
            assert wire.head().startswith("HTTP/1.1 101 ")
            assert wire.code() == 4408

    def test_half_a_message_is_none(self, connect: Connect) -> None:
        with connect(frame(TEXT, b'{"type":"conn', last=False)) as wire:
            wire.head()
            assert wire.code() == 4408

    def test_a_socket_on_which_nothing_runs_is_closed(self, opened: Connect) -> None:
        with opened() as wire:
            assert wire.code() == 1000

    def test_a_socket_on_which_something_runs_stays(self, opened: Connect) -> None:
        with opened() as wire:
            subscribe(wire, "subscription { silence }")
            assert wire.said()["type"] == "next"
            wire.connection.settimeout(4 * HASTY.idle)
            with pytest.raises(TimeoutError):
                wire.hear()

    def test_who_does_not_read_is_cut(self, opened: Connect, hub: SmallHub) -> None:
        """Its socket is no longer waited for: the client finds no close, but the end."""
        with opened(small=4_096) as wire:
            subscribe(wire, "subscription { floods }")
            until = monotonic() + PATIENCE_SECONDS
            while hub.open_sockets:
                assert monotonic() < until
                sleep(0.02)
            assert wire.code() == 0


MISTAKES = {
    "an unmasked frame": (frame(TEXT, b"{}", masked=False), 1002),
    "no UTF-8": (frame(TEXT, b"\xff\xfe"), 1007),
    "a compressed frame": (frame(TEXT, b"{}", reserved=0x40), 1002),
    "an opcode that is none": (frame(0x3, b"{}"), 1002),
    "a piece of nothing": (frame(MORE, b"{}"), 1002),
    "a ping in pieces": (frame(PING, b"", last=False), 1002),
    "a ping that is too long": (frame(PING, b"x" * 126), 1002),
    "a message that is too long": (frame(TEXT, b"x" * 131_073), 1009),
    "a length beyond every memory": (b"\x81\xff" + b"\x7f" + b"\xff" * 7 + MASK, 1009),
    "a close code that is none": (frame(CLOSE, b"\x00\x05"), 1002),
    "an id that is too long": (
        frame(TEXT, json.dumps({"type": "complete", "id": "x" * 129}).encode()),
        4400,
    ),
}


@pytest.mark.parametrize(("octets", "code"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_its_socket_and_no_other(
    opened: Connect, hub: SmallHub, octets: bytes, code: int
) -> None:
    with opened() as other, opened() as wire:
        wire.send(octets)
        assert wire.code() == code
        other.say({"type": "ping"})
        assert other.said() == {"type": "pong"}


def test_a_message_has_so_many_pieces_and_no_more(opened: Connect) -> None:
    message = json.dumps({"type": "ping"}).encode()
    empty = frame(MORE, last=False)
    with opened() as wire:
        wire.send(frame(TEXT, message, last=False) + empty * (FRAGMENTS_MAX - 2) + frame(MORE))
        assert wire.said() == {"type": "pong"}
        wire.send(frame(TEXT, message, last=False) + empty * FRAGMENTS_MAX)
        assert wire.code() == 0


def test_many_pings_are_answered_in_order(opened: Connect) -> None:
    with opened() as wire:
        for begin in range(0, 10_000, 500):
            asked = [str(number).encode() for number in range(begin, begin + 500)]
            wire.send(b"".join(frame(PING, each) for each in asked))
            assert [wire.hear() for _ in asked] == [(PONG, each) for each in asked]
        subscribe(wire, "{ greeting }")
        assert wire.said()["payload"] == {"data": {"greeting": "hello you"}}


def test_many_messages_at_once_are_answered_one_by_one(opened: Connect) -> None:
    with opened() as wire:
        wire.send(frame(TEXT, b'{"type":"ping"}') * 1_000)
        assert {wire.said()["type"] for _ in range(1_000)} == {"pong"}


def test_operations_of_one_socket_are_counted(opened: Connect) -> None:
    with opened() as wire:
        for number in range(OPERATIONS_PER_SOCKET):
            subscribe(wire, "{ stalls }", str(number))
        subscribe(wire, "{ greeting }", "more")
        said = wire.said()
        assert (said["id"], said["type"]) == ("more", "error")
        assert said["payload"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"


def test_a_change_without_the_right_is_refused_and_recorded(opened: Connect, hub: SmallHub) -> None:
    with opened() as wire:
        subscribe(wire, "mutation NotAllowed { changeSlowly }")
        assert wire.said()["payload"][0]["extensions"]["code"] == "FORBIDDEN_SCOPE"
    assert hub.changes == 0
    assert hub.refusals == [("city-a", "FORBIDDEN_SCOPE")]


HANDSHAKES = {
    "no key": ({"sec_websocket_key": ""}, "400"),
    "a key that is none": ({"sec_websocket_key": "x"}, "400"),
    "another version": ({"sec_websocket_version": "8"}, "400"),
    "another protocol": ({"upgrade": "h2c"}, "405"),
}


@pytest.mark.parametrize(("changed", "status"), HANDSHAKES.values(), ids=HANDSHAKES)
def test_half_a_handshake_opens_nothing(
    connect: Connect, changed: dict[str, str], status: str
) -> None:
    with connect(**changed) as wire:
        assert wire.head().split()[1] == status


SMUGGLED = b"POST /oauth/token HTTP/1.1\r\nhost: hub\r\ncontent-length: 0\r\n\r\n"
BODIES = {
    "a length": {"content_length": str(len(SMUGGLED))},
    "pieces": {"transfer_encoding": "chunked"},
    "nothing that says so": {},
}


@pytest.mark.parametrize("said", BODIES.values(), ids=BODIES)
def test_what_follows_a_handshake_is_no_request(connect: Connect, said: dict[str, str]) -> None:
    with connect(SMUGGLED, **said) as wire:
        answers = 0
        while (head := wire.head()).startswith("HTTP/1.1 "):
            assert head.split()[1] in {"101", "400", "405"}
            answers += 1
        assert answers <= 1


def test_compression_is_not_agreed_to(connect: Connect) -> None:
    with connect(sec_websocket_extensions="permessage-deflate") as wire:
        assert "extensions" not in wire.head().lower()


def test_the_router_of_apollo_is_understood(connect: Connect) -> None:
    """What its passthrough mode sends to a subgraph: the client's headers with the handshake, the
    token once more under a name of its own, a hash as the id, a heartbeat as a message."""
    params = {"connectionParams": {"token": f"Bearer {TOKEN}"}}
    of = "a" * 64
    query = {"query": "subscription OnTicks{ticks}", "operationName": "OnTicks", "variables": {}}
    headers = {"content_type": "application/json", "authorization": f"Bearer {TOKEN}"}
    with connect(**headers) as wire:
        assert "graphql-transport-ws" in wire.head()
        wire.say({"type": "connection_init", "payload": params})
        assert wire.said() == {"type": "connection_ack"}
        wire.say({"type": "subscribe", "id": of, "payload": query})
        assert wire.said() == {"id": of, "type": "next", "payload": {"data": {"ticks": 1}}}
        assert wire.said() == {"id": of, "type": "complete"}
        wire.say({"type": "ping"})
        assert wire.said() == {"type": "pong"}
        wire.send(frame(CLOSE, b"\x03\xe8"))
        assert wire.code() == 1000
