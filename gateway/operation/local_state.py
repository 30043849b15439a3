"""The hub's database, opened on the hub's machine; the hub may be running at the same time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.clients import ClientRegistry, ClientStops
from tongxing.gateway.storage.document_registry import DocumentRegistry
from tongxing.gateway.storage.publications import Publications
from tongxing.keys.signed_note import NoteSigner

MEND_A_LOST_DATABASE = (
    "请从备份恢复；旁边的链头文件表明它存有审计记录 restore it; the head file beside it shows "
    "that it held audit records"
)


@dataclass(frozen=True, slots=True)
class LocalState:
    audit: AuditLog
    clients: ClientRegistry
    stops: ClientStops
    documents: DocumentRegistry
    publications: Publications


@asynccontextmanager
async def opened(
    database: DatabasePlace, signer: NoteSigner | None = None
) -> AsyncIterator[LocalState]:
    """Without ``signer``, what is recorded is signed by the hub's next checkpoint. Raises
    StorageFault, AuditDamaged."""
    async with open_database(database, signer=signer) as file:
        audit = await AuditLog.open(file)
        yield LocalState(
            audit,
            ClientRegistry(file),
            ClientStops(file),
            DocumentRegistry(file),
            Publications(file),
        )
