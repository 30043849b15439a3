"""Clients that a test registers for itself, and what they send to change their keys by themselves.

Shares nothing with the code that reads such requests.
"""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.acceptance.callers import REGION, Caller
from tests.acceptance.forging import LASTS_SECONDS, Claims, SigningKey
from tests.acceptance.hubs import RunningHub
from tests.connection import connection
from tongxing.gateway.cli.local import LocalDatabase, existing_database
from tongxing.gateway.cli.main import run
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import AdministrationRecord, AuditFilter
from tongxing.gateway.storage.slices import Slice
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID
from tongxing.schema.audit_words import AuditKind

CHANGE = {"typ": "client-key-change+jwt"}
PROOF = {"typ": "client-key-proof+jwt"}
END = {"typ": "client-key-end+jwt"}
SCOPES = ("status:read", "code:verify")
OVERLAP_SECONDS = 3_600


def command(layout: Layout, *arguments: str) -> int:
    """``tongxing client …`` on the hub's machine; its status."""
    return run(["client", *arguments, "--settings", str(layout.settings)])


def public_file(layout: Layout, key: SigningKey) -> str:
    file = layout.directory / f"{key.key_id}.pem"
    file.write_bytes(key.public_pem())
    return str(file)


def register(layout: Layout, scopes: tuple[str, ...] = SCOPES) -> tuple[str, SigningKey]:
    """A new client of the city, and its key."""
    client_id, key = f"client-{secrets.token_hex(4)}", SigningKey.new()
    options = [option for scope in scopes for option in ("--scope", scope)]
    named = ("--name", "test", "--region", REGION, "--purpose", "ENTRY")
    assert (
        command(layout, "add", client_id, "--key", public_file(layout, key), *named, *options) == 0
    )
    return client_id, key


def administration_of(layout: Layout, client_id: str) -> list[AdministrationRecord]:
    """What the log says of a client, the oldest first."""
    return asyncio.run(_administration_of(existing_database(layout.settings), client_id))


async def _administration_of(database: LocalDatabase, client_id: str) -> list[AdministrationRecord]:
    wanted = AuditFilter(client_id=client_id, kind=AuditKind.ADMINISTRATION)
    async with opened(database.place, database.signer) as state:
        page = await state.audit.page(wanted, Slice(50))
    records = [entry.record for entry in page.items]
    return [record for record in records if isinstance(record, AdministrationRecord)]


@contextmanager
def own_client(hub: RunningHub, scopes: tuple[str, ...] = SCOPES) -> Iterator[Caller]:
    client_id, key = register(hub.layout, scopes)
    with connection(hub.url) as http:
        yield Caller(http, client_id, key)


def claims(client_id: str, jti: str, **changed: object) -> Claims:
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": HUB_ID,
        "iat": now,
        "exp": now + LASTS_SECONDS,
        "jti": jti,
    } | changed


def proof(client_id: str, old: SigningKey, new: SigningKey, jti: str, **changed: object) -> str:
    said = claims(client_id, jti, jkt=new.key_id, replaces=old.key_id) | changed
    return new.jws(PROOF, said)


def key_change(client_id: str, old: SigningKey, new: SigningKey, **changed: Any) -> str:
    """``jti`` and ``proof`` may be among what is ``changed``."""
    jti = changed.pop("jti", secrets.token_urlsafe(16))
    inner = changed.pop("proof", None) or proof(client_id, old, new, jti)
    said = claims(client_id, jti, jwk=dict(new.jwk), proof=inner, overlap=OVERLAP_SECONDS)
    return old.jws(CHANGE, said | changed)


def key_end(client_id: str, key: SigningKey, **changed: object) -> str:
    return key.jws(END, claims(client_id, secrets.token_urlsafe(16), **changed))


def send(caller: Caller, request: str) -> httpx2.Response:
    return caller.http.post("/oauth/client-key", data={"request": request})


def with_key(caller: Caller, key: SigningKey) -> Caller:
    """The same client and connection, with another key."""
    return Caller(caller.http, caller.client_id, key)
