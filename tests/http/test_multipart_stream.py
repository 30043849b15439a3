"""Subscriptions by Apollo's multipart protocol over HTTP, version 1.0."""

import json
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import httpx2
import pytest

from tests.connection import PATIENCE_SECONDS
from tests.http.error_shape import assert_errors
from tests.http.small_hub import SECRET, SmallHub, Stage
from tongxing.gateway.errors import ErrorCode

ASKED = {"accept": 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'}


@pytest.fixture
def hub() -> SmallHub:
    return SmallHub()


@pytest.fixture
def client(stage: Stage, hub: SmallHub) -> Iterator[httpx2.Client]:
    with stage.client_of(hub) as client:
        yield client


def _asked(client: httpx2.Client, query: str, accept: str | None = None) -> httpx2.Response:
    headers = ASKED if accept is None else {"accept": accept}
    return client.post("/graphql", json={"query": query}, headers=headers, timeout=PATIENCE_SECONDS)


def _parts(client: httpx2.Client, query: str) -> list[Any]:
    """As a library for MIME reads them."""
    answer = _asked(client, query)
    assert answer.status_code == 200
    head = f"content-type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + answer.content)
    assert not message.defects
    parts = list(message.iter_parts())
    assert {part.get_content_type() for part in parts} == {"application/json"}
    return [json.loads(str(part.get_payload())) for part in parts]


def test_the_content_type_names_the_protocol(client: httpx2.Client) -> None:
    answer = _asked(client, "subscription { ticks }")
    expected = 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
    assert answer.headers["content-type"] == expected
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.endswith(b"\r\n--graphql--\r\n")


def test_each_result_is_a_payload_after_a_sign_of_life(client: httpx2.Client) -> None:
    assert _parts(client, "subscription { ticks(until: 2) }") == [
        {},
        {"payload": {"data": {"ticks": 1}}},
        {"payload": {"data": {"ticks": 2}}},
    ]


def test_what_ends_the_stream_is_no_result(client: httpx2.Client, hub: SmallHub) -> None:
    *_, last = _parts(client, "subscription { breaks }")
    assert last["payload"] is None
    assert [each["extensions"]["code"] for each in last["errors"]] == ["INTERNAL"]
    assert SECRET not in json.dumps(last) + hub.log.getvalue()


def test_a_silent_stream_gives_signs_of_life_and_ends_in_order_for_a_revoked_client(
    client: httpx2.Client, hub: SmallHub
) -> None:
    query, heard = {"query": "subscription { silence }"}, b""
    with client.stream(
        "POST", "/graphql", json=query, headers=ASKED, timeout=PATIENCE_SECONDS
    ) as response:
        for chunk in response.iter_raw():
            heard += chunk
            hub.revoked = hub.revoked or heard.count(b"\r\n\r\n{}\r\n--graphql") >= 2
    assert heard.endswith(b"--graphql--\r\n")


def test_a_refusal_before_the_first_result_is_a_whole_answer(client: httpx2.Client) -> None:
    answer = _asked(client, "subscription NotAllowed { ticks }")
    assert (answer.status_code, answer.headers["content-type"]) == (
        403,
        "application/json; charset=utf-8",
    )
    assert_errors(answer, ErrorCode.FORBIDDEN_SCOPE)


@pytest.mark.parametrize(
    "accept",
    ["multipart/mixed", "multipart/mixed;deferSpec=20220824", "multipart/mixed;subscriptionSpec=2"],
    ids=["no protocol", "deferred parts", "another version"],
)
def test_parts_of_another_kind_are_not_offered(client: httpx2.Client, accept: str) -> None:
    assert _asked(client, "subscription { ticks }", accept).status_code == 406
