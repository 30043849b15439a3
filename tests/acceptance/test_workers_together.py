"""Two workers behind one address, over one PostgreSQL server: what one does, the other knows."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from threading import Event
from urllib.parse import urlencode, urlsplit

import pytest

from tests.acceptance.callers import calling, form
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import NewState
from tests.back_ends import server_url
from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.keys.signing import HubSigner
from tongxing.sandbox.provisioning.clients import register_clients
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

WORKERS = 2


def place_of(layout: Layout) -> DatabasePlace:
    url = server_url(layout.database)
    assert url is not None
    return DatabasePlace(layout.directory / "tongxing.postgresql", url)


@contextmanager
def serving_workers(
    layout: Layout, workers: int = WORKERS, /, **settings: object
) -> Iterator[RunningHub]:
    """All of them, over an empty database in which the clients are registered."""
    place = place_of(layout)
    signer = HubSigner.from_pem(layout.hub_key.read_bytes()).log_signer(log_origin(HUB_ID))
    asyncio.run(register_clients(layout, place, datetime.now(UTC), signer))
    options = ("--workers", str(workers))
    with serving(layout, *options, database=place.url, **settings) as hub:
        yield hub


async def _entries(place: DatabasePlace) -> int:
    """Once the whole log was checked."""
    async with opened(place) as state:
        mark = await state.audit.verify()
        return 0 if mark is None else mark.index + 1


@pytest.fixture
def layout(back_end: str, new_layout: NewState) -> Layout:
    return new_layout()


def test_both_answer_and_the_log_is_one(layout: Layout) -> None:
    with serving_workers(layout) as hub, calling(hub) as caller, ThreadPoolExecutor(8) as pool:
        caller.token()
        personas = ["green_everywhere", "freshly_converted"] * 20
        answers = list(pool.map(caller.persona, personas))
        assert {answer["color"] for answer in answers} <= {"GREEN", "YELLOW", "RED", "UNKNOWN"}
        indexes = [int(answer["auditIndex"]) for answer in answers]
        assert len(set(indexes)) == len(indexes)
        assert asyncio.run(_entries(place_of(layout))) > max(indexes)


def test_an_assertion_opens_the_door_of_one_of_them(layout: Layout) -> None:
    with serving_workers(layout) as hub, calling(hub) as caller, ThreadPoolExecutor(8) as pool:
        assertion = caller.assertion()
        statuses = pool.map(lambda _: token_status(hub.url, assertion), range(16))
        assert Counter(statuses) == {200: 1, 401: 15}


def token_status(url: str, assertion: str) -> int:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    connection.request(
        "POST",
        "/oauth/token",
        urlencode(form(assertion)),
        {"content-type": "application/x-www-form-urlencoded"},
    )
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_restart_refuses_no_request(layout: Layout) -> None:
    """While both are replaced, on new connections and on kept ones."""
    with serving_workers(layout) as hub, ThreadPoolExecutor(4) as pool:
        ends = Event()
        asking = [pool.submit(_ask_until, hub.url, ends, kept=kept) for kept in (True, False) * 2]
        began = len(hub.events("policies_replaced"))
        hub.process.send_signal(signal.SIGHUP)
        await_that(
            lambda: len(hub.events("policies_replaced")) >= began + WORKERS,
            "both workers were replaced",
        )
        ends.set()
        answered = sum((each.result() for each in asking), Counter[str]())
    assert set(answered) == {"answered"}


def _ask_until(url: str, ends: Event, *, kept: bool) -> Counter[str]:
    """A client that keeps its connection opens another one after "connection: close"."""
    answered: Counter[str] = Counter()
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    while not ends.is_set():
        try:
            connection.request("GET", "/livez")
            response = connection.getresponse()
            response.read()
        except OSError as error:
            answered[type(error).__name__] += 1
            connection.close()
            continue
        answered["answered"] += 1
        if not kept:
            connection.close()
    connection.close()
    return answered


def test_the_figures_are_those_of_both(layout: Layout) -> None:
    with serving_workers(layout) as hub, calling(hub) as caller, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: caller.persona("green_everywhere"), range(24)))
        for _ in range(6):  # whichever of them is asked
            assert _recognitions(hub.figures()) == 24


def _recognitions(figures: str) -> float:
    lines = (
        line for line in figures.splitlines() if line.startswith("tongxing_recognitions_total")
    )
    return sum(float(line.rpartition(" ")[2]) for line in lines)
