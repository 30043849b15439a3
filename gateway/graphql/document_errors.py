"""What the GraphQL library's errors become: rows of the error table, with their place.

Responsible for which validation rules run and for what an error may say. The library's texts quote
names and values of the document, so only texts made of the schema's own names are passed on; every
other error keeps its place and gets the fixed text of its code. Refuses to run anything.
"""

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldsOnCorrectTypeRule,
    GraphQLError,
    GraphQLSchema,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    ValueNode,
    specified_rules,
    validate,
)

from tongxing.gateway.errors import CodeOf, ErrorCode, Refused, error_object
from tongxing.gateway.graphql.strawberry_internals import STRAWBERRY_RULES

MAX_ERRORS = 10
"""Validation stops after the tenth error; the library adds one that says so."""


class RefusedDocument(Refused):
    """A document that is refused for more than one reason, or at a known place."""

    def __init__(self, code: ErrorCode, errors: list[dict[str, object]]) -> None:
        super().__init__(code)
        self.errors = errors


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

_FIXED_TEXTS = (*specified_rules, *STRAWBERRY_RULES)
_SCHEMA_TEXTS = tuple(_SHOWN.get(rule, rule) for rule in _FIXED_TEXTS)


def check_validity(schema: GraphQLSchema, document: DocumentNode, *, name_the_schema: bool) -> None:
    """Raises RefusedDocument. ``name_the_schema`` is false if the schema must not be shown; then
    every error reads alike."""
    rules = _SCHEMA_TEXTS if name_the_schema else _FIXED_TEXTS
    errors = validate(schema, document, rules, max_errors=MAX_ERRORS, hide_suggestions=True)
    if errors:
        raise RefusedDocument(ErrorCode.DOCUMENT_INVALID, [_shown(error) for error in errors])


def _shown(error: GraphQLError) -> dict[str, object]:
    message = error.message if isinstance(error, _SchemaError) else None
    return located(error_object(ErrorCode.DOCUMENT_INVALID, message=message), error)


def refused_at(code: ErrorCode, error: GraphQLError) -> RefusedDocument:
    """A refusal with ``code`` at the place of ``error``."""
    return RefusedDocument(code, [located(error_object(code), error)])


def field_error_code(error: GraphQLError, code_of: CodeOf) -> ErrorCode:
    """The code for an error of execution. An error at a value of the document means that the value
    does not fit: validation leaves a null in a variable with a default to execution."""
    if error.nodes and isinstance(error.nodes[0], ValueNode):
        return ErrorCode.INVALID_VALUE
    return code_of(error.original_error or error)


def located(error: dict[str, object], source: GraphQLError) -> dict[str, object]:
    """``error`` with the line, the column and the response path of ``source``."""
    if source.locations:
        error["locations"] = [{"line": at.line, "column": at.column} for at in source.locations]
    if source.path:
        error["path"] = list(source.path)
    return error
