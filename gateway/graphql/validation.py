"""Validation of a document against the schema, with errors that may be shown.

Responsible for which rules run and for what their errors may say. The library's texts quote the
document; only those of the rules below are passed on, because they are made of the schema's own
names. Every other error keeps its place in the document and gets the fixed text of its code.
"""

from graphql import (
    DocumentNode,
    FieldsOnCorrectTypeRule,
    GraphQLError,
    GraphQLSchema,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.graphql.errors import ErrorCode, error_object, located

MAX_ERRORS = 10
"""Validation stops behind the tenth error; the library adds one that says so."""


class _SchemaError(GraphQLError):
    """An error whose message is made of the schema's names alone."""


class _NamedFields(FieldsOnCorrectTypeRule):
    def report_error(self, error: GraphQLError) -> None:
        parent = self.context.get_parent_type()
        name = parent.name if parent else ""
        super().report_error(_SchemaError(f"The type '{name}' has no such field.", error.nodes))


class _NamedLeafs(ScalarLeafsRule):
    def report_error(self, error: GraphQLError) -> None:
        super().report_error(_SchemaError(error.message, error.nodes))


class _NamedArguments(ProvidedRequiredArgumentsRule):
    def report_error(self, error: GraphQLError) -> None:
        super().report_error(_SchemaError(error.message, error.nodes))


_SHOWN: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    FieldsOnCorrectTypeRule: _NamedFields,
    ScalarLeafsRule: _NamedLeafs,
    ProvidedRequiredArgumentsRule: _NamedArguments,
}

_FIXED_TEXTS = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_SCHEMA_TEXTS = tuple(_SHOWN.get(rule, rule) for rule in _FIXED_TEXTS)


def validation_errors(
    schema: GraphQLSchema, document: DocumentNode, *, name_the_schema: bool
) -> list[dict[str, object]]:
    """The errors of ``document``, empty where it is valid. Where the schema is not to be shown,
    ``name_the_schema`` is false and every error reads alike."""
    rules = _SCHEMA_TEXTS if name_the_schema else _FIXED_TEXTS
    errors = validate(schema, document, rules, max_errors=MAX_ERRORS, hide_suggestions=True)
    return [_shown(error) for error in errors]


def _shown(error: GraphQLError) -> dict[str, object]:
    message = error.message if isinstance(error, _SchemaError) else None
    return located(error_object(ErrorCode.DOCUMENT_INVALID, message=message), error)
