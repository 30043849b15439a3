"""A gateway that asks is told how long the whole answer took, and nothing of its fields."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tests.http.small_hub import SmallHub, Stage
from tongxing.gateway.http.federated_trace import HEADER, extensions

HELLO = {"query": "{ greeting }"}
ANSWER = {"greeting": "hello you"}
TRACE = "220b08808688f3051080e59a771a0b08808688f30510e08cad7758e0a7127200"
"""As protobuf's own library writes it: begun, ended, nanoseconds, an empty root."""


@pytest.fixture(scope="module")
def client(stage: Stage) -> Iterator[httpx2.Client]:
    with stage.client_of(SmallHub()) as client:
        yield client


def test_a_trace_is_a_message_of_apollo_s_form() -> None:
    """By reports.proto: 3 is when it ended, 4 when it began, 11 nanoseconds, 14 the root."""
    begun = datetime(2020, 3, 6, 8, 0, 0, 250_000, tzinfo=UTC)
    ended = begun + timedelta(microseconds=300)
    assert base64.b64decode(extensions(begun, ended)["ftv1"]).hex() == TRACE


def test_a_clock_that_was_set_back_makes_no_endless_trace() -> None:
    at = datetime(2020, 3, 6, tzinfo=UTC)
    assert len(extensions(at, at - timedelta(days=1))["ftv1"]) < 100


def test_who_asks_gets_a_trace_beside_the_answer(client: httpx2.Client) -> None:
    for _ in range(3):  # the head, and then the whole request, is remembered
        answer = client.post("/graphql", json=HELLO, headers={HEADER: "ftv1"}).json()
        assert answer["data"] == ANSWER
        assert base64.b64decode(answer["extensions"]["ftv1"])


@pytest.mark.parametrize("headers", [{}, {HEADER: "ftv2"}], ids=["nobody asks", "another form"])
def test_others_get_the_answer_alone(client: httpx2.Client, headers: dict[str, str]) -> None:
    assert client.post("/graphql", json=HELLO, headers=headers).json() == {"data": ANSWER}


def test_a_refusal_has_no_trace(client: httpx2.Client) -> None:
    refused = client.post("/graphql", json={"query": "{ no }"}, headers={HEADER: "ftv1"})
    assert "extensions" not in refused.json()
