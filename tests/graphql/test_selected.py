"""What guarded fields below a root cost is found wherever a document hides them."""

from collections import defaultdict

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, is_object_type, parse

from tongxing.gateway.graphql.authorization import STATEMENT
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.selected import below, selected
from tongxing.gateway.graphql.strawberry_internals import core_schema

COUNTED = {
    "plainly": ("{ a { x { secret } } }", 1),
    "not at all": ("{ a { x } }", 0),
    "behind aliases": ("{ a { x { x: secret y: secret } } }", 2),
    "in inline fragments": ("{ a { ... { x { ... on T { secret } } } } }", 1),
    "in a fragment that is spread twice": (
        "{ a { x { ...F } y: x { ...F } } } fragment F on T { secret }",
        2,
    ),
    "in a fragment of a fragment": (
        "{ ...A } fragment A on Q { a { ...B } } fragment B on T { x { secret } secret }",
        2,
    ),
    "below itself": ("{ a { secret { secret } } }", 2),
}


@pytest.mark.parametrize(("document", "count"), COUNTED.values(), ids=COUNTED)
def test_a_field_is_counted_as_often_as_it_is_asked_for(document: str, count: int) -> None:
    definitions = parse(document).definitions
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = (d for d in definitions if isinstance(d, OperationDefinitionNode))
    (root,) = selected(operation.selection_set, fragments)
    assert len(list(below(root, "secret", fragments))) == count


def test_the_field_that_is_counted_by_name_has_a_name_of_its_own() -> None:
    types = defaultdict(set)
    for kind in core_schema(graphql_schema()).type_map.values():
        if is_object_type(kind):
            for name in kind.fields:
                types[name].add(kind.name)
    type_name, name = STATEMENT.split(".")
    assert types[name] == {type_name}
