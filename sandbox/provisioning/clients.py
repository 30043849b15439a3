"""The sandbox federation's client systems, one of each kind that asks a hub."""

from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.cli.coordinator_commands import SCOPES_OF_COORDINATORS
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.files import write_once
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.clients import Client, register
from tongxing.keys.signing import Es256Signer, LogSigner
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema import Purpose
from tongxing.schema.scope import Scope


@dataclass(frozen=True, slots=True)
class SandboxClient:
    id: str
    name: str
    regions: frozenset[str]
    scopes: frozenset[Scope]
    purposes: frozenset[Purpose]


CITY_SYSTEM = SandboxClient(
    "city-system",
    "镇江市疫情防控指挥部平台（示例） Zhenjiang city system (example)",
    frozenset({"321100"}),
    frozenset(
        {
            Scope.STATUS_READ,
            Scope.CODE_VERIFY,
            Scope.ARRIVAL_WRITE,
            Scope.CORRECTION_WRITE,
            Scope.CORRECTION_READ,
            Scope.HISTORY_READ,
            Scope.STATEMENT_READ,
            Scope.PASS_ISSUE,
        }
    ),
    frozenset({Purpose.ENTRY, Purpose.VENUE, Purpose.WORK}),
)
TRANSPORT_HUB = SandboxClient(
    "transport-hub",
    "镇江南站（示例） Zhenjiang South Station (example)",
    frozenset({"321100"}),
    frozenset({Scope.STATUS_READ, Scope.CODE_VERIFY, Scope.ARRIVAL_WRITE}),
    frozenset({Purpose.TRANSPORT}),
)
COORDINATOR = SandboxClient(
    "coordinator",
    "江苏省疫情防控工作领导小组办公室（示例） Jiangsu coordination office (example)",
    frozenset({"320000"}),
    frozenset(
        {
            Scope.STATUS_READ,
            Scope.AUDIT_READ,
            Scope.HISTORY_READ,
            Scope.POLICY_PREVIEW,
            Scope.DOCUMENT_REGISTER,
        }
    ),
    frozenset({Purpose.ENTRY, Purpose.AUDIT}),
)
DISTRICT = SandboxClient(
    "jingkou-district",
    "京口区疫情防控指挥部社区防控组（示例） Jingkou district community office (example)",
    frozenset({"321102"}),
    frozenset({Scope.ARRIVAL_READ, Scope.ARRIVAL_ACKNOWLEDGE}),
    frozenset({Purpose.ENTRY}),
)
PERSON = "li-jiangsu"
"""A coordinator who signs in to the pages, by a link of ``tongxing coordinator link``."""

SANDBOX_CLIENTS = (CITY_SYSTEM, TRANSPORT_HUB, COORDINATOR, DISTRICT)


def ensure_client_key(layout: Layout, client: SandboxClient) -> Es256Signer:
    """The client system's key; a real one never leaves that system."""
    file = layout.client_key(client.id)
    return Es256Signer.from_pem(write_once(file, lambda: Es256Signer.generate().to_pem()))


def _person(at: datetime) -> Client:
    return register(
        id=PERSON,
        name="李协调（示例） Li, coordinator (example)",
        regions=COORDINATOR.regions,
        scopes=SCOPES_OF_COORDINATORS,
        purposes=(Purpose.AUDIT.name,),
        jwks=(),
        at=at,
        is_person=True,
    )


async def register_clients(
    layout: Layout, database: DatabasePlace, at: datetime, signer: LogSigner
) -> None:
    """Enter the clients in the registry of the hub's ``database``. Existing entries get the scopes
    that they lack and stay as they are otherwise, revoked ones too. Raises StorageFault,
    AuditDamaged."""
    async with opened(database, signer) as state:
        for client in SANDBOX_CLIENTS:
            entry = _registered(client, ensure_client_key(layout, client), at)
            if not await state.clients.add(entry, actor=ACTOR, request_id=ACTOR):
                await state.clients.grant(
                    client.id, client.scopes, at=at, actor=ACTOR, request_id=ACTOR
                )


async def register_person(database: DatabasePlace, at: datetime, signer: LogSigner) -> None:
    """Enter PERSON, unless that was done. Raises StorageFault, AuditDamaged."""
    async with opened(database, signer) as state:
        await state.clients.add(_person(at), actor=ACTOR, request_id=ACTOR)


ACTOR = "sandbox-provisioning"
"""The actor's name in the audit log."""


def _registered(client: SandboxClient, signer: Es256Signer, at: datetime) -> Client:
    return register(
        id=client.id,
        name=client.name,
        regions=client.regions,
        scopes=client.scopes,
        purposes=(purpose.name for purpose in client.purposes),
        jwks=[signer.public_jwk()],
        at=at,
    )
