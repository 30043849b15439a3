"""Strawberry's internals: what the hub takes from beneath its public names, in this file alone.

Strawberry makes the types and calls the resolvers. The hub prepares, authorizes and executes
documents itself: Strawberry would parse and validate each request again, and offers no step between
validation and execution. For that the hub needs the graphql-core schema under Strawberry's, the way
from a field back to its declaration, and the executor and the validation rules that Strawberry
would use. ``tests/graphql`` fails if a release changes one of them.
"""

import strawberry
from graphql import (
    GraphQLAbstractType,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    is_input_object_type,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.union import StrawberryUnion

StrawberryExecutor = StrawberryGraphQLCoreExecutionContext
StrawberryEnum = CustomGraphQLEnumType
DeclaredField = StrawberryField
DeclaredResolver = StrawberryResolver
STRAWBERRY_RULES = (MaybeNullValidationRule,)
"""Checked beside the rules of the GraphQL specification."""


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The schema that graphql-core executes; Strawberry has no public name for it. Strawberry
    checks ``@oneOf`` by a rule of its own, and only its printer knows which types are meant; here
    graphql-core knows it too, and its own checks say which value is at fault."""
    core = schema._schema  # noqa: SLF001
    for kind in core.type_map.values():
        if is_input_object_type(kind):
            definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            kind.is_one_of = (
                isinstance(definition, StrawberryObjectDefinition) and definition.is_one_of
            )
    return core


def definition_of(field: GraphQLField) -> StrawberryField | None:
    """What was declared in Python for ``field``; None for a field that Strawberry did not make."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition if isinstance(definition, StrawberryField) else None


def class_of(kind: GraphQLObjectType) -> type | None:
    """The class whose very instances are values of ``kind``, however Strawberry is asked; None if
    it has to be asked about each value."""
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    is_plain = definition.is_type_of is None and not definition.is_graphql_generic
    return definition.origin if is_plain and definition.concrete_of is None else None


def is_resolved_by_class(kind: GraphQLAbstractType) -> bool:
    """Whether the type of a value of ``kind`` follows from its class (``class_of``)."""
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(definition, StrawberryObjectDefinition):
        return definition.resolve_type is None
    return isinstance(definition, StrawberryUnion)


def input_definition_of(kind: GraphQLInputObjectType) -> StrawberryObjectDefinition | None:
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition if isinstance(definition, StrawberryObjectDefinition) else None


def input_field_of(field: GraphQLInputField) -> StrawberryField | None:
    """None for a field that may be left out or null, which gets a value of its own kind."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or isinstance(definition.type, StrawberryMaybe):
        return None
    return definition


def argument_of(argument: GraphQLArgument) -> StrawberryArgument | None:
    """As ``input_field_of``."""
    definition = argument.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryArgument) or definition.is_maybe:
        return None
    return definition
