"""A complete state directory for the sandbox federation, made in three steps.

``provision`` makes what depends on no address: keys, trust list, the issuers' own files. The
settings follow when the issuers' addresses are known, the clients' credentials when the hub's is.
Each step can be repeated: a key is never overwritten, and a settings file, which may have been
edited, stays.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.files import ensure_directory, replace, write_once
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.settings import Settings
from tongxing.keys.holder import generate_holder_key
from tongxing.keys.signing import HubSigner, Sm2Signer
from tongxing.sandbox.federation.members import Member
from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.provisioning.clients import SANDBOX_CLIENTS, register_clients, register_person
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.trust import ensure_trust_list
from tongxing.sandbox.town.records import IssuerName

HUB_ID = "tongxing-zhenjiang"
HUB_REGION = "321100"
CUST_NUM = "TX321100"
"""The hub's customer number at the sandbox's national platform."""

HUB_PORT = 8321

ReadSettings = Callable[[Path], Settings]
ISSUER_PORTS = {IssuerName.ZHENJIANG: 8331, IssuerName.SUKANGMA: 8332, IssuerName.NATIONAL: 8333}
"""Fixed, so that a settings file stays true after it was written once."""


def provision(
    directory: Path,
    at: datetime,
    others: Sequence[Member] = (),
    database: DatabasePlace | None = None,
    hub_id: str = HUB_ID,
) -> Layout:
    """Make what is missing in ``directory``; returns where everything is. ``others`` are listed
    beside the three reference issuers; ``database`` is that of the hub ``hub_id``, if it lies
    elsewhere."""
    layout = Layout(directory)
    ensure_directory(directory)
    ensure_directory(layout.logs)
    for issuer in IssuerName:
        ensure_issuer(layout.issuers, issuer)
    hub = HubSigner.from_pem(write_once(layout.hub_key, lambda: HubSigner.generate().to_pem()))
    replace(layout.hub_public_key, json.dumps(hub.public_jwk()).encode("ascii"))
    sm2 = Sm2Signer.from_pem(write_once(layout.sm2_key, lambda: Sm2Signer.generate().to_pem()))
    replace(layout.hub_key_at_the_national_platform, json.dumps(sm2.public_jwk()).encode("ascii"))
    write_once(layout.holder_key, generate_holder_key)
    write_once(layout.metrics_credential, lambda: f"{token_urlsafe()}\n".encode("ascii"))
    ensure_trust_list(layout, at, others)
    _write_checkpoint(layout)
    place = database or DatabasePlace(layout.database)
    asyncio.run(register_clients(layout, place, at, hub.log_signer(log_origin(hub_id))))
    return layout


def let_a_person_in(layout: Layout, at: datetime, database: DatabasePlace | None = None) -> None:
    """For hubs whose pages are opened: somebody who may sign in to them."""
    hub = HubSigner.from_pem(layout.hub_key.read_bytes())
    place = database or DatabasePlace(layout.database)
    asyncio.run(register_person(place, at, hub.log_signer(log_origin(HUB_ID))))


def prepared(directory: Path, at: datetime, read: ReadSettings) -> Layout:
    """A state directory with settings that name the issuers at their fixed ports; the clients and a
    person are registered in the database that they name when they are ``read``."""
    ensure_directory(directory)
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ISSUER_PORTS.items()}
    file = write_settings(Layout(directory), urls, HUB_PORT)
    database = read(file).database
    layout = provision(directory, at, database=database)
    let_a_person_in(layout, at, database)
    return layout


def write_settings(layout: Layout, issuer_urls: Mapping[IssuerName, str], port: int) -> Path:
    """The settings of a hub in front of these issuers; an existing file stays as it is."""
    text = settings_text(issuer_urls, port)
    write_once(layout.settings, lambda: text.encode("utf-8"))
    return layout.settings


def settings_text(issuer_urls: Mapping[IssuerName, str], port: int) -> str:
    """With a port of its own the hub has an address that its passes can name."""
    issuers = (issuer_text(issuer, url) for issuer, url in issuer_urls.items())
    return hub_text(HUB_ID, HUB_REGION, port) + "".join(issuers)


def hub_text(hub_id: str, region: str, port: int) -> str:
    """The tables before those of the issuers."""
    url = f'url = "http://127.0.0.1:{port}"\n' if port else ""
    return _HUB.format(id=hub_id, region=region, url=url, port=port)


def issuer_text(issuer: IssuerName, url: str) -> str:
    """The table of an issuer that is asked directly."""
    return _ISSUER.format(id=issuer.value, url=url) + _OWN_LINES.get(issuer, "")


def write_credentials(layout: Layout, hub_url: str) -> Mapping[str, Path]:
    """The file by client id with what each client system needs to ask the hub at ``hub_url``."""
    files = {client.id: layout.client_credentials(client.id) for client in SANDBOX_CLIENTS}
    for client_id, file in files.items():
        credentials = {
            "hub": hub_url,
            "audience": HUB_ID,
            "client_id": client_id,
            "key": layout.client_key(client_id).name,
        }
        replace(file, json.dumps(credentials, indent=2).encode("utf-8"))
    return files


def _write_checkpoint(layout: Layout) -> None:
    """A checkpoint for ``tongxing verify``: where and by whom codes are scanned."""
    write_once(layout.checkpoint, lambda: json.dumps(CHECKPOINT, ensure_ascii=False).encode())


CHECKPOINT = {
    "name": "镇江南站（示例） Zhenjiang South Station (example)",
    "position": "出站口 exit",
    "department": "车站疫情防控组（示例） epidemic control at the station (example)",
    "verifierName": "值班员 officer on duty",
    "verifierPhone": "13800000000",
}

_HUB = """\
# 沙箱互认平台的配置，由 tongxing 生成。Settings of a sandbox hub, made by tongxing.
# 相对路径以本文件所在目录为准。Relative paths are relative to this file.
profile = "open"
metrics_credential = "keys/metrics.credential"

[hub]
id = "{id}"
region = "{region}"
{url}
[listen]
host = "127.0.0.1"
port = {port}

[passes]
publish_seconds = 2.0
"""
_ISSUER = """
[[issuers]]
id = "{id}"
dialect = "{id}"
url = "{url}"
credential = "issuers/{id}/credential"
"""
_OWN_LINES = {IssuerName.NATIONAL: f'cust_num = "{CUST_NUM}"\n'}
