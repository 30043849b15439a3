"""Documents parsed, bounded and validated, in that order, and the most recent ones remembered.

Responsible for which validation rules run and for what their errors may say: the library's texts
quote the document, so only those made of the schema's own names are passed on; every other error
keeps its place in the document and gets the fixed text of its code. Refuses to run a document, and
to remember one that was refused or may name a traveler.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldsOnCorrectTypeRule,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    VariableDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.execution import get_variable_values
from graphql.execution.values import VariableValues
from graphql.validation import ASTValidationRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from tongxing.gateway.errors import ErrorCode, Refused, error_object, located
from tongxing.gateway.graphql.front import MAX_TOKENS, TextSize, check_text, check_tree
from tongxing.gateway.graphql.guarded import GuardedFields, Keys
from tongxing.gateway.memory import BoundedMemory

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


MAX_REMEMBERED_TOKENS = 50_000
"""Of all remembered documents together; a token's part of a tree is about a kilobyte."""


class RefusedDocument(Refused):
    """A document that is refused for more than one reason or at a known place."""

    def __init__(self, code: ErrorCode, errors: list[dict[str, object]]) -> None:
        super().__init__(code)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A valid document of this schema; ``guarded`` are the marked fields of each operation."""

    node: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    guarded: Mapping[str, Keys]
    size: TextSize

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run (GraphQL specification, GetOperation). Raises Refused."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name or "")
        if found is None or name is None:
            raise Refused(ErrorCode.OPERATION_UNKNOWN)
        return found

    def guarded_of(self, node: OperationDefinitionNode) -> Keys:
        return self.guarded.get(node.name.value if node.name else "", frozenset())


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with its variables as they were ``given`` and as their types make them, ready
    to be authorized and run. Nothing of them is shown when it is printed: they name travelers."""

    document: DocumentNode
    node: OperationDefinitionNode
    guarded: Keys
    given: Mapping[str, object]
    variables: VariableValues

    @property
    def kind(self) -> OperationType:
        return self.node.operation

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    def __repr__(self) -> str:
        return f"Operation({self.kind.value})"


class PreparedDocuments:
    """The documents of one schema, least recently used ones forgotten first."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._guarded = GuardedFields(schema)
        self._introspection = introspection
        self._remembered: BoundedMemory[str, PreparedDocument]
        self._remembered = BoundedMemory(MAX_REMEMBERED_TOKENS)

    def prepare(self, text: str) -> PreparedDocument:
        """``text`` as a document that can be run. Raises Refused, RefusedDocument."""
        prepared = self._remembered.get(text)
        if prepared is None:
            prepared = self._make(text)
        # A document that holds texts is not kept: it may name a traveler, and a document that names
        # one is hardly sent twice. A client that wants its documents kept uses variables.
        if not prepared.size.has_texts:
            self._remembered.put(text, prepared, weight=prepared.size.tokens)
        return prepared

    def _make(self, text: str) -> PreparedDocument:
        size = check_text(text, introspection=self._introspection)
        node = _parse(text)
        check_tree(node)
        errors = validation_errors(self._schema, node, name_the_schema=self._introspection)
        if errors:
            raise RefusedDocument(ErrorCode.DOCUMENT_INVALID, errors)
        return PreparedDocument(node, _operations(node), self._guarded.of(node), size)


def _parse(text: str) -> DocumentNode:
    try:
        return parse(text, max_lexical_tokens=MAX_TOKENS)
    except GraphQLError as error:
        at = located(error_object(ErrorCode.DOCUMENT_SYNTAX), error)
        raise RefusedDocument(ErrorCode.DOCUMENT_SYNTAX, [at]) from None


def _operations(node: DocumentNode) -> dict[str, OperationDefinitionNode]:
    return {
        definition.name.value if definition.name else "": definition
        for definition in node.definitions
        if isinstance(definition, OperationDefinitionNode)
    }


def coerce_variables(
    schema: GraphQLSchema, node: OperationDefinitionNode, given: Mapping[str, object]
) -> VariableValues:
    """The variables of ``node`` as values of their types. Raises RefusedDocument, which says for
    which of the declared variables, by place, and nothing of what was given."""
    definitions: tuple[VariableDefinitionNode, ...] = tuple(node.variable_definitions or ())
    result = get_variable_values(
        schema, definitions, dict(given), max_errors=1, hide_suggestions=True
    )
    if isinstance(result, VariableValues):
        return result
    errors = [located(error_object(ErrorCode.INVALID_VALUE), error) for error in result[:1]]
    raise RefusedDocument(ErrorCode.INVALID_VALUE, errors)
