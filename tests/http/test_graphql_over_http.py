"""GraphQL over HTTP, clause by clause, through a real socket; and the public audit of it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.http.error_shape import assert_errors
from tests.http.small_hub import TOKEN, Protocols, SmallHub, Stage, serving
from tongxing.gateway.errors import ERRORS, ErrorCode
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.http.request import MAX_BODY_BYTES
from tongxing.gateway.settings import Profile

ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / ".build" / "npm" / "node_modules"
AUDITS = 61

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
HELLO = {"query": "{ greeting }"}


@pytest.fixture(scope="module")
def hub() -> SmallHub:
    return SmallHub()


@pytest.fixture(scope="module")
def client(stage: Stage, hub: SmallHub) -> Iterator[httpx2.Client]:
    with stage.client_of(hub) as client:
        yield client


@pytest.mark.processes
@pytest.mark.parametrize("protocol", Protocols)
def test_the_public_audit_gives_61_of_61(protocol: Protocols) -> None:
    node = shutil.which("node")
    if node is None or not (NODE_MODULES / "graphql-http").is_dir():
        if os.environ.get("CI") and shutil.which("npm"):
            pytest.fail("npm is here, so `make test` should have installed the audit")
        pytest.skip("the audit needs node and npm; `make test` installs it where they are")
    command = [node, str(Path(__file__).with_name("audit.mjs")), str(NODE_MODULES)]
    with serving(SmallHub().app(), protocol) as address:
        run = subprocess.run(
            [*command, f"{address}/graphql", TOKEN], capture_output=True, check=True, text=True
        )
    results = json.loads(run.stdout)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS


ACCEPTED = {
    "none: an old client": (None, JSON),
    "anything": ("*/*", JSON),
    "any application": ("application/*", JSON),
    "the old one": (JSON, JSON),
    "the new one": (GRAPHQL, GRAPHQL),
    "the new one, then the old": (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
    "the old one rather": (f"{GRAPHQL};q=0.5, {JSON};q=0.9", JSON),
    "the new one with a charset": (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
    "a browser's list": ("text/html, application/xml;q=0.9, */*;q=0.8", JSON),
    "upper case": ("Application/GraphQL-Response+JSON", GRAPHQL),
}


@pytest.mark.parametrize(("accept", "expected"), ACCEPTED.values(), ids=ACCEPTED)
def test_the_answer_has_the_type_that_the_client_likes_best(
    client: httpx2.Client, accept: str | None, expected: str
) -> None:
    request = client.build_request("POST", "/graphql", json=HELLO)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    answer = client.send(request)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"data": {"greeting": "hello you"}}


UNACCEPTABLE = ["text/html", f"{JSON};q=0", "image/*", f"{GRAPHQL};q=nan", "*/*;q="]


@pytest.mark.parametrize("accept", UNACCEPTABLE)
def test_a_client_that_takes_no_json_is_told(client: httpx2.Client, accept: str) -> None:
    answer = client.post("/graphql", json=HELLO, headers={"accept": accept})
    assert answer.status_code == 406
    assert_errors(answer, ErrorCode.NOT_ACCEPTABLE)


BODIES: dict[str, tuple[dict[str, str], bytes, ErrorCode]] = {
    "a form": (
        {"content-type": "application/x-www-form-urlencoded"},
        b"query=%7Bgreeting%7D",
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ),
    "text": ({"content-type": "text/plain"}, b"{greeting}", ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    "a multipart form": (
        {"content-type": "multipart/form-data; boundary=x"},
        b"--x--",
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ),
    "a bare document": (
        {"content-type": "application/graphql"},
        b"{greeting}",
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ),
    "no type": ({}, b'{"query":"{greeting}"}', ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    "another charset": (
        {"content-type": "application/json; charset=gbk"},
        b'{"query":"{greeting}"}',
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ),
    "gzip": (
        {"content-type": JSON, "content-encoding": "gzip"},
        b"\x1f\x8b",
        ErrorCode.UNSUPPORTED_ENCODING,
    ),
    "brotli": (
        {"content-type": JSON, "content-encoding": "br"},
        b"\x0b",
        ErrorCode.UNSUPPORTED_ENCODING,
    ),
    "more than 1 MiB": (
        {"content-type": JSON},
        b" " * (MAX_BODY_BYTES + 1),
        ErrorCode.BODY_TOO_LARGE,
    ),
    "nothing": ({"content-type": JSON}, b"", ErrorCode.MALFORMED_REQUEST),
    "not JSON": ({"content-type": JSON}, b'{ "not a JSON', ErrorCode.MALFORMED_REQUEST),
    "not UTF-8": ({"content-type": JSON}, b'{"query":"\xff"}', ErrorCode.MALFORMED_REQUEST),
    "an array of operations": (
        {"content-type": JSON},
        b' [{"query":"{greeting}"}]',
        ErrorCode.ARRAY_OF_OPERATIONS,
    ),
    "a number": ({"content-type": JSON}, b"5", ErrorCode.MALFORMED_REQUEST),
    "no query": ({"content-type": JSON}, b'{"qeury":"{greeting}"}', ErrorCode.MALFORMED_REQUEST),
    "a query that is no text": (
        {"content-type": JSON},
        b'{"query":5}',
        ErrorCode.MALFORMED_REQUEST,
    ),
    "variables in an array": (
        {"content-type": JSON},
        b'{"query":"{greeting}","variables":[7]}',
        ErrorCode.MALFORMED_REQUEST,
    ),
    "an operation name that is no text": (
        {"content-type": JSON},
        b'{"query":"{greeting}","operationName":{}}',
        ErrorCode.MALFORMED_REQUEST,
    ),
    "extensions that are no map": (
        {"content-type": JSON},
        b'{"query":"{greeting}","extensions":"x"}',
        ErrorCode.MALFORMED_REQUEST,
    ),
    "JSON 33 levels deep": (
        {"content-type": JSON},
        b'{"query":"{greeting}","variables":{"a":' + b"[" * 31 + b"]" * 31 + b"}}",
        ErrorCode.MALFORMED_REQUEST,
    ),
    "JSON 50,000 levels deep": (
        {"content-type": JSON},
        b'{"query":"{greeting}","variables":{"a":' + b"[" * 50_000,
        ErrorCode.MALFORMED_REQUEST,
    ),
    "a number of 5,000 digits": (
        {"content-type": JSON},
        b'{"query":"{greeting}","variables":{"a":' + b"9" * 5_000 + b"}}",
        ErrorCode.MALFORMED_REQUEST,
    ),
    "half a surrogate pair": (
        {"content-type": JSON},
        b'{"query":"{greeting}","variables":{"a":"\\ud800"}}',
        ErrorCode.MALFORMED_REQUEST,
    ),
}


@pytest.mark.parametrize(("headers", "body", "code"), BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_a_body_that_is_no_request_is_refused(
    client: httpx2.Client, headers: dict[str, str], body: bytes, code: ErrorCode, accept: str
) -> None:
    answer = client.post("/graphql", content=body, headers={**headers, "accept": accept})
    assert answer.status_code == ERRORS[code].status
    assert_errors(answer, code)


def test_a_client_that_sends_several_operations_is_told_what_to_use(client: httpx2.Client) -> None:
    (error,) = client.post("/graphql", json=[HELLO, HELLO]).json()["errors"]
    told = error["extensions"]
    assert "travelers" in told["zh"]
    assert "travelers" in told["en"]
    query = core_schema(graphql_schema()).query_type
    assert query is not None
    assert "travelers" in query.fields


def test_a_body_as_large_as_allowed_is_read(client: httpx2.Client) -> None:
    body = json.dumps(HELLO).encode().ljust(MAX_BODY_BYTES)
    answer = client.post("/graphql", content=body, headers={"content-type": JSON})
    assert answer.json() == {"data": {"greeting": "hello you"}}


def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(client: httpx2.Client) -> None:
    chunks = (b" " * 65_536 for _ in range(17))
    answer = client.post("/graphql", content=chunks, headers={"content-type": JSON})
    assert answer.status_code == 413
    assert_errors(answer, ErrorCode.BODY_TOO_LARGE)


def test_deep_nesting_inside_a_string_is_only_a_string(client: httpx2.Client) -> None:
    body = {"query": "query($n: String!) { greeting(name: $n) }", "variables": {"n": "[{" * 50}}
    assert client.post("/graphql", json=body).json()["data"] == {"greeting": "hello " + "[{" * 50}


NULLS = ["operationName", "variables", "extensions"]


@pytest.mark.parametrize("parameter", NULLS)
def test_an_optional_parameter_may_be_null(client: httpx2.Client, parameter: str) -> None:
    answer = client.post("/graphql", json={**HELLO, parameter: None, "id": 1})
    assert answer.json() == {"data": {"greeting": "hello you"}}


REQUEST_ERRORS = {
    "a syntax error": ({"query": "{"}, ErrorCode.DOCUMENT_SYNTAX),
    "a validation error": ({"query": "{ nothing }"}, ErrorCode.DOCUMENT_INVALID),
    "no such operation": ({**HELLO, "operationName": "A"}, ErrorCode.OPERATION_UNKNOWN),
    "which of two operations": (
        {"query": "query A { greeting } query B { greeting }"},
        ErrorCode.OPERATION_UNKNOWN,
    ),
    "no operation at all": (
        {"query": "fragment A on Query { greeting }"},
        ErrorCode.DOCUMENT_INVALID,
    ),
    "a variable of another type": (
        {"query": "query($n: String!) { greeting(name: $n) }", "variables": {"n": 5}},
        ErrorCode.INVALID_VALUE,
    ),
}


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS.values(), ids=REQUEST_ERRORS)
def test_a_request_error_is_200_to_old_clients_and_400_to_new_ones(
    client: httpx2.Client, body: dict[str, object], code: ErrorCode
) -> None:
    for accept, status in ((JSON, 200), (GRAPHQL, 400)):
        answer = client.post("/graphql", json=body, headers={"accept": accept})
        assert answer.status_code == status
        assert "data" not in answer.json()
        assert_errors(answer, code)


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
def test_an_answer_in_part_is_200(client: httpx2.Client, accept: str) -> None:
    body = {"query": "{ greeting forbidden }"}
    answer = client.post("/graphql", json=body, headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.json()["data"] == {"greeting": "hello you", "forbidden": None}
    assert answer.json()["errors"][0]["path"] == ["forbidden"]
    assert_errors(answer, ErrorCode.FORBIDDEN_REGION)


UNANSWERED = {
    "crashHard": (ErrorCode.INTERNAL, 500, 200),
    "unaudited": (ErrorCode.UNAVAILABLE, 503, 503),
}


@pytest.mark.parametrize(("field", "expected"), UNANSWERED.items(), ids=UNANSWERED)
def test_nothing_answered_has_the_status_of_its_error(
    client: httpx2.Client, field: str, expected: tuple[ErrorCode, int, int]
) -> None:
    """An old client is told only what it must do: come back."""
    code, status, old_status = expected
    body = {"query": f"{{ {field} }}"}
    new = client.post("/graphql", json=body, headers={"accept": GRAPHQL})
    assert (new.status_code, "data" in new.json()) == (status, False)
    old = client.post("/graphql", json=body, headers={"accept": JSON})
    assert (old.status_code, old.json()["data"]) == (old_status, None)
    assert_errors(new, code)
    assert_errors(old, code)


def test_a_query_may_come_by_get(client: httpx2.Client) -> None:
    query = "query A($n: String!) { greeting(name: $n) }"
    parameters = {
        "query": query,
        "variables": '{"n": "王"}',
        "operationName": "A",
        "extensions": "{}",
    }
    answer = client.get("/graphql", params=parameters)
    assert answer.json() == {"data": {"greeting": "hello 王"}}


BAD_GETS = {
    "no query": {"variables": "{}"},
    "variables that are no JSON": {"query": "{greeting}", "variables": "{"},
    "variables in an array": {"query": "{greeting}", "variables": "[7]"},
    "deep variables": {"query": "{greeting}", "variables": '{"a":' + "[" * 40 + "]" * 40 + "}"},
    "a long address": {"query": "{greeting}" + " " * 17_000},
}


@pytest.mark.parametrize("parameters", BAD_GETS.values(), ids=BAD_GETS)
def test_a_get_that_is_no_request_is_refused(
    client: httpx2.Client, parameters: dict[str, str]
) -> None:
    answer = client.get("/graphql", params=parameters)
    assert answer.status_code == 400
    assert_errors(answer, ErrorCode.MALFORMED_REQUEST)


def test_a_get_that_says_something_twice_is_refused(client: httpx2.Client) -> None:
    answer = client.get("/graphql?query={greeting}&query={client}")
    assert_errors(answer, ErrorCode.MALFORMED_REQUEST)


def test_a_mutation_by_get_is_not_run(client: httpx2.Client) -> None:
    answer = client.get("/graphql", params={"query": "mutation { change }"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert_errors(answer, ErrorCode.METHOD_NOT_ALLOWED)


def test_a_subscription_is_not_run(client: httpx2.Client) -> None:
    answer = client.post("/graphql", json={"query": "subscription { ticks }"})
    assert answer.status_code == 400
    assert_errors(answer, ErrorCode.SUBSCRIPTION_NOT_SUPPORTED)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(client: httpx2.Client, method: str) -> None:
    answer = client.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert_errors(answer, ErrorCode.METHOD_NOT_ALLOWED)


NOBODY = {
    "no token": {},
    "another token": {"authorization": "Bearer other"},
    "another scheme": {"authorization": f"Basic {TOKEN}"},
}


@pytest.mark.parametrize("headers", NOBODY.values(), ids=NOBODY)
@pytest.mark.parametrize("profile", Profile)
def test_nothing_is_answered_without_a_client(
    stage: Stage, headers: dict[str, str], profile: Profile
) -> None:
    with stage.client_of(SmallHub(profile)) as client:
        client.headers.pop("authorization")
        answers = [
            client.post("/graphql", json={"query": query}, headers=headers)
            for query in ("{ __typename }", "{ greeting }", "{", "{ __schema { description } }")
        ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.content for answer in answers}) == 1
    assert_errors(answers[0], ErrorCode.UNAUTHENTICATED)


def test_production_takes_no_question_in_an_address(stage: Stage) -> None:
    with stage.client_of(SmallHub(Profile.PRODUCTION)) as client:
        answer = client.get("/graphql", params={"query": "{greeting}"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert_errors(answer, ErrorCode.METHOD_NOT_ALLOWED)


def test_resolvers_are_told_the_client_and_the_request(client: httpx2.Client) -> None:
    assert client.post("/graphql", json={"query": "{ client }"}).json()["data"] == {
        "client": "city-a"
    }


def test_rights_are_judged_on_the_whole_operation_before_it_runs(stage: Stage) -> None:
    hub = SmallHub()
    body = {
        "query": "query NotAllowed($n: String!) { greeting(name: $n) crash }",
        "variables": {"n": "x"},
    }
    with stage.client_of(hub) as client:
        answer = client.post("/graphql", json=body)
    assert answer.status_code == 403
    assert_errors(answer, ErrorCode.FORBIDDEN_SCOPE)
    assert hub.authorized[0].variables.coerced == {"n": "x"}
    assert "unexpected_error" not in hub.log.getvalue()


REFUSED_AND_AUDITED = {
    "rights": ("query NotAllowed { greeting }", ErrorCode.FORBIDDEN_SCOPE),
    "a hostile document": ("{" + " greeting" * 3_000 + "}", ErrorCode.DOCUMENT_TOO_LARGE),
    "a syntax error": ("{", ErrorCode.DOCUMENT_SYNTAX),
    "a field that is refused while others are answered": (
        "{ page forbidden }",
        ErrorCode.FORBIDDEN_REGION,
    ),
    "a field that the hub could not answer": ("{ crash }", ErrorCode.INTERNAL),
}


@pytest.mark.parametrize(("query", "code"), REFUSED_AND_AUDITED.values(), ids=REFUSED_AND_AUDITED)
def test_a_known_client_s_refusal_is_audited(stage: Stage, query: str, code: ErrorCode) -> None:
    hub = SmallHub()
    with stage.client_of(hub) as client:
        assert_errors(client.post("/graphql", json={"query": query}), code)
    assert hub.refusals == [("city-a", code.value)]


def test_without_audit_even_a_refusal_is_only_unavailable(stage: Stage) -> None:
    with stage.client_of(SmallHub(audit_fails=True)) as client:
        answer = client.post("/graphql", json={"query": "query NotAllowed { greeting }"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert_errors(answer, ErrorCode.UNAVAILABLE)
