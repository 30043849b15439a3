"""Events of the hub as other people's programs get them: through Hive Gateway, and by the usual
clients, from hubs in production. What ends a stream ends it there, too."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import httpx2
import pytest

from tests.acceptance.arriving import FOLLOW, RECORD, office_of, record
from tests.acceptance.callers import Answer, Caller, calling
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import FORGETFUL, NewState
from tests.connection import PATIENCE_SECONDS
from tests.http.event_frames import Received, events
from tests.interop import neighbours
from tests.interop.composing import HERE, NODE_MODULES, Urls, node
from tests.interop.gateways import GATEWAYS, standing
from tests.interop.test_gateways import ALL
from tongxing.gateway.cli.main import run
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema.scope import Scope

DISTRICT = "321181"
ELSEWHERE = "330100"
HIVE = GATEWAYS["Hive Gateway"]
WAYS = {"POST": {}, "WebSocket": {"HIVE_SUBSCRIPTIONS": "ws"}}
"""How Hive asks the hub for events."""

pytestmark = pytest.mark.processes


def _revoke(layout: Layout, client_id: str) -> None:
    assert run(["client", "revoke", client_id, "--settings", str(layout.settings)]) == 0


def _arrived(hub: RunningHub) -> str:
    """The id of an arrival that somebody has just recorded."""
    with calling(hub) as city:
        receipt = str(city.persona("green_everywhere")["receipt"])
        return str(record(city, receipt, DISTRICT)["id"])


def _id_in(result: Mapping[str, Any]) -> str:
    return str(result["data"]["arrivalEvents"]["node"]["arrival"]["id"])


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            way,
            marks=pytest.mark.row(f"subscriptions through Hive Gateway, by {way}", HIVE.package),
        )
        for way in WAYS
        if ALL in os.environ or way == "POST"
    ],
)
def way(request: pytest.FixtureRequest) -> str:
    node()
    return str(request.param)


@pytest.fixture(scope="module")
def hive(
    way: str, production_hub: RunningHub, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with (
        neighbours.serving(neighbours.TIMETABLE) as timetable,
        neighbours.serving(neighbours.HOTELS) as hotels,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in WAYS[way].items():
            environment.setenv(name, value)
        urls = Urls(f"{production_hub.url}/graphql", timetable, hotels)
        with standing(HIVE, urls, tmp_path_factory.mktemp("gateway")) as url:
            yield url


@pytest.fixture(scope="module")
def office(way: str, production_hub: RunningHub) -> Iterator[Caller]:
    """A client that is revoked at the end."""
    name = f"follows-through-hive-{way.lower()}"
    with office_of(production_hub, name, DISTRICT, *Scope) as caller:
        yield caller


@contextmanager
def _following(url: str, token: str | None, region: str = DISTRICT) -> Iterator[Iterator[Received]]:
    shown = {} if token is None else {"authorization": f"Bearer {token}"}
    headers = {**shown, "accept": "text/event-stream"}
    body = {"query": FOLLOW, "variables": {"region": region}}
    with httpx2.stream("POST", url, json=body, headers=headers, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status_code == 200
        yield events(answer.iter_raw())


def test_an_event_goes_through_hive(hive: str, office: Caller, production_hub: RunningHub) -> None:
    with _following(hive, office.token()) as told:
        arrival = _arrived(production_hub)
        assert any(_id_in(each.json()) == arrival for each in told)


REFUSED = {
    "a region that is not granted": (True, "FORBIDDEN_REGION"),
    "no token": (False, "UNAUTHENTICATED"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_before_the_first_event_goes_through_hive(
    hive: str, way: str, office: Caller, case: str
) -> None:
    """By WebSocket Hive itself makes another code of it, or none."""
    is_known, code = REFUSED[case]
    with _following(hive, office.token() if is_known else None, ELSEWHERE) as told:
        refused, end = told
    assert end.event == "complete"
    answer = refused.json()
    assert not answer.get("data")
    (error,) = answer["errors"]
    assert way != "POST" or error["extensions"]["code"] == code


def test_whoever_is_revoked_hears_no_more_through_hive(
    hive: str, way: str, office: Caller, production_hub: RunningHub
) -> None:
    with _following(hive, office.token()) as told:
        assert next(told).event == "next"
        _revoke(production_hub.layout, office.client_id)
        if way == "POST":
            assert [each.event for each in told][-1] == "complete"
    await_that(lambda: not _is_told(hive, office), "a revoked client is told nothing")


def _is_told(url: str, office: Caller) -> bool:
    with _following(url, office.token()) as told:
        return bool(next(told).json().get("data"))


class StreamClient:
    """A client program, and what it says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def heard(self) -> Answer:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the client ended"
        said: Answer = json.loads(line)
        return said


@contextmanager
def _client(
    which: str, hub: RunningHub, office: Caller, question: Mapping[str, object]
) -> Iterator[StreamClient]:
    program = [node(), HERE / "stream_client.mjs", NODE_MODULES, which, f"{hub.url}/graphql"]
    command = [*map(str, program), office.new_token(), json.dumps(question)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield StreamClient(process)
        finally:
            process.kill()


APOLLO_CLIENT = "@apollo/client"
CLIENTS = [
    pytest.param(which, marks=pytest.mark.row(f"subscriptions by {which}", which))
    for which in ("graphql-sse", APOLLO_CLIENT)
]
DONE = {"complete": True}
NAMED = {"documentId": f"sha256:{sha256(FOLLOW.encode()).hexdigest()}"}


def _question(which: str, **more: str) -> dict[str, object]:
    sent = NAMED if which == "graphql-sse" else {"query": FOLLOW}
    return {**sent, "variables": {"region": DISTRICT, **more}}


@pytest.fixture(scope="module")
def followed_state(new_layout: NewState) -> Layout:
    """Of a hub that has the trusted document ``FOLLOW``, and those that make an arrival."""
    layout = new_layout()
    folder = layout.directory / "trusted"
    folder.mkdir()
    for name, text in {"follow": FOLLOW, "record": RECORD, "traveler": TRAVELER}.items():
        (folder / f"{name}.graphql").write_text(text, "utf-8")
    return layout


@contextmanager
def _production(layout: Layout, which: str) -> Iterator[RunningHub]:
    """Trusted documents alone, but for Apollo Client, which writes each anew."""
    trusted = {
        "documents": layout.directory / "trusted",
        "trusted_documents_only": which != APOLLO_CLIENT,
    }
    with serving(layout, **FORGETFUL, **trusted, profile="production") as hub:
        yield hub


@pytest.mark.parametrize("which", CLIENTS)
def test_a_client_follows_comes_back_with_its_cursor_and_is_revoked(
    which: str, followed_state: Layout
) -> None:
    node()
    name = f"follows-by-{which.strip('@').replace('/', '-')}"
    with (
        _production(followed_state, which) as hub,
        office_of(hub, name, DISTRICT, *Scope) as office,
        _client(which, hub, office, _question(which)) as client,
    ):
        arrival, heard = _arrived(hub), client.heard()
        assert "next" in heard, heard
        while _id_in(heard["next"]) != arrival:
            heard = client.heard()
        assert hub.end() == 0
        assert client.heard() == DONE
    cursor = heard["next"]["data"]["arrivalEvents"]["cursor"]
    with _production(followed_state, which) as hub, calling(hub, name) as office:
        arrival = _arrived(hub)
        with _client(which, hub, office, _question(which, after=cursor)) as client:
            assert _id_in(client.heard()["next"]) == arrival
            _revoke(followed_state, name)
            assert client.heard() == DONE
