"""Trusted documents that a coordinator registers while the hub runs, or an operator beside it.

Responsible for what may be registered: a document that the hub would answer, with nothing in it
that may name a traveler, because its text lies in the database. Refuses to know who may register
one (``authorization``, or the account on the hub's machine).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import msgspec
from graphql import GraphQLError, OperationDefinitionNode, parse

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.document_errors import RefusedDocument
from tongxing.gateway.graphql.document_ids import digest_of_id, digest_of_text
from tongxing.gateway.graphql.documents import PreparedDocument
from tongxing.gateway.graphql.set_apart import set_apart
from tongxing.gateway.storage.document_registry import (
    DocumentRegistry,
    NewDocument,
    RegisteredDocument,
)
from tongxing.schema import RefusalCode

_CODES: Mapping[ErrorCode, RefusalCode] = MappingProxyType(
    {
        ErrorCode.DOCUMENT_SYNTAX: RefusalCode.TRUSTED_DOCUMENT_SYNTAX,
        ErrorCode.DOCUMENT_INVALID: RefusalCode.TRUSTED_DOCUMENT_INVALID,
        ErrorCode.DOCUMENT_TOO_LARGE: RefusalCode.TRUSTED_DOCUMENT_TOO_LARGE,
        ErrorCode.DOCUMENT_TOO_DEEP: RefusalCode.TRUSTED_DOCUMENT_TOO_DEEP,
        ErrorCode.DOCUMENT_TOO_COMPLEX: RefusalCode.TRUSTED_DOCUMENT_TOO_COMPLEX,
        ErrorCode.TOO_MUCH_INTROSPECTION: RefusalCode.TRUSTED_DOCUMENT_TOO_COMPLEX,
        ErrorCode.INTROSPECTION_DISABLED: RefusalCode.TRUSTED_DOCUMENT_INTROSPECTS,
    }
)
"""What refuses a document that is sent refuses it here too; any other code is about a value in
it."""


class NotRegistered(Exception):
    """``line`` and ``column`` are those of the text, from 1; 0 means the text as a whole.
    ``reason`` says more in English, in the schema's own names; it may be empty."""

    def __init__(self, code: RefusalCode, line: int = 0, column: int = 0, reason: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.line = line
        self.column = column
        self.reason = reason


class _Place(msgspec.Struct, frozen=True):
    line: int = 0
    column: int = 0


class _Told(msgspec.Struct, frozen=True):
    """One of the errors of a refused document, as a client would read it."""

    message: str
    locations: tuple[_Place, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRegistration:
    """``make`` prepares a document or refuses it; ``clock`` gives aware UTC times. All methods
    raise NotRegistered, StorageUnavailable."""

    registry: DocumentRegistry
    make: Callable[[str], PreparedDocument]
    clock: Callable[[], datetime]

    async def register(self, text: str, *, by: str, request_id: str) -> RegisteredDocument:
        """The document as it is registered now. The same text twice is one document."""
        operations = self._operations(text)
        new = NewDocument(
            digest=digest_of_text(text),
            text=set_apart(text).bare,
            operations=tuple(filter(None, operations)),
            at=self.clock(),
            by=by,
        )
        registered = await self.registry.register(new, request_id=request_id)
        if registered is None:
            raise NotRegistered(RefusalCode.TRUSTED_DOCUMENTS_FULL)
        return registered

    async def withdraw(self, unchecked_id: str, *, by: str, request_id: str) -> RegisteredDocument:
        """What was registered until now."""
        digest, withdrawn = digest_of_id(unchecked_id), None
        if digest is not None:
            at = self.clock()
            withdrawn = await self.registry.withdraw(digest, at=at, by=by, request_id=request_id)
        if withdrawn is None:
            raise NotRegistered(RefusalCode.TRUSTED_DOCUMENT_NOT_FOUND)
        return withdrawn

    def _operations(self, text: str) -> tuple[str, ...]:
        """Their names, in a document that may be registered."""
        try:
            prepared = self.make(text)
        except Refused as refused:
            raise _not_registered(text, refused) from None
        apart = set_apart(text)
        if apart.texts or not apart.is_simple:
            raise NotRegistered(RefusalCode.TRUSTED_DOCUMENT_HOLDS_TEXTS)
        return tuple(prepared.operations)


def _not_registered(text: str, refused: Refused) -> NotRegistered:
    code = _CODES.get(refused.code, RefusalCode.TRUSTED_DOCUMENT_INVALID)
    if code is RefusalCode.TRUSTED_DOCUMENT_INVALID and _lacks_a_name(text):
        return NotRegistered(RefusalCode.TRUSTED_DOCUMENT_UNNAMED)
    if not isinstance(refused, RefusedDocument):
        return NotRegistered(code)
    told = msgspec.convert(refused.errors[0], _Told)
    at = told.locations[0] if told.locations else _Place()
    return NotRegistered(code, at.line, at.column, told.message)


def _lacks_a_name(text: str) -> bool:
    """One operation may do without; of several each is chosen by its name."""
    try:
        definitions = parse(text).definitions
    except GraphQLError:
        return False
    names = [each.name for each in definitions if isinstance(each, OperationDefinitionNode)]
    return len(names) > 1 and None in names
