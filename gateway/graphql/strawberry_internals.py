"""Strawberry's internals: what the hub takes from beneath its public names, in this file alone.

Strawberry makes the types and calls the resolvers. The hub prepares, authorizes and executes
documents itself: Strawberry would parse and validate each request again, and offers no step between
validation and execution. For that the hub needs the graphql-core schema under Strawberry's, the way
from a field back to its declaration, and the executor and the validation rules that Strawberry
would use. ``tests/graphql`` fails if a release changes one of them.
"""

import strawberry
from graphql import GraphQLField, GraphQLSchema, is_input_object_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

StrawberryExecutor = StrawberryGraphQLCoreExecutionContext
StrawberryEnum = CustomGraphQLEnumType
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
