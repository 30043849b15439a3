"""Two small subgraphs of other people: a railway's timetable, and a city's hotel register.

Each refers to what the hub knows by its key alone, and adds fields of its own to it.
"""

from contextlib import AbstractContextManager
from typing import NewType

import strawberry
from strawberry.asgi import GraphQL
from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from tests.http.small_hub import Protocols
from tests.http.small_hub import serving as on_a_port

RegionCode = NewType("RegionCode", str)
AuditIndex = NewType("AuditIndex", int)
SCALARS: dict[object, ScalarDefinition] = {
    RegionCode: strawberry.scalar(name="RegionCode", serialize=str, parse_value=str),
    AuditIndex: strawberry.scalar(name="AuditIndex", serialize=int, parse_value=int),
}


@strawberry.federation.type(name="HealthCodeIssuer", keys=["id"])
class Issuer:
    id: strawberry.ID


@strawberry.federation.type(keys=["code"])
class RailwayStation:
    code: strawberry.ID
    region: "RecognitionRegion"
    issuer: Issuer


@strawberry.type
class TrainBoarding:
    train: str
    station: RailwayStation


@strawberry.federation.type(keys=["code"])
class RecognitionRegion:
    code: RegionCode

    @strawberry.field
    def stations(self) -> list[RailwayStation]:
        return [each for each in STATIONS.values() if each.region.code == self.code]

    @classmethod
    def resolve_reference(cls, code: str) -> "RecognitionRegion":
        return cls(code=RegionCode(code))


@strawberry.federation.type(name="TravelerRecognition", keys=["auditIndex"])
class Recognition:
    """The boarding gate's own record of the answer that let somebody in."""

    audit_index: AuditIndex

    @strawberry.field
    def boarding(self) -> TrainBoarding | None:
        return TrainBoarding(train="G7001", station=STATIONS["ZJH"])

    @classmethod
    def resolve_reference(cls, auditIndex: int) -> "Recognition":  # noqa: N803 - the key's name
        return cls(audit_index=AuditIndex(auditIndex))


STATIONS = {
    "ZJH": RailwayStation(
        code=strawberry.ID("ZJH"),
        region=RecognitionRegion(code=RegionCode("321100")),
        issuer=Issuer(id=strawberry.ID("zhenjiang")),
    ),
    "XXX": RailwayStation(
        code=strawberry.ID("XXX"),
        region=RecognitionRegion(code=RegionCode("320500")),
        issuer=Issuer(id=strawberry.ID("nobody")),
    ),
}


@strawberry.federation.type(shareable=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class StationEdge:
    node: RailwayStation
    cursor: str


@strawberry.type
class StationConnection:
    edges: list[StationEdge]
    page_info: PageInfo


@strawberry.type(name="Query")
class TimetableQuery:
    @strawberry.field
    def station(self, code: strawberry.ID) -> RailwayStation | None:
        return STATIONS.get(code)

    @strawberry.field
    def all_stations(self) -> StationConnection:
        edges = [StationEdge(node=each, cursor=code) for code, each in STATIONS.items()]
        page = PageInfo(
            has_next_page=False, has_previous_page=False, start_cursor="ZJH", end_cursor="XXX"
        )
        return StationConnection(edges=edges, page_info=page)


@strawberry.federation.type(name="PolicyRef", keys=["region number"])
class Policy:
    region: RegionCode
    number: int


@strawberry.federation.type(name="RecognitionRegion", keys=["code"])
class HotelPlace:
    code: RegionCode


@strawberry.federation.type(name="HealthCodeCorrection", keys=["id"])
class Correction:
    id: strawberry.ID


@strawberry.federation.type(name="AuditOutcome", keys=["index"])
class Outcome:
    index: AuditIndex


@strawberry.type
class RegisteredHotel:
    name: str
    place: HotelPlace
    policy: Policy


HOTEL = RegisteredHotel(
    name="西津渡旅馆 Xijindu Inn",
    place=HotelPlace(code=RegionCode("321100")),
    policy=Policy(region=RegionCode("321100"), number=1),
)


@strawberry.federation.type(name="TravelerArrival", keys=["id"])
class Arrival:
    id: strawberry.ID

    @strawberry.field
    def hotel(self) -> RegisteredHotel:
        return HOTEL

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Arrival":  # noqa: A002 - the key's name
        return cls(id=id)


@strawberry.type
class HotelStay:
    """What a guest handed in at the desk."""

    arrival: Arrival | None
    outcome: Outcome | None
    correction: Correction | None


@strawberry.type(name="Query")
class HotelQuery:
    @strawberry.field
    def hotel(self) -> RegisteredHotel:
        return HOTEL

    @strawberry.field
    def stays(self, arrivals: list[strawberry.ID]) -> list[HotelStay]:
        return [HotelStay(arrival=Arrival(id=i), outcome=None, correction=None) for i in arrivals]

    @strawberry.field
    def stay(self, outcome: AuditIndex, correction: strawberry.ID) -> HotelStay:
        return HotelStay(
            arrival=None, outcome=Outcome(index=outcome), correction=Correction(id=correction)
        )


def _schema(query: type, *types: type) -> Schema:
    settings = StrawberryConfig(scalar_map=SCALARS)
    return Schema(query, types=types, config=settings, federation_version="2.9")


TIMETABLE = _schema(TimetableQuery, Recognition)
HOTELS = _schema(HotelQuery)


def serving(schema: Schema) -> AbstractContextManager[str]:
    """Its URL, on a free port of the loopback."""
    return on_a_port(GraphQL(schema), Protocols.PLAIN)
