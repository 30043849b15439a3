"""Tokens that a hub has to refuse, made of what any client of it has. Pure."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tongxing.keys import base64url


@dataclass(frozen=True, slots=True)
class Held:
    """What a client of the hub has: its own ``token``, and the public key that signed it, in
    PEM."""

    token: str = field(repr=False)
    hub_key: bytes

    @property
    def claims(self) -> str:
        return "".join(self.token.split(".")[1:2])


def own(held: Held) -> str:
    return held.token


def none(_held: Held) -> str:
    return ""


def invented(_held: Held) -> str:
    return "conformance.invented.token"


def bent(held: Held) -> str:
    """The client's own with a signature of other bytes."""
    signed, _, signature = held.token.rpartition(".")
    return f"{signed}.{'A' if signature[:1] != 'A' else 'B'}{signature[1:]}"


def unsigned(held: Held) -> str:
    """The client's own claims, in a token that says that it has no signature."""
    head = base64url.encode(b'{"alg":"none","typ":"at+jwt"}')
    return f"{head}.{held.claims}."


def by_public_key(held: Held) -> str:
    """The client's own claims, with a code that anybody can make: the public key as its secret."""
    renamed = base64url.encode(json.dumps({**_head(held.token), "alg": "HS256"}).encode())
    signed = f"{renamed}.{held.claims}"
    return f"{signed}.{base64url.encode(hmac.digest(held.hub_key, signed.encode(), 'sha256'))}"


def key_of_token(published: Mapping[str, Any], token: str) -> bytes:
    """In PEM, the key of a JWK Set that signed ``token``; empty if there is no such key on
    P-256."""
    try:
        kid = _head(token)["kid"]
        (jwk,) = [each for each in published["keys"] if each["kid"] == kid]
        x, y = (int.from_bytes(base64url.decode(jwk[name])) for name in ("x", "y"))
        key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except (KeyError, TypeError, ValueError):  # an opaque token, or a key on another curve
        return b""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _head(token: str) -> dict[str, Any]:
    """Raises ValueError if the token is no JWT."""
    head: dict[str, Any] = json.loads(base64url.decode(token.partition(".")[0]))
    return head
