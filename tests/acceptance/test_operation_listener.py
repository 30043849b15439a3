"""A listener for operators alone: figures nowhere else, and probes that no client holds up."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from time import monotonic

import httpx2
import pytest

from tests.acceptance.callers import (
    Caller,
    calling,
    document_of,
    error_codes,
    fields,
    request_of,
)
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import FORGETFUL, NewState
from tests.acceptance.test_workers_together import serving_workers
from tests.connection import PATIENCE_SECONDS, get

CALLERS = 300
PROBES = 30
PROBE_SECONDS = 1.0
"""What a supervisor waits for a probe unless it is told otherwise."""

WORKERS = 2


@pytest.fixture(scope="module")
def hub_with_two(new_layout: NewState) -> Iterator[RunningHub]:
    """It has few places, so that those who ask here are enough to press it."""
    few = {"deadline_seconds": 3.0, "limits__concurrent_requests": 128}
    with serving(new_layout(), **FORGETFUL, **few, operation__port=0) as hub:
        yield hub


def test_figures_are_where_operators_ask_and_nowhere_else(hub_with_two: RunningHub) -> None:
    hub = hub_with_two
    credential = hub.layout.metrics_credential.read_text("ascii").strip()
    shown = {"authorization": f"Bearer {credential}"}
    assert hub.operation is not None
    answers = [
        get(f"{url}/metrics", headers)
        for url in (hub.url, hub.operation)
        for headers in (shown, {})
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 200, 401]
    assert error_codes(answers[3]) == ["UNAUTHENTICATED"]
    assert answers[3].headers["www-authenticate"] == "Bearer"
    assert "tongxing_requests_total" in answers[2].text
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_answered_on_both(hub_with_two: RunningHub, path: str) -> None:
    assert hub_with_two.operation is not None
    for url in (hub_with_two.url, hub_with_two.operation):
        assert get(f"{url}{path}").status_code == 200


@pytest.mark.parametrize("path", ["/graphql", "/oauth/token", "/schema.graphql", "/graphiql"])
def test_nothing_else_is_answered_where_operators_ask(hub_with_two: RunningHub, path: str) -> None:
    assert hub_with_two.operation is not None
    answer = get(f"{hub_with_two.operation}{path}")
    assert (answer.status_code, error_codes(answer)) == (404, ["NOT_FOUND"])


def test_probes_are_counted_and_leave_no_line(hub_with_two: RunningHub) -> None:
    hub = hub_with_two
    assert hub.operation is not None
    ended = len(hub.events("request_ended"))
    for _ in range(3):
        get(f"{hub.operation}/readyz")
    counted = 'tongxing_requests_total{route="/readyz",status="200"}'
    (line,) = (line for line in hub.figures().splitlines() if line.startswith(counted))
    assert float(line.removeprefix(counted)) >= 3
    assert len(hub.events("request_ended")) == ended


def test_what_operators_ask_in_silence_takes_no_place_from_the_next(
    hub_with_two: RunningHub,
) -> None:
    """More connections than there is room for, which send nothing or half a request."""

    async def run(url: httpx2.URL) -> int:
        connections = [await asyncio.open_connection(url.host, url.port) for _ in range(80)]
        for _, writer in connections[::2]:
            writer.write(b"GET /livez HTTP/1.1\r\nhost")
        try:
            async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
                return (await client.get(url.join("/livez"))).status_code
        finally:
            for _, writer in connections:
                writer.close()

    assert hub_with_two.operation is not None
    assert asyncio.run(run(httpx2.URL(hub_with_two.operation))) == 200


def test_probes_are_answered_while_the_hub_is_asked_more_than_it_can(
    hub_with_two: RunningHub,
) -> None:
    with calling(hub_with_two) as caller:
        token = caller.token()
        probed: list[tuple[int, float]] = []
        became = asyncio.run(
            pressed(hub_with_two, token, lambda: probed.extend(_probes(hub_with_two)))
        )
        assert _shed(hub_with_two) > 0
        assert caller.persona("green_everywhere")["color"] in {"GREEN", "UNKNOWN"}
    assert became[503] > 0, became
    assert {status for status, _ in probed} == {200}
    assert sorted(seconds for _, seconds in probed)[len(probed) // 2] < PROBE_SECONDS, probed


async def pressed(
    hub: RunningHub, token: str, meanwhile: Callable[[], object], *, rest_seconds: float = 0.0
) -> Counter[int]:
    """What became of the questions of many connections, by status. ``meanwhile`` is called in a
    thread once the first is refused; who is refused rests before the next question."""
    url = httpx2.URL(hub.url)
    request, became, done = _question(token), Counter[int](), asyncio.Event()

    async def keep_asking() -> None:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        while not done.is_set():
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            (length,) = re.findall(rb"content-length: (\d+)", head)
            await reader.readexactly(int(length))
            status = int(head.split()[1])
            became[status] += 1
            if status == 503:
                await asyncio.sleep(rest_seconds)
        writer.close()

    asking = [asyncio.create_task(keep_asking()) for _ in range(CALLERS)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not became[503]:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(meanwhile)
        done.set()
        await asyncio.gather(*asking)
    return became


def _question(token: str) -> bytes:
    asked = {"query": TRAVELER, "variables": request_of(fields(document_of("green_everywhere")))}
    body = json.dumps(asked).encode()
    head = (
        "POST /graphql HTTP/1.1",
        "host: hub",
        "accept: application/json",
        "content-type: application/json",
        f"content-length: {len(body)}",
        f"authorization: Bearer {token}",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _probes(hub: RunningHub) -> list[tuple[int, float]]:
    assert hub.operation is not None
    found = []
    for number in range(PROBES):
        began = monotonic()
        answer = get(hub.operation + ("/livez", "/readyz")[number % 2])
        found.append((answer.status_code, monotonic() - began))
    return found


def _shed(hub: RunningHub) -> float:
    lines = hub.figures().splitlines()
    return sum(
        float(line.split()[-1]) for line in lines if line.startswith("tongxing_requests_shed_total")
    )


@pytest.mark.parametrize("back_end", ["postgres"], indirect=True)
@pytest.mark.processes
def test_workers_share_it_and_give_one_set_of_figures(back_end: str, new_layout: NewState) -> None:
    assert back_end
    with serving_workers(new_layout(), WORKERS, operation__port=0) as hub, calling(hub) as caller:
        assert hub.operation is not None
        asked = _ask_until_both_have_answered(hub, caller)
        assert {get(f"{hub.operation}/readyz").status_code for _ in range(10)} == {200}
        await_that(lambda: _answers(hub) == asked, "the figures are those of both")


def _ask_until_both_have_answered(hub: RunningHub, caller: Caller) -> float:
    for _ in range(20):
        caller.persona("green_everywhere")
        caller.http.get("/nowhere", headers={"connection": "close"})
    return _answers(hub)


def _answers(hub: RunningHub) -> float:
    lines = hub.figures().splitlines()
    named = 'tongxing_requests_total{route="/graphql",status="200"}'
    return sum(float(line.split()[-1]) for line in lines if line.startswith(named))
