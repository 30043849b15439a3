"""The guarded fields of a document: fields below the root that need a right themselves.

A field is marked by the directive of its declaration (``schema.scope``), which says who may ask for
it. They are found once per document, before
it runs, through every fragment and behind every alias.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_object_type,
    visit,
)

from tongxing.gateway.graphql.strawberry_internals import definition_of
from tongxing.schema.scope import scopes_of

Keys = frozenset[str]


class GuardedFields:
    """The marked fields of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._marked = frozenset(_marked(schema))

    def of(self, document: DocumentNode) -> Mapping[str, Keys]:
        """The marked fields that each operation asks for, by its name. ``document`` is valid."""
        if not self._marked:
            return {}
        types = TypeInfo(self._schema)
        walk = _Walk(types, self._marked)
        visit(document, TypeInfoVisitor(types, walk))
        return {name: walk.reached(name) for name in walk.operations}


def _marked(schema: GraphQLSchema) -> Iterator[str]:
    """Each marked field under its type, and under the interfaces that also lead to it."""
    for kind in schema.type_map.values():
        if not is_object_type(kind):
            continue
        for name, field in kind.fields.items():
            if _is_marked(field):
                yield f"{kind.name}.{name}"
                yield from (f"{each.name}.{name}" for each in kind.interfaces)


def _is_marked(field: GraphQLField) -> bool:
    declared = definition_of(field)
    return declared is not None and scopes_of(declared.directives) is not None


class _Walk(Visitor):
    """Collects what each operation and fragment names itself, and which fragments it spreads."""

    def __init__(self, types: TypeInfo, marked: Keys) -> None:
        super().__init__()
        self.operations: dict[str, str] = {}
        self._types = types
        self._marked = marked
        self._named: dict[str, set[str]] = {}
        self._spread: dict[str, set[str]] = {}
        self._here = ""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        name = node.name.value if node.name else ""
        self.operations[name] = f"operation {name}"
        self._begin(f"operation {name}")

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self._begin(node.name.value)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self._spread[self._here].add(node.name.value)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self._types.get_parent_type()
        key = f"{parent.name}.{node.name.value}" if parent else ""
        if key in self._marked:
            self._named[self._here].add(key)

    def reached(self, operation: str) -> Keys:
        found: set[str] = set()
        waiting, seen = [self.operations[operation]], set[str]()
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                found |= self._named[here]
                waiting.extend(self._spread[here])
        return frozenset(found)

    def _begin(self, here: str) -> None:
        self._here = here
        self._named[here] = set()
        self._spread[here] = set()
