"""What a gateway asks of the subgraph: entities by their keys, for those who may see them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, print_ast
from graphql.language import ObjectTypeDefinitionNode, parse

from tests.acceptance.arriving import office_of, record
from tests.acceptance.callers import Answer, Caller, error_codes, error_details
from tests.acceptance.hubs import RunningHub
from tests.acceptance.test_corrections import report
from tongxing.gateway.graphql.authorization import ASKS, rights
from tongxing.gateway.graphql.entity_fields import FINDERS
from tongxing.gateway.graphql.entity_kinds import ENTITY_KINDS
from tongxing.gateway.graphql.published_sdl import subgraph_sdl
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema, definition_of
from tongxing.schema.scope import GRANTS, Scope, any_of

DECLARED = graphql_schema()
SCHEMA = core_schema(DECLARED)
SUBGRAPH = Path(__file__).parents[2] / "schema" / "subgraph.graphql"
ENTITIES = """query($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename
    ... on AuditOutcome { index } ... on HealthCodeCorrection { id } ... on HealthCodeIssuer { id }
    ... on PolicyRef { region number } ... on RecognitionPolicy { id }
    ... on RecognitionRegion { code } ... on TravelerArrival { id } } }"""
SERVICE = "{ _service { sdl } }"

Represented = dict[str, object]


@pytest.fixture(scope="module")
def everything(hub: RunningHub) -> Iterator[Caller]:
    """May see everything of the whole country."""
    with office_of(hub, "joins-graphs", "000000", *Scope) as office:
        yield office


@pytest.fixture(scope="module")
def elsewhere(hub: RunningHub) -> Iterator[Caller]:
    """May see everything, of one county alone in which nobody has arrived."""
    with office_of(hub, "joins-graphs-elsewhere", "321181", *Scope) as office:
        yield office


def entities(caller: Caller, *representations: Represented) -> Answer:
    response = caller.post(ENTITIES, {"representations": list(representations)})
    assert response.status_code == 200, response.text
    answer: Answer = response.json()
    return answer


def representation(kind: str, **key: object) -> Represented:
    return {"__typename": kind, **key}


@pytest.fixture(scope="module")
def shown(city: Caller) -> Mapping[str, Represented]:
    """One entity of each kind, that the city may see, with the whole of its key."""
    red = city.persona("red_everywhere")
    correction = report(city, str(red["receipt"]), "red_everywhere", "zhenjiang")
    green = city.persona("green_everywhere")
    arrival = record(city, str(green["receipt"]))
    found = [
        representation("AuditOutcome", index=green["auditIndex"]),
        representation("HealthCodeCorrection", id=correction["id"]),
        representation("HealthCodeIssuer", id="sukangma"),
        representation("PolicyRef", region="321100", number=1),
        representation("RecognitionPolicy", id="policy:321100:1"),
        representation("RecognitionRegion", code="321100"),
        representation("TravelerArrival", id=arrival["id"]),
    ]
    return {str(each["__typename"]): each for each in found}


def keys_in_the_sdl() -> dict[str, set[str]]:
    """Of the types that can be asked for by a key."""
    found = {}
    for node in parse(SUBGRAPH.read_text("utf-8")).definitions:
        if not isinstance(node, ObjectTypeDefinitionNode):
            continue
        for directive in node.directives or ():
            given = {each.name.value: print_ast(each.value) for each in directive.arguments or ()}
            if directive.name.value == "key" and given["resolvable"] == "true":
                found[node.name.value] = set(given["fields"].strip('"').split())
    return found


def test_the_published_subgraph_is_the_one_that_is_served(everything: Caller) -> None:
    """`make golden` writes it."""
    text = SUBGRAPH.read_bytes()
    assert subgraph_sdl(DECLARED).text == text
    assert everything.data(SERVICE)["_service"] == {"sdl": text.decode()}


def test_every_key_of_the_sdl_has_its_look_up_and_its_right() -> None:
    assert keys_in_the_sdl() == {name: set(kind.key) for name, kind in ENTITY_KINDS.items()}
    assert FINDERS.keys() == ENTITY_KINDS.keys()
    assert {kind.look_up for kind in ENTITY_KINDS.values()} <= rights(SCHEMA).keys()


OF_A_PERSON = {"HolderRef", "RecognitionReceipt"}


@pytest.mark.parametrize("name", ENTITY_KINDS)
def test_no_key_says_anything_of_a_person(name: str) -> None:
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    types = {get_named_type(kind.fields[member].type).name for member in ENTITY_KINDS[name].key}
    assert types <= {"ID", "Int", "RegionCode", "AuditIndex"}
    assert types.isdisjoint(OF_A_PERSON)


def test_the_sdl_says_of_which_fields_the_arguments_need_a_grant() -> None:
    """As it is enforced."""
    said = set()
    for root in ("Query", "Mutation", "Subscription"):
        kind = SCHEMA.type_map[root]
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in kind.fields.items():
            definition = definition_of(field)
            given = [] if definition is None else definition.directives
            if any(getattr(each, "policies", None) == [[GRANTS]] for each in given):
                said.add(f"{root}.{name}")
    nothing = ASKS["Query.me"]
    assert said == {coordinate for coordinate, asks in ASKS.items() if asks is not nothing}


@pytest.mark.parametrize("name", ENTITY_KINDS)
def test_an_entity_is_found_by_its_key(
    everything: Caller, city: Caller, shown: Mapping[str, Represented], name: str
) -> None:
    """A correction is seen by the client that reported it alone."""
    caller = city if name == "HealthCodeCorrection" else everything
    assert entities(caller, shown[name]) == {"data": {"_entities": [shown[name]]}}


def test_entities_of_all_kinds_come_in_the_order_of_their_representations(
    everything: Caller, shown: Mapping[str, Represented]
) -> None:
    asked = [each for name, each in shown.items() if name != "HealthCodeCorrection"]
    asked = [*asked, *reversed(asked)]
    assert entities(everything, *asked) == {"data": {"_entities": asked}}


NOT_THERE: Mapping[str, Represented] = {
    "an entry behind the log's end": representation("AuditOutcome", index=2**53 - 1),
    "a correction": representation("HealthCodeCorrection", id="correction:" + "A" * 22),
    "an issuer": representation("HealthCodeIssuer", id="nobody"),
    "a version": representation("PolicyRef", region="321100", number=999),
    "a policy": representation("RecognitionPolicy", id="policy:321100:999"),
    "an arrival": representation("TravelerArrival", id="arrival:" + "A" * 22),
    "an arrival under the id of another kind": representation("TravelerArrival", id="sukangma"),
    "an arrival under a very long id": representation("TravelerArrival", id="arrival:" * 999),
}


def error_of(answer: Answer) -> dict[str, Any]:
    assert answer["data"] == {"_entities": [None]}
    (error,) = answer["errors"]
    found: dict[str, Any] = error
    return found


@pytest.mark.parametrize("asked", NOT_THERE.values(), ids=NOT_THERE)
def test_what_is_not_there_is_null_with_an_error(everything: Caller, asked: Represented) -> None:
    error = error_of(entities(everything, asked))
    assert error["path"] == ["_entities", 0]
    assert error["extensions"]["code"] == "ENTITY_NOT_FOUND"


@pytest.mark.parametrize("name", ["AuditOutcome", "HealthCodeCorrection", "TravelerArrival"])
def test_what_the_client_may_not_see_is_as_if_it_were_not_there(
    elsewhere: Caller, shown: Mapping[str, Represented], name: str
) -> None:
    missing = {"index": 2**53 - 1} if name == "AuditOutcome" else {"id": "arrival:" + "A" * 22}
    seen = error_of(entities(elsewhere, shown[name]))
    assert seen == error_of(entities(elsewhere, representation(name, **missing)))


def test_an_entry_of_another_kind_is_no_recognition(everything: Caller, city: Caller) -> None:
    index = city.persona("green_everywhere")["auditIndex"]
    answer = entities(everything, representation("AuditOutcome", index=index - 1))
    assert error_of(answer)["extensions"]["code"] == "ENTITY_NOT_FOUND"


def test_what_is_there_comes_beside_what_is_not(
    everything: Caller, shown: Mapping[str, Represented]
) -> None:
    asked = [NOT_THERE["an issuer"], shown["HealthCodeIssuer"], NOT_THERE["an arrival"]]
    answer = entities(everything, *asked)
    assert answer["data"]["_entities"] == [None, shown["HealthCodeIssuer"], None]
    assert sorted(each["path"][1] for each in answer["errors"]) == [0, 2]


ISSUER = representation("HealthCodeIssuer", id="sukangma")
MISFITS: Mapping[str, tuple[object, str]] = {
    "no object": ("sukangma", "INVALID_VALUE"),
    "nothing": (None, "INVALID_VALUE"),
    "a list": ([ISSUER], "INVALID_VALUE"),
    "without a type": ({"id": "sukangma"}, "INVALID_VALUE"),
    "a number for a type": ({"__typename": 1, "id": "sukangma"}, "INVALID_VALUE"),
    "a type that there is not": (representation("Traveler", id="1"), "REPRESENTATION_TYPE"),
    "a type that is no entity": (representation("PageInfo"), "REPRESENTATION_TYPE"),
    "an answer, which nobody keeps": (
        representation("TravelerRecognition", auditIndex=1),
        "REPRESENTATION_TYPE",
    ),
    "without its key": (representation("HealthCodeIssuer"), "REPRESENTATION_KEY"),
    "without a part of its key": (
        representation("PolicyRef", region="321100"),
        "REPRESENTATION_KEY",
    ),
    "more than its key": ({**ISSUER, "level": "CITY"}, "REPRESENTATION_KEY"),
    "a member that there is not": ({**ISSUER, "11010119900307761X": 1}, "REPRESENTATION_KEY"),
    "another key": (representation("AuditOutcome", id="audit:0"), "REPRESENTATION_KEY"),
    "null for a key": (representation("HealthCodeIssuer", id=None), "REPRESENTATION_KEY"),
    "a number for an id": (representation("HealthCodeIssuer", id=1), "REPRESENTATION_KEY"),
    "an object for an id": (representation("HealthCodeIssuer", id={}), "REPRESENTATION_KEY"),
    "a text for an index": (representation("AuditOutcome", index="0"), "REPRESENTATION_KEY"),
    "an index below 0": (representation("AuditOutcome", index=-1), "REPRESENTATION_KEY"),
    "yes for an index": (representation("AuditOutcome", index=True), "REPRESENTATION_KEY"),
    "a text for a version": (
        representation("PolicyRef", region="321100", number="1"),
        "REPRESENTATION_KEY",
    ),
    "a place that there is not": (
        representation("RecognitionRegion", code="999999"),
        "REPRESENTATION_KEY",
    ),
}


@pytest.mark.parametrize(("given", "code"), MISFITS.values(), ids=MISFITS)
def test_a_representation_is_exactly_its_key(everything: Caller, given: object, code: str) -> None:
    response = everything.post(ENTITIES, {"representations": [ISSUER, given]})
    assert (response.status_code, error_codes(response)) == (400, [code])
    assert "data" not in response.json()
    said = error_details(response)
    assert isinstance(said["path"], list)
    assert said["path"][0] == 1
    assert "11010119900307761X" not in response.text


def test_a_representation_may_stand_in_the_document(everything: Caller) -> None:
    """More than once, so that its texts are lifted out of it."""
    document = """{ _entities(representations: [
        {__typename: "HealthCodeIssuer", id: "sukangma"},
        {__typename: "PolicyRef", region: "321100", number: 1}]) { __typename } }"""
    for _ in range(4):
        assert everything.data(document)["_entities"] == [
            {"__typename": "HealthCodeIssuer"},
            {"__typename": "PolicyRef"},
        ]


def test_a_thousand_representations_are_answered(everything: Caller) -> None:
    answer = entities(everything, *[ISSUER] * 1_000)
    assert answer["data"]["_entities"] == [ISSUER] * 1_000


def test_one_more_is_refused(everything: Caller) -> None:
    response = everything.post(ENTITIES, {"representations": [ISSUER] * 1_001})
    assert (response.status_code, error_codes(response)) == (400, ["BATCH_SIZE"])


def test_they_are_counted_over_the_whole_request(everything: Caller) -> None:
    document = """query($some: [_Any!]!) {
        _entities(representations: $some) { __typename }
        more: _entities(representations: $some) { __typename } }"""
    assert len(everything.data(document, {"some": [ISSUER] * 500})["more"]) == 500
    response = everything.post(document, {"some": [ISSUER] * 501})
    assert (response.status_code, error_codes(response)) == (400, ["BATCH_SIZE"])
    assert error_details(response)["unit"] == "representations"


def _wrong() -> dict[str, tuple[str, Scope]]:
    given = rights(SCHEMA)
    return {
        f"{name} to {scope}": (name, scope)
        for name, kind in ENTITY_KINDS.items()
        for scope in Scope
        if scope not in given[kind.look_up].scopes
    }


@pytest.fixture(scope="module")
def with_one_scope(everything: Caller) -> Mapping[Scope, str]:
    return {scope: everything.new_token(scope=scope.value) for scope in Scope}


@pytest.mark.parametrize(("name", "scope"), _wrong().values(), ids=_wrong())
def test_a_key_opens_no_more_than_the_look_up_of_its_kind(
    everything: Caller,
    with_one_scope: Mapping[Scope, str],
    shown: Mapping[str, Represented],
    name: str,
    scope: Scope,
) -> None:
    """Nor does another entity beside it open it."""
    asked = {"representations": [ISSUER, shown[name]]}
    response = everything.post(ENTITIES, asked, token=with_one_scope[scope])
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])
    allowed = sorted(rights(SCHEMA)[ENTITY_KINDS[name].look_up].scopes)
    assert error_details(response) == {"field": "Query._entities", "allowed": allowed}


def test_a_guarded_field_of_an_entity_keeps_its_right(
    everything: Caller, shown: Mapping[str, Represented]
) -> None:
    """The look-up is open to all; the field below is not."""
    document = """query($some: [_Any!]!) { _entities(representations: $some) {
        ... on TravelerArrival { changedColor } } }"""
    token = everything.new_token(scope="status:read")
    response = everything.post(document, {"some": [shown["HealthCodeIssuer"]]}, token=token)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


def test_only_what_composes_graphs_reads_the_subgraph(everything: Caller) -> None:
    (only,) = [each for each in any_of(Scope.GRAPH_COMPOSE) if hasattr(each, "scopes")]
    assert getattr(only, "scopes", None) == [["graph:compose"]]
    for scope in set(Scope) - {Scope.GRAPH_COMPOSE}:
        response = everything.post(SERVICE, token=everything.new_token(scope=scope.value))
        assert error_codes(response) == ["FORBIDDEN_SCOPE"]


def test_it_is_read_in_production_too(production_hub: RunningHub) -> None:
    with office_of(production_hub, "composes", "321100", Scope.GRAPH_COMPOSE) as pipeline:
        assert pipeline.data(SERVICE)["_service"]["sdl"] == SUBGRAPH.read_text("utf-8")


def test_each_look_up_of_a_person_s_records_is_in_the_log(
    everything: Caller, shown: Mapping[str, Represented]
) -> None:
    """One entry for each, as if it had been asked for alone; and what the client was told."""
    asked = [shown["TravelerArrival"], NOT_THERE["an arrival"], NOT_THERE["an arrival"]]
    response = everything.post(ENTITIES, {"representations": asked})
    wanted = {"requestId": response.headers["x-request-id"]}
    document = """query($wanted: AuditFilter) { auditEntries(filter: $wanted) {
        edges { node { __typename ... on AuditRefusal { code }
            ... on AuditArrival { arrivalAction } } } } }"""
    edges = everything.data(document, {"wanted": wanted})["auditEntries"]["edges"]
    assert [each["node"] for each in edges] == [
        {"__typename": "AuditArrival", "arrivalAction": "READ"},
        *[{"__typename": "AuditRefusal", "code": "ARRIVAL_NOT_FOUND"}] * 2,
        {"__typename": "AuditRefusal", "code": "ENTITY_NOT_FOUND"},
    ]
