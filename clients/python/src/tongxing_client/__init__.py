"""A client of a Tongxing hub: may this traveler pass?

``Client`` and, with ``await``, ``AsyncClient`` get access tokens with the client's key, ask,
wait as the hub asks for it, and verify the receipt of every answer. ``check_receipt`` verifies one
without a hub.
"""

from tongxing_client.answers import (
    Arrival,
    ArrivalEvent,
    Correction,
    ManifestAnswer,
    Recognition,
    Refused,
)
from tongxing_client.async_client import AsyncClient
from tongxing_client.client import Client
from tongxing_client.credentials import Credentials, read_credentials
from tongxing_client.errors import (
    AnswerUnreadable,
    CredentialsRefused,
    HubBusy,
    HubRefuses,
    HubUnreachable,
    ManifestInterrupted,
    ReceiptInvalid,
    TongxingError,
)
from tongxing_client.keys import SigningKey
from tongxing_client.patience import Patience
from tongxing_client.questions import Checkpoint, Document, ManifestEntry
from tongxing_client.receipts import check_receipt, read_jwks
from tongxing_client.words import Color, CorrectionState, Decision

__all__ = [
    "AnswerUnreadable",
    "Arrival",
    "ArrivalEvent",
    "AsyncClient",
    "Checkpoint",
    "Client",
    "Color",
    "Correction",
    "CorrectionState",
    "Credentials",
    "CredentialsRefused",
    "Decision",
    "Document",
    "HubBusy",
    "HubRefuses",
    "HubUnreachable",
    "ManifestAnswer",
    "ManifestEntry",
    "ManifestInterrupted",
    "Patience",
    "ReceiptInvalid",
    "Recognition",
    "Refused",
    "SigningKey",
    "TongxingError",
    "check_receipt",
    "read_credentials",
    "read_jwks",
]
