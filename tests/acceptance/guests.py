"""Client systems of other places, entered in a hub's registry before it starts."""

import asyncio
from datetime import UTC, datetime

from tongxing.gateway.operation.files import write_once
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.clients import ClientRegistry, register
from tongxing.keys.signing import Es256Signer
from tongxing.sandbox.provisioning.layout import Layout


def enter(layout: Layout, client_id: str, region: str) -> None:
    """A city system of ``region`` that may ask by document and by code, to let people in."""
    pem = write_once(layout.client_key(client_id), lambda: Es256Signer.generate().to_pem())
    client = register(
        id=client_id,
        name=client_id,
        regions=[region],
        scopes=["status:read", "code:verify"],
        purposes=["ENTRY"],
        jwks=[Es256Signer.from_pem(pem).public_jwk()],
        at=datetime.now(UTC),
    )

    async def add() -> None:
        async with Database.open(layout.database) as database:
            registry = ClientRegistry(database)
            await registry.add(client, actor="test", request_id="test")

    asyncio.run(add())
