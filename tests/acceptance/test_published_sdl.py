"""A city that may not introspect reads the schema all the same, and can pin it."""

from pathlib import Path

import pytest

from tests.acceptance.callers import calling, error_codes
from tests.acceptance.hubs import RunningHub
from tongxing.gateway.graphql.published_sdl import published_sdl
from tongxing.gateway.graphql.root import graphql_schema

PATH = "/schema.graphql"
PUBLISHED = Path(__file__).parents[2] / "schema" / "schema.graphql"


@pytest.mark.processes
@pytest.mark.parametrize("of", ["hub", "production_hub"])
def test_a_client_reads_the_published_sdl(of: str, request: pytest.FixtureRequest) -> None:
    running: RunningHub = request.getfixturevalue(of)
    with calling(running) as caller:
        headers = {"authorization": f"Bearer {caller.token()}"}
        answer = caller.http.get(PATH, headers=headers)
        digest = published_sdl(graphql_schema()).digest
        held = {**headers, "if-none-match": f'"{digest}"'}
        again = caller.http.get(PATH, headers=held)
        told = caller.data("{ hub { schemaDigest } }")["hub"]["schemaDigest"]
    assert (answer.status_code, answer.content) == (200, PUBLISHED.read_bytes())
    assert told == digest
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert again.status_code == 304


@pytest.mark.parametrize("shown", [{}, {"authorization": "Bearer another"}], ids=["no", "another"])
def test_a_stranger_does_not(production_hub: RunningHub, shown: dict[str, str]) -> None:
    with calling(production_hub) as caller:
        answer = caller.http.get(PATH, headers=shown)
    assert (answer.status_code, error_codes(answer)) == (401, ["UNAUTHENTICATED"])


def test_no_other_method_is_taken(production_hub: RunningHub) -> None:
    with calling(production_hub) as caller:
        answer = caller.http.post(PATH)
    assert (answer.status_code, error_codes(answer)) == (405, ["METHOD_NOT_ALLOWED"])
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
