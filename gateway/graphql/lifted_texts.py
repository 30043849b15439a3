"""A document in which variables stand for its text values.

Two documents that differ in nothing but these values are then one document, and it holds none of
them. Responsible for the variables taking what the values took: of the same type, and never null.
Refuses to look at the values: whether they fit is found out for each request (``documents``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLNonNull,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_scalar_type,
    parse_type,
    visit,
)


class CannotLift(Exception):
    """A variable cannot stand there, or there is no one operation to declare it."""


@dataclass(frozen=True, slots=True)
class LiftedDocument:
    """``names`` of the variables by the places of the texts that they stand for. No document can
    name them: a name begins with a letter. ``definitions`` declare them, in the one operation of
    ``document``, behind its own."""

    document: DocumentNode
    names: Mapping[int, str]
    definitions: tuple[VariableDefinitionNode, ...]

    def given(self, texts: Mapping[int, str]) -> dict[str, object]:
        """``texts``, by their places, as values of the variables."""
        return {self.names[place]: text for place, text in texts.items()}


def lifted(
    schema: GraphQLSchema, document: DocumentNode, numbers: Mapping[int, int]
) -> LiftedDocument:
    """``document``, a valid one, with variables for the texts that begin at the places of
    ``numbers``. The same number means the same text: one variable, if the type is the same too.
    Raises CannotLift."""
    types = TypeInfo(schema)
    lifting = _Lifting(types, numbers)
    changed: DocumentNode = visit(document, TypeInfoVisitor(types, lifting))
    if lifting.names.keys() != numbers.keys():
        raise CannotLift
    definitions = tuple(lifting.definitions.values())
    whole = replace(changed, definitions=tuple(_declaring(changed, definitions)))
    return LiftedDocument(whole, lifting.names, definitions)


def _declaring(document: DocumentNode, added: tuple[VariableDefinitionNode, ...]) -> Iterator[Any]:
    is_declared = False
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            yield definition
            continue
        if is_declared:
            raise CannotLift
        is_declared = True
        own = definition.variable_definitions or ()
        yield replace(definition, variable_definitions=(*own, *added))


class _Lifting(Visitor):
    def __init__(self, types: TypeInfo, numbers: Mapping[int, int]) -> None:
        super().__init__()
        self.names: dict[int, str] = {}
        self.definitions: dict[str, VariableDefinitionNode] = {}
        self._types = types
        self._numbers = numbers

    def enter_variable_definition(self, *_: Any) -> object:
        """A default value holds no variable: a text in it is not found, and so nothing lifted."""
        return False

    def leave_string_value(self, node: StringValueNode, *_: Any) -> VariableNode | None:
        place = -1 if node.loc is None else node.loc.start
        if place not in self._numbers:
            return None
        kind = self._types.get_input_type()
        if kind is None or not is_scalar_type(get_named_type(kind)):
            raise CannotLift
        declared = str(GraphQLNonNull(get_nullable_type(kind)))
        name = f"{self._numbers[place]} {declared}"
        self.names[place] = name
        self.definitions[name] = VariableDefinitionNode(
            variable=_variable(name), type=parse_type(declared), directives=()
        )
        return VariableNode(name=NameNode(value=name), loc=node.loc)


def _variable(name: str) -> VariableNode:
    return VariableNode(name=NameNode(value=name))
