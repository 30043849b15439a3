"""The registry of trusted documents, audited by the same COMMIT, and a short memory of it.

Responsible for which documents are registered, and for there not being too many. Refuses to know
what a document says: whoever registers one has looked at it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.columns import as_written, from_microseconds, microseconds, typed
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.looked_up import LookedUp
from tongxing.gateway.storage.news import News, Topic
from tongxing.gateway.storage.slices import Listing, Slice, Sliced
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys import base64url
from tongxing.schema.audit_words import AdministrativeAction

DOCUMENT_CURSORS = Cursors("d1")

MAX_REGISTERED = 1_000
"""Documents. Every program of a province's systems asks some ten."""

MAX_REGISTERED_BYTES = 4_000_000
"""Of all texts together, in UTF-8."""

REMEMBERED_BYTES = 8_000_000
"""Twice all texts that may be registered: a character takes a byte, or two to four of few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """``digest`` is the SHA-256 of the text that was handed in, ``text`` is what is kept of it.
    ``by`` says who registers it."""

    digest: bytes
    text: str
    operations: tuple[str, ...]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredDocument(NewDocument):
    """``number`` is never given to another one."""

    number: int


class DocumentRegistry:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, new: NewDocument, *, request_id: str) -> RegisteredDocument | None:
        """The document as it is registered now; None if there is no room for it. One that is
        registered already stays as it is, and is not recorded again."""
        entry = _entry(AdministrativeAction.DOCUMENT_REGISTERED, new.digest, new, request_id)
        row = (
            new.digest,
            new.text,
            " ".join(new.operations),
            microseconds(new.at),
            new.by,
        )

        def work(unit: UnitOfWork) -> RegisteredDocument | None:
            found = unit.execute(_FIND, (new.digest,))
            if not found and _has_room(unit, len(new.text.encode())):
                found = unit.execute(_REGISTER, row)
                unit.record([entry])
                unit.announce(Topic.DOCUMENTS)
            return _document(*found[0]) if found else None

        return await self._database.write(work)

    async def withdraw(
        self, digest: bytes, *, at: datetime, by: str, request_id: str
    ) -> RegisteredDocument | None:
        """What was registered under ``digest`` until now; None if nothing was."""
        entry = _entry(AdministrativeAction.DOCUMENT_WITHDRAWN, digest, _Act(at, by), request_id)

        def work(unit: UnitOfWork) -> RegisteredDocument | None:
            withdrawn = unit.execute(_WITHDRAW, (digest,))
            if withdrawn:
                unit.record([entry])
                unit.announce(Topic.DOCUMENTS)
            return _document(*withdrawn[0]) if withdrawn else None

        return await self._database.write(work)

    async def find(self, digest: bytes) -> RegisteredDocument | None:
        rows = await self._database.fetch(_FIND, (digest,))
        return _document(*rows[0]) if rows else None

    async def page(self, wanted: Slice) -> Sliced[RegisteredDocument]:
        """Those of ``wanted``, in the order in which they were registered."""
        found = await self._database.read(partial(_DOCUMENTS.read, wanted))
        return found.each(lambda number, row: _document(number, *row))

    async def behind(self, number: int) -> RegisteredDocument | None:
        """The first with a higher number."""
        rows = await self._database.fetch(_BEHIND, (number,))
        return _document(*rows[0]) if rows else None


class RememberedDocuments:
    """``text`` of a registry, of a document that was named lately without a look."""

    def __init__(self, registry: DocumentRegistry, clock: Callable[[], float], news: News) -> None:
        self._registry = registry
        self._remembered: LookedUp[bytes, str]
        self._remembered = LookedUp(REMEMBERED_BYTES, news, Topic.DOCUMENTS, clock)

    async def text(self, digest: bytes) -> str | None:
        """Of the registered document; None if there is none. Raises StorageUnavailable."""
        return await self._remembered.of(digest, self._look_up, _size)

    async def _look_up(self, digest: bytes) -> str | None:
        found = await self._registry.find(digest)
        return None if found is None else found.text


def _size(text: str) -> int:
    return len(text.encode())


@dataclass(frozen=True, slots=True)
class _Act:
    at: datetime
    by: str


def _entry(
    action: AdministrativeAction, digest: bytes, act: NewDocument | _Act, request_id: str
) -> Any:
    record = AdministrationRecord(
        at=act.at,
        request_id=request_id,
        client_id=act.by,
        action=action,
        actor=act.by,
        document_digest=base64url.encode(digest),
    )
    return encode_record(record)


def _has_room(unit: UnitOfWork, size: int) -> bool:
    ((number, taken),) = unit.execute(_TAKEN)
    return bool(number < MAX_REGISTERED and taken + size <= MAX_REGISTERED_BYTES)


def _document(number: int, digest: object, *columns: Any) -> RegisteredDocument:
    """Raises StorageDamaged."""
    text, operations, registered_at, registered_by = columns
    with as_written("registered_documents"):
        return RegisteredDocument(
            number=number,
            digest=typed(digest, bytes),
            text=typed(text, str),
            operations=tuple(typed(operations, str).split()),
            at=from_microseconds(registered_at),
            by=typed(registered_by, str),
        )


_COLUMNS = "digest, text, operations, registered_at, registered_by"
_DOCUMENTS = Listing("registered_documents", _COLUMNS)
_FIND = f"SELECT number, {_COLUMNS} FROM registered_documents WHERE digest = ?"  # noqa: S608 - constants
_BEHIND = f"""
    SELECT number, {_COLUMNS} FROM registered_documents WHERE number > ? ORDER BY number LIMIT 1
"""  # noqa: S608 - constants
_TAKEN = """
    SELECT count(*), CAST(coalesce(sum(octet_length(text)), 0) AS BIGINT) FROM registered_documents
"""
_REGISTER = f"""
    INSERT INTO registered_documents ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)
    RETURNING number, {_COLUMNS}
"""  # noqa: S608 - constants
_WITHDRAW = f"""
    DELETE FROM registered_documents WHERE digest = ? RETURNING number, {_COLUMNS}
"""  # noqa: S608 - constants
