"""What the GraphQL library's errors become: rows of the error table, with their place.

Responsible for which validation rules run and for what an error may say. The library's texts quote
names and values of the document, so only texts made of the schema's own names are passed on; every
other error keeps its place and gets the fixed text of its code. Refuses to run anything, and to
know how a value is looked into (``misfits``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FieldsOnCorrectTypeRule,
    GraphQLArgument,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    Undefined,
    ValidationContext,
    ValidationRule,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    Visitor,
    is_input_type,
    specified_rules,
    type_from_ast,
    validate,
    visit,
)

from tongxing.gateway.errors import (
    NO_DETAILS,
    CodeOf,
    Details,
    ErrorCode,
    Refused,
    details_of,
    error_object,
)
from tongxing.gateway.graphql.misfits import (
    Misfit,
    misfit_of_literal,
    misfit_of_value,
    place_of,
)
from tongxing.gateway.graphql.strawberry_internals import STRAWBERRY_RULES

MAX_ERRORS = 10
"""Validation stops after the tenth error; the library adds one that says so."""


Place = dict[str, int]
"""In a document: its ``line`` and its ``column``, from 1."""


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


class _ValueError(GraphQLError):
    """A value in the document that does not fit, and which one it is."""

    def __init__(self, code: ErrorCode, details: Details, node: Node) -> None:
        super().__init__(code.value, node)
        self.code = code
        self.details = details


class _Values(ValidationRule):
    """As the library's ValuesOfCorrectTypeRule, but an error says which argument it is about, or
    which variable's default. One error for each."""

    name_the_schema = False

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._roots = [context.schema.get_root_type(kind) for kind in OperationType]

    def enter_field(self, node: FieldNode, *_others: Any) -> None:
        field, parent = self.context.get_field_def(), self.context.get_parent_type()
        if field and parent:
            is_named = self.name_the_schema or parent in self._roots
            coordinate = f"{parent.name}.{node.name.value}" if is_named else None
            self._check(node.arguments, field.args, coordinate)

    def enter_directive(self, node: DirectiveNode, *_others: Any) -> None:
        directive = self.context.get_directive()
        if directive:
            self._check(node.arguments, directive.args)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_others: Any) -> None:
        kind = type_from_ast(self.context.schema, node.type)
        if node.default_value and is_input_type(kind):
            misfit = misfit_of_literal(node.default_value, kind)
            if misfit:
                self._report(misfit, f"${node.variable.name.value}", None, node.default_value)

    def _check(
        self,
        given: Sequence[ArgumentNode] | None,
        known: Mapping[str, GraphQLArgument],
        field: str | None = None,
    ) -> None:
        for node in given or ():
            argument = known.get(node.name.value)
            misfit = argument and misfit_of_literal(node.value, argument.type)
            if misfit:
                self._report(misfit, node.name.value, field, node.value)

    def _report(self, misfit: Misfit, argument: str, field: str | None, node: ValueNode) -> None:
        details = misfit.details(argument, field, name_the_schema=self.name_the_schema)
        self.report_error(_ValueError(misfit.code, details, node))


class _NamedValues(_Values):
    name_the_schema = True


_CLOSED: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    ValuesOfCorrectTypeRule: _Values,
}
_OPEN: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    FieldsOnCorrectTypeRule: _NamedFields,
    ScalarLeafsRule: _NamedLeafs,
    ProvidedRequiredArgumentsRule: _NamedArguments,
    ValuesOfCorrectTypeRule: _NamedValues,
}

_RULES = (*specified_rules, *STRAWBERRY_RULES)
_CLOSED_RULES = tuple(_CLOSED.get(rule, rule) for rule in _RULES)
_OPEN_RULES = tuple(_OPEN.get(rule, rule) for rule in _RULES)


def check_validity(schema: GraphQLSchema, document: DocumentNode, *, name_the_schema: bool) -> None:
    """Raises RefusedDocument. ``name_the_schema`` is false if the schema must not be shown; then an
    error names nothing that the document does not name itself."""
    rules = _OPEN_RULES if name_the_schema else _CLOSED_RULES
    errors = validate(schema, document, rules, max_errors=MAX_ERRORS, hide_suggestions=True)
    if errors:
        raise RefusedDocument(_code_of_all(errors), _said_once(errors))


def _code_of_all(errors: Sequence[GraphQLError]) -> ErrorCode:
    """That of the first value, if all of the document but its values is valid."""
    codes = [error.code for error in errors if isinstance(error, _ValueError)]
    return codes[0] if len(codes) == len(errors) else ErrorCode.DOCUMENT_INVALID


def _said_once(errors: Sequence[GraphQLError]) -> list[dict[str, object]]:
    """Errors that say the same are one, with the places of all: what a document repeats makes its
    answer no longer than the list of where it stands."""
    said: list[tuple[dict[str, object], list[Place]]] = []
    for error in errors:
        shown = _shown(error)
        places = next((places for other, places in said if other == shown), None)
        if places is None:
            said.append((shown, places := []))
        places += [place for place in _places(error) if place not in places]
    return [{**shown, "locations": places} if places else shown for shown, places in said]


def _shown(error: GraphQLError) -> dict[str, object]:
    if isinstance(error, _ValueError):
        return error_object(error.code, error.details)
    message = error.message if isinstance(error, _SchemaError) else None
    return error_object(ErrorCode.DOCUMENT_INVALID, message=message)


def refused_at(
    code: ErrorCode, error: GraphQLError, details: Details = NO_DETAILS
) -> RefusedDocument:
    """A refusal with ``code`` at the place of ``error``."""
    return RefusedDocument(code, [located(error_object(code, details), error)])


def refused_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    given: Mapping[str, object],
    error: GraphQLError,
    *,
    name_the_schema: bool,
) -> RefusedDocument:
    """For the ``error`` of coercing the variables ``given`` to ``operation``, which is valid."""
    for definition in operation.variable_definitions or ():
        name, kind = definition.variable.name.value, type_from_ast(schema, definition.type)
        value = given.get(name, Undefined)
        if not is_input_type(kind) or (value is Undefined and definition.default_value):
            continue
        misfit = misfit_of_value(value, kind)
        if misfit:
            details = misfit.details(f"${name}", name_the_schema=name_the_schema)
            return refused_at(misfit.code, error, details)
    return refused_at(ErrorCode.INVALID_VALUE, error)


FieldError = tuple[ErrorCode, Details]
"""What is said of an error of execution."""


def field_error(error: GraphQLError, code_of: CodeOf, nodes: Iterable[Node]) -> FieldError:
    """What is said of an ``error`` of executing ``nodes``. An error at a value of the document
    means that the value does not fit: validation leaves a null in a variable with a default to
    execution."""
    at = error.nodes[0] if error.nodes else None
    if isinstance(at, ValueNode):
        return ErrorCode.INVALID_VALUE, _around(at, nodes)
    return code_of(error.original_error or error), details_of(error.original_error)


def refused_argument(error: GraphQLError, field: FieldNode) -> Refused:
    """For the ``error`` of reading the arguments of ``field``, in a valid document."""
    at = error.nodes[0] if error.nodes else None
    details = _around(at, [field]) if isinstance(at, ValueNode) else NO_DETAILS
    return Refused(ErrorCode.INVALID_VALUE, details)


def _around(at: ValueNode, nodes: Iterable[Node]) -> Details:
    found = _Arguments()
    for node in nodes:
        visit(node, found)
    place = place_of(at, found.arguments)
    return Details(argument=place[0], path=place[1]) if place else NO_DETAILS


class _Arguments(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.arguments: list[ArgumentNode] = []

    def enter_argument(self, node: ArgumentNode, *_others: Any) -> None:
        self.arguments.append(node)


def located(error: dict[str, object], source: GraphQLError) -> dict[str, object]:
    """``error`` with the line, the column and the response path of ``source``."""
    places = _places(source)
    if places:
        error["locations"] = places
    if source.path:
        error["path"] = list(source.path)
    return error


def _places(error: GraphQLError) -> list[Place]:
    return [{"line": at.line, "column": at.column} for at in error.locations or ()]
