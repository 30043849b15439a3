"""Errors: one shape, closed texts, and nothing of what came in or went wrong inside."""

import asyncio
import re

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.http.error_shape import assert_errors, details_of
from tests.http.hostile_documents import HOSTILE
from tests.http.small_hub import SECRET, SmallHub, Stage, Ticks
from tongxing.gateway.errors import ERRORS, ErrorCode, Refused
from tongxing.gateway.http.request import MAX_BODY_BYTES
from tongxing.gateway.http.request_envelope import RequestEnvelope
from tongxing.gateway.http.request_ids import RequestIds
from tongxing.gateway.settings import Profile

GRAPHQL = "application/graphql-response+json"

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_status_and_two_texts(code: ErrorCode) -> None:
    text = ERRORS[code]
    assert 400 <= text.status < 600
    assert HAN.search(text.zh)
    assert text.en.isascii()
    assert text.en.endswith(".")
    assert Refused(code).status == text.status


ECHOING: dict[str, tuple[str, dict[str, object] | None, ErrorCode]] = {
    "a variable of another type": (
        "query($d: TravelerInput!) { traveler(document: $d) }",
        {"d": {"number": [SECRET]}},
        ErrorCode.INVALID_VALUE,
    ),
    "a variable with an unknown member": (
        "query($d: TravelerInput!) { traveler(document: $d) }",
        {"d": {"number": "1", SECRET: SECRET}},
        ErrorCode.INVALID_VALUE,
    ),
    "a number that is none": (
        "query($n: Int!) { page(first: $n) }",
        {"n": SECRET},
        ErrorCode.INVALID_VALUE,
    ),
    "a null behind a default": (
        "query($n: Int = 1) { page(first: $n) }",
        {"n": None},
        ErrorCode.INVALID_VALUE,
    ),
    "a literal of another type": (
        f'{{ page(first: "{SECRET}") }}',
        None,
        ErrorCode.INVALID_VALUE,
    ),
    "a literal with an unknown member": (
        f'{{ traveler(document: {{ number: "{SECRET}", nmber: "{SECRET}" }}) }}',
        None,
        ErrorCode.INVALID_VALUE,
    ),
    "a syntax error in a literal": (
        f'{{ greeting(name: "{SECRET}" 5) }}',
        None,
        ErrorCode.DOCUMENT_SYNTAX,
    ),
    "an error of our own": ("{ crash }", None, ErrorCode.INTERNAL),
    "storage that fails": ("{ unaudited }", None, ErrorCode.UNAVAILABLE),
}


@pytest.mark.parametrize(("query", "variables", "code"), ECHOING.values(), ids=ECHOING)
@pytest.mark.parametrize("profile", Profile)
def test_no_value_comes_back_or_is_written_down(
    stage: Stage, query: str, variables: dict[str, object] | None, code: ErrorCode, profile: Profile
) -> None:
    hub = SmallHub(profile)
    with stage.client_of(hub) as client:
        answer = client.post("/graphql", json={"query": query, "variables": variables})
    assert_errors(answer, code)
    assert SECRET not in hub.log.getvalue()
    assert SECRET not in hub.metrics.text().decode()


def test_a_null_behind_a_default_is_named_by_its_argument(stage: Stage) -> None:
    body = {"query": "query($n: Int = 1) { page(first: $n) }", "variables": {"n": None}}
    with stage.client_of(SmallHub()) as client:
        answer = client.post("/graphql", json=body)
    assert details_of(answer) == {"argument": "first"}


def test_a_null_inside_a_literal_is_named_by_its_path(stage: Stage) -> None:
    query = 'query($n: String = "1") { traveler(document: {number: $n}) }'
    with stage.client_of(SmallHub()) as client:
        answer = client.post("/graphql", json={"query": query, "variables": {"n": None}})
    assert details_of(answer) == {"argument": "document", "path": ["number"]}


LIMITS = {
    ErrorCode.DOCUMENT_TOO_LARGE: {
        ("characters", 16_384),
        ("tokens", 1_000),
        ("names", 400),
    },
    ErrorCode.DOCUMENT_TOO_DEEP: {("brackets", 24), ("levels", 24)},
    ErrorCode.DOCUMENT_TOO_COMPLEX: {
        ("aliases", 30),
        ("fragments", 40),
        ("directives", 40),
        ("fields", 500),
        ("repeatedFields", 20),
    },
}


@pytest.mark.parametrize("code", LIMITS)
def test_a_document_that_is_too_much_of_something_is_told_of_what(
    stage: Stage, code: ErrorCode
) -> None:
    told = set()
    with stage.client_of(SmallHub()) as client:
        for document, expected in HOSTILE.values():
            if expected is code:
                said = details_of(client.post("/graphql", json={"query": document}))
                assert set(said) == {"limit", "unit"}
                told.add((said["unit"], said["limit"]))
    assert told == LIMITS[code]


def test_a_body_that_is_too_large_is_told_the_limit(stage: Stage) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = client.post("/graphql", json={"query": " " * MAX_BODY_BYTES})
    assert details_of(answer) == {"limit": MAX_BODY_BYTES, "unit": "bytes"}


NAMING = {
    "an unknown field": ("{ greting }", "The type 'Query' has no such field."),
    "a missing argument": (
        "{ traveler }",
        (
            "Argument 'Query.traveler(document:)' of type 'TravelerInput!' is required,"
            " but it was not provided."
        ),
    ),
    "an object without fields": (
        "{ itself }",
        (
            "Field 'itself' of type 'Query!' must have a selection of subfields."
            " Did you mean 'itself { ... }'?"
        ),
    ),
    "an unknown argument": ("{ page(frist: 1) }", ERRORS[ErrorCode.DOCUMENT_INVALID].en),
    "an unknown type": ("query($a: Nmae) { page }", ERRORS[ErrorCode.DOCUMENT_INVALID].en),
}


@pytest.mark.parametrize(("query", "message"), NAMING.values(), ids=NAMING)
def test_the_open_profile_names_the_schema_only(stage: Stage, query: str, message: str) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = client.post("/graphql", json={"query": query})
    error = answer.json()["errors"][0]
    assert error["message"] == message
    assert error["locations"][0]["line"] == 1


@pytest.mark.parametrize("query", [query for query, _ in NAMING.values()], ids=NAMING)
def test_production_names_nothing(stage: Stage, query: str) -> None:
    with stage.client_of(SmallHub(Profile.PRODUCTION)) as client:
        answer = client.post("/graphql", json={"query": query})
    errors = answer.json()["errors"]
    assert {error["message"] for error in errors} == {ERRORS[ErrorCode.DOCUMENT_INVALID].en}
    assert "mean" not in answer.text


def repeated(one: str) -> str:
    return " ".join(one.replace("#", str(number)) for number in range(12))


REPEATED = {
    "directives": f"{{ greeting {repeated('@nothing#')} }}",
    "one directive": f"{{ greeting {repeated('@nothing')} }}",
    "fields": f"{{ {repeated('nothing#')} }}",
    "arguments": f"{{ greeting({repeated('nothing#: 1')}) }}",
    "fragments": f"{{ {repeated('...Nothing#')} }}",
    "types": f"{{ {repeated('... on Nothing# { a }')} }}",
    "variables": f"{{ {repeated('a#: greeting(name: $nothing#)')} }}",
    "values": f"{{ {repeated('a#: greeting(name: #)')} }}",
}


@pytest.mark.parametrize("query", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("profile", Profile)
def test_what_is_wrong_again_and_again_is_said_once_with_its_first_ten_places(
    stage: Stage, query: str, profile: Profile
) -> None:
    with stage.client_of(SmallHub(profile)) as client:
        errors = client.post("/graphql", json={"query": query}).json()["errors"]
    located = [error for error in errors if "locations" in error]
    (places,) = (error["locations"] for error in located)
    assert len(places) == (11 if "$" in query else 10), "of a variable its operation, too"
    assert len(errors) <= 2, "the other says that there are more"


def test_what_differs_is_said_apart(stage: Stage) -> None:
    query = "{ greting itself { nothing } traveler }"
    with stage.client_of(SmallHub()) as client:
        errors = client.post("/graphql", json={"query": query}).json()["errors"]
    said = {error["message"]: len(error["locations"]) for error in errors}
    assert list(said.values()) == [2, 1]


def test_an_unexpected_error_is_told_by_its_type_and_place_alone(stage: Stage) -> None:
    hub = SmallHub()
    with stage.client_of(hub) as client:
        client.post("/graphql", json={"query": "{ crash }"})
    event = next(event for event in hub.events() if event["event"] == "unexpected_error")
    assert event["error_type"] == "RuntimeError"
    assert str(event["where"]).startswith("tests.http.small_hub:")
    assert set(event) == {"at", "level", "event", "error_type", "where"}


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError(SECRET)


async def broken_half_way(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError(SECRET)


class RecordedWatch:
    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.ended: list[int] = []

    def refused(self, code: ErrorCode) -> None:
        pytest.fail(code)

    def refused_at_once(self, code: ErrorCode, route: str, status: int) -> None:
        pytest.fail(f"{code} {route} {status}")

    def unexpected(self, error: BaseException) -> None:
        self.errors.append(error)

    def request_ended(
        self, request_id: str, method: str, route: str, status: int, seconds: float
    ) -> None:
        self.ended.append(status)


def _enveloped(app: ASGIApp, watch: RecordedWatch) -> RequestEnvelope:
    return RequestEnvelope(app, routes=(), watch=watch, ids=RequestIds(Ticks()), monotonic=Ticks())


def _sent_by(app: RequestEnvelope) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
    asyncio.run(app(scope, receive, send))
    return sent


def test_an_error_that_nothing_caught_has_the_same_shape() -> None:
    watch = RecordedWatch()
    sent = _sent_by(_enveloped(broken, watch))
    assert sent[0]["status"] == 500
    assert b'"code":"INTERNAL"' in sent[1]["body"]
    assert SECRET.encode() not in sent[1]["body"]
    assert (watch.ended, len(watch.errors)) == ([500], 1)


def test_half_an_answer_is_never_made_to_look_whole() -> None:
    watch = RecordedWatch()
    with pytest.raises(RuntimeError):
        _sent_by(_enveloped(broken_half_way, watch))
    assert len(watch.errors) == 1
