"""More questions than a hub can answer, over real connections: clients with few connections are
answered beside one with many, and who is refused is told so in one form and when to come again."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import chain
from typing import Any

import httpx2
import pytest

from tests.http.small_hub import (
    METRICS_CREDENTIAL,
    OTHER_TOKEN,
    TOKEN,
    WORK_SECONDS,
    SmallHub,
    serving,
)
from tests.http.test_token_endpoint import assertion_of, form_of

DEADLINE_SECONDS = 3.0
MANY, FEW = 400, 4
ROUNDS = 3
PATIENCE_SECONDS = 120.0

QUESTION = json.dumps({"query": "{ isWork }"}).encode()
NEEDED = {"cache-control", "retry-after", "x-request-id", "x-content-type-options", "vary"}


def request_of(token: str, *more: str) -> bytes:
    head = (
        "POST /graphql HTTP/1.1",
        "host: hub",
        "accept: application/json",
        "content-type: application/json",
        f"content-length: {len(QUESTION)}",
        f"authorization: Bearer {token}",
        *more,
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + QUESTION


Answer = tuple[int, dict[str, str], Any]


class Caller:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, request: bytes) -> None:
        self._writer.write(request)

    async def ask(self, request: bytes) -> Answer:
        self.send(request)
        return await self.answer()

    async def answer(self) -> Answer:
        status, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        body = await self._reader.readexactly(int(headers["content-length"]))
        return int(status.split()[1]), headers, json.loads(body)

    async def has_ended(self) -> bool:
        return await self._reader.read(1) == b""


@asynccontextmanager
async def _calling(address: str, number: int) -> AsyncIterator[list[Caller]]:
    url = httpx2.URL(address)
    connections = [await asyncio.open_connection(url.host, url.port) for _ in range(number)]
    try:
        yield [Caller(*connection) for connection in connections]
    finally:
        for _, writer in connections:
            writer.close()


@contextmanager
def _hub() -> Iterator[tuple[SmallHub, str]]:
    hub = SmallHub(deadline_seconds=DEADLINE_SECONDS)
    with serving(hub.app()) as address:
        yield hub, address


async def _pressed(address: str) -> tuple[list[Answer], list[Answer], list[int]]:
    """What the client with many connections got, what the one with few, and what others got
    meanwhile."""
    done = asyncio.Event()

    async def keep_asking(caller: Caller) -> list[Answer]:
        return [await caller.ask(request_of(TOKEN)) for _ in range(ROUNDS)]

    async def ask_meanwhile(caller: Caller) -> list[Answer]:
        answers = []
        while not done.is_set():
            answers.append(await caller.ask(request_of(OTHER_TOKEN)))
        return answers

    async with _calling(address, MANY + FEW) as callers, asyncio.timeout(PATIENCE_SECONDS):
        few = [asyncio.create_task(ask_meanwhile(caller)) for caller in callers[MANY:]]
        asking = asyncio.gather(*map(keep_asking, callers[:MANY]))
        others = await _of_others(address)
        many = await asking
        done.set()
        meanwhile = chain.from_iterable(await asyncio.gather(*few))
        return list(chain.from_iterable(many)), list(meanwhile), others


async def _of_others(address: str) -> list[int]:
    shown = {"authorization": f"Bearer {METRICS_CREDENTIAL}"}
    async with httpx2.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS) as client:
        return [
            (await client.get("/livez")).status_code,
            (await client.get("/readyz")).status_code,
            (await client.get("/metrics", headers=shown)).status_code,
        ]


def test_a_client_with_few_connections_is_answered_beside_one_with_many() -> None:
    with _hub() as (hub, address):
        many, few, others = asyncio.run(_pressed(address))
        figures = hub.metrics.text().decode()
        with httpx2.Client(base_url=address) as client:
            token = client.post("/oauth/token", data=form_of(assertion_of(hub)))
        ((again, _, _),) = asyncio.run(_asked(address, request_of(TOKEN)))
    statuses = Counter(status for status, _, _ in many)
    assert set(statuses) == {200, 503}
    assert {status for status, _, _ in few} == {200}
    assert others == [200, 200, 200]
    assert (token.status_code, again) == (200, 200)
    for status, headers, body in many:
        if status == 503:
            assert headers.keys() >= NEEDED
            assert headers["retry-after"] in {"1", "2", "3"}
            # Whatever came in was answered: nothing was ended by its deadline.
            assert body["errors"][0]["extensions"]["code"] == "OVERLOADED"
    assert set(hub.shed) == {"city-a"}
    assert len(hub.shed) == statuses[503]
    assert f'tongxing_requests_shed_total{{reason="LATE"}} {statuses[503]}.0' in figures
    assert f'tongxing_requests_total{{route="/graphql",status="503"}} {statuses[503]}.0' in figures
    assert f'tongxing_refusals_total{{code="OVERLOADED"}} {statuses[503]}.0' in figures


def test_clients_that_leave_while_they_wait_leave_their_places_to_others() -> None:
    async def run(address: str) -> None:
        async with _calling(address, MANY) as callers:
            for caller in callers:
                caller.send(request_of(TOKEN))
            await callers[0].answer()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await _asked(address, request_of(TOKEN)))[0][0] != 200:
                await asyncio.sleep(0.1)  # the hub has not heard of it yet

    with _hub() as (_, address):
        asyncio.run(run(address))


async def _asked(address: str, *requests: bytes) -> list[Answer]:
    async with _calling(address, 1) as (caller,), asyncio.timeout(PATIENCE_SECONDS):
        return [await caller.ask(request) for request in requests]


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.3"])
def test_a_connection_that_asks_for_another_protocol_ends(upgrade: str) -> None:
    async def run(address: str) -> tuple[Answer, bool]:
        async with _calling(address, 1) as (caller,), asyncio.timeout(PATIENCE_SECONDS):
            answer = await caller.ask(
                request_of(TOKEN, f"upgrade: {upgrade}", "connection: upgrade")
            )
            return answer, await caller.has_ended()

    with _hub() as (_, address):
        (status, headers, _), has_ended = asyncio.run(run(address))
    assert status == 400
    assert headers["connection"] == "close"
    assert has_ended


def test_the_work_of_this_test_is_more_than_can_be_done_in_time() -> None:
    assert MANY * ROUNDS * WORK_SECONDS > DEADLINE_SECONDS
