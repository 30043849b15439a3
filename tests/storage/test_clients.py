"""The registry of client systems: what is registered, who is found, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import msgpack

from tests.back_ends import open_database, run_sql
from tests.storage.conftest import Store
from tests.storage.disk import Disk, Moment, fail
from tests.storage.records import AT
from tests.storage.registrations import client, jwk
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.audit import AuditFilter, AuditLog
from tongxing.gateway.storage.clients import (
    Client,
    ClientRegistry,
    InvalidClient,
    RememberedClients,
)
from tongxing.gateway.storage.clients.registration import KEYS_MAX
from tongxing.gateway.storage.clients.registry import REMEMBERED_BYTES
from tongxing.gateway.storage.looked_up import REMEMBERED_SECONDS
from tongxing.gateway.storage.news import News
from tongxing.gateway.storage.slices import Slice
from tongxing.keys.signing import Sm2Signer
from tongxing.keys.token_binding import BindingKind
from tongxing.schema import Purpose
from tongxing.schema.audit_words import AdministrativeAction, AuditKind
from tongxing.schema.scope import Scope

CLIENT_BYTES = 5_000
"""What a client with one key takes, at the least."""

WHO = {"actor": "command-line", "request_id": "request-1"}


async def test_a_client_is_found_as_it_was_added(store: Store) -> None:
    added = client(jwks=[jwk("key-1"), jwk("key-2")])
    assert await store.clients.add(added, **WHO)
    found = await store.clients.find("city-system")
    assert found == added
    assert found.scopes == {Scope.STATUS_READ, Scope.CODE_VERIFY} == {"status:read", "code:verify"}
    assert found.purposes == {Purpose.ENTRY, Purpose.VENUE}


async def test_a_client_stays_bound_whatever_it_is_granted(store: Store) -> None:
    await store.clients.add(client(bound="dpop"), **WHO)
    granted = await store.clients.grant("city-system", [Scope.ARRIVAL_READ], at=AT, **WHO)
    found = await store.clients.find("city-system")
    assert granted == found
    assert found is not None
    assert found.bound is BindingKind.DPOP


async def test_a_client_of_before_tokens_were_bound_is_found(path: Path) -> None:
    added = client()
    async with open_database(path) as database:
        await ClientRegistry(database).add(added, **WHO)
        ((content,),) = run_sql(path, "SELECT content FROM clients")
        before = msgpack.encode(msgpack.decode(content)[:5])
        run_sql(path, "UPDATE clients SET content = ?", parameters=(before,))
        assert await ClientRegistry(database).find("city-system") == added


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


async def test_a_client_is_granted_more_and_keeps_what_it_had(store: Store) -> None:
    """A right that is split off an older one is given by an operator, not by an update."""
    await store.clients.add(client(), **WHO)
    for _ in range(2):
        granted = await store.clients.grant(
            "city-system", [Scope.ARRIVAL_ACKNOWLEDGE], at=AT, **WHO
        )
    assert granted is not None
    assert granted == await store.clients.find("city-system")
    assert granted.scopes == {*client().scopes, Scope.ARRIVAL_ACKNOWLEDGE}
    page = await store.audit.page(AuditFilter(kind=AuditKind.ADMINISTRATION), Slice(10))
    actions = [getattr(entry.record, "action", None) for entry in page.items]
    assert actions == [AdministrativeAction.CLIENT_ADDED, AdministrativeAction.CLIENT_GRANTED]


async def test_nothing_is_granted_to_a_client_that_is_revoked_or_unknown(store: Store) -> None:
    await store.clients.add(client(), **WHO)
    await store.clients.revoke("city-system", at=AT, **WHO)
    for client_id in ("city-system", "stranger"):
        asked = store.clients.grant(client_id, [Scope.ARRIVAL_READ], at=AT, **WHO)
        assert await asked is None


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
    page = await store.audit.page(AuditFilter(kind=AuditKind.ADMINISTRATION), Slice(10))
    actions = [(entry.record.action.value, entry.record.client_id) for entry in page.items]  # type: ignore[union-attr]
    assert actions == [("CLIENT_ADDED", "city-system"), ("CLIENT_REVOKED", "city-system")]
    await store.audit.verify()


@pytest.mark.parametrize("number", range(1, 8))
async def test_a_change_and_its_record_are_both_there_or_neither(path: Path, number: int) -> None:
    disk = Disk()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        registry = ClientRegistry(database)
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
    async with open_database(path) as database:
        registry = ClientRegistry(database)
        await registry.add(client(), **WHO)
        run_sql(path, "UPDATE clients SET content = x'95c0c0c0c0c0'")
        with pytest.raises(StorageUnavailable):
            await registry.find("city-system")


async def test_a_scope_that_no_longer_exists_opens_nothing(path: Path) -> None:
    added = client()
    async with open_database(path) as database:
        registry = ClientRegistry(database)
        await registry.add(added, **WHO)
        ((content,),) = run_sql(path, "SELECT content FROM clients")
        renamed = content.replace(Scope.CODE_VERIFY.encode(), b"trust:write")
        run_sql(path, "UPDATE clients SET content = ?", parameters=(renamed,))
        found = await registry.find(added.id)
    assert found is not None
    assert found.scopes == added.scopes - {Scope.CODE_VERIFY}


class CountingRegistry(ClientRegistry):
    asked = 0

    async def find(self, client_id: str) -> Client | None:
        self.asked += 1
        return await super().find(client_id)


class Remembering:
    """A registry and the memory over it, at the time ``seconds``. What ``news`` is not told of,
    another process has done."""

    def __init__(self, database: Database) -> None:
        self.seconds = 0.0
        self.news = News()
        self.database = database
        self.registry = CountingRegistry(database)
        self.clients = RememberedClients(self.registry, lambda: self.seconds, self.news)


@pytest.fixture
async def here(path: Path) -> AsyncIterator[Remembering]:
    async with open_database(path) as database:
        yield Remembering(database)


async def test_a_revocation_takes_effect_within_five_seconds(here: Remembering) -> None:
    await here.registry.add(client(), **WHO)
    assert await here.clients.find("city-system") is not None
    await here.registry.revoke("city-system", at=AT, **WHO)
    here.seconds = REMEMBERED_SECONDS - 0.001
    assert await here.clients.find("city-system") is not None
    here.seconds = REMEMBERED_SECONDS
    assert await here.clients.find("city-system") is None
    assert REMEMBERED_SECONDS <= 5


async def test_many_requests_of_a_client_cost_one_look_up(here: Remembering) -> None:
    await here.registry.add(client(), **WHO)
    for _ in range(1_000):
        await here.clients.find("city-system")
    assert here.registry.asked == 1


async def test_a_client_that_is_added_is_found_at_once(here: Remembering) -> None:
    assert await here.clients.find("city-system") is None
    await here.registry.add(client(), **WHO)
    assert await here.clients.find("city-system") is not None


async def test_while_the_registry_is_down_no_client_is_let_in_on_old_knowledge(
    here: Remembering,
) -> None:
    await here.registry.add(client(), **WHO)
    await here.clients.find("city-system")
    await here.database.close()
    here.seconds = REMEMBERED_SECONDS
    with pytest.raises(StorageUnavailable):
        await here.clients.find("city-system")


async def test_what_is_remembered_is_bounded(here: Remembering) -> None:
    key, most = jwk(), REMEMBERED_BYTES // CLIENT_BYTES
    numbers = range(most + 1)
    added = (client(id=f"c{number}", jwks=[key]) for number in numbers)
    await asyncio.gather(*(here.registry.add(each, **WHO) for each in added))
    for number in numbers:
        await here.clients.find(f"c{number}")
    before = here.registry.asked
    await here.clients.find(f"c{most}")
    assert here.registry.asked == before
    await here.clients.find("c0")
    assert here.registry.asked == before + 1
