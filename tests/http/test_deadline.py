"""Whatever a question waits for, its client hears in time; in both media types it is told when to
come back."""

from time import sleep

import httpx2
import pytest

from tests.http.error_shape import assert_errors
from tests.http.small_hub import HASTY_SECONDS, SmallHub, Stage
from tests.http.test_token_endpoint import assertion_of, form_of
from tongxing.gateway.errors import ErrorCode

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
CLIENT_WORK_SECONDS = 5.0
"""On a machine that is busy with other tests. What stalls here would stall for good."""

LATEST_SECONDS = HASTY_SECONDS + 0.05 + CLIENT_WORK_SECONDS


def _assert_refused_in_time(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert_errors(answer, ErrorCode.UNAVAILABLE)
    assert HASTY_SECONDS <= answer.elapsed.total_seconds() < LATEST_SECONDS


STALLED = {
    "a field": ("{ stalls }", False),
    "a field that may be null": ("{ perhapsStalls }", False),
    "the record of a refusal": ("query NotAllowed { page }", True),
    "the record of a document's refusal": ("{ nothing }", True),
    "the record of a field's refusal": ("{ forbidden }", True),
}


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
@pytest.mark.parametrize(("query", "storage_stalls"), STALLED.values(), ids=STALLED)
def test_what_stalls_is_refused_at_the_deadline(
    stage: Stage, query: str, *, storage_stalls: bool, media_type: str
) -> None:
    hub = SmallHub(deadline_seconds=HASTY_SECONDS, storage_stalls=storage_stalls)
    with stage.client_of(hub) as client:
        answer = client.post("/graphql", json={"query": query}, headers={"accept": media_type})
    _assert_refused_in_time(answer)


def test_a_token_that_cannot_be_recorded_is_refused_at_the_deadline(stage: Stage) -> None:
    hub = SmallHub(deadline_seconds=HASTY_SECONDS, storage_stalls=True)
    with stage.client_of(hub) as client:
        answer = client.post("/oauth/token", data=form_of(assertion_of(hub)))
    _assert_refused_in_time(answer)


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
def test_a_hub_that_cannot_record_says_when_to_come_back(stage: Stage, media_type: str) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = client.post(
            "/graphql", json={"query": "{ unaudited }"}, headers={"accept": media_type}
        )
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_a_mutation_goes_on_after_its_client_was_refused(stage: Stage) -> None:
    hub = SmallHub(deadline_seconds=HASTY_SECONDS)
    with stage.client_of(hub) as client:
        answer = client.post("/graphql", json={"query": "mutation { changeSlowly }"})
        _assert_refused_in_time(answer)
        sleep(2 * HASTY_SECONDS)
    assert hub.changes == 1
