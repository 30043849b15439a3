"""A request that is read once is refused or answered as a new one would be, whatever has changed.

Two doors lead to one hub: one remembers what it has read, the other reads everything anew and makes
every answer anew. After each kind of change both are asked the same.
"""

import gc
import json
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.http.small_hub import Registered
from tests.oracle.faults import Disturbance
from tests.oracle.stack import ISSUERS, Stack, Watching, person, stack
from tests.oracle.telling import Told
from tests.storage.registrations import client as some_client
from tongxing.gateway.answering.checked_documents import CheckedDocuments
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.errors import ErrorCode, Refused, codes_of_exceptions
from tongxing.gateway.graphql.authorization import Authorization
from tongxing.gateway.graphql.context import Context, Services
from tongxing.gateway.graphql.departure import Left
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.execution import Operation
from tongxing.gateway.graphql.issuer_views import IssuerViews
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.graphql.trusted_documents import TrustedDocuments
from tongxing.gateway.http.admission import Admission
from tongxing.gateway.http.authentication import Authentication
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.event_stream import OpenStreams
from tongxing.gateway.http.graphql_endpoint import GraphQLEndpoint
from tongxing.gateway.http.possession import Possession
from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.sent_before import FoundBody, SentBefore, SentRequest
from tongxing.gateway.http.waiting_room import Visitor
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.settings import Profile
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.clients import Client
from tongxing.gateway.storage.clients.stops import Stop, stop_client
from tongxing.gateway.storage.entries import AuditDamaged, Damage
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.turns import Turns
from tongxing.keys import HolderKey, HubSigner
from tongxing.keys.client_tokens import AccessToken, issue_access_token
from tongxing.keys.hub_keys import HubKeys
from tongxing.schema import Purpose, RegionCode, TravelDocument
from tongxing.schema.scope import Scope as Right
from tongxing.schema.stopped_client import StopReason

SCHEMA = core_schema(graphql_schema())
SOMEONE, OTHER = person(1), person(2)
HOLDER_KEY = HolderKey(b"k" * 32)
PLACES = 8
DEADLINE_SECONDS = 20.0
NUMBERS = SOMEONE.number.encode(), OTHER.number.encode()
ASKED_BEFORE = 5
"""Often enough for all that is remembered to be remembered."""

QUERY = """
query($input: TravelerInput!) {
  traveler(input: $input) {
    __typename
    ... on Refusal { code }
    ... on TravelerRecognition {
      color decision decidedAt validUntil holder purpose receivingRegion trustListVersion
      policy { number } reasons { code } sources { issuer { id } outcome codes { color } }
    }
  }
}
"""
QUERY_ID = f"sha256:{sha256(QUERY.encode()).hexdigest()}"
REGISTERED = {sha256(QUERY.encode()).digest(): QUERY}
SCOPES = frozenset({"status:read"})
REGIONS = frozenset({"320000"})
PURPOSES = frozenset({"ENTRY"})


CLIENT = some_client(regions=REGIONS, scopes=SCOPES, purposes=PURPOSES)
"""Every id of these tests is registered so."""


def body_of(document: TravelDocument = SOMEONE, **sent: object) -> bytes:
    asked = {
        "document": {
            "kind": document.kind.value,
            "number": document.number,
            "name": document.name,
        },
        "purpose": "ENTRY",
        "receivingRegion": "321100",
    }
    return json.dumps({**(sent or {"query": QUERY}), "variables": {"input": asked}}).encode()


BY_ID = body_of(documentId=QUERY_ID)


UNWATCHED = cast("Any", SimpleNamespace(shed=lambda *_: None, places=lambda _: None))


def someone(number: int) -> Visitor:
    return Visitor(str(number), True, monotonic())


class Remembering(SentBefore):
    """Counts what it gives again."""

    again = 0

    def find(self, name: str, client: object, body: bytes) -> FoundBody:
        found = super().find(name, client, body)
        self.again += found.sent is not None and found.sent.made is not None
        return found


@dataclass
class Front:
    """All that may change around a request, and the doors."""

    around: Stack
    audit: AuditLog
    guard: GuessGuard
    remembering: type[Remembering] = Remembering
    authorization: type[Authorization] = Authorization
    endpoint: type[GraphQLEndpoint[AccessToken]] = GraphQLEndpoint
    signer: HubSigner = field(default_factory=HubSigner.generate)
    registered: dict[bytes, str] = field(default_factory=lambda: dict(REGISTERED))
    admission: Admission = field(default_factory=lambda: Admission(PLACES, DEADLINE_SECONDS))
    is_revoked: bool = False
    client: Client = CLIENT
    accept: str = "application/graphql-response+json"
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.token = self.issued()
        self.body = body_of()
        key, clock = b"k" * 16, self.around.clock.seconds
        self.sent_before = self.remembering(key, 30.0, clock=clock)
        self.known = self._door(
            self.sent_before, self.around.hub, self.endpoint, self.authorization
        )
        forgetful = SentBefore(key, 0.0, clock=clock)
        self.anew = self._door(forgetful, self.around.whole, GraphQLEndpoint, Authorization)

    def issued(
        self,
        client_id: str = "city-a",
        scopes: frozenset[str] = SCOPES,
        regions: frozenset[str] = REGIONS,
        purposes: frozenset[str] = PURPOSES,
    ) -> str:
        return issue_access_token(
            self.signer,
            issuer="hub",
            client_id=client_id,
            scopes=scopes,
            regions=regions,
            purposes=purposes,
            key=CLIENT.keys[0].public_key.thumbprint(),
            at=self.around.clock.now,
            lifetime=timedelta(minutes=5),
        )

    async def both(self) -> tuple[tuple[int, Any], tuple[int, Any]]:
        """What a new request gets, and one that was read before."""
        return await self.ask(self.anew), await self.ask(self.known)

    async def ask(self, door: "GraphQLEndpoint[AccessToken]") -> tuple[int, Any]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = {
            "content-type": "application/json",
            "accept": self.accept,
            "authorization": f"Bearer {self.token}",
        }
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            REQUEST_ID: f"request-{next(self.numbers)}",
        }
        await _called(door, scope, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"])

    def _door(
        self,
        sent_before: SentBefore,
        hub: Hub,
        endpoint: type[GraphQLEndpoint[AccessToken]],
        authorization: type[Authorization],
    ) -> "GraphQLEndpoint[AccessToken]":
        documents = PreparedDocuments(SCHEMA, introspection=False)
        turns, clock = Turns(monotonic), self.around.clock
        services = SimpleNamespace(
            hub=hub,
            guard=self.guard,
            turns=turns,
            readings=None,
            audit=self.audit,
            documents=CheckedDocuments(HOLDER_KEY),
            clock=clock,
            issuers=IssuerViews(self.around.trusted.store, frozenset(ISSUERS)),
        )
        authentication = Authentication(
            keys=HubKeys.of_one(self.signer, "hub", clock),
            hub_id="hub",
            find_client=self._find_client,
            possession=Possession(None, first_use=self._never_used, clock=clock),
            on_refused=lambda *_: None,
            clock=clock,
        )
        return endpoint(
            SCHEMA,
            Profile.PRODUCTION,
            documents=documents,
            trusted=TrustedDocuments(
                {},
                documents.make,
                registered=Registered(self.registered),
                only=True,
            ),
            authenticate=authentication,
            authorize=authorization(SCHEMA, cast("Services", services)),
            record_refusal=self._record_refusal,
            name_of=lambda client: client.client_id,
            sent_before=sent_before,
            code_of=codes_of_exceptions(
                {StorageUnavailable: ErrorCode.UNAVAILABLE}, lambda _: None
            ),
            streams=cast("OpenStreams", None),
            door=Door(
                self.admission,
                UNWATCHED,
                monotonic,
            ),
            clock=clock,
            recall=authentication.recall,
            still_allowed=authentication.still_allowed,
            on_shed=lambda *_: None,
            turns=turns,
            deadline_seconds=DEADLINE_SECONDS,
            watch=cast("Any", SimpleNamespace(refused=lambda _: None)),
        )

    async def _find_client(self, client_id: str, *, anew: bool = False) -> Client | None:
        return None if self.is_revoked else self.client

    async def _never_used(self, jti_key: str, expires_at: datetime) -> bool:
        return True

    async def _record_refusal(
        self, client: AccessToken, request_id: RequestId, code: ErrorCode
    ) -> None: ...


async def _called(door: Any, scope: Scope, receive: Receive, send: Send) -> None:
    await door(scope, receive, send)


@asynccontextmanager
async def front(directory: Path, **more: Any) -> AsyncIterator[Front]:
    made: list[tuple[AuditLog, GuessGuard]] = []

    def guarding(
        log: AuditLog, key: HolderKeys, limits: GuessLimits, watch: Watching
    ) -> GuessGuard:
        made.append((log, GuessGuard(log, key, limits, watch)))
        return made[-1][1]

    async with stack(directory, lists_ended=False, guarding=guarding) as around:
        around.prepare(SOMEONE)
        for issuer, line in around.lines.items():
            line.issuer.people = [SOMEONE, OTHER]
            if issuer in ISSUERS:
                Disturbance(around, issuer, around.clock.now).tells(Told())
        yield Front(around, *made[0], **more)


Change = Callable[[Front], Any]


async def stopped(here: Front) -> None:
    stop, at = Stop(StopReason.SAME_NAME, 65, 64), here.around.clock.now
    await here.around.database.write(lambda unit: stop_client("city-a", stop, at, "r", unit))


async def corrected(here: Front) -> None:
    Disturbance(here.around, "zhenjiang", here.around.clock.now).tells(Told("YELLOW"))
    holder = HOLDER_KEY.ref(SOMEONE.kind.value, SOMEONE.number)
    await here.around.links["zhenjiang"].forget(holder)


def later(here: Front, seconds: float) -> None:
    here.around.clock.now += timedelta(seconds=seconds)


def other_lifetime(here: Front) -> None:
    now = here.around.policies
    shorter = [replace(each, answer_lifetime=timedelta(minutes=7)) for each in now.policies]
    now.policies = Policies.of({str(number): each for number, each in enumerate(shorter)})


def changed(name: str, value: object) -> Change:
    return lambda here: setattr(here, name, value)


def registered(**changes: Any) -> Change:
    return changed("client", replace(CLIENT, **changes))


ENDED = replace(CLIENT.keys[0], ends_at=datetime(2020, 1, 1, tzinfo=UTC))


def narrowed(**rights: Any) -> Change:
    return lambda here: setattr(here, "token", here.issued(**rights))


CHANGES: dict[str, tuple[Change, int, str]] = {
    "nothing": (lambda _: None, 200, "TravelerRecognition"),
    "the client was revoked": (changed("is_revoked", True), 401, "UNAUTHENTICATED"),
    "its token has expired": (lambda here: later(here, 301), 401, "UNAUTHENTICATED"),
    "it was stopped": (stopped, 403, "CLIENT_STOPPED"),
    "its scope was taken": (narrowed(scopes=frozenset({"audit:read"})), 403, "FORBIDDEN_SCOPE"),
    "its region was taken": (narrowed(regions=frozenset({"340100"})), 403, "FORBIDDEN_REGION"),
    "its purpose was taken": (narrowed(purposes=frozenset({"WORK"})), 403, "FORBIDDEN_PURPOSE"),
    "an operator took its scope": (
        registered(scopes=frozenset({Right.AUDIT_READ})),
        403,
        "FORBIDDEN_SCOPE",
    ),
    "an operator took its region": (
        registered(regions=frozenset({RegionCode("340000")})),
        403,
        "FORBIDDEN_REGION",
    ),
    "an operator took half of its region": (
        registered(regions=frozenset({RegionCode("321100")})),
        200,
        "TravelerRecognition",
    ),
    "an operator took its purpose": (
        registered(purposes=frozenset({Purpose.WORK})),
        403,
        "FORBIDDEN_PURPOSE",
    ),
    "an operator gave it more": (
        registered(scopes=frozenset(Right)),
        200,
        "TravelerRecognition",
    ),
    "its key has ended": (registered(keys=(ENDED,)), 401, "UNAUTHENTICATED"),
    "its key is gone": (registered(keys=some_client().keys), 401, "UNAUTHENTICATED"),
    "it has another token": (narrowed(), 200, "TravelerRecognition"),
    "another client sends it": (
        lambda here: setattr(here, "token", here.issued("city-b", scopes=frozenset({"x"}))),
        403,
        "FORBIDDEN_SCOPE",
    ),
    "another client asks": (
        lambda here: setattr(here, "token", here.issued("city-b")),
        200,
        "TravelerRecognition",
    ),
    "the document was withdrawn": (
        lambda here: here.registered.clear(),
        400,
        "PERSISTED_DOCUMENT_NOT_FOUND",
    ),
    "another policy decides": (other_lifetime, 200, "TravelerRecognition"),
    "no policy decides": (
        lambda here: setattr(here.around.policies, "policies", Policies.of({})),
        200,
        "NO_POLICY_IN_FORCE",
    ),
    "a key was revoked": (
        lambda here: here.around.trusted.publish(revoked="national"),
        200,
        "TravelerRecognition",
    ),
    "an issuer was corrected": (corrected, 200, "YELLOW"),
    "some seconds have passed": (lambda here: later(here, 7), 200, "TravelerRecognition"),
    "the answer has gone": (lambda here: later(here, 31), 200, "TravelerRecognition"),
    "all places are taken": (
        lambda here: [here.admission.ask(someone(number), monotonic()) for number in range(PLACES)],
        503,
        "OVERLOADED",
    ),
    "the log is damaged": (
        lambda here: here.audit.stop(AuditDamaged(1, Damage.UNREADABLE)),
        503,
        "UNAVAILABLE",
    ),
    "somebody else is meant": (
        lambda here: setattr(here, "body", here.body.replace(*NUMBERS)),
        200,
        "TravelerRecognition",
    ),
    "another form of answer is wanted": (
        changed("accept", "application/json"),
        200,
        "TravelerRecognition",
    ),
}


async def asked_after(here: Front, change: Change) -> tuple[tuple[int, Any], tuple[int, Any]]:
    for _ in range(ASKED_BEFORE):
        new, known = await here.both()
        assert new == known
        assert new[0] == 200, new
    assert here.sent_before.again, "nothing was read before, so this says nothing"
    coroutine = change(here)
    if hasattr(coroutine, "__await__"):
        await coroutine
    return await here.both()


@pytest.mark.parametrize("body", [body_of(), BY_ID], ids=["by its text", "by its id"])
@pytest.mark.parametrize("what", CHANGES)
async def test_it_is_answered_as_a_new_one(tmp_path: Path, what: str, body: bytes) -> None:
    change, status, told = CHANGES[what]
    if what == "the document was withdrawn" and body is not BY_ID:
        status, told = 403, "DOCUMENT_NOT_TRUSTED"
    async with front(tmp_path) as here:
        here.body = body
        new, known = await asked_after(here, change)
    assert new[0] == status, new
    assert told in json.dumps(new[1])
    assert known == new


class OfAnyBody(Remembering):
    def _digest_of(self, body: bytes) -> bytes:
        return super()._digest_of(body[:20])


class OfAnyToken(Remembering):
    """Gives it to the client whatever its token is."""

    def find(self, name: str, client: object, body: bytes) -> FoundBody:
        sent = self._sent.get(name, self._digest_of(body))
        return super().find(name, client if sent is None else sent.client, body)


class OfAnyClient(OfAnyToken):
    def find(self, name: str, client: object, body: bytes) -> FoundBody:
        return super().find("all", client, body)

    def keep(self, name: str, *rest: Any) -> None:
        super().keep("all", *rest)


class Careless(Authorization):
    """Asks nothing of a request that was allowed before."""

    def __call__(
        self, operation: Operation, client: AccessToken, request_id: str, left: Left
    ) -> Context:
        try:
            return super().__call__(operation, client, request_id, left)
        except Refused:
            wide = replace(client, scopes=SCOPES, regions=REGIONS, purposes=PURPOSES)
            return super().__call__(operation, wide, request_id, left)


class Trusting(GraphQLEndpoint[AccessToken]):
    """Does not ask whether a document is answered that was answered before."""

    async def _again(self, sent: SentRequest) -> Operation | None:
        return None if sent.made is None else sent.made.again()


@pytest.mark.parametrize(
    ("bug", "what"),
    [
        ({"endpoint": Trusting}, "the document was withdrawn"),
        ({"remembering": OfAnyBody}, "somebody else is meant"),
        ({"remembering": OfAnyToken, "authorization": Careless}, "its scope was taken"),
        ({"remembering": OfAnyClient, "authorization": Careless}, "another client sends it"),
    ],
)
async def test_these_bugs_would_be_seen(tmp_path: Path, bug: dict[str, Any], what: str) -> None:
    async with front(tmp_path, **bug) as here:
        new, known = await asked_after(here, CHANGES[what][0])
    assert known != new


@pytest.mark.parametrize("bug", [OfAnyToken, OfAnyClient])
async def test_authorization_looks_at_the_token_itself(
    tmp_path: Path, bug: type[Remembering]
) -> None:
    """So even then no right is taken from another token."""
    for what in ("its scope was taken", "its region was taken", "another client sends it"):
        async with front(tmp_path / what, remembering=bug) as here:
            new, known = await asked_after(here, CHANGES[what][0])
        assert known == new


async def test_printing_it_shows_nothing_of_a_traveler(tmp_path: Path) -> None:
    async with front(tmp_path) as here:
        await asked_after(here, lambda _: None)
        shown = [repr(each) for _, _, each in here.sent_before._sent.items()]
        shown += [repr(each.made) for _, _, each in here.sent_before._sent.items()]
        assert shown
    assert not any(part in each for each in shown for part in (SOMEONE.number, SOMEONE.name))


MANY = 30


async def test_it_takes_no_more_than_is_counted(tmp_path: Path) -> None:
    async with front(tmp_path) as here:
        travelers = [person(number) for number in range(3, 3 + MANY)]
        for line in here.around.lines.values():
            line.issuer.people = travelers
        for each in travelers * 2:
            here.body = body_of(each)
            await here.ask(here.known)
        tracemalloc.start()
        for each in travelers * ASKED_BEFORE:
            here.body = body_of(each)
            await here.ask(here.known)
        memory = here.sent_before._sent
        assert len(list(memory.items())) == MANY
        counted, before = memory.taken, _taken()
        memory.clear()
        taken = before - _taken()
        tracemalloc.stop()
    assert 0 < taken <= counted


def _taken() -> int:
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    return taken


@pytest.mark.parametrize(
    "more", [{"extensions": {"a": 1}}, {"variables": {"input": None, "other": 1}}]
)
async def test_what_is_no_part_of_a_question_is_not_kept(tmp_path: Path, more: Any) -> None:
    async with front(tmp_path) as here:
        sent = json.loads(here.body)
        more.get("variables", {}).update(sent["variables"])
        here.body = json.dumps({**sent, **more}).encode()
        for _ in range(ASKED_BEFORE):
            assert (await here.ask(here.known))[0] == 200
        assert not here.sent_before.again
