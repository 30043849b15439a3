"""Trusted documents that come and go while a hub runs: by a coordinator, or by a command beside
it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from tests.acceptance.audited import entries_of, refusals_of
from tests.acceptance.callers import (
    COORDINATOR,
    GRAPHQL,
    Answer,
    Caller,
    calling,
    error_codes,
    error_details,
)
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import FORGETFUL, NewState
from tests.conftest import Tongxing
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.document_registry import NewDocument
from tongxing.keys import base64url
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema.audit_words import AdministrativeAction

SECRET = "李国强"
ASKED = f"# for {SECRET}\nquery WhoAmI {{ me {{ id }} }}\n"
_REFUSED = "__typename ... on TrustedDocumentRefused { code line column reason text { zh en } }"
REGISTER = f"""
mutation($source: String!) {{
  registerDocument(input: {{source: $source}}) {{
    {_REFUSED} ... on TrustedDocument {{ id source operations registeredAt registeredBy }}
  }}
}}
"""
WITHDRAW = f"""
mutation($id: ID!) {{
  withdrawDocument(input: {{id: $id}}) {{ {_REFUSED} ... on TrustedDocument {{ id }} }}
}}
"""
LIST = """
query($after: String) {
  trustedDocuments(first: 1, after: $after) {
    edges { node { id operations } } pageInfo { hasNextPage endCursor }
  }
}
"""
LOOK_UP = "query($id: ID!) { node(id: $id) { id ... on TrustedDocument { operations } } }"


def id_of(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def named(caller: Caller, text: str) -> Any:
    """What comes for the id of ``text``."""
    headers = {"authorization": f"Bearer {caller.token()}", "accept": GRAPHQL}
    return caller.http.post("/graphql", json={"documentId": id_of(text)}, headers=headers)


def is_answered(caller: Caller, text: str) -> bool:
    response = named(caller, text)
    if response.status_code == 200:
        return True
    assert error_codes(response) == ["PERSISTED_DOCUMENT_NOT_FOUND"]
    return False


def await_withdrawn(caller: Caller, text: str) -> None:
    await_that(lambda: not is_answered(caller, text), "the withdrawn document is refused")


@pytest.fixture(scope="module")
def asked_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL, profile="production") as serves:
        yield serves


@pytest.fixture(scope="module")
def client(asked_hub: RunningHub) -> Iterator[Caller]:
    with calling(asked_hub) as caller:
        yield caller


@pytest.fixture(scope="module")
def registrar(asked_hub: RunningHub) -> Iterator[Caller]:
    with calling(asked_hub, COORDINATOR) as caller:
        yield caller


def registered(registrar: Caller, text: str) -> Answer:
    answer: Answer = registrar.data(REGISTER, {"source": text})["registerDocument"]
    return answer


def withdrawn(registrar: Caller, document_id: str) -> Answer:
    answer: Answer = registrar.data(WITHDRAW, {"id": document_id})["withdrawDocument"]
    return answer


def test_a_document_is_registered_named_listed_and_withdrawn(
    client: Caller, registrar: Caller
) -> None:
    assert not is_answered(client, ASKED)
    first = registered(registrar, ASKED)
    assert first["id"] == id_of(ASKED)
    assert first["operations"] == ["WhoAmI"]
    assert first["registeredBy"] == COORDINATOR
    assert named(client, ASKED).json() == {"data": {"me": {"id": client.client_id}}}
    assert registered(registrar, ASKED) == first
    listed = registrar.data(LIST)["trustedDocuments"]
    assert [edge["node"]["id"] for edge in listed["edges"]] == [first["id"]]
    assert not listed["pageInfo"]["hasNextPage"]
    assert registrar.data(LOOK_UP, {"id": first["id"]})["node"]["operations"] == ["WhoAmI"]
    assert withdrawn(registrar, first["id"])["id"] == first["id"]
    await_withdrawn(client, ASKED)
    assert withdrawn(registrar, first["id"])["code"] == "TRUSTED_DOCUMENT_NOT_FOUND"
    assert registrar.data(LOOK_UP, {"id": first["id"]})["node"] is None


def test_who_registered_what_stands_in_the_log_once(
    asked_hub: RunningHub, registrar: Caller
) -> None:
    text = "query Audited { me { id } }"
    acts = [
        registrar.post(REGISTER, {"source": text}),
        registrar.post(REGISTER, {"source": text}),
        registrar.post(WITHDRAW, {"id": id_of(text)}),
    ]
    written = [entries_of(asked_hub.layout, act.headers["x-request-id"]) for act in acts]
    records = [entry.record for entries in written for entry in entries]
    assert [type(record) for record in records] == [AdministrationRecord] * 2
    of_document = [record for record in records if isinstance(record, AdministrationRecord)]
    assert [record.action for record in of_document] == [
        AdministrativeAction.DOCUMENT_REGISTERED,
        AdministrativeAction.DOCUMENT_WITHDRAWN,
    ]
    digest = base64url.encode(sha256(text.encode()).digest())
    assert {(r.client_id, r.actor, r.document_digest) for r in of_document} == {
        (COORDINATOR, COORDINATOR, digest)
    }


def test_a_comment_is_not_kept(asked_hub: RunningHub, registrar: Caller) -> None:
    """Errors still point to the places of what was handed in."""
    kept = registered(registrar, ASKED)["source"]
    assert SECRET not in kept
    assert kept.splitlines()[1:] == ASKED.splitlines()[1:]
    for file in asked_hub.layout.database.parent.glob(f"{asked_hub.layout.database.name}*"):
        assert SECRET.encode() not in file.read_bytes()
    withdrawn(registrar, id_of(ASKED))


REFUSED = {
    "no GraphQL": ("query {", "SYNTAX", (1, 8)),
    "an unknown field": ("query A {\n  me { age }\n}", "INVALID", (2, 8)),
    "an argument that does not fit": (
        "{ alarms(first: A) { edges { cursor } } }",
        "INVALID",
        (1, 17),
    ),
    "too long": ("{ me { id } } #" + "x" * 20_000, "TOO_LARGE", (0, 0)),
    "too deep": ("{ a " * 30 + "}" * 30, "TOO_DEEP", (0, 0)),
    "too many aliases": (
        "{" + " ".join(f"a{n}: me {{ id }}" for n in range(31)) + "}",
        "TOO_COMPLEX",
        (0, 0),
    ),
    "introspection": ("{ __schema { types { name } } }", "INTROSPECTS", (0, 0)),
    "several without a name": (
        "query A { me { id } } query { me { id } }",
        "UNNAMED",
        (0, 0),
    ),
    "a text": ('{ issuer(id: "sukangma") { id } }', "HOLDS_TEXTS", (0, 0)),
    "a long number": ("{ issuer(id: 110101199003077) { id } }", "HOLDS_TEXTS", (0, 0)),
    "a name with a number": ("{ n110101199003077: me { id } }", "HOLDS_TEXTS", (0, 0)),
}


@pytest.mark.parametrize(("text", "code", "at"), REFUSED.values(), ids=REFUSED)
def test_what_may_not_be_registered_is_told_and_audited(
    asked_hub: RunningHub, registrar: Caller, text: str, code: str, at: tuple[int, int]
) -> None:
    response = registrar.post(REGISTER, {"source": text})
    answer = response.json()["data"]["registerDocument"]
    assert answer["code"] == f"TRUSTED_DOCUMENT_{code}"
    assert (answer["line"], answer["column"]) == at
    assert answer["reason"]
    assert answer["text"]["zh"]
    request_id = response.headers["x-request-id"]
    assert refusals_of(asked_hub.layout, request_id) == [(COORDINATOR, answer["code"])]


@pytest.mark.parametrize("given", ["", "sha256:0", "alarm:1", "sha256:" + "0" * 64])
def test_what_is_not_registered_is_not_withdrawn(registrar: Caller, given: str) -> None:
    assert withdrawn(registrar, given)["code"] == "TRUSTED_DOCUMENT_NOT_FOUND"


ACTS = {
    "register": (REGISTER, {"source": ASKED}),
    "withdraw": (WITHDRAW, {"id": id_of(ASKED)}),
    "list": (LIST, {}),
    "look up": (LOOK_UP, {"id": id_of(ASKED)}),
}


@pytest.mark.parametrize(("operation", "variables"), ACTS.values(), ids=ACTS)
def test_it_is_for_coordinators_alone(
    client: Caller, operation: str, variables: dict[str, object]
) -> None:
    response = client.post(operation, variables)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])
    assert error_details(response)["allowed"] == ["document:register"]


def test_a_hub_notices_what_a_command_beside_it_registers_and_withdraws(
    asked_hub: RunningHub, client: Caller, tongxing: Tongxing
) -> None:
    text = "query Beside { me { id } }"
    settings = ("--settings", asked_hub.layout.settings)
    file = asked_hub.layout.directory / "beside.graphql"
    file.write_text(text, "utf-8")
    assert not is_answered(client, text)
    assert tongxing("document", "register", file, *settings).out == f"✔ {id_of(text)} {file}\n"
    assert is_answered(client, text)
    assert id_of(text) in tongxing("document", "list", *settings).out
    assert tongxing("document", "withdraw", id_of(text), *settings).status == 0
    await_withdrawn(client, text)


def test_registered_documents_outlive_a_restart_and_a_hub_may_answer_no_others(
    new_layout: NewState,
) -> None:
    layout, text = new_layout(), "query Outlives { me { id } }"
    with serving(layout, **FORGETFUL) as hub, calling(hub, COORDINATOR) as registrar:
        registered(registrar, text)
    with serving(layout, **FORGETFUL, trusted_documents_only=True) as hub, calling(hub) as caller:
        assert is_answered(caller, text)
        assert caller.data(text) == {"me": {"id": caller.client_id}}
        response = caller.post("query Another { me { id } }")
        assert error_codes(response) == ["DOCUMENT_NOT_TRUSTED"]


OF_ANOTHER_SCHEMA = "query Gone { me { telepathy } }"


async def _as_another_version(layout: Layout) -> None:
    """It had the field."""
    new = NewDocument(
        digest=sha256(OF_ANOTHER_SCHEMA.encode()).digest(),
        text=OF_ANOTHER_SCHEMA,
        operations=("Gone",),
        at=datetime.now(UTC),
        by="uid:0",
    )
    async with opened(DatabasePlace(layout.database)) as state:
        assert await state.documents.register(new, request_id="cli-of-before")


def test_a_document_that_does_not_fit_any_more_is_told_and_stops_no_hub(
    new_layout: NewState, tongxing: Tongxing
) -> None:
    layout = new_layout()
    asyncio.run(_as_another_version(layout))
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        event = hub.await_event("document_unfit", 1)
        assert (event["number"], event["code"]) == (1, "DOCUMENT_INVALID")
        assert error_codes(named(caller, OF_ANOTHER_SCHEMA)) == ["DOCUMENT_INVALID"]
    settings = ("--settings", layout.settings)
    told = tongxing("doctor", *settings).out
    assert f"tongxing document withdraw {id_of(OF_ANOTHER_SCHEMA)}" in told
    assert "refused now  DOCUMENT_INVALID" in tongxing("document", "list", *settings).out
