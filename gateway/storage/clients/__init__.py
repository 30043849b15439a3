"""The registry of client systems.

Responsible for which client may ask for what, and for revoking it. Refuses to check tokens
(``keys`` does) and to decide on one request (the gateway's authorization does).
"""

from tongxing.gateway.storage.clients.registration import Client, InvalidClient, Scope, register
from tongxing.gateway.storage.clients.registry import ClientRegistry, RememberedClients

__all__ = [
    "Client",
    "ClientRegistry",
    "InvalidClient",
    "RememberedClients",
    "Scope",
    "register",
]
