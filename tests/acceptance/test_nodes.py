"""Whatever has an id is found by it, by those who may see it, and by nobody else."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType

from tests.acceptance.arriving import office_of, record
from tests.acceptance.callers import Answer, Caller, calling, error_codes
from tests.acceptance.hubs import RunningHub
from tests.acceptance.test_corrections import report
from tongxing.gateway.graphql.node_fields import FINDERS
from tongxing.gateway.graphql.node_kinds import LOOK_UPS
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.schema.scope import Scope

SCHEMA = core_schema(graphql_schema())
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"


@pytest.fixture(scope="module")
def auditor(hub: RunningHub) -> Iterator[Caller]:
    """May see everything of the whole country."""
    with office_of(hub, "looks-up-by-id", "000000", *Scope) as office:
        yield office


def node(caller: Caller, node_id: str) -> Answer | None:
    found: Answer | None = caller.data(NODE, {"id": node_id})["node"]
    return found


def test_every_kind_of_id_has_its_look_up_and_its_right() -> None:
    assert set(FINDERS) == set(LOOK_UPS)


OF_THE_HUB_ITSELF = {"RegisteredClient", "RecognitionHub"}
"""Their ids are the names of systems and no ids of this hub's."""


def test_every_type_with_an_id_is_a_node() -> None:
    interface = SCHEMA.type_map["Node"]
    assert isinstance(interface, GraphQLInterfaceType)
    nodes = {kind.name for kind in SCHEMA.get_possible_types(interface)}
    with_id = {
        kind.name
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType) and "id" in kind.fields
    }
    assert with_id - nodes == OF_THE_HUB_ITSELF | {"PolicyRule"}


LISTED = {
    "issuers": "{ issuers { __typename id } }",
    "policies": '{ policies(region: "321100") { __typename id } }',
}


@pytest.mark.parametrize("name", LISTED)
def test_what_a_list_shows_is_found_by_its_id(city: Caller, name: str) -> None:
    listed = city.data(LISTED[name])[name]
    assert listed
    assert [node(city, each["id"]) for each in listed] == listed


def test_an_audit_entry_is_found_by_its_id(auditor: Caller, city: Caller) -> None:
    city.data("{ me { id } }")
    found = node(auditor, "audit:0")
    assert found is not None
    assert found["id"] == "audit:0"
    assert found["__typename"].startswith("Audit")


def test_an_arrival_and_a_correction_are_found_by_their_ids_by_those_who_may_see_them(
    hub: RunningHub, city: Caller
) -> None:
    red = str(city.persona("red_everywhere")["receipt"])
    made = report(city, red, "red_everywhere", "zhenjiang")
    assert node(city, made["id"]) == {"__typename": "HealthCodeCorrection", "id": made["id"]}
    arrival = record(city, str(city.persona("green_everywhere")["receipt"]))
    with calling(hub, "jingkou-district") as district:
        assert node(district, arrival["id"]) == {
            "__typename": "TravelerArrival",
            "id": arrival["id"],
        }
    with office_of(hub, "looks-up-elsewhere", "321181", *Scope) as other:
        assert node(other, arrival["id"]) is None
        assert node(other, made["id"]) is None


UNKNOWN = {
    "no such arrival": "arrival:" + "A" * 22,
    "no such correction": "correction:" + "A" * 22,
    "no such issuer": "nobody",
    "no such kind": "person:1",
    "no such alarm": "alarm:999999",
    "no such stop": "stop:999999",
    "no such entry": "audit:9007199254740991",
    "no such version": "policy:321100:999",
    "no such place": "policy:999999:1",
    "another spelling of a number": "policy:321100:01",
    "a number that is none": "alarm:1e3",
    "a kind alone": "alarm:",
    "nothing": "",
    "a very long id": "alarm:" + "1" * 10_000,
    "two kinds": "alarm:stop:1",
    "another script": "预警:1",
}


@pytest.mark.parametrize("node_id", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_there_is_null(auditor: Caller, node_id: str) -> None:
    assert node(auditor, node_id) is None


@pytest.mark.parametrize("node_id", ["alarm:1", "arrival:1", "audit:0", "stop:1"])
def test_an_id_opens_no_more_than_the_look_up_of_its_kind(city: Caller, node_id: str) -> None:
    response = city.post(NODE, {"id": node_id})
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


def test_it_is_refused_before_anything_else_of_the_request_is_done(city: Caller) -> None:
    response = city.post('{ me { id } node(id: "audit:0") { id } }')
    assert "data" not in response.json()
