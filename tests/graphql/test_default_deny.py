"""No field of the root is open: not one answers without a token, or with one for other things."""

import json
from itertools import combinations

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from tests.acceptance.callers import GRAPHQL, Answer, Caller, calling, error_codes
from tests.acceptance.hubs import RunningHub
from tests.connection import connection
from tongxing.gateway.graphql.authorization import META_FIELDS, rights
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.schema.scope import Scope

GUARDED_FIELDS = {
    "MassFlipAlarm.evidence",
    "TravelerArrival.changeKnownAt",
    "TravelerArrival.changedColor",
    "SourceAnswer.statement",
    "TravelerRecognition.explanation",
    "TravelerRecognition.history",
}
SCALARS = {
    "String": '"x"',
    "ID": '"x"',
    "Int": "1",
    "Boolean": "true",
    "RegionCode": '"321100"',
    "UncheckedRegionCode": '"321100"',
    "AuditIndex": "0",
    "RecognitionReceipt": '"x"',
    "DateTime": '"2020-03-06T00:00:00Z"',
    "_Any": '{__typename: "HealthCodeIssuer", id: "sukangma"}',
}

SCHEMA = core_schema(graphql_schema())
RIGHTS = rights(SCHEMA)


OPERATIONS = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}


def _root_fields() -> dict[str, GraphQLField]:
    """Every field of every root, by its coordinate, as in ``Query.traveler``."""
    roots = (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
    return {
        f"{root.name}.{name}": field
        for root in roots
        if root
        for name, field in root.fields.items()
    }


ROOT_FIELDS = _root_fields()


def _literal(kind: GraphQLInputType) -> str:
    """A value of the type, with what it must have and nothing else."""
    match kind:
        case GraphQLNonNull():
            return _literal(kind.of_type)
        case GraphQLList():
            return f"[{_literal(kind.of_type)}]"
        case GraphQLEnumType():
            return str(next(iter(kind.values)))
        case GraphQLInputObjectType():
            return f"{{{_members(kind)}}}"
    return SCALARS[kind.name]


def _members(kind: GraphQLInputObjectType) -> str:
    required = {name: f for name, f in kind.fields.items() if is_required_input_field(f)}
    if kind.is_one_of:
        required = dict(list(kind.fields.items())[:1])
    return ", ".join(f"{name}: {_literal(field.type)}" for name, field in required.items())


def _selection(kind: GraphQLOutputType) -> str:
    return "" if is_leaf_type(get_named_type(kind)) else "{ __typename }"


def _question(coordinate: str) -> str:
    root, name = coordinate.split(".")
    field = ROOT_FIELDS[coordinate]
    required = {n: a for n, a in field.args.items() if is_required_argument(a)}
    arguments = ", ".join(f"{n}: {_literal(argument.type)}" for n, argument in required.items())
    given = f"({arguments})" if arguments else ""
    return f"{OPERATIONS[root]} {{ {name}{given} {_selection(field.type)} }}"


def _accept(coordinate: str) -> str:
    """Subscriptions are answered as events only."""
    return "text/event-stream" if coordinate.startswith("Subscription.") else GRAPHQL


def _said(caller: Caller, name: str, token: str) -> Answer:
    """The answer, or the first of a stream of events, which has no end if the client may follow
    it."""
    headers = {"authorization": f"Bearer {token}", "accept": _accept(name)}
    asked = {"query": _question(name)}
    with caller.http.stream("POST", "/graphql", json=asked, headers=headers) as response:
        if response.headers["content-type"].startswith("text/event-stream"):
            lines = (line for line in response.iter_lines() if line.startswith("data: {"))
            streamed: Answer = json.loads(next(lines)[6:])
            return streamed
        response.read()
        answer: Answer = response.json()
        return answer


def _codes(answer: Answer) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


def test_every_field_of_the_root_has_its_right_and_every_right_its_field() -> None:
    assert set(RIGHTS) == set(ROOT_FIELDS) | META_FIELDS | GUARDED_FIELDS


def test_the_walk_meets_the_fields_that_there_are() -> None:
    assert {"Query.traveler", "Query.verifyCode", "Query.auditEntries"} <= set(ROOT_FIELDS)


@pytest.mark.processes
@pytest.mark.parametrize("name", [*ROOT_FIELDS, "__typename"])
@pytest.mark.parametrize("profile", ["hub", "production_hub"])
def test_no_field_answers_without_a_token(
    request: pytest.FixtureRequest, profile: str, name: str
) -> None:
    hub: RunningHub = request.getfixturevalue(profile)
    question = "{ __typename }" if name == "__typename" else _question(name)
    with connection(hub.url) as http:
        response = http.post("/graphql", json={"query": question})
    assert (response.status_code, error_codes(response)) == (401, ["UNAUTHENTICATED"])
    assert "data" not in response.json()


HELD = {
    "city-system": ("status:read", "code:verify"),
    "coordinator": ("status:read", "audit:read", "history:read"),
}
GRANTED = {
    f"{client} with {' and '.join(scopes)}": (client, scopes)
    for client, held in HELD.items()
    for number in range(1, len(held) + 1)
    for scopes in combinations(held, number)
}


def _with_the_wrong_scope() -> dict[str, tuple[str, tuple[str, ...], str]]:
    return {
        f"{name} to {grant}": (client, scopes, name)
        for grant, (client, scopes) in GRANTED.items()
        for name in ROOT_FIELDS
        if RIGHTS[name].scopes.isdisjoint(map(Scope, scopes))
    }


WRONG = _with_the_wrong_scope()


@pytest.mark.parametrize(("client", "scopes", "name"), WRONG.values(), ids=WRONG)
def test_no_field_answers_to_a_scope_that_does_not_open_it(
    hub: RunningHub, client: str, scopes: tuple[str, ...], name: str
) -> None:
    with calling(hub, client) as caller:
        said = _said(caller, name, caller.new_token(scope=" ".join(scopes)))
    assert _codes(said) == ["FORBIDDEN_SCOPE"]
    assert "data" not in said


@pytest.mark.parametrize("name", ROOT_FIELDS)
def test_the_questions_of_these_tests_are_good_ones(city: Caller, name: str) -> None:
    """Otherwise they would be refused for a reason of ours."""
    said = _said(city, name, city.new_token(scope="code:verify"))
    assert set(_codes(said)) <= {"FORBIDDEN_SCOPE", "FORBIDDEN_PURPOSE"}
