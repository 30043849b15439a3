"""Documents parsed, bounded and validated, in that order; the most recent ones are remembered.

Refuses to run a document, and to remember one that was refused or may name a traveler.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.document_errors import check_validity, refused_at
from tongxing.gateway.graphql.document_limits import MAX_TOKENS, TextSize, check_text, check_tree
from tongxing.gateway.graphql.guarded import GuardedFields
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.memory import BoundedMemory

REMEMBERED_BYTES = 50_000_000
"""Of all remembered documents together."""

TOKEN_BYTES = 1_000
"""A token's part of a tree; a field's part of a function that writes it is about as much."""


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A valid document of this schema, and its operations by name."""

    operations: Mapping[str, PreparedOperation]
    size: TextSize

    @property
    def weight(self) -> int:
        return self.size.tokens + sum(each.written_fields for each in self.operations.values())

    def operation(self, name: str | None) -> PreparedOperation:
        """The operation to run (GraphQL specification, GetOperation). Raises Refused."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name or "")
        if found is None or name is None:
            raise Refused(ErrorCode.OPERATION_UNKNOWN)
        return found


class PreparedDocuments:
    """The documents of one schema. The least recently used are forgotten first."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._guarded = GuardedFields(schema)
        self._introspection = introspection
        self._remembered: BoundedMemory[str, PreparedDocument]
        self._remembered = BoundedMemory(REMEMBERED_BYTES)

    def prepare(self, text: str) -> PreparedDocument:
        """``text`` as a document that can be run. Raises Refused, RefusedDocument."""
        prepared = self._remembered.get(text)
        if prepared is None:
            prepared = self.make(text)
        # A document that holds texts is not kept: it may name a traveler, and such a document is
        # hardly ever sent twice. A client that wants its documents kept uses variables.
        if not prepared.size.has_texts:
            size = prepared.weight * TOKEN_BYTES + sys.getsizeof(text)
            self._remembered.put(text, prepared, size=size)
        return prepared

    def make(self, text: str) -> PreparedDocument:
        """As ``prepare``, and not remembered here."""
        size = check_text(text, introspection=self._introspection)
        node = _parse(text)
        check_tree(node)
        check_validity(self._schema, node, name_the_schema=self._introspection)
        guarded = self._guarded.of(node)
        operations = {
            name: PreparedOperation(self._schema, node, each, guarded.get(name, frozenset()))
            for name, each in _operations(node).items()
        }
        return PreparedDocument(operations, size)


def _parse(text: str) -> DocumentNode:
    try:
        return parse(text, max_lexical_tokens=MAX_TOKENS)
    except GraphQLError as error:
        raise refused_at(ErrorCode.DOCUMENT_SYNTAX, error) from None


def _operations(node: DocumentNode) -> dict[str, OperationDefinitionNode]:
    return {
        definition.name.value if definition.name else "": definition
        for definition in node.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
