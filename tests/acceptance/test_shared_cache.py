"""Four workers of one hub over one Redis server: what one of them was told, the others know."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.acceptance.callers import Caller, calling, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import Issuers, NewState
from tests.acceptance.test_workers_together import serving_workers
from tests.sharing.own_redis import OwnRedis
from tongxing.sandbox.provisioning.layout import Layout

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

ASKERS = int(os.environ.get("STAMPEDE", "1000"))
WORKERS = 4
UNHURRIED = {"cache__wait_milliseconds": 1_000, "deadline_seconds": 60}
"""No figure of time is tested here, on a machine that may be busy."""

ONE_CALL_EACH = {
    "zhenjiang POST /v1/status": 1,
    "sukangma POST /healthCode/self": 1,
    "national POST /queryInfo": 1,
}

SERIAL_NUMBERS = "national POST /serial"
"""Asked for many at a time, by each worker for itself."""


@pytest.fixture
def layout(back_end: str, new_layout: NewState) -> Layout:
    return new_layout()


def figure(hub: RunningHub, name: str) -> float:
    """The sum over all labels."""
    lines = (line for line in hub.figures().splitlines() if line.startswith(name))
    return sum(float(line.rpartition(" ")[2]) for line in lines)


@contextmanager
def sharing(layout: Layout, redis: OwnRedis, **settings: object) -> Iterator[RunningHub]:
    """Four workers, which all have found the server."""
    asked = {"cache": redis.url} | UNHURRIED | settings
    with serving_workers(layout, WORKERS, **asked) as hub:
        await_that(lambda: figure(hub, "tongxing_shared_cache_away") == 0, "all have found it")
        yield hub


def calls_of(issuers: Issuers) -> Counter[str]:
    return Counter(
        {
            f"{name} {call}": number
            for name, issuer in issuers.items()
            for call, number in issuer.calls().items()
        }
    )


async def ask(hub: RunningHub, body: bytes, token: str) -> Mapping[str, object]:
    """One question on a connection of its own."""
    host = urlsplit(hub.url).netloc
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(*host.split(":"))
    writer.write(head.encode() + body)
    answer = (await reader.read()).partition(b"\r\n\r\n")[2]
    writer.close()
    read: Mapping[str, object] = json.loads(answer)
    return read


async def stampede(hub: RunningHub, caller: Caller, persona: str) -> Counter[str]:
    """The colors of as many answers as there are connections."""
    variables = request_of(fields(document_of(persona)))
    body = json.dumps({"query": TRAVELER, "variables": variables}).encode()
    token = caller.token()
    answers = await asyncio.gather(*(ask(hub, body, token) for _ in range(ASKERS)))
    return Counter(each["data"]["traveler"]["color"] for each in answers)  # type: ignore[index]


def test_a_cold_holder_asked_by_all_connections_costs_each_issuer_one_call(
    layout: Layout, own_redis: OwnRedis, issuers: Issuers
) -> None:
    own_redis.start()
    with sharing(layout, own_redis) as hub, calling(hub) as caller:
        caller.token()
        before = calls_of(issuers)
        colors = asyncio.run(stampede(hub, caller, "green_everywhere"))
        asked = calls_of(issuers) - before
    assert colors == {"GREEN": ASKERS}
    assert asked.pop(SERIAL_NUMBERS, 1) == 1
    assert asked == ONE_CALL_EACH
