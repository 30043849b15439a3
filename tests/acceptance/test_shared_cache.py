"""Four workers of one hub over one Redis server: what one of them was told, the others know."""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.acceptance.callers import (
    STATION,
    Answer,
    Caller,
    calling,
    codes_of,
    document_of,
    fields,
    request_of,
)
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import Issuers, NewState
from tests.acceptance.test_corrections import (
    decide,
    red_in_the_crowd,
    reference_of,
    refresh,
    report_of,
)
from tests.acceptance.test_workers_together import serving_workers, token_status
from tests.sharing.own_redis import OwnRedis
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.population import Population

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

EXCHANGES = "tongxing_shared_cache_exchanges_total"
MANIFEST = 1_000
EXCHANGES_OF_A_MANIFEST = 40
"""Of three issuers: the look, and a claim and a word for each of the 11 calls that it costs."""

NO_ROOM = b"HTTP/1.1 503"
AS_TOLD_SECONDS = 1.0
ALL_WITHIN_SECONDS = 120.0

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


async def ask(hub: RunningHub, body: bytes, token: str) -> Answer:
    """The answer about a traveler, asked on a connection of its own: any worker may accept it.
    Asked again if there was no room: a busy machine has none for a thousand at once."""
    host = urlsplit(hub.url).netloc
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    while True:
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(head.encode() + body)
        answered, _, answer = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        if not answered.startswith(NO_ROOM):
            traveler: Answer = json.loads(answer)["data"]["traveler"]
            return traveler
        await asyncio.sleep(AS_TOLD_SECONDS)


def asked_of_all(
    hub: RunningHub, caller: Caller, document: Mapping[str, str], times: int, **asked: str
) -> list[Answer]:
    """The answers on so many connections at once."""
    body = {"query": TRAVELER, "variables": request_of(document, **asked)}
    octets, token = json.dumps(body).encode(), caller.token()

    async def all_at_once() -> list[Answer]:
        async with asyncio.timeout(ALL_WITHIN_SECONDS):
            return await asyncio.gather(*(ask(hub, octets, token) for _ in range(times)))

    return asyncio.run(all_at_once())


def colors(answers: list[Answer]) -> Counter[str]:
    return Counter(answer["color"] for answer in answers)


def persona(name: str) -> Mapping[str, str]:
    return fields(document_of(name))


def test_a_cold_holder_costs_each_issuer_one_call_of_each_client_and_a_hot_one_no_exchange(
    layout: Layout, own_redis: OwnRedis, issuers: Issuers
) -> None:
    own_redis.start()
    with sharing(layout, own_redis) as hub, calling(hub) as city, calling(hub, STATION) as station:

        def costs(caller: Caller, times: int, **asked: str) -> Counter[str]:
            before = calls_of(issuers)
            answers = asked_of_all(hub, caller, persona("green_everywhere"), times, **asked)
            assert colors(answers) == {"GREEN": times}
            return calls_of(issuers) - before

        for client in (city, station):
            client.token()
        cold = costs(city, ASKERS)
        assert cold.pop(SERIAL_NUMBERS, 1) == 1
        assert cold == ONE_CALL_EACH
        of_another_client = costs(station, WORKERS * 8, purpose="TRANSPORT")
        of_another_client.pop(SERIAL_NUMBERS, None)
        assert of_another_client == ONE_CALL_EACH

        city.persona("green_everywhere")
        exchanges = figure(hub, EXCHANGES)
        for _ in range(20):  # on one connection, so by one worker
            assert city.persona("green_everywhere")["color"] == "GREEN"
        assert figure(hub, EXCHANGES) == exchanges


def test_a_manifest_costs_few_exchanges_whoever_is_asked(
    layout: Layout, own_redis: OwnRedis, issuers: Issuers
) -> None:
    own_redis.start()
    crowd = Population(7, 2_000)
    people = [fields(crowd.person(index).document) for index in range(MANIFEST)]
    with sharing(layout, own_redis, cache__seconds=60.0) as hub:

        def asked() -> tuple[list[str], float, int]:
            """The colors, the exchanges and the calls, on a connection of its own: any worker may
            accept it."""
            with calling(hub) as caller:
                caller.token()
                exchanges, calls = figure(hub, EXCHANGES), calls_of(issuers)
                answers = [each["color"] for each in caller.travelers(people)]
                await_that(lambda: _is_quiet(hub), "all of it was told")
                made = calls_of(issuers) - calls
                return answers, figure(hub, EXCHANGES) - exchanges, made.total()

        began = time.monotonic()
        answers, exchanges, calls = asked()
        assert calls > 0
        assert 0 < exchanges <= EXCHANGES_OF_A_MANIFEST
        while time.monotonic() < began + 60:
            others, exchanges, calls = asked()
            if time.monotonic() > began + 60:  # statements have ended
                break
            assert others == answers
            assert calls == 0
            assert exchanges <= EXCHANGES_OF_A_MANIFEST
            if exchanges > 0:  # by another worker
                break


def _is_quiet(hub: RunningHub) -> bool:
    """Whether nothing is under way to the server."""
    before = figure(hub, EXCHANGES)
    time.sleep(0.2)
    return figure(hub, EXCHANGES) == before


def test_a_correction_is_seen_at_once_by_all_workers(
    layout: Layout, own_redis: OwnRedis, issuers: Issuers
) -> None:
    own_redis.start()
    document = red_in_the_crowd(before=300)

    def stated(hub: RunningHub, caller: Caller, **asked: str) -> set[str]:
        answers = asked_of_all(hub, caller, document, WORKERS * 8, **asked)
        return {codes_of(answer, "sukangma")[0]["color"] for answer in answers}

    with (
        sharing(layout, own_redis, cache__seconds=60.0) as hub,
        calling(hub) as city,
        calling(hub, STATION) as station,
    ):
        receipt = str(city.traveler(document)["receipt"])
        made = report_of(city, receipt, document, "sukangma", "NEVER_THERE")
        reference = reference_of(issuers, "sukangma", receipt, document, "NEVER_THERE")
        began = time.monotonic()
        assert stated(hub, station, purpose="TRANSPORT") == {"RED"}
        decide(issuers, "sukangma", reference, accepted=True)
        assert stated(hub, station, purpose="TRANSPORT") == {"RED"}
        assert refresh(city, made["id"])["state"] == "ACCEPTED"
        await_that(
            lambda: stated(hub, station, purpose="TRANSPORT") == {"GREEN"}, "all workers say it"
        )
        assert time.monotonic() - began < 60, "it was forgotten, and has not only ended"


COLORS = {
    "green_everywhere": "GREEN",
    "red_everywhere": "RED",
    "yellow_everywhere": "YELLOW",
    "city_green_province_red": "RED",
}


def test_whatever_becomes_of_the_server_every_answer_is_right(
    layout: Layout, own_redis: OwnRedis
) -> None:
    """And the hub is as before when it is back. With 50 ms for each exchange, as it is shipped."""
    own_redis.start()
    asked = {"cache__wait_milliseconds": 50, "cache__seconds": 0.5}
    with sharing(layout, own_redis, **asked) as hub, calling(hub) as caller:

        def all_are_right() -> None:
            for name, color in COLORS.items():
                answers = asked_of_all(hub, caller, persona(name), WORKERS * 2)
                assert colors(answers) == {color: WORKERS * 2}

        all_are_right()
        own_redis.run("FLUSHALL")
        all_are_right()
        with own_redis.held():
            for _ in range(3):
                all_are_right()
        own_redis.kill()
        for _ in range(3):
            all_are_right()
        hub.await_event("shared_cache_away", WORKERS)
        assertion = caller.assertion()
        statuses = Counter(token_status(hub.url, assertion) for _ in range(8))
        assert statuses == {200: 1, 401: 7}, "what may be used once does not depend on it"
        own_redis.start()
        await_that(lambda: figure(hub, "tongxing_shared_cache_away") == 0, "all are back")
        all_are_right()
