"""Subscriptions over server-sent events, by the distinct connections mode of graphql-sse."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import pytest

from tests.connection import PATIENCE_SECONDS
from tests.http.error_shape import assert_errors
from tests.http.event_frames import Received, events
from tests.http.small_hub import SECRET, SmallHub, Stage
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.event_stream import STREAMS_PER_CLIENT
from tongxing.gateway.settings import Profile

STREAM = {"accept": "text/event-stream"}


@pytest.fixture
def hub() -> SmallHub:
    return SmallHub()


@pytest.fixture
def client(stage: Stage, hub: SmallHub) -> Iterator[httpx2.Client]:
    with stage.client_of(hub) as client:
        yield client


@contextmanager
def opened(client: httpx2.Client, query: str) -> Iterator[httpx2.Response]:
    with client.stream(
        "POST", "/graphql", json={"query": query}, headers=STREAM, timeout=PATIENCE_SECONDS
    ) as response:
        yield response


def _all(client: httpx2.Client, query: str) -> list[Received]:
    with opened(client, query) as response:
        assert response.status_code == 200
        return list(events(response.iter_raw()))


def test_the_content_type_is_that_of_event_streams(client: httpx2.Client) -> None:
    with opened(client, "subscription { ticks }") as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        response.read()


def test_each_result_is_a_next_event_and_complete_follows(client: httpx2.Client) -> None:
    *results, last = _all(client, "subscription { ticks(until: 3) }")
    assert [(each.event, each.json()) for each in results] == [
        ("next", {"data": {"ticks": tick}}) for tick in (1, 2, 3)
    ]
    assert last == Received("complete", "")


def test_lines_end_with_lf_alone(client: httpx2.Client) -> None:
    with opened(client, "subscription { ticks }") as response:
        octets = response.read()
    assert b"\r" not in octets
    assert octets.endswith(b"\n\n")


def test_a_query_is_a_stream_of_one_result(client: httpx2.Client) -> None:
    assert _all(client, "{ greeting }") == [
        Received("next", '{"data":{"greeting":"hello you"}}'),
        Received("complete", ""),
    ]


TOLD_IN_THE_STREAM = {
    "a syntax error": ("subscription {", "DOCUMENT_SYNTAX"),
    "a field that is none": ("subscription { nothing }", "DOCUMENT_INVALID"),
    "two root fields": ("subscription { ticks silence }", "DOCUMENT_INVALID"),
    "a right that the client has not": ("subscription NotAllowed { ticks }", "FORBIDDEN_SCOPE"),
    "a refusal by the field": ("subscription { notYours }", "INVALID_VALUE"),
}


@pytest.mark.parametrize(("query", "code"), TOLD_IN_THE_STREAM.values(), ids=TOLD_IN_THE_STREAM)
def test_errors_before_execution_are_next_events(
    client: httpx2.Client, hub: SmallHub, query: str, code: str
) -> None:
    error, complete = _all(client, query)
    assert [each["extensions"]["code"] for each in error.json()["errors"]] == [code]
    assert complete.event == "complete"
    assert hub.refusals == [("city-a", code)]


def test_who_is_not_known_gets_no_stream(client: httpx2.Client, hub: SmallHub) -> None:
    hub.revoked = True
    with opened(client, "subscription { ticks }") as response:
        response.read()
        assert response.status_code == 401
        assert_errors(response, ErrorCode.UNAUTHENTICATED)


def test_an_error_in_the_middle_ends_the_stream_and_tells_nothing(
    client: httpx2.Client, hub: SmallHub
) -> None:
    result, error, complete = _all(client, "subscription { breaks }")
    assert result.json() == {"data": {"breaks": 1}}
    assert [each["extensions"]["code"] for each in error.json()["errors"]] == ["INTERNAL"]
    assert SECRET not in error.data + hub.log.getvalue()
    assert complete.event == "complete"
    assert [each["event"] for each in hub.events()].count("unexpected_error") == 1


@pytest.mark.parametrize("field", ["breaks", "notYours"])
def test_a_refusal_that_cannot_be_recorded_ends_the_stream_in_order(
    client: httpx2.Client, hub: SmallHub, field: str
) -> None:
    """The storage that ended it cannot record that either: the client is told to come back."""
    hub.audit_fails = True
    *_, error, complete = _all(client, f"subscription {{ {field} }}")
    assert [each["extensions"]["code"] for each in error.json()["errors"]] == ["UNAVAILABLE"]
    assert complete.event == "complete"


def test_a_silent_stream_gives_signs_of_life(client: httpx2.Client) -> None:
    with opened(client, "subscription { silence }") as response:
        octets = b""
        for chunk in response.iter_raw():
            octets += chunk
            if octets.count(b":\n\n") == 2:
                break
    assert octets.startswith(b":\n\n")


def test_a_client_that_cannot_be_looked_up_is_to_come_back(
    client: httpx2.Client, hub: SmallHub
) -> None:
    with opened(client, "subscription { silence }") as response:
        received = events(response.iter_raw())
        assert next(received).event == "next"
        hub.registry_fails = True
        assert [each.event for each in received] == ["complete"]
    assert [each for each in hub.events() if each["event"] == "unexpected_error"] == []


def test_a_client_that_is_revoked_hears_no_more(client: httpx2.Client, hub: SmallHub) -> None:
    with opened(client, "subscription { silence }") as response:
        received = events(response.iter_raw())
        assert next(received).event == "next"
        hub.revoked = True
        assert [each.event for each in received] == ["complete"]


def test_a_client_has_room_for_a_few_streams(client: httpx2.Client, hub: SmallHub) -> None:
    with ExitStack() as stack:
        responses = [
            stack.enter_context(opened(client, "subscription { silence }"))
            for _ in range(STREAMS_PER_CLIENT)
        ]
        streams = [events(response.iter_raw()) for response in responses]
        assert [next(stream).event for stream in streams] == ["next"] * STREAMS_PER_CLIENT
        refused = stack.enter_context(opened(client, "subscription { ticks }"))
        refused.read()
        assert refused.status_code == 429
        assert_errors(refused, ErrorCode.TOO_MANY_STREAMS)
    assert hub.refusals == [("city-a", "TOO_MANY_STREAMS")]


def test_a_stream_that_is_closed_makes_room(client: httpx2.Client) -> None:
    for _ in range(2 * STREAMS_PER_CLIENT):
        assert _all(client, "subscription { ticks }")[-1].event == "complete"


def test_without_asking_for_a_stream_there_is_none(client: httpx2.Client) -> None:
    answer = client.post("/graphql", json={"query": "subscription { ticks }"})
    assert answer.status_code == 400
    assert_errors(answer, ErrorCode.SUBSCRIPTION_NOT_SUPPORTED)


def test_a_mutation_by_get_is_not_run_as_a_stream_either(client: httpx2.Client) -> None:
    answer = client.get("/graphql", params={"query": "mutation { change }"}, headers=STREAM)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_in_production_no_subscription_is_part_of_an_address(stage: Stage) -> None:
    with stage.client_of(SmallHub(profile=Profile.PRODUCTION)) as client:
        query = {"query": "subscription { ticks }"}
        assert client.get("/graphql", params=query, headers=STREAM).status_code == 405


def test_no_event_is_sent_to_an_address_that_a_request_names(client: httpx2.Client) -> None:
    """The callback mode of Apollo's router, as it asks for it."""
    called = {"callbackUrl": "http://127.0.0.1:1/x", "subscriptionId": "x", "verifier": "x"}
    answer = client.post(
        "/graphql",
        json={
            "query": "subscription { ticks }",
            "extensions": {"subscription": {**called, "heartbeatIntervalMs": 0}},
        },
        headers={"accept": "application/json, application/json;callbackSpec=1.0"},
    )
    assert_errors(answer, ErrorCode.SUBSCRIPTION_NOT_SUPPORTED)
