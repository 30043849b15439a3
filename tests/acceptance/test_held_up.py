"""Nobody holds up the others: not a process that holds the database, not a client that is slow."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from time import monotonic
from urllib.parse import urlsplit

import pytest

from tests.acceptance.callers import GRAPHQL, JSON, REGION, Caller, calling, document_of, fields
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import NewState
from tests.conftest import Tongxing
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.sandbox.provisioning.layout import Layout

DEADLINE_SECONDS = 1.0
CLIENT_WORK_SECONDS = 0.25
LATEST_SECONDS = DEADLINE_SECONDS + 0.05 + CLIENT_WORK_SECONDS


@pytest.fixture(scope="module")
def held_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), deadline_seconds=DEADLINE_SECONDS) as hub:
        yield hub


@pytest.fixture(scope="module")
def held_city(held_hub: RunningHub) -> Iterator[Caller]:
    with calling(held_hub) as caller:
        assert caller.persona("green_everywhere")["color"] == "GREEN"
        yield caller


@contextmanager
def _held(layout: Layout) -> Iterator[None]:
    """The database as long as another process, this one, holds it."""
    connection = sqlite3.connect(layout.database, isolation_level=None, timeout=5.0)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        connection.close()


VARIABLES = {
    "document": fields(document_of("green_everywhere")),
    "purpose": "ENTRY",
    "receivingRegion": REGION,
}


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
def test_a_database_that_is_held_is_inside_the_deadline(
    held_hub: RunningHub, held_city: Caller, media_type: str
) -> None:
    headers = {"authorization": f"Bearer {held_city.token()}", "accept": media_type}
    body = {"query": TRAVELER, "variables": VARIABLES}
    with _held(held_hub.layout):
        began = monotonic()
        response = held_city.http.post("/graphql", json=body, headers=headers)
        seconds = monotonic() - began
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert seconds < LATEST_SECONDS
    assert held_city.persona("green_everywhere")["color"] == "GREEN"


OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def cookie(held_hub: RunningHub, held_city: Caller, tongxing: Tongxing) -> str:
    """Of a coordinator who has signed in."""
    settings = ("--settings", held_hub.layout.settings)
    tongxing("coordinator", "add", "wang", "--name", "王", "--region", REGION, *settings)
    secret = tongxing("coordinator", "link", "wang", *settings).out.split("#")[1].split()[0]
    response = held_city.http.post("/sign-in", data={"link": secret}, headers=OURS)
    held_city.http.cookies.clear()
    return response.headers["set-cookie"].partition(";")[0]


def test_a_page_that_waits_for_the_database_waits_no_longer(
    held_hub: RunningHub, held_city: Caller, cookie: str
) -> None:
    """Whoever signs out has their session ended first."""
    headers = {"cookie": cookie, **OURS}
    with _held(held_hub.layout):
        began = monotonic()
        response = held_city.http.post("/sign-out", headers=headers)
        seconds = monotonic() - began
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert seconds < LATEST_SECONDS
    assert held_city.http.post("/sign-out", headers=headers).status_code == 303


MADE_UP: Mapping[str, tuple[dict[str, str], int]] = {
    "/sign-out": ({}, 303),
    "/me/leave": ({}, 303),
    "/sign-in": ({"link": "made up"}, 403),
}


@pytest.mark.parametrize("path", MADE_UP)
def test_who_made_a_session_up_does_not_wait_among_those_who_write(
    held_hub: RunningHub, held_city: Caller, path: str
) -> None:
    form, status = MADE_UP[path]
    cookies = "tongxing-coordinator=made-up; tongxing-traveler=made-up"
    with _held(held_hub.layout):
        response = held_city.http.post(path, data=form, headers={"cookie": cookies, **OURS})
    assert response.status_code == status


CONNECTIONS = 1_030


@contextmanager
def _slow_bodies(hub: RunningHub) -> Iterator[None]:
    address = urlsplit(hub.url)
    head = (
        b"POST /oauth/token HTTP/1.1\r\nhost: hub\r\ncontent-length: 1000\r\n"
        b"content-type: application/x-www-form-urlencoded\r\n\r\ng"
    )
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            peer = socket.create_connection((address.hostname or "", address.port or 0))
            stack.enter_context(peer)
            peer.sendall(head)
        yield


def test_a_thousand_slow_bodies_hold_nobody_up(held_hub: RunningHub) -> None:
    with _slow_bodies(held_hub), calling(held_hub) as caller:
        began = monotonic()
        assert caller.persona("green_everywhere")["color"] == "GREEN"
        assert monotonic() - began < LATEST_SECONDS
