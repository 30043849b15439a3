"""A slot is held only by a request that is there and is worked on, and nobody holds all of them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import pytest

from tests.http.error_shape import assert_errors
from tests.http.small_hub import AUTHORIZED, STAGE_HEADER, SmallHub, Stage
from tests.http.test_token_endpoint import assertion_of, form_of
from tongxing.gateway.errors import ErrorCode

AT_ONCE = 8
SHARE = 6
PATIENCE_SECONDS = 5.0


def _typename(client: httpx2.Client) -> httpx2.Response:
    return client.post("/graphql", json={"query": "{ __typename }"})


HALF_BODIES = {"/oauth/token": "application/x-www-form-urlencoded", "/graphql": "application/json"}


@contextmanager
def _half_sent(client: httpx2.Client, path: str, media_type: str, count: int) -> Iterator[None]:
    """``count`` requests of which one byte of the body is there."""
    url = client.base_url
    head = (
        f"POST {path} HTTP/1.1\r\nhost: hub\r\ncontent-type: {media_type}\r\n"
        f"authorization: {AUTHORIZED['authorization']}\r\n"
        f"{STAGE_HEADER}: {client.headers[STAGE_HEADER]}\r\ncontent-length: 100\r\n\r\nx"
    )
    with ExitStack() as stack:
        for _ in range(count):
            peer = stack.enter_context(socket.create_connection((url.host, url.port or 0)))
            peer.sendall(head.encode())
        yield


@pytest.mark.parametrize(("path", "media_type"), HALF_BODIES.items(), ids=HALF_BODIES)
def test_half_a_body_takes_no_slot(stage: Stage, path: str, media_type: str) -> None:
    hub = SmallHub(at_once=AT_ONCE)
    with stage.client_of(hub) as client, _half_sent(client, path, media_type, 2 * AT_ONCE):
        assert _typename(client).status_code == 200
        token = client.post("/oauth/token", data=form_of(assertion_of(hub)))
        assert token.status_code == 200


def test_a_client_that_fills_its_share_is_refused_and_leaves_room(stage: Stage) -> None:
    hub = SmallHub(at_once=AT_ONCE, deadline_seconds=1.0)
    with stage.client_of(hub) as client:
        stalled = [
            threading.Thread(target=client.post, args=("/graphql",), kwargs={"json": STALLING})
            for _ in range(SHARE)
        ]
        for thread in stalled:
            thread.start()
        assert hub.stalling.wait_for(SHARE, PATIENCE_SECONDS)
        refused = _typename(client)
        other = client.post("/oauth/token", data=form_of(assertion_of(hub)))
        alive = client.get("/livez")
        for thread in stalled:
            thread.join()
        again = _typename(client)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert_errors(refused, ErrorCode.OVERLOADED)
    assert [each.status_code for each in (other, alive, again)] == [200, 200, 200]
    assert ("city-a", "OVERLOADED") not in hub.refusals


STALLING = {"query": "{ stalls }"}
