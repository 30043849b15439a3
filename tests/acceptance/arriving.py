"""Gates and districts, as they talk to the hub."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.acceptance.callers import Answer, Caller, calling
from tests.acceptance.hubs import RunningHub
from tests.http.event_frames import Received, events
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.files import write_once
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.clients import Client, register
from tongxing.keys.signing import Es256Signer
from tongxing.schema.scope import Scope

DISTRICT = "321102"

_ARRIVAL = """
fragment A on ArrivalResult {
  __typename
  ... on Refusal { code text { zh en } }
  ... on TravelerArrival { ...T }
}
"""
_TRAVELER_ARRIVAL = """
fragment T on TravelerArrival {
  id holder district purpose color decision recognition recordedAt recordedBy
  acknowledgedAt acknowledgedBy withdrawnAt
}
"""
_RESULT = _ARRIVAL + _TRAVELER_ARRIVAL
RECORD = (
    "mutation($receipt: RecognitionReceipt!, $destination: RegionCode!) {"
    " recordArrival(input: {receipt: $receipt, destination: $destination}) { ...A } }" + _RESULT
)
ACKNOWLEDGE = "mutation($id: ID!) { acknowledgeArrival(input: {id: $id}) { ...A } }" + _RESULT
WITHDRAW = "mutation($id: ID!) { withdrawArrival(input: {id: $id}) { ...A } }" + _RESULT
ARRIVAL = (
    "query($id: ID!) { arrival(id: $id) { ...T changedColor changeKnownAt } }" + _TRAVELER_ARRIVAL
)
_PAGE = """
query($region: RegionCode!, $first: Int! = 50, $after: String) {
  %s(region: $region, first: $first, after: $after) {
    edges { cursor node { id holder district acknowledgedBy } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ARRIVALS = _PAGE % "arrivals"
NOTICES = _PAGE % "arrivalNotices"
FOLLOW = """
subscription($region: RegionCode!, $after: String) {
  arrivalEvents(region: $region, after: $after) {
    cursor
    node {
      __typename
      ... on ArrivalRecorded { arrival { id district color } }
      ... on ArrivalAcknowledged { arrival { id acknowledgedBy } }
      ... on ArrivalWithdrawn { arrival { id withdrawnAt } }
      ... on ArrivalColorChanged { color knownAt arrival { id color changedColor } }
    }
  }
}
"""


def record(gate: Caller, receipt: str, destination: str = DISTRICT) -> Answer:
    variables = {"receipt": receipt, "destination": destination}
    answer: Answer = gate.data(RECORD, variables)["recordArrival"]
    return answer


def acknowledge(office: Caller, arrival_id: str) -> Answer:
    answer: Answer = office.data(ACKNOWLEDGE, {"id": arrival_id})["acknowledgeArrival"]
    return answer


def withdraw(gate: Caller, arrival_id: str) -> Answer:
    answer: Answer = gate.data(WITHDRAW, {"id": arrival_id})["withdrawArrival"]
    return answer


def found(office: Caller, arrival_id: str) -> Answer | None:
    answer: Answer | None = office.data(ARRIVAL, {"id": arrival_id})["arrival"]
    return answer


def ids(office: Caller, operation: str, region: str = DISTRICT) -> list[str]:
    """Of all pages."""
    found: list[str] = []
    asked: dict[str, object] = {"region": region, "first": 2}
    while True:
        (page,) = office.data(operation, asked).values()
        found += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        asked["after"] = page["pageInfo"]["endCursor"]


@contextmanager
def following(office: Caller, **asked: str) -> Iterator[Iterator[Received]]:
    headers = {"authorization": f"Bearer {office.token()}", "accept": "text/event-stream"}
    body = {"query": FOLLOW, "variables": {"region": DISTRICT, **asked}}
    with office.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        assert response.status_code == 200
        yield events(response.iter_raw())


def told(event: Received) -> tuple[str, Answer]:
    """The cursor and the event."""
    edge: Answer = event.json()["data"]["arrivalEvents"]
    return edge["cursor"], edge["node"]


def claims_of(receipt: str) -> dict[str, object]:
    return _part(receipt, 1)


def header_of(receipt: str) -> dict[str, object]:
    return _part(receipt, 0)


def _part(receipt: str, place: int) -> dict[str, object]:
    text = receipt.split(".")[place]
    part: dict[str, object] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return part


@contextmanager
def office_of(hub: RunningHub, client_id: str, regions: str, *scopes: Scope) -> Iterator[Caller]:
    """A client system that somebody has just registered, for ``regions``, with a blank between."""
    pem = write_once(hub.layout.client_key(client_id), lambda: Es256Signer.generate().to_pem())
    client = register(
        id=client_id,
        name="新登记的系统 newly registered",
        regions=regions.split(),
        scopes=scopes,
        purposes=["ENTRY"],
        jwks=[Es256Signer.from_pem(pem).public_jwk()],
        at=datetime.now(UTC),
    )
    asyncio.run(_add(hub, client))
    with calling(hub, client_id) as caller:
        yield caller


async def _add(hub: RunningHub, client: Client) -> None:
    async with opened(DatabasePlace(hub.layout.database)) as state:
        await state.clients.add(client, actor="tests", request_id="tests")
