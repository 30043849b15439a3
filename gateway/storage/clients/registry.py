"""The client registry, audited by the same COMMIT, and a short memory of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from msgspec import Struct, msgpack

from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.clients.registered_key import as_stored, from_stored, lasting
from tongxing.gateway.storage.clients.registration import Client, register
from tongxing.gateway.storage.clients.told_changes import client_changes
from tongxing.gateway.storage.columns import as_written, from_microseconds, microseconds, or_none
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.looked_up import LookedUp
from tongxing.gateway.storage.news import News, Topic
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.scope import Scope

R = TypeVar("R")

REMEMBERED_BYTES = 32_000_000
"""For the clients that asked in the last seconds: some 4,000 of an ordinary size."""


class ClientRegistry:
    """``actor`` says in the audit log who made a change; the change and its record are committed
    together. All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, client: Client, *, actor: str, request_id: str) -> bool:
        """Whether ``client`` was added; False if its id was ever used before."""
        record = AdministrationRecord(
            at=client.created_at,
            request_id=request_id,
            client_id=client.id,
            action=AdministrativeAction.CLIENT_ADDED,
            actor=actor,
        )
        return await self._database.write(partial(add_client, client=client, record=record))

    async def revoke(self, client_id: str, *, at: datetime, actor: str, request_id: str) -> bool:
        """Whether an active client was revoked; False if no active client has this id."""
        record = AdministrationRecord(
            at=at,
            request_id=request_id,
            client_id=client_id,
            action=AdministrativeAction.CLIENT_REVOKED,
            actor=actor,
        )
        return await self._change(_REVOKE, (microseconds(at), client_id), record)

    async def grant(
        self, client_id: str, scopes: Iterable[Scope], *, at: datetime, actor: str, request_id: str
    ) -> Client | None:
        """The active client of this id, with ``scopes`` besides those that it had; None if no
        active client has this id. What it has already is not recorded again."""
        record = AdministrationRecord(
            at=at,
            request_id=request_id,
            client_id=client_id,
            action=AdministrativeAction.CLIENT_GRANTED,
            actor=actor,
        )
        granted = frozenset(scopes)

        def more(before: Client) -> Client:
            return replace(before, scopes=before.scopes | granted)

        return await self.change(more, record)

    async def change(
        self, make: Callable[[Client], Client | R], record: AdministrationRecord
    ) -> Client | R | None:
        """What ``make`` makes of the active client that ``record`` names: the client as it is from
        now on, or a refusal, which changes nothing; None if no active client has this id. ``make``
        is called inside the transaction. What changed is recorded; no change is not."""
        client_id = record.client_id

        def work(unit: UnitOfWork) -> Client | R | None:
            rows = unit.execute(_FIND, (client_id,))
            if not rows:
                return None
            before = _decode(*rows[0])
            after = make(before)
            if isinstance(after, Client) and after != before:
                told = replace(record, changes=tuple(client_changes(before, after)))
                unit.execute(_CHANGE, (_encode(after), client_id))
                unit.record([encode_record(told)])
                unit.announce(Topic.CLIENTS)
            return after

        return await self._database.write(work)

    async def find(self, client_id: str) -> Client | None:
        """The active client of this id; None if it is unknown or was revoked. A client that cannot
        be looked up is not let in: StorageUnavailable."""
        rows = await self._database.fetch(_FIND, (client_id,))
        return _decode(*rows[0]) if rows else None

    async def list(self) -> Sequence[Client]:
        """All clients that were ever registered, by id."""
        return [_decode(*row) for row in await self._database.fetch(_LIST)]

    async def _change(
        self, sql: str, parameters: Sequence[object], record: AdministrationRecord
    ) -> bool:
        return await self._database.write(
            partial(_recorded, sql=sql, parameters=parameters, record=record)
        )


def add_client(unit: UnitOfWork, client: Client, record: AdministrationRecord) -> bool:
    """Whether ``client`` was added, and recorded; False if its id was ever used before."""
    row = (client.id, _encode(client), microseconds(client.created_at))
    return _recorded(unit, _ADD, row, record)


def is_registered(unit: UnitOfWork, client_id: str) -> bool:
    """Whether a client of this id is registered, or was before it was revoked."""
    return bool(unit.execute(_KNOWN, (client_id,)))


def _recorded(
    unit: UnitOfWork, sql: str, parameters: Sequence[object], record: AdministrationRecord
) -> bool:
    """Do ``sql`` and, if it changed anything, record it."""
    changed = bool(unit.execute(sql, parameters))
    if changed:
        unit.record([encode_record(record)])
        unit.announce(Topic.CLIENTS)
    return changed


class RememberedClients:
    """``find`` of a registry, of a client that asked lately without a look."""

    def __init__(self, registry: ClientRegistry, clock: Callable[[], float], news: News) -> None:
        self._registry = registry
        self._remembered: LookedUp[str, Client]
        self._remembered = LookedUp(REMEMBERED_BYTES, news, Topic.CLIENTS, clock)

    async def find(self, client_id: str, *, anew: bool = False) -> Client | None:
        """See ClientRegistry.find. With ``anew`` what is remembered does not count: a client comes
        with a key that it was given elsewhere, before the news of it is here."""
        if anew:
            self._remembered.forget(client_id)
        return await self._remembered.of(client_id, self._registry.find, _size)


def _size(client: Client) -> int:
    """In memory, in bytes, at the most."""
    members = len(client.regions) + len(client.scopes) + len(client.purposes)
    return 2_000 + 4 * len(client.name) + 150 * members + 3_000 * len(client.keys)


_ADD = """
    INSERT INTO clients (id, content, created_at) VALUES (?, ?, ?)
    ON CONFLICT (id) DO NOTHING RETURNING 1
"""
_KNOWN = "SELECT 1 FROM clients WHERE id = ?"
_REVOKE = "UPDATE clients SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING 1"
_CHANGE = "UPDATE clients SET content = ? WHERE id = ? RETURNING 1"
_COLUMNS = "id, content, created_at, revoked_at"
_FIND = f"SELECT {_COLUMNS} FROM clients WHERE id = ? AND revoked_at IS NULL"  # noqa: S608 - constants
_LIST = f"SELECT {_COLUMNS} FROM clients ORDER BY id"  # noqa: S608 - constants


_SCOPES = frozenset(Scope)


class _Content(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    name: str
    regions: tuple[str, ...]
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    jwks: tuple[dict[str, str], ...]
    bound: str = ""


class _ContentOfHub(_Content, frozen=True):
    """The same with the issuers whose statements may be passed on to the client behind it. Without
    any it is written as it always was."""

    relays: tuple[str, ...] = ()


def _encode(client: Client) -> bytes:
    content = (
        client.name,
        tuple(sorted(client.regions)),
        tuple(sorted(client.scopes)),
        tuple(sorted(purpose.name for purpose in client.purposes)),
        tuple(map(as_stored, client.keys)),
        "" if client.bound is None else client.bound.value,
    )
    if not client.relays:
        return msgpack.encode(_Content(*content))
    return msgpack.encode(_ContentOfHub(*content, tuple(sorted(client.relays))))


def _decode(client_id: str, stored: bytes, created_at: int, revoked_at: int | None) -> Client:
    """Checked like a new client: the file is trusted no more than an operator. A scope that no
    longer exists opens nothing."""
    with as_written("clients"):
        content = msgpack.decode(stored, type=_ContentOfHub)
        client = register(
            id=client_id,
            name=content.name,
            regions=content.regions,
            scopes=[scope for scope in content.scopes if scope in _SCOPES],
            purposes=content.purposes,
            jwks=lasting(content.jwks),
            at=from_microseconds(created_at),
            bound=content.bound,
            is_person=not content.jwks,
            relays=content.relays,
        )
        return replace(
            client,
            keys=tuple(map(from_stored, content.jwks)),
            revoked_at=or_none(from_microseconds, revoked_at),
        )
