"""That a client may ask something is found once, and holds for that question of that client alone.

What the memory says is compared with what is found for an operation that is met for the first time.
"""

import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any, cast

import pytest

from tongxing.gateway.answering.guesses import Tally
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.authorization import ALLOWED_BYTES, TOKEN_BYTES, Authorization
from tongxing.gateway.graphql.context import Context, Services
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.execution import Execution
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.turns import Turns
from tongxing.keys.client_tokens import AccessToken
from tongxing.schema.scope import Scope

SCHEMA = core_schema(graphql_schema())
DOCUMENT = '{kind: PASSPORT, number: "E12345678", name: "WANG"}'
HEAD = "query ($input: TravelerInput!)"
BY_VARIABLE = f"{HEAD} {{ traveler(input: $input) {{ __typename }} }}"
EXPLAINED = f"""{HEAD} {{ traveler(input: $input) {{
    ... on TravelerRecognition {{ explanation {{ __typename }} }} }} }}"""
WITH_STATEMENTS = f"""{HEAD} {{ traveler(input: $input) {{
    ... on TravelerRecognition {{ sources {{ statement {{ __typename }} }} }} }} }}"""
WITH_HISTORY = """query ($input: TravelerInput!, $first: Int) { traveler(input: $input) {
    ... on TravelerRecognition { history(first: $first) { __typename } } } }"""
WITH_DEFAULT = f"""query ($input: TravelerInput =
    {{document: {DOCUMENT}, receivingRegion: "321100", purpose: ENTRY}})
    {{ traveler(input: $input) {{ __typename }} }}"""
SCAN = """query ($input: ScannedCodeInput!) { verifyCode(input: $input) { __typename } }"""
TWO = f"""{HEAD} {{ a: traveler(input: $input) {{ __typename }}
    b: traveler(input: $input) {{ __typename }} }}"""
SKIPPED = """query ($input: TravelerInput!, $no: Boolean!) {
    traveler(input: $input) @skip(if: $no) { __typename } }"""

CLIENT = AccessToken(
    client_id="city-a",
    scopes=frozenset({"status:read", "code:verify", "history:read", "statement:read"}),
    regions=frozenset({"321100", "340100"}),
    purposes=frozenset({"ENTRY", "WORK"}),
    jti="1",
    expires_at=datetime(2100, 1, 1, tzinfo=UTC),
)


@dataclass
class Guard:
    """Counts what it is told, as the guard of a hub does."""

    noted: list[tuple[Tally, Asker]] = field(default_factory=list)

    def note(self, tally: Tally, asker: Asker) -> None:
        self.noted.append((tally, asker))


@dataclass
class Parts:
    """What an authorization touches of the hub."""

    guard: Guard = field(default_factory=Guard)
    turns: Turns = field(default_factory=lambda: Turns(monotonic))
    readings: object = None
    audit: object = None


async def never() -> None: ...


class Asking:
    """One hub's authorization."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._documents = PreparedDocuments(SCHEMA, introspection=False)
        self._execution = Execution(SCHEMA, Turns(monotonic), name_the_schema=True)
        self._authorize = Authorization(SCHEMA, cast("Services", self.parts))

    async def may(
        self, text: str, client: AccessToken = CLIENT, **variables: object
    ) -> Context | tuple[ErrorCode, Details]:
        operation = await self._execution.prepare(self.operation(text), variables)
        try:
            return self._authorize(operation, client, "request", never)
        except Refused as refused:
            return refused.code, refused.details

    def operation(self, text: str) -> PreparedOperation:
        return self._documents.prepare(text).prepared.operation(None)


def asked(region: str = "321100", purpose: str = "ENTRY", number: str = "E12345678") -> Any:
    document = {"kind": "PASSPORT", "number": number, "name": "WANG"}
    return {"document": document, "receivingRegion": region, "purpose": purpose}


def scanned(region: str = "321100", purpose: str = "ENTRY") -> Any:
    members = ("name", "position", "department", "verifierName", "verifierPhone")
    checkpoint = dict.fromkeys(members, "x")
    scan = {"code": "JSA:1", "checkpoint": checkpoint}
    return {**scan, "receivingRegion": region, "purpose": purpose}


NARROWED: Mapping[str, AccessToken] = {
    "fewer regions": replace(CLIENT, regions=frozenset({"340100"})),
    "a region inside": replace(CLIENT, regions=frozenset({"321102"})),
    "no region": replace(CLIENT, regions=frozenset()),
    "fewer purposes": replace(CLIENT, purposes=frozenset({"WORK"})),
    "other scopes": replace(CLIENT, scopes=frozenset({"audit:read"})),
    "no scope": replace(CLIENT, scopes=frozenset()),
}


@pytest.mark.parametrize("how", NARROWED)
@pytest.mark.parametrize("text", [BY_VARIABLE, EXPLAINED, WITH_STATEMENTS, SKIPPED])
async def test_a_narrower_token_of_the_same_client_is_checked_anew(how: str, text: str) -> None:
    hub = Asking()
    for _ in range(2):
        assert isinstance(await hub.may(text, input=asked(), no=False), Context)
    expected = await Asking().may(text, NARROWED[how], input=asked(), no=False)
    assert not isinstance(expected, Context)
    for _ in range(2):
        assert await hub.may(text, NARROWED[how], input=asked(), no=False) == expected
        assert isinstance(await hub.may(text, input=asked(), no=False), Context)


OTHERS: Mapping[str, Any] = {
    "another region": asked(region="310000"),
    "the region around it": asked(region="320000"),
    "another purpose": asked(purpose="TRANSPORT"),
}


@pytest.mark.parametrize("what", OTHERS)
async def test_another_place_or_purpose_is_checked_anew(what: str) -> None:
    hub = Asking()
    await hub.may(BY_VARIABLE, input=asked())
    expected = await Asking().may(BY_VARIABLE, input=OTHERS[what])
    assert not isinstance(expected, Context)
    for _ in range(2):
        assert await hub.may(BY_VARIABLE, input=OTHERS[what]) == expected


async def test_another_operation_is_checked_anew() -> None:
    hub = Asking()
    without = replace(CLIENT, scopes=frozenset({"status:read"}))
    for _ in range(2):
        assert isinstance(await hub.may(BY_VARIABLE, without, input=asked()), Context)
        assert await hub.may(SCAN, without, input=scanned()) == (
            ErrorCode.FORBIDDEN_SCOPE,
            Details(field="Query.verifyCode", allowed=(Scope.CODE_VERIFY.value,)),
        )
        refused = await hub.may(WITH_HISTORY, without, input=asked())
        assert not isinstance(refused, Context)
        assert refused[1].field == "TravelerRecognition.history"


async def test_pages_are_counted_each_time() -> None:
    hub = Asking()
    assert isinstance(await hub.may(WITH_HISTORY, input=asked(), first=1), Context)
    for _ in range(2):
        refused = await hub.may(WITH_HISTORY, input=asked(), first=10_000)
        assert refused == await Asking().may(WITH_HISTORY, input=asked(), first=10_000)
        assert not isinstance(refused, Context)


@pytest.mark.parametrize("text", [BY_VARIABLE, SCAN, TWO])
async def test_each_request_is_its_own(text: str) -> None:
    """Who asks, for what, and how many documents it names, which are counted."""
    hub, given = Asking(), scanned() if text == SCAN else asked()
    made = [await hub.may(text, input=given) for _ in range(3)]
    assert all(isinstance(each, Context) for each in made)
    first, *others = [each for each in made if isinstance(each, Context)]
    for each in others:
        assert each is not first
        assert each.whole is not first.whole
        assert (each.token, each.asker) == (first.token, first.asker)
        assert each.regions == first.regions
    assert len(set(map(str, hub.parts.guard.noted))) == 1
    assert len(hub.parts.guard.noted) == len(made)


async def test_the_token_of_another_client_is_its_own() -> None:
    hub, other = Asking(), replace(CLIENT, client_id="city-b")
    await hub.may(BY_VARIABLE, input=asked())
    for _ in range(2):
        made = await hub.may(BY_VARIABLE, other, input=asked())
        assert isinstance(made, Context)
        assert (made.asker.client_id, made.token) == ("city-b", other)


WITHOUT_ARGUMENT: Mapping[str, AccessToken] = {
    "a client that may ask": CLIENT,
    "a client that may not": NARROWED["no scope"],
}


@pytest.mark.parametrize("who", WITHOUT_ARGUMENT)
async def test_a_null_where_none_may_be_is_refused_as_that_of_any_field(who: str) -> None:
    """A client without the right hears that, and nothing of its arguments."""
    hub, client = Asking(), WITHOUT_ARGUMENT[who]
    await hub.may(WITH_DEFAULT)
    refused = await hub.may(WITH_DEFAULT, client, input=None)
    assert refused == await Asking().may(TWO_WITH_DEFAULT, client, input=None)


TWO_WITH_DEFAULT = WITH_DEFAULT[:-1] + " hub { __typename } }"
"""Which is never remembered, because it has two fields."""


MANY = 400
"""Regions of one client."""


async def test_what_is_remembered_of_tokens_is_bounded() -> None:
    hub = Asking()
    await hub.may(BY_VARIABLE, input=asked())
    enough = 2 * ALLOWED_BYTES // (TOKEN_BYTES + 64 * MANY)
    tracemalloc.start()
    for number in range(enough):
        regions = frozenset({"321100", *(f"{region:06d}" for region in range(MANY))})
        client = replace(CLIENT, jti=str(number), regions=regions)
        assert isinstance(await hub.may(BY_VARIABLE, client, input=asked()), Context)
    hub.parts.guard.noted.clear()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken <= ALLOWED_BYTES
