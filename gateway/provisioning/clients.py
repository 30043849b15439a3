"""The sandbox federation's three client systems, one for each kind that asks a hub."""

from dataclasses import dataclass

from gateway.provisioning.files import write_once
from gateway.provisioning.layout import Layout
from keys.signing import Es256Signer
from schema import Purpose


@dataclass(frozen=True, slots=True)
class SandboxClient:
    id: str
    name: str
    regions: frozenset[str]
    scopes: frozenset[str]
    purposes: frozenset[Purpose]


CITY_SYSTEM = SandboxClient(
    "city-system",
    "镇江市防控平台 Zhenjiang city system",
    frozenset({"321100"}),
    frozenset({"status:read", "code:verify"}),
    frozenset({Purpose.ENTRY, Purpose.VENUE, Purpose.WORK}),
)
TRANSPORT_HUB = SandboxClient(
    "transport-hub",
    "镇江南站 Zhenjiang South Station",
    frozenset({"321100"}),
    frozenset({"status:read", "code:verify"}),
    frozenset({Purpose.TRANSPORT}),
)
COORDINATOR = SandboxClient(
    "coordinator",
    "江苏省协调组 Jiangsu coordination group",
    frozenset({"320000"}),
    frozenset({"status:read", "audit:read", "trust:write"}),
    frozenset({Purpose.ENTRY, Purpose.AUDIT}),
)
SANDBOX_CLIENTS = (CITY_SYSTEM, TRANSPORT_HUB, COORDINATOR)


def ensure_client_key(layout: Layout, client: SandboxClient) -> Es256Signer:
    """The client system's key, which in real life never leaves that system."""
    file = layout.client_key(client.id)
    return Es256Signer.from_pem(write_once(file, lambda: Es256Signer.generate().to_pem()))
