"""The registry of client systems.

Responsible for who may ask for what, and for ending that. Refuses to check tokens (``keys`` does)
and to decide on one request (the gateway's authorization does).
"""

from tongxing.gateway.storage.clients.client import Client, InvalidClient, Scope, register
from tongxing.gateway.storage.clients.registry import (
    ClientRegistry,
    Clients,
    RememberedClients,
    SqliteClientRegistry,
)

__all__ = [
    "Client",
    "ClientRegistry",
    "Clients",
    "InvalidClient",
    "RememberedClients",
    "Scope",
    "SqliteClientRegistry",
    "register",
]
