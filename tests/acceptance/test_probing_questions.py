"""What scanners of GraphQL servers ask first, at a hub in production.

The twelve questions are those of graphql-cop, which cannot be installed (the package of that name
is empty). A registered client asks them: without a token nothing is answered at all.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.acceptance.callers import Caller, calling
from tests.acceptance.hubs import RunningHub

ALIASES, BATCH, DIRECTIVES, DUPLICATES = 101, 10, 10, 500
"""From how many on a scanner says that a server does not count."""

TYPENAME = "query cop { __typename }"
CIRCLE = "fields { type { " * 4 + "name" + " } }" * 4
PAGES = ("/", "/graphiql", "/playground", "/console", "/graphql")
OFFERS_A_WORKSHOP = ("graphiql", "playground", "graphql-voyager")

Said = Any
Asked = Callable[[httpx2.Client], httpx2.Response]


def _posted(body: object) -> Asked:
    return lambda http: http.post("/graphql", json=body)


def _document(query: str) -> Asked:
    return _posted({"query": query})


def _is_answered(said: Said) -> bool:
    return isinstance(said, dict) and bool(said.get("data"))


@dataclass(frozen=True)
class Probe:
    """``finds`` holds if the server has the weakness."""

    ask: Asked
    finds: Callable[[Said], bool]


PROBES = {
    "alias overloading": Probe(
        _document("query cop { " + " ".join(f"a{n}: __typename" for n in range(ALIASES)) + " }"),
        _is_answered,
    ),
    "a batch of queries": Probe(
        _posted([{"query": TYPENAME}] * BATCH),
        lambda said: isinstance(said, list) and len(said) >= BATCH,
    ),
    "directive overloading": Probe(
        _document("query cop { __typename " + "@aa" * DIRECTIVES + " }"),
        lambda said: len(said["errors"]) >= DIRECTIVES,
    ),
    "circular introspection": Probe(
        _document(f"query cop {{ __schema {{ types {{ {CIRCLE} }} }} }}"), _is_answered
    ),
    "field duplication": Probe(
        _document("query cop { " + "__typename " * DUPLICATES + "}"), _is_answered
    ),
    "field suggestions": Probe(
        _document("query cop { travler { __typename } issuer }"),
        lambda said: "did you mean" in json.dumps(said).lower(),
    ),
    "introspection": Probe(
        _document("query cop { __schema { types { name fields { name } } } }"), _is_answered
    ),
    "a mutation by GET": Probe(
        lambda http: http.get("/graphql", params={"query": "mutation cop { __typename }"}),
        _is_answered,
    ),
    "a query by GET": Probe(
        lambda http: http.get("/graphql", params={"query": TYPENAME}), _is_answered
    ),
    "a query by a form of another page": Probe(
        lambda http: http.post("/graphql", data={"query": TYPENAME}), _is_answered
    ),
    "traces": Probe(
        _document("query cop { __typename nothing }"),
        lambda said: any(word in json.dumps(said) for word in ("tracing", "stacktrace", "debug")),
    ),
}


@pytest.fixture(scope="module")
def city(production_hub: RunningHub) -> Iterator[Caller]:
    with calling(production_hub) as caller:
        caller.http.headers["authorization"] = f"Bearer {caller.token()}"
        yield caller


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_a_scanner_finds_nothing(city: Caller, probe: Probe) -> None:
    answer = probe.ask(city.http)
    assert answer.status_code != 401, "a client that is known asks"
    assert not probe.finds(answer.json()), answer.text
    assert len(answer.json()["errors"]) == 1


@pytest.mark.parametrize("path", PAGES)
def test_no_workshop_is_offered(city: Caller, path: str) -> None:
    page = city.http.get(path, headers={"accept": "text/html"}).text.lower()
    assert not any(name in page for name in OFFERS_A_WORKSHOP)


def test_a_hub_that_is_open_is_found_open(hub: RunningHub) -> None:
    """The check of the checks."""
    with calling(hub) as caller:
        caller.http.headers["authorization"] = f"Bearer {caller.token()}"
        found = {
            name for name, probe in PROBES.items() if probe.finds(probe.ask(caller.http).json())
        }
    assert found == {"introspection", "field suggestions", "a query by GET"}
