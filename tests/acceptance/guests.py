"""Client systems of other places, entered in a hub's registry before it starts."""

import asyncio
from datetime import UTC, datetime

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.files import write_once
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.clients import register
from tongxing.keys.signing import Es256Signer
from tongxing.sandbox.provisioning.layout import Layout


def enter(layout: Layout, client_id: str, region: str) -> None:
    """A city system of ``region`` that may ask by document and by code, to let people in."""
    asyncio.run(enter_in(DatabasePlace(layout.database), layout, client_id, region))


async def enter_in(place: DatabasePlace, layout: Layout, client_id: str, region: str) -> None:
    """The same, in the database that lies there."""
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
    async with opened(place) as state:
        await state.clients.add(client, actor="test", request_id="test")
