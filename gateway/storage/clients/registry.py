"""The client registry in SQLite, audited by the same COMMIT, and a short memory of it."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, msgpack

from tongxing.gateway.storage import Database, StorageUnavailable, Transaction
from tongxing.gateway.storage.audit import (
    AdministrationRecord,
    AdministrativeAction,
    SqliteAuditLog,
)
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.clients.client import Client, register
from tongxing.gateway.storage.columns import from_microseconds, microseconds

REMEMBERED_SECONDS = 5.0
"""How long a revoked client may still be taken for an active one, at most (promises: revocation
takes effect within 5 s under load)."""

REMEMBERED_CLIENTS = 4_096


class Clients(Protocol):
    """All that most of the hub needs: who is this?"""

    async def find(self, client_id: str) -> Client | None:
        """The active client of that id; None where there is none, or where it was revoked. Raises
        StorageUnavailable: whoever cannot be looked up is not let in."""
        ...


class ClientRegistry(Clients, Protocol):
    """``actor`` names who did it, in the audit log; each change is recorded with the change."""

    async def add(self, client: Client, *, actor: str, request_id: str) -> bool:
        """Whether ``client`` was added; False where its id was ever given before."""
        ...

    async def revoke(self, client_id: str, *, at: datetime, actor: str, request_id: str) -> bool:
        """Whether an active client was revoked; False where there was none of that id."""
        ...

    async def list(self) -> Sequence[Client]:
        """All clients that ever were, by id."""
        ...


class RememberedClients:
    """``find`` of another registry, at most once in REMEMBERED_SECONDS for each client.

    Who is not there is not remembered: a client that is added may ask at once, and made-up ids
    take no room. ``clock`` is monotonic, in seconds.
    """

    def __init__(self, clients: Clients, clock: Callable[[], float]) -> None:
        self._clients = clients
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[float, Client]] = OrderedDict()

    async def find(self, client_id: str) -> Client | None:
        asked_at = self._clock()
        until, remembered = self._remembered.get(client_id, (asked_at, None))
        if asked_at < until:
            return remembered
        client = await self._clients.find(client_id)
        self._remembered.pop(client_id, None)
        if client is not None:
            self._remember(client, asked_at + REMEMBERED_SECONDS)
        return client

    def _remember(self, client: Client, until: float) -> None:
        """Counted from before the look-up began: what it found was true then, not later."""
        self._remembered[client.id] = (until, client)
        if len(self._remembered) > REMEMBERED_CLIENTS:
            self._remembered.popitem(last=False)


class SqliteClientRegistry:
    def __init__(self, database: Database, audit: SqliteAuditLog) -> None:
        self._database = database
        self._audit = audit

    async def add(self, client: Client, *, actor: str, request_id: str) -> bool:
        record = AdministrationRecord(
            at=client.created_at,
            request_id=request_id,
            client_id=client.id,
            action=AdministrativeAction.CLIENT_ADDED,
            actor=actor,
        )
        row = (client.id, _encode(client), microseconds(client.created_at))
        return await self._change(_ADD, row, record)

    async def revoke(self, client_id: str, *, at: datetime, actor: str, request_id: str) -> bool:
        record = AdministrationRecord(
            at=at,
            request_id=request_id,
            client_id=client_id,
            action=AdministrativeAction.CLIENT_REVOKED,
            actor=actor,
        )
        return await self._change(_REVOKE, (microseconds(at), client_id), record)

    async def find(self, client_id: str) -> Client | None:
        rows = await self._fetch(_FIND, (client_id,))
        return _decode(*rows[0]) if rows else None

    async def list(self) -> Sequence[Client]:
        return [_decode(*row) for row in await self._fetch(_LIST, ())]

    async def _change(
        self, sql: str, parameters: Sequence[object], record: AdministrationRecord
    ) -> bool:
        """Do ``sql`` and, where it changed something, record it; both or neither."""
        entry = encode_record(record)

        def work(transaction: Transaction) -> bool:
            changed = bool(transaction.execute(sql, parameters))
            if changed:
                self._audit.append_rows([entry], transaction)
            return changed

        return await self._database.write(work)

    async def _fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Any]:
        return await self._database.read(
            lambda connection: connection.execute(sql, parameters).fetchall()
        )


_ADD = """
    INSERT INTO clients (id, content, created_at) VALUES (?, ?, ?)
    ON CONFLICT (id) DO NOTHING RETURNING 1
"""
_REVOKE = "UPDATE clients SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING 1"
_COLUMNS = "id, content, created_at, revoked_at"
_FIND = f"SELECT {_COLUMNS} FROM clients WHERE id = ? AND revoked_at IS NULL"  # noqa: S608 - constants
_LIST = f"SELECT {_COLUMNS} FROM clients ORDER BY id"  # noqa: S608 - constants


class _Content(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    name: str
    regions: tuple[str, ...]
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    jwks: tuple[dict[str, str], ...]


def _encode(client: Client) -> bytes:
    return msgpack.encode(
        _Content(
            client.name,
            tuple(sorted(client.regions)),
            tuple(sorted(client.scopes)),
            tuple(sorted(purpose.name for purpose in client.purposes)),
            tuple({"kid": key.key_id, **key.public_key.to_jwk()} for key in client.keys),
        )
    )


def _decode(client_id: str, stored: bytes, created_at: int, revoked_at: int | None) -> Client:
    """Checked like a new one: the file is not believed more than an operator is."""
    try:
        content = msgpack.decode(stored, type=_Content)
        client = register(
            id=client_id,
            name=content.name,
            regions=content.regions,
            scopes=content.scopes,
            purposes=content.purposes,
            jwks=content.jwks,
            at=from_microseconds(created_at),
        )
    except ValueError as error:
        raise StorageUnavailable("a registered client cannot be read") from error
    if revoked_at is None:
        return client
    return replace(client, revoked_at=from_microseconds(revoked_at))
