"""What an access token is bound to: a certificate (RFC 8705) or a key that the client proves to
hold (RFC 9449). Without it a bound token is worth nothing.

Responsible for the claim ``cnf`` (RFC 7800) and for the thumbprint of a certificate. Refuses to
know how a client shows its certificate or its proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from hashlib import sha256
from typing import Any

from tongxing.keys import base64url
from tongxing.keys.token_check import InvalidToken, TokenRefusal

THUMBPRINT_CHARACTERS = 43
"""SHA-256 in base64url."""


@unique
class BindingKind(StrEnum):
    CERTIFICATE = "certificate"
    DPOP = "dpop"


_MEMBERS = {BindingKind.CERTIFICATE: "x5t#S256", BindingKind.DPOP: "jkt"}
"""RFC 8705 §3.1, RFC 9449 §6.1."""


@dataclass(frozen=True, slots=True)
class Binding:
    """``thumbprint`` is that of the certificate, or of the key (RFC 7638)."""

    kind: BindingKind
    thumbprint: str

    def claim(self) -> dict[str, str]:
        return {_MEMBERS[self.kind]: self.thumbprint}


def binding_of(claims: Mapping[str, Any]) -> Binding | None:
    """None if the token is not bound. A ``cnf`` that is not exactly one of ours is refused: what it
    asks for could not be checked. Raises InvalidToken."""
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    for kind, member in _MEMBERS.items():
        if isinstance(confirmation, dict) and confirmation.keys() == {member}:
            thumbprint = confirmation[member]
            if isinstance(thumbprint, str) and len(thumbprint) == THUMBPRINT_CHARACTERS:
                return Binding(kind, thumbprint)
    raise InvalidToken(TokenRefusal.MALFORMED)


def certificate_thumbprint(der: bytes) -> str:
    """RFC 8705 §3.1: of the certificate's own bytes."""
    return base64url.encode(sha256(der).digest())
