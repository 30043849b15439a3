"""A client names a document by its id: GraphQL over HTTP, Appendix A, Persisted Documents."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.http.error_shape import assert_errors
from tests.http.small_hub import AUTHORIZED, SCHEMA, Registered, SmallHub, serving
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.graphql.document_ids import digest_of_text, document_id
from tongxing.gateway.graphql.documents import TOKEN_BYTES, PreparedDocument, PreparedDocuments
from tongxing.gateway.graphql.trusted_documents import (
    MAX_TRUSTED,
    MAX_TRUSTED_BYTES,
    PREPARED_BYTES,
    TrustedDocumentFileRefused,
    TrustedDocuments,
)
from tongxing.gateway.settings import Profile

GREETING = "query Greeting($name: String!) { greeting(name: $name) }\n"
GREETING_ID = "sha256:" + hashlib.sha256(GREETING.encode()).hexdigest()
TRUSTED = {"greeting.graphql": GREETING, "change.graphql": "mutation Change { change }"}
GRAPHQL = {"accept": "application/graphql-response+json", **AUTHORIZED}


def id_of(text: str) -> str:
    return document_id(digest_of_text(text))


@contextmanager
def _client(hub: SmallHub) -> Iterator[httpx2.Client]:
    with serving(hub.app()) as url, httpx2.Client(base_url=url, headers=GRAPHQL) as client:
        yield client


def test_the_id_is_that_of_the_specification() -> None:
    """Its own example, without a line's end at the end."""
    text = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
    assert id_of(text) == "sha256:7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"


def test_the_id_stands_for_the_document() -> None:
    with _client(SmallHub(trusted=TRUSTED)) as client:
        for _ in range(3):
            body = {"documentId": GREETING_ID, "variables": {"name": "you"}}
            assert client.post("/graphql", json=body).json() == {"data": {"greeting": "hello you"}}


def test_variables_are_checked_as_ever() -> None:
    with _client(SmallHub(trusted=TRUSTED)) as client:
        answer = client.post("/graphql", json={"documentId": GREETING_ID, "variables": {}})
        assert_errors(answer, ErrorCode.INVALID_VALUE)


def test_a_get_may_name_a_document_where_it_may_hold_one() -> None:
    asked = {"documentId": GREETING_ID, "variables": '{"name": "you"}'}
    with _client(SmallHub(trusted=TRUSTED)) as client:
        assert client.get("/graphql", params=asked).json() == {"data": {"greeting": "hello you"}}
        changing = {"documentId": id_of(TRUSTED["change.graphql"])}
        assert client.get("/graphql", params=changing).status_code == 405


UNKNOWN = {
    "another document's": id_of("{ greeting }"),
    "in capitals": GREETING_ID.upper(),
    "without its prefix": GREETING_ID.removeprefix("sha256:"),
    "of another kind": "x-" + GREETING_ID,
    "empty": "",
    "long": "sha256:" + "0" * 10_000,
}


@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_id_is_told_and_audited(unknown: str) -> None:
    hub = SmallHub(trusted=TRUSTED)
    with _client(hub) as client:
        answer = client.post("/graphql", json={"documentId": unknown})
        assert_errors(answer, ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND)
    assert hub.refusals == [("city-a", "PERSISTED_DOCUMENT_NOT_FOUND")]


def _hash_alone(hash_: object) -> dict[str, object]:
    """As Apollo's libraries ask first."""
    named = {"version": 1, "sha256Hash": hash_}
    return {"extensions": {"persistedQuery": named}, "variables": {"name": "you"}}


def test_a_hash_alone_names_a_trusted_document() -> None:
    with _client(SmallHub(trusted=TRUSTED)) as client:
        for _ in range(3):
            answer = client.post("/graphql", json=_hash_alone(GREETING_ID.removeprefix("sha256:")))
            assert answer.json() == {"data": {"greeting": "hello you"}}


@pytest.mark.parametrize("profile", Profile)
def test_an_unknown_hash_alone_is_refused_in_the_words_that_its_senders_know(
    profile: Profile,
) -> None:
    hub = SmallHub(profile, trusted=TRUSTED)
    with _client(hub) as client:
        for unknown in ("0" * 64, "no hash", ""):
            answer = client.post("/graphql", json=_hash_alone(unknown))
            assert_errors(answer, ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED)
            assert answer.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
    assert hub.refusals == [("city-a", "PERSISTED_QUERY_NOT_SUPPORTED")] * 3


def test_a_document_counts_and_not_the_hash_beside_it() -> None:
    sent = {**_hash_alone("0" * 64), "query": "{ page }", "variables": {}}
    with _client(SmallHub(trusted=TRUSTED)) as client:
        assert client.post("/graphql", json=sent).json() == {"data": {"page": 3}}


BOTH_OR_NEITHER = {
    "a hash that is no text": _hash_alone(1),
    "a persisted query that is no map": {"extensions": {"persistedQuery": "0"}},
    "both": {"documentId": GREETING_ID, "query": GREETING},
    "neither": {"variables": {}},
    "an id that is no text": {"documentId": 1},
    "no id": {"documentId": None},
}


@pytest.mark.parametrize("body", BOTH_OR_NEITHER.values(), ids=BOTH_OR_NEITHER)
def test_a_request_has_a_document_or_an_id(body: dict[str, object]) -> None:
    with _client(SmallHub(trusted=TRUSTED)) as client:
        assert_errors(client.post("/graphql", json=body), ErrorCode.MALFORMED_REQUEST)


@pytest.mark.parametrize("profile", Profile)
def test_a_hub_may_answer_nothing_else(profile: Profile) -> None:
    hub = SmallHub(profile=profile, trusted=TRUSTED, trusted_only=True)
    with _client(hub) as client:
        given = {"name": "you"}
        by_text = client.post("/graphql", json={"query": GREETING, "variables": given})
        assert by_text.json() == {"data": {"greeting": "hello you"}}
        other = client.post("/graphql", json={"query": GREETING + " ", "variables": given})
        assert_errors(other, ErrorCode.DOCUMENT_NOT_TRUSTED)
    assert hub.refusals == [("city-a", "DOCUMENT_NOT_TRUSTED")]


NOT_TRUSTED = {
    "no document": ("{ greeting", "DOCUMENT_SYNTAX"),
    "not of the schema": ("{ farewell }", "DOCUMENT_INVALID"),
    "asks for the schema": ("{ __schema { types { name } } }", "INTROSPECTION_DISABLED"),
    "over a limit": ("{" + " greeting" * 2_000 + "}", "DOCUMENT_TOO_LARGE"),
}


@pytest.mark.parametrize(("text", "code"), NOT_TRUSTED.values(), ids=NOT_TRUSTED)
def test_a_file_that_the_hub_would_refuse_is_no_trusted_document(text: str, code: str) -> None:
    documents = PreparedDocuments(SCHEMA, introspection=False)
    with pytest.raises(TrustedDocumentFileRefused, match=f"a.graphql: {code}"):
        TrustedDocuments({"a.graphql": text}, documents.make, registered=Registered({}), only=False)


def test_there_are_not_too_many() -> None:
    documents = PreparedDocuments(SCHEMA, introspection=False)
    texts = {str(number): "{ greeting }" for number in range(MAX_TRUSTED + 1)}
    with pytest.raises(TrustedDocumentFileRefused):
        TrustedDocuments(texts, documents.make, registered=Registered({}), only=False)


def test_they_are_not_too_long_together() -> None:
    documents = PreparedDocuments(SCHEMA, introspection=False)
    comment = "#" + "x" * 16_000
    texts = {
        str(number): f"{{ a{number}: greeting }} {comment}"
        for number in range(MAX_TRUSTED_BYTES // 16_000 + 1)
    }
    with pytest.raises(TrustedDocumentFileRefused, match="bytes"):
        TrustedDocuments(texts, documents.make, registered=Registered({}), only=False)


async def test_what_is_prepared_of_them_is_bounded_and_made_again() -> None:
    documents, made = PreparedDocuments(SCHEMA, introspection=False), list[str]()

    def make(text: str) -> PreparedDocument:
        made.append(text)
        return documents.make(text)

    filler = "... @include(if: true) { page } " * 40
    count = PREPARED_BYTES // TOKEN_BYTES // 360 + 20
    texts = [f"query Q{number} {{ {filler} }}" for number in range(count)]
    registered = Registered({digest_of_text(text): text for text in texts})
    trusted = TrustedDocuments({}, make, registered=registered, only=True)
    for text in texts:
        assert await trusted.find(id_of(text)) is await trusted.find(id_of(text))
    assert made == texts
    assert trusted._prepared.taken <= PREPARED_BYTES
    assert "Q0" in (await trusted.find(id_of(texts[0]))).operations
    assert made == [*texts, texts[0]]


def test_a_registered_document_is_answered_as_one_of_the_folder() -> None:
    text = "query Registered { greeting }"
    hub = SmallHub(registered={digest_of_text(text): text}, trusted_only=True)
    with _client(hub) as client:
        for body in ({"documentId": id_of(text)}, {"query": text}):
            assert client.post("/graphql", json=body).json() == {"data": {"greeting": "hello you"}}
