"""Documents parsed, bounded and validated, in that order; the most recent ones are remembered.

Responsible for nothing that is remembered holding what may name a traveler: it is made of a text's
outline (``set_apart``), in which variables stand for text values (``lifted_texts``). Refuses to run
a document, and to remember one that was refused.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.document_errors import check_validity, refused_at
from tongxing.gateway.graphql.document_limits import MAX_TOKENS, check_text, check_tree
from tongxing.gateway.graphql.guarded import GuardedFields
from tongxing.gateway.graphql.lifted_texts import CannotLift, LiftedDocument, lifted
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.graphql.set_apart import SetApart, set_apart
from tongxing.gateway.graphql.variables import PreparedVariables
from tongxing.gateway.memory import BoundedMemory

REMEMBERED_BYTES = 50_000_000
"""Of all remembered documents together."""

MET_BYTES = 2_000_000
"""Of all outlines with texts that were met once, or in which no variable can stand for a text."""

MAX_LIFTED_TOKENS = 400
"""Of a document in which variables are to stand for texts: putting them there takes half as long
as validating, and the longest documents take 30 ms of the 50 that there are (docs/invariants.md
§10)."""

TOKEN_BYTES = 1_000
"""A token's part of a tree; a field's part of a function that writes it is about as much."""


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A valid document of this schema, and its operations by name. ``tokens`` of its text."""

    operations: Mapping[str, PreparedOperation]
    tokens: int

    @property
    def weight(self) -> int:
        return self.tokens + sum(each.written_fields for each in self.operations.values())

    def operation(self, name: str | None) -> PreparedOperation:
        """The operation to run (GraphQL specification, GetOperation). Raises Refused."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name or "")
        if found is None or name is None:
            raise Refused(ErrorCode.OPERATION_UNKNOWN)
        return found


@dataclass(frozen=True, slots=True, repr=False)
class SentDocument:
    """What one request asks: a document that others may share, and ``texts``, the values of the
    variables that stand for its text values."""

    prepared: PreparedDocument
    texts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Remembered:
    """``variables`` are those of ``lifted`` alone; both are None if there was nothing to lift."""

    prepared: PreparedDocument
    lifted: LiftedDocument | None = None
    variables: PreparedVariables | None = None

    def sent(self, texts: Mapping[int, str]) -> SentDocument | None:
        """None if a value does not fit: whoever looks at the values themselves says why."""
        if self.lifted is None or self.variables is None:
            return SentDocument(self.prepared)
        given = self.lifted.given(texts)
        if self.variables.read(given) is None:
            return None
        return SentDocument(self.prepared, given)


_Key = tuple[str, tuple[int, ...]]
"""An outline, and which of its texts are the same."""


class PreparedDocuments:
    """The documents of one schema. The least recently used are forgotten first."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._guarded = GuardedFields(schema)
        self._introspection = introspection
        self._remembered: BoundedMemory[_Key, _Remembered]
        self._remembered = BoundedMemory(REMEMBERED_BYTES)
        self._met: BoundedMemory[_Key, bool] = BoundedMemory(MET_BYTES)

    def prepare(self, text: str) -> SentDocument:
        """``text`` as a document that can be run. Raises Refused, RefusedDocument."""
        key: _Key = text, ()
        known = self._remembered.get(key)
        if known is not None:  # the text is its own outline
            self._keep(key, known)
            return SentDocument(known.prepared)
        apart = set_apart(text)
        key = apart.outline, apart.pattern
        known = self._remembered.get(key) or self._lifted_again(key, apart)
        sent = None if known is None else known.sent(apart.texts)
        if sent is None:
            sent = SentDocument(self._made(apart.bare))
            known = known or self._first_met(key, apart, sent.prepared)
        if known is not None:
            self._keep(key, known)
        return sent

    def _keep(self, key: _Key, known: _Remembered) -> None:
        """As the one that was used last."""
        size = known.prepared.weight * TOKEN_BYTES + sys.getsizeof(key[0])
        self._remembered.put(key, known, size=size)

    def _first_met(
        self, key: _Key, apart: SetApart, prepared: PreparedDocument
    ) -> _Remembered | None:
        """None if nothing of it may be remembered but that it was met, or not even that."""
        if not apart.is_simple:
            return None
        if not apart.texts:
            return _Remembered(prepared)
        if prepared.tokens <= MAX_LIFTED_TOKENS and self._met.get(key) is None:
            self._met.put(key, True, size=sys.getsizeof(apart.outline))
        return None

    def make(self, text: str) -> PreparedDocument:
        """``text`` as it is, and not remembered here. Raises Refused, RefusedDocument."""
        return self._made(set_apart(text).bare)

    def _lifted_again(self, key: _Key, apart: SetApart) -> _Remembered | None:
        """Once the outline is met for the second time: a document that is sent once costs no more
        than making it."""
        if not self._met.get(key):
            return None
        numbers = dict(zip(apart.texts, apart.pattern, strict=True))
        try:
            document = lifted(self._schema, _parse(apart.outline), numbers)
            tokens = check_text(apart.outline, introspection=self._introspection)
            prepared = self._checked(document.document, tokens)
            variables = PreparedVariables(self._schema, document.definitions)
        except (CannotLift, Refused):
            self._met.put(key, False, size=sys.getsizeof(apart.outline))
            return None
        self._met.forget(key)
        return _Remembered(prepared, document, variables)

    def _made(self, bare: str) -> PreparedDocument:
        tokens = check_text(bare, introspection=self._introspection)
        return self._checked(_parse(bare), tokens)

    def _checked(self, node: DocumentNode, tokens: int) -> PreparedDocument:
        check_tree(node)
        check_validity(self._schema, node, name_the_schema=self._introspection)
        guarded = self._guarded.of(node)
        operations = {
            name: PreparedOperation(self._schema, node, each, guarded.get(name, frozenset()))
            for name, each in _operations(node).items()
        }
        return PreparedDocument(operations, tokens)


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
