"""Strawberry's internals: what the hub takes from beneath its public names, in this file alone.

Strawberry makes the types and calls the resolvers. The hub prepares, authorizes and executes
documents itself: Strawberry would parse and validate each request again, and offers no step between
validation and execution. For that the hub needs the graphql-core schema under Strawberry's, the way
from a field back to its declaration, and the executor and the validation rules that Strawberry
would use. ``tests/graphql`` fails if a release changes one of them.
"""

import strawberry
from graphql import GraphQLField, GraphQLSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.field import StrawberryField

StrawberryExecutor = StrawberryGraphQLCoreExecutionContext
StrawberryEnum = CustomGraphQLEnumType
STRAWBERRY_RULES = (MaybeNullValidationRule, OneOfInputValidationRule)
"""Checked beside the rules of the GraphQL specification."""


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The schema that graphql-core executes; Strawberry has no public name for it."""
    return schema._schema  # noqa: SLF001


def definition_of(field: GraphQLField) -> StrawberryField | None:
    """What was declared in Python for ``field``; None for a field that Strawberry did not make."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition if isinstance(definition, StrawberryField) else None
