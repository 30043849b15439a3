"""The hub's database, opened on the hub's machine; the hub may be running at the same time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.followed_hub_keys import sign_log_with
from tongxing.gateway.rollups.cell_store import CellStore
from tongxing.gateway.rollups.figure_sums import Figures
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.clients import ClientRegistry, ClientStops, Enrollments
from tongxing.gateway.storage.document_registry import DocumentRegistry
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.gateway.storage.page_sessions import SignInLinks
from tongxing.gateway.storage.publications import Publications
from tongxing.keys.hub_key_statement import InvalidStatement
from tongxing.keys.hub_keys import HubKeys, NoSigningKey
from tongxing.keys.signed_note import NoteSigner

MEND_A_LOST_DATABASE = (
    "请从备份恢复；旁边的链头文件表明它存有审计记录 restore it; the head file beside it shows "
    "that it held audit records"
)


async def sign_if_held(database: Database, keys: HubKeys) -> None:
    """Raises StorageUnavailable."""
    statement = await HubKeyStore(database).newest()
    with suppress(InvalidStatement, NoSigningKey):
        if statement is not None:
            keys.take(statement)
        if not keys.is_behind:
            sign_log_with(database, keys)


@dataclass(frozen=True, slots=True)
class LocalState:
    audit: AuditLog
    clients: ClientRegistry
    enrollments: Enrollments
    stops: ClientStops
    documents: DocumentRegistry
    publications: Publications
    hub_keys: HubKeyStore
    links: SignInLinks
    figures: Figures


@asynccontextmanager
async def opened(
    database: DatabasePlace, signer: NoteSigner | HubKeys | None = None
) -> AsyncIterator[LocalState]:
    """Without ``signer``, what is recorded is signed by the hub's next checkpoint; so it is if the
    hub's key in use is not among those of this machine. Raises StorageFault, AuditDamaged."""
    note_signer = None if isinstance(signer, HubKeys) else signer
    async with open_database(database, signer=note_signer) as file:
        if isinstance(signer, HubKeys):
            await sign_if_held(file, signer)
        audit = await AuditLog.open(file)
        yield LocalState(
            audit,
            ClientRegistry(file),
            Enrollments(file),
            ClientStops(file),
            DocumentRegistry(file),
            Publications(file),
            HubKeyStore(file),
            SignInLinks(file),
            Figures(CellStore(file)),
        )
