"""A guarded field is found wherever a document hides it, and in no operation that leaves it out."""

import pytest
import strawberry
from graphql import parse

from tongxing.gateway.graphql.guarded import GuardedFields
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.schema.scope import Scope, any_of


@strawberry.interface
class Named:
    secret: str = strawberry.field(directives=any_of(Scope.AUDIT_READ))


@strawberry.type
class Thing(Named):
    secret: str = strawberry.field(directives=any_of(Scope.AUDIT_READ))
    plain: str

    @strawberry.field
    def inner(self) -> "Thing":
        return self


@strawberry.type
class Other:
    secret: str


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing:
        return Thing(secret="s", plain="p")

    @strawberry.field
    def named(self) -> Named:
        return Thing(secret="s", plain="p")

    @strawberry.field
    def other(self) -> Other:
        return Other(secret="open")


FIELDS = GuardedFields(core_schema(strawberry.Schema(Query, types=[Thing])))

FOUND = {
    "plainly": ("{ thing { secret } }", "Thing.secret"),
    "behind an alias": ("{ thing { plain: secret } }", "Thing.secret"),
    "deeper down": ("{ thing { inner { inner { secret } } } }", "Thing.secret"),
    "in an inline fragment": ("{ thing { ... { ... on Thing { secret } } } }", "Thing.secret"),
    "in a fragment of a fragment": (
        "{ thing { ...A } } fragment A on Thing { inner { ...B } } fragment B on Thing { secret }",
        "Thing.secret",
    ),
    "through an interface": ("{ named { secret } }", "Named.secret"),
    "although it is skipped": ("{ thing { secret @include(if: false) } }", "Thing.secret"),
}


@pytest.mark.parametrize(("document", "key"), FOUND.values(), ids=FOUND)
def test_it_is_found(document: str, key: str) -> None:
    assert FIELDS.of(parse(document)) == {"": {key}}


NOT_THERE = {
    "another type's field of that name": "{ other { secret } }",
    "its name as an alias": "{ thing { secret: plain } }",
    "a fragment that nothing spreads": "{ thing { plain } } fragment A on Thing { secret }",
}


@pytest.mark.parametrize("document", NOT_THERE.values(), ids=NOT_THERE)
def test_it_is_not_there(document: str) -> None:
    assert FIELDS.of(parse(document)) == {"": frozenset()}


def test_each_operation_has_its_own() -> None:
    both = "query a { thing { secret } } query b { thing { plain } }"
    assert FIELDS.of(parse(both)) == {"a": {"Thing.secret"}, "b": frozenset()}
