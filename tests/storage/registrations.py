"""A synthetic client system and its key."""

from typing import Any

from tests.storage.records import AT
from tongxing.gateway.storage.clients import Client, register
from tongxing.keys.signing import Es256Signer


def jwk(kid: str = "key-1") -> dict[str, object]:
    return {**Es256Signer.generate().public_jwk(), "kid": kid}


def client(**changes: Any) -> Client:
    """``city-system``, with ``changes`` to what an operator would give."""
    given: dict[str, Any] = {
        "id": "city-system",
        "name": "镇江市防控平台 Zhenjiang city system",
        "regions": ["321100"],
        "scopes": ["status:read", "code:verify"],
        "purposes": ["ENTRY", "VENUE"],
        "jwks": [jwk()],
        "at": AT,
    }
    return register(**(given | changes))
