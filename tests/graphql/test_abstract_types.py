"""What stands behind an interface or a union: everything of it can be asked for in one question."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    parse,
    validate,
)

from tongxing.gateway.graphql.guarded import GuardedFields
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import (
    class_of,
    core_schema,
    is_resolved_by_class,
)

SCHEMA = core_schema(graphql_schema())
ABSTRACT = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if is_abstract_type(kind) and not name.startswith("__")
}


def _members(kind: GraphQLInterfaceType | GraphQLUnionType) -> list[GraphQLObjectType]:
    return sorted(SCHEMA.get_possible_types(kind), key=lambda member: member.name)


def _selected(field: GraphQLField) -> str:
    return "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"


def _all_of(kind: GraphQLInterfaceType | GraphQLUnionType) -> str:
    """A fragment that asks each member for each field that needs no argument."""
    return f"fragment All on {kind.name} {{ __typename {' '.join(_each_member(kind))} }}"


def _each_member(kind: GraphQLInterfaceType | GraphQLUnionType) -> Iterator[str]:
    for member in _members(kind):
        fields = " ".join(name + _selected(field) for name, field in member.fields.items())
        yield f"... on {member.name} {{ {fields} }}"


SHARED_BY_MANY = {"Node", "_Entity"}
"""Of all kinds of things: whoever asks for one by its id, or its key, knows its kind."""


@pytest.mark.parametrize("name", sorted(ABSTRACT.keys() - SHARED_BY_MANY))
def test_all_members_can_be_asked_for_everything_at_once(name: str) -> None:
    """Two members that give one name two types could be asked for together by aliases only."""
    kind = ABSTRACT[name]
    assert isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
    root = f"query {{ ...On }} fragment On on Query {{ __typename }} {_all_of(kind)}"
    errors = [error.message for error in validate(SCHEMA, parse(root), max_errors=1_000)]
    assert [each for each in errors if "is never used" not in each] == []


@pytest.mark.parametrize("name", sorted(ABSTRACT))
def test_each_abstract_type_is_written_by_the_class_of_the_value(name: str) -> None:
    kind = ABSTRACT[name]
    assert isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
    assert is_resolved_by_class(kind)
    assert all(class_of(member) is not None for member in _members(kind))


@pytest.mark.parametrize("kind", ["MassFlipAlarm", "TravelerRecognition"])
def test_a_guarded_field_is_found_behind_every_abstract_type_that_leads_to_it(kind: str) -> None:
    member = SCHEMA.get_type(kind)
    assert is_object_type(member)
    guarded = GuardedFields(SCHEMA)
    for name, abstract in ABSTRACT.items():
        if not SCHEMA.is_sub_type(abstract, member):
            continue
        for field in ("evidence", "history"):
            if field in member.fields and not is_leaf_type(
                get_named_type(member.fields[field].type)
            ):
                document = parse(
                    f"{{ __typename ...F }} fragment F on Query {{ ...G }} "
                    f"fragment G on {name} {{ ... on {kind} {{ {field} {{ __typename }} }} }}"
                )
                assert f"{kind}.{field}" in guarded.of(document)[""]
