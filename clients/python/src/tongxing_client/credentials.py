"""Who a client is to a hub, and the file that says it."""

import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tongxing_client.keys import SigningKey


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """``hub`` is the hub's address, ``audience`` its id, to which assertions are addressed and
    which its receipts name. ``dpop``: the client's tokens are bound to keys (RFC 9449). ``tls`` is
    for hubs that ask for a certificate, or whose own this machine does not know."""

    hub: str
    audience: str
    client_id: str
    key: SigningKey
    dpop: bool = False
    tls: ssl.SSLContext | None = field(default=None, repr=False)


_FILES = ("certificate", "certificate_key", "authorities")


def read_credentials(file: Path | str) -> Credentials:
    """The file that ``tongxing`` reads too: ``hub``, ``audience``, ``client_id``, ``key``, and
    besides, if the hub asks for them, ``dpop``, ``certificate``, ``certificate_key`` and
    ``authorities``. Files that it names are relative to it. Raises OSError, ValueError."""
    place = Path(file)
    members: dict[str, Any] = json.loads(place.read_text("utf-8"))
    known = {"hub", "audience", "client_id", "key", "dpop", *_FILES}
    if not members.keys() <= known or not {"hub", "audience", "client_id", "key"} <= members.keys():
        raise ValueError(f"{place.name} is no credentials file: its members are {sorted(known)}")
    beside = {name: place.parent / members[name] for name in _FILES if members.get(name)}
    return Credentials(
        hub=members["hub"].rstrip("/"),
        audience=members["audience"],
        client_id=members["client_id"],
        key=SigningKey.read((place.parent / members["key"]).read_bytes()),
        dpop=members.get("dpop", False),
        tls=_context(**beside) if beside else None,
    )


def _context(
    certificate: Path | None = None,
    certificate_key: Path | None = None,
    authorities: Path | None = None,
) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    if certificate is not None:
        context.load_cert_chain(certificate, certificate_key)
    return context
