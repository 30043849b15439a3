"""More hubs beside the sandbox's first one, and how one of them is let ask another.

Responsible for the rights on both sides (docs/hubs.md): the hub that asks is a client of the other,
registered for the issuers whose statements may be passed on to it, and its settings say through
which hub each issuer is asked.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copytree

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.files import ensure_directory, write_once
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.storage.clients import Client, register
from tongxing.keys.signing import Es256Signer, HubSigner
from tongxing.sandbox.provisioning.clients import ACTOR
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import hub_text, issuer_text, provision
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema import Purpose
from tongxing.schema.scope import Scope

_SHARED = ("issuers", "trust", "root")
"""What hubs of one federation have in common; each makes its own keys and its own database."""


@dataclass(frozen=True, slots=True)
class SandboxHub:
    """A hub of the sandbox, and where its state is."""

    id: str
    region: str
    layout: Layout

    @property
    def client_id(self) -> str:
        """As which other hubs know it."""
        return self.id


@dataclass(frozen=True, slots=True)
class Behind:
    """The issuers that are asked through ``hub``, which answers at ``url``."""

    hub: SandboxHub
    url: str
    issuers: Sequence[IssuerName]


def another_hub(
    first: Layout, hub_id: str, region: str, directory: Path, at: datetime
) -> SandboxHub:
    """A hub of the federation of ``first``, with its issuers, root keys and trust list."""
    ensure_directory(directory)
    for folder in _SHARED:
        copytree(first.directory / folder, directory / folder, dirs_exist_ok=True)
    layout = Layout(directory)
    write_once(layout.sm2_key, first.sm2_key.read_bytes)
    provision(directory, at, hub_id=hub_id)
    return SandboxHub(hub_id, region, layout)


def let_ask(asking: SandboxHub, passing: SandboxHub, issuers: Sequence[str], at: datetime) -> None:
    """Register ``asking`` with ``passing``, which may pass the statements of ``issuers`` on to
    it."""
    key = Es256Signer.from_pem(
        write_once(_key_for(asking, passing), lambda: Es256Signer.generate().to_pem())
    )
    client = register(
        id=asking.client_id,
        name=f"{asking.id}（示例） {asking.id} (example)",
        regions=[asking.region],
        scopes=[Scope.EVIDENCE_RELAY],
        purposes=[Purpose.ENTRY.name],
        jwks=[key.public_jwk()],
        at=at,
        relays=issuers,
    )
    asyncio.run(_add(passing, client))


async def _add(passing: SandboxHub, client: Client) -> None:
    signer = HubSigner.from_pem(passing.layout.hub_key.read_bytes())
    place = DatabasePlace(passing.layout.database)
    async with opened(place, signer.log_signer(log_origin(passing.id))) as state:
        await state.clients.add(client, actor=ACTOR, request_id=ACTOR)


def write_hub_settings(
    hub: SandboxHub,
    direct: Mapping[IssuerName, str],
    behind: Sequence[Behind] = (),
    port: int = 0,
) -> None:
    """Of a hub that asks the issuers ``direct`` at their addresses, and others through hubs."""
    parts = [hub_text(hub.id, hub.region, port)]
    parts += [_hub_table(hub, each) for each in behind]
    parts += [issuer_text(issuer, url) for issuer, url in direct.items()]
    parts += [
        _THROUGH.format(id=issuer.value, through=each.hub.id)
        for each in behind
        for issuer in each.issuers
    ]
    hub.layout.settings.write_text("".join(parts), "utf-8")


def _hub_table(asking: SandboxHub, behind: Behind) -> str:
    key = _key_for(asking, behind.hub).relative_to(asking.layout.directory)
    return _HUB_TABLE.format(id=behind.hub.id, url=behind.url, client_id=asking.client_id, key=key)


def _key_for(asking: SandboxHub, passing: SandboxHub) -> Path:
    """With which ``asking`` asks ``passing``."""
    return asking.layout.directory / "hubs" / f"{passing.id}.pem"


_HUB_TABLE = """
[[hubs]]
id = "{id}"
url = "{url}"
client_id = "{client_id}"
key = "{key}"
"""
_THROUGH = """
[[issuers]]
id = "{id}"
dialect = "{id}"
through = "{through}"
"""
