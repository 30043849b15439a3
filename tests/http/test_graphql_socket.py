"""Subscriptions by ``graphql-transport-ws``, asked with the library ``websockets``."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.connection import PATIENCE_SECONDS
from tests.http.small_hub import AUTHORIZED, SECRET, TOKEN, SmallHub, Stage
from tongxing.gateway.http.event_stream import STREAMS_PER_CLIENT
from tongxing.gateway.http.graphql_socket import SOCKETS_PER_CLIENT
from tongxing.gateway.http.socket_protocol import MESSAGE_MAX_BYTES
from tongxing.gateway.settings import Profile

SUBPROTOCOL: Any = "graphql-transport-ws"
INIT = {"type": "connection_init", "payload": {"Authorization": f"Bearer {TOKEN}"}}


@pytest.fixture
def hub() -> SmallHub:
    return SmallHub(profile=Profile.PRODUCTION)


Open = Callable[..., Any]


@pytest.fixture
def dial(stage: Stage, hub: SmallHub) -> Open:
    address, to_hub = stage.socket_of(hub)

    def dialed(
        headers: dict[str, str] | None = None, protocols: Any = (SUBPROTOCOL,), path: str = ""
    ) -> Any:
        return connect(
            address + path,
            subprotocols=protocols or None,
            additional_headers={**to_hub, **(headers or {})},
            proxy=None,
        )

    return dialed


@pytest.fixture
def opened(dial: Open) -> Open:
    @contextmanager
    def begun() -> Iterator[ClientConnection]:
        with dial() as socket:
            say(socket, INIT)
            assert heard(socket) == {"type": "connection_ack"}
            yield socket

    return begun


def say(socket: ClientConnection, message: object) -> None:
    socket.send(json.dumps(message))


def heard(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(PATIENCE_SECONDS))


def subscribe(socket: ClientConnection, query: str, of: str = "1") -> None:
    say(socket, {"type": "subscribe", "id": of, "payload": {"query": query}})


def closed(socket: ClientConnection) -> int:
    """The code with which the hub closes, after whatever it says before."""
    try:
        while True:
            socket.recv(PATIENCE_SECONDS)
    except ConnectionClosed as ended:
        return 0 if ended.rcvd is None else ended.rcvd.code


def test_a_token_in_the_payload_opens_a_socket(opened: Open) -> None:
    with opened() as socket:
        assert socket.subprotocol == SUBPROTOCOL


def test_a_token_in_the_header_opens_a_socket(dial: Open) -> None:
    with dial(AUTHORIZED) as socket:
        say(socket, {"type": "connection_init"})
        assert heard(socket) == {"type": "connection_ack"}


def test_each_result_is_a_next_message_and_complete_follows(opened: Open) -> None:
    with opened() as socket:
        subscribe(socket, "subscription { ticks(until: 2) }")
        assert [heard(socket) for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"ticks": 1}}},
            {"id": "1", "type": "next", "payload": {"data": {"ticks": 2}}},
            {"id": "1", "type": "complete"},
        ]


def test_a_query_is_one_result(opened: Open) -> None:
    with opened() as socket:
        subscribe(socket, "{ greeting }")
        said = {"id": "1", "type": "next", "payload": {"data": {"greeting": "hello you"}}}
        assert [heard(socket), heard(socket)] == [said, {"id": "1", "type": "complete"}]


def test_several_operations_share_a_socket_and_end_alone(opened: Open) -> None:
    with opened() as socket:
        subscribe(socket, "subscription { silence }", "a")
        subscribe(socket, "subscription { silence }", "b")
        assert {heard(socket)["id"], heard(socket)["id"]} == {"a", "b"}
        say(socket, {"type": "complete", "id": "a"})
        subscribe(socket, "subscription { silence }", "a")
        assert heard(socket)["id"] == "a"


def test_a_ping_gets_its_pong(opened: Open) -> None:
    with opened() as socket:
        say(socket, {"type": "ping"})
        assert heard(socket) == {"type": "pong"}


ERRORS = {
    "a syntax error": ("subscription {", "DOCUMENT_SYNTAX"),
    "a field that is none": ("subscription { nothing }", "DOCUMENT_INVALID"),
    "a right that the client has not": ("subscription NotAllowed { ticks }", "FORBIDDEN_SCOPE"),
}


@pytest.mark.parametrize(("query", "code"), ERRORS.values(), ids=ERRORS)
def test_a_refusal_ends_its_operation_alone(
    opened: Open, hub: SmallHub, query: str, code: str
) -> None:
    with opened() as socket:
        subscribe(socket, query)
        said = heard(socket)
        assert (said["id"], said["type"]) == ("1", "error")
        assert [each["extensions"]["code"] for each in said["payload"]] == [code]
        subscribe(socket, "subscription { ticks }")
        assert heard(socket)["type"] == "next"
    assert hub.refusals == [("city-a", code)]


def test_an_error_in_the_middle_tells_nothing(opened: Open, hub: SmallHub) -> None:
    with opened() as socket:
        subscribe(socket, "subscription { breaks }")
        assert heard(socket)["type"] == "next"
        error = heard(socket)
    assert [each["extensions"]["code"] for each in error["payload"]] == ["INTERNAL"]
    assert SECRET not in json.dumps(error) + hub.log.getvalue()


CLOSES = {
    "an operation before the client is known": (
        4401, [{"type": "subscribe", "id": "1", "payload": {"query": "{ greeting }"}}],
    ),
    "no token": (4403, [{"type": "connection_init"}]),
    "a token of nobody": (
        4403, [{"type": "connection_init", "payload": {"Authorization": "Bearer x"}}],
    ),
    "a second beginning": (4429, [INIT, INIT]),
    "no JSON": (4400, [INIT, "x"]),
    "a message of no known type": (4400, [INIT, {"type": "start"}]),
    "an operation without an id": (4400, [INIT, {"type": "subscribe", "payload": {"query": "x"}}]),
    "an operation without a document": (4400, [INIT, {"type": "subscribe", "id": "1"}]),
    "an id twice": (
        4409,
        [INIT] + 2 * [
            {"type": "subscribe", "id": "1", "payload": {"query": "subscription { silence }"}}
        ],
    ),
    "a message that is too long": (1009, [INIT, {"type": "x" * MESSAGE_MAX_BYTES}]),
}  # fmt: skip


@pytest.mark.parametrize(("code", "messages"), CLOSES.values(), ids=CLOSES)
def test_what_the_protocol_forbids_closes_the_socket(
    dial: Open, code: int, messages: list[object]
) -> None:
    with dial() as socket:
        for message in messages:
            socket.send(message if isinstance(message, str) else json.dumps(message))
        assert closed(socket) == code


def test_binary_messages_are_none(opened: Open) -> None:
    with opened() as socket:
        socket.send(b'{"type":"ping"}')
        assert closed(socket) == 4400


def test_without_the_subprotocol_the_socket_closes(dial: Open) -> None:
    with dial(protocols=()) as socket:
        assert closed(socket) == 4406


def test_a_page_of_another_origin_gets_no_socket(dial: Open, hub: SmallHub) -> None:
    with pytest.raises(InvalidStatus) as refused:
        dial({"origin": "https://elsewhere.example"})
    assert refused.value.response.status_code == 403


def test_no_question_of_a_socket_is_part_of_its_address(dial: Open) -> None:
    with pytest.raises(InvalidStatus) as refused:
        dial(path="?query=x")
    assert refused.value.response.status_code == 405


def test_a_client_that_is_revoked_hears_no_more(opened: Open, hub: SmallHub) -> None:
    with opened() as socket:
        subscribe(socket, "subscription { silence }")
        assert heard(socket)["type"] == "next"
        hub.revoked = True
        assert closed(socket) == 4403


def test_a_client_that_is_revoked_loses_its_quiet_socket(opened: Open, hub: SmallHub) -> None:
    with opened() as socket:
        hub.revoked = True
        assert closed(socket) == 4403


def test_a_client_that_cannot_be_looked_up_is_to_come_back(opened: Open, hub: SmallHub) -> None:
    with opened() as socket:
        hub.registry_fails = True
        assert closed(socket) == 1013


def test_streams_are_counted_over_all_sockets(opened: Open) -> None:
    with opened() as one, opened() as other:
        for number in range(STREAMS_PER_CLIENT):
            socket = (one, other)[number % 2]
            subscribe(socket, "subscription { silence }", str(number))
            assert heard(socket)["type"] == "next"
        subscribe(one, "subscription { ticks }", "more")
        (error,) = heard(one)["payload"]
        assert error["extensions"]["code"] == "TOO_MANY_STREAMS"


def test_a_client_has_room_for_a_few_sockets(opened: Open, dial: Open) -> None:
    with ExitStack() as stack:
        for _ in range(SOCKETS_PER_CLIENT):
            stack.enter_context(opened())
        with dial() as one_more:
            say(one_more, INIT)
            assert closed(one_more) == 1013


def test_the_end_of_the_hub_completes_what_is_open(opened: Open, hub: SmallHub) -> None:
    with opened() as socket:
        subscribe(socket, "subscription { silence }")
        assert heard(socket)["type"] == "next"
        hub.end()
        assert heard(socket) == {"id": "1", "type": "complete"}
        assert closed(socket) == 1001


def test_a_socket_is_one_line_in_the_log_and_names_no_question(opened: Open, hub: SmallHub) -> None:
    with opened() as socket:
        subscribe(socket, f'{{ greeting(name: "{SECRET}") }}')
        assert heard(socket)["type"] == "next"
        socket.close()
    assert SECRET not in hub.log.getvalue()
