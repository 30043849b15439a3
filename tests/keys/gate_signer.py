"""A hub's key whose signatures come out the same each time (RFC 6979), so that vectors can be made
again and compared."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.keys.federation import jws
from tongxing.keys.signing import Es256Signer, HubSigner


class SteadySigner(HubSigner):
    """``secret`` is the private key: a number, because it guards nothing."""

    def __init__(self, secret: int) -> None:
        super().__init__(ec.derive_private_key(secret, ec.SECP256R1()))

    def sign(self, message: bytes) -> bytes:
        der = self._private_key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signed_as(signer: Es256Signer, typ: str, claims: Any, **header: Any) -> str:
    """Whatever ``claims``, under a header that may be another than the format has."""
    return jws(signer, {"alg": "ES256", "kid": signer.key_id, "typ": typ, **header}, claims)
