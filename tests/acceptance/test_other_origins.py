"""Pages of other origins ask the hub from a browser: those that are registered, and no others."""

import httpx2
import pytest

from tests.acceptance.callers import calling
from tests.acceptance.hubs import RunningHub
from tests.acceptance.standing import OTHER_ORIGIN

ASKED = {"query": "{ __typename }"}
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


def posted(hub: RunningHub, headers: dict[str, str]) -> httpx2.Response:
    with calling(hub) as caller:
        shown = {"authorization": f"Bearer {caller.token()}", **headers}
        return caller.http.post("/graphql", json=ASKED, headers=shown)


def test_a_registered_origin_learns_the_answer(production_hub: RunningHub) -> None:
    answer = posted(production_hub, {"origin": OTHER_ORIGIN})
    assert answer.headers["access-control-allow-origin"] == OTHER_ORIGIN
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    assert "retry-after" in answer.headers["access-control-expose-headers"]


def test_so_it_does_where_it_is_refused(production_hub: RunningHub) -> None:
    with calling(production_hub) as caller:
        answer = caller.http.post("/graphql", json=ASKED, headers={"origin": OTHER_ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == OTHER_ORIGIN


@pytest.mark.parametrize("path", ["/graphql", "/oauth/token"])
def test_it_may_ask_with_a_token(production_hub: RunningHub, path: str) -> None:
    with calling(production_hub) as caller:
        answer = caller.http.request("OPTIONS", path, headers={"origin": OTHER_ORIGIN, **PREFLIGHT})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OTHER_ORIGIN
    assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin", ["https://travel.example.evil", "http://travel.example", "null", "*"]
)
def test_no_other_origin_learns_it(production_hub: RunningHub, origin: str) -> None:
    answer = posted(production_hub, {"origin": origin})
    assert answer.headers.get("access-control-allow-origin") is None


def test_where_none_is_registered_no_page_learns_it(hub: RunningHub) -> None:
    assert "access-control-allow-origin" not in posted(hub, {"origin": OTHER_ORIGIN}).headers


def test_what_no_page_asks_is_answered_as_ever(production_hub: RunningHub) -> None:
    assert "access-control-allow-origin" not in posted(production_hub, {}).headers
