"""The registry of client systems: what is registered, who is found, and for how long."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.storage.conftest import Store
from tests.storage.disk import Disk, Moment, fail
from tests.storage.records import AT
from tests.storage.registrations import client, jwk
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.audit import AuditFilter, AuditKind, SqliteAuditLog
from tongxing.gateway.storage.clients import (
    Client,
    InvalidClient,
    RememberedClients,
    Scope,
    SqliteClientRegistry,
)
from tongxing.gateway.storage.clients.client import KEYS_MAX
from tongxing.gateway.storage.clients.registry import REMEMBERED_CLIENTS, REMEMBERED_SECONDS
from tongxing.keys.signing import Sm2Signer
from tongxing.schema import Purpose

WHO = {"actor": "command-line", "request_id": "request-1"}


async def test_a_client_is_found_as_it_was_added(store: Store) -> None:
    added = client(jwks=[jwk("key-1"), jwk("key-2")])
    assert await store.clients.add(added, **WHO)
    found = await store.clients.find("city-system")
    assert found == added
    assert found.scopes == {Scope.STATUS_READ, Scope.CODE_VERIFY} == {"status:read", "code:verify"}
    assert found.purposes == {Purpose.ENTRY, Purpose.VENUE}


async def test_a_stranger_is_not_found(store: Store) -> None:
    assert await store.clients.find("stranger") is None
    assert list(await store.clients.list()) == []


async def test_an_id_is_given_once(store: Store) -> None:
    first = client()
    assert await store.clients.add(first, **WHO)
    assert not await store.clients.add(client(name="another"), **WHO)
    await store.clients.revoke("city-system", at=AT, **WHO)
    assert not await store.clients.add(client(name="another"), **WHO)
    assert [listed.name for listed in await store.clients.list()] == [first.name]


async def test_a_revoked_client_is_listed_and_not_found(store: Store) -> None:
    later = AT + timedelta(days=1)
    await store.clients.add(client(), **WHO)
    assert await store.clients.revoke("city-system", at=later, **WHO)
    assert await store.clients.find("city-system") is None
    [listed] = await store.clients.list()
    assert listed.revoked_at == later


async def test_revoking_twice_or_nobody_changes_nothing(store: Store) -> None:
    await store.clients.add(client(), **WHO)
    assert await store.clients.revoke("city-system", at=AT, **WHO)
    assert not await store.clients.revoke("city-system", at=AT + timedelta(days=1), **WHO)
    assert not await store.clients.revoke("stranger", at=AT, **WHO)
    [listed] = await store.clients.list()
    assert listed.revoked_at == AT


async def test_each_change_is_in_the_audit_log_and_nothing_else_is(store: Store) -> None:
    await store.clients.add(client(), **WHO)
    await store.clients.add(client(), **WHO)
    await store.clients.revoke("city-system", at=AT, **WHO)
    await store.clients.revoke("city-system", at=AT, **WHO)
    page = await store.audit.page(AuditFilter(kind=AuditKind.ADMINISTRATION), 10, None)
    actions = [(entry.record.action.value, entry.record.client_id) for entry in page.entries]  # type: ignore[union-attr]
    assert actions == [("CLIENT_ADDED", "city-system"), ("CLIENT_REVOKED", "city-system")]
    await store.audit.verify()


@pytest.mark.parametrize("number", range(1, 8))
async def test_a_change_and_its_record_are_both_there_or_neither(path: Path, number: int) -> None:
    disk = Disk()
    async with Database.open(path, disk.connect) as database:
        log = await SqliteAuditLog.open(database)
        registry = SqliteClientRegistry(database, log)
        disk.arm(number, Moment.BEFORE, fail)
        with pytest.raises(StorageUnavailable):
            await registry.add(client(), **WHO)
        assert (await registry.find("city-system"), await log.head()) == (None, None)
        assert await registry.add(client(), **WHO)
        assert (await registry.find("city-system"), await log.head()) != (None, None)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an id with a path in it": ({"id": "../hub"}, "id"),
    "an upper-case id": ({"id": "City"}, "id"),
    "an id of 64 characters": ({"id": "a" * 64}, "id"),
    "no name": ({"name": ""}, "name"),
    "a name with a line break": ({"name": "a\nb"}, "name"),
    "a name with a space behind": ({"name": "a "}, "name"),
    "a name of 101 characters": ({"name": "a" * 101}, "name"),
    "no region": ({"regions": []}, "regions"),
    "a region of five digits": ({"regions": ["32110"]}, "regions"),
    "a region in full-width digits": ({"regions": ["３２１１００"]}, "regions"),
    "no scope": ({"scopes": []}, "scopes"),
    "an unknown scope": ({"scopes": ["status:write"]}, "scopes"),
    "a scope with a space": ({"scopes": ["status:read "]}, "scopes"),
    "no purpose": ({"purposes": []}, "purposes"),
    "a purpose in lower case": ({"purposes": ["entry"]}, "purposes"),
    "no key": ({"jwks": []}, "keys"),
    "too many keys": ({"jwks": [jwk(f"k{n}") for n in range(KEYS_MAX + 1)]}, "keys"),
    "two keys of one kid": ({"jwks": [jwk("k"), jwk("k")]}, "keys"),
    "a key without a kid": (
        {"jwks": [{name: value for name, value in jwk().items() if name != "kid"}]},
        "keys",
    ),
    "a kid that is a path": ({"jwks": [jwk("../../k")]}, "keys"),
    "a private key": ({"jwks": [{**jwk(), "d": "AAAA"}]}, "keys"),
    "an SM2 key, which no JWS algorithm uses": (
        {"jwks": [{**Sm2Signer.generate().public_jwk(), "kid": "k"}]},
        "keys",
    ),
    "a symmetric key": ({"jwks": [{"kty": "oct", "k": "AAAA", "kid": "k"}]}, "keys"),
    "a time without a zone": ({"at": datetime(2020, 3, 6)}, "at"),  # noqa: DTZ001 - the case
}


@pytest.mark.parametrize(("changes", "field"), REFUSED.values(), ids=REFUSED)
def test_is_not_registered(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidClient) as refused:
        client(**changes)
    assert refused.value.field == field


async def test_what_storage_holds_is_checked_like_what_an_operator_gives(path: Path) -> None:
    async with Database.open(path) as database:
        registry = SqliteClientRegistry(database, await SqliteAuditLog.open(database))
        await registry.add(client(), **WHO)
        await database.write(lambda t: t.execute("UPDATE clients SET content = x'95c0c0c0c0c0'"))
        with pytest.raises(StorageUnavailable):
            await registry.find("city-system")


class Registry:
    """A registry that counts, and that can be told to fail."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.asked = 0
        self.is_down = False

    async def find(self, client_id: str) -> Client | None:
        self.asked += 1
        if self.is_down:
            raise StorageUnavailable("down")
        return self.clients.get(client_id)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_revocation_takes_effect_within_five_seconds() -> None:
    registry, clock = Registry(), Clock()
    remembered = RememberedClients(registry, clock)
    registry.clients["city-system"] = client()
    assert await remembered.find("city-system") is not None
    del registry.clients["city-system"]
    clock.seconds = REMEMBERED_SECONDS - 0.001
    assert await remembered.find("city-system") is not None
    clock.seconds = REMEMBERED_SECONDS
    assert await remembered.find("city-system") is None
    assert REMEMBERED_SECONDS <= 5


async def test_many_requests_of_a_client_cost_one_look_up() -> None:
    registry, clock = Registry(), Clock()
    remembered = RememberedClients(registry, clock)
    registry.clients["city-system"] = client()
    for _ in range(1_000):
        await remembered.find("city-system")
    assert registry.asked == 1


async def test_a_client_that_is_added_is_found_at_once() -> None:
    registry, clock = Registry(), Clock()
    remembered = RememberedClients(registry, clock)
    assert await remembered.find("city-system") is None
    registry.clients["city-system"] = client()
    assert await remembered.find("city-system") is not None


async def test_where_the_registry_is_down_nobody_is_let_in_on_old_knowledge() -> None:
    registry, clock = Registry(), Clock()
    remembered = RememberedClients(registry, clock)
    registry.clients["city-system"] = client()
    await remembered.find("city-system")
    registry.is_down = True
    clock.seconds = REMEMBERED_SECONDS
    with pytest.raises(StorageUnavailable):
        await remembered.find("city-system")


async def test_what_is_remembered_is_bounded() -> None:
    registry, clock = Registry(), Clock()
    remembered = RememberedClients(registry, clock)
    key = jwk()
    for number in range(REMEMBERED_CLIENTS + 1):
        registry.clients[f"c{number}"] = client(id=f"c{number}", jwks=[key])
        await remembered.find(f"c{number}")
    before = registry.asked
    await remembered.find(f"c{REMEMBERED_CLIENTS}")
    assert registry.asked == before
    await remembered.find("c0")
    assert registry.asked == before + 1
