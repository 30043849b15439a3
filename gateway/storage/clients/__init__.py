"""The registry of client systems.

Responsible for which client may ask for what, for revoking it and for stopping it. Refuses to check
tokens (``keys`` does), to decide on one request (the gateway's authorization does) and to know why
a client is stopped (the answering wing counts guesses).
"""

from tongxing.gateway.storage.clients.enrollments import (
    Enrollment,
    EnrollmentRefusal,
    Enrollments,
)
from tongxing.gateway.storage.clients.registration import Client, InvalidClient, register
from tongxing.gateway.storage.clients.registry import ClientRegistry, RememberedClients
from tongxing.gateway.storage.clients.stops import ClientStops

__all__ = [
    "Client",
    "ClientRegistry",
    "ClientStops",
    "Enrollment",
    "EnrollmentRefusal",
    "Enrollments",
    "InvalidClient",
    "RememberedClients",
    "register",
]
