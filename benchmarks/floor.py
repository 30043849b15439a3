"""The floor: what the signatures of one query take, with the hub's own library calls.

A query that asks three issuers checks three signatures (ES256, EdDSA, SM2 with SM3) and makes one
(ES256, the receipt). A hot one makes the receipt alone: the mathematics of a signature is done once
for each statement, and only trust in its key is asked anew. The two SM2 signatures that the
national platform wants under the requests of a single question are shown beside it and are not part
of the floor: in a batch they are shared by all of its travelers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import thread_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import PublicKey, SuiteName, check_signature, public_key_from_encoded

MESSAGE_BYTES = 600
"""About as long as a statement of the three issuers, and as the receipt's claims."""

REPEATED = 300


@dataclass(frozen=True, slots=True)
class Floor:
    """Processor seconds of one operation each."""

    es256_check: float
    eddsa_check: float
    sm2_check: float
    es256_sign: float
    sm2_sign: float

    @property
    def query(self) -> float:
        """Three checks and one signature."""
        return self.es256_check + self.eddsa_check + self.sm2_check + self.es256_sign


def measure_floor() -> Floor:
    es256, sm2, eddsa = Es256Signer.generate(), Sm2Signer.generate(), Ed25519PrivateKey.generate()
    eddsa_raw = eddsa.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    eddsa_key = public_key_from_encoded(SuiteName.EDDSA, eddsa_raw)
    message = bytes(MESSAGE_BYTES)
    return Floor(
        es256_check=_each(_checking(es256.public_key, message, es256.sign(message))),
        eddsa_check=_each(_checking(eddsa_key, message, eddsa.sign(message))),
        sm2_check=_each(_checking(sm2.public_key, message, sm2.sign(message))),
        es256_sign=_each(lambda: es256.sign(message)),
        sm2_sign=_each(lambda: sm2.sign(message)),
    )


def _checking(key: PublicKey, message: bytes, signature: bytes) -> Callable[[], None]:
    return lambda: check_signature(key, message, signature)


def _each(operation: Callable[[], object]) -> float:
    began = thread_time()
    for _ in range(REPEATED):
        operation()
    return (thread_time() - began) / REPEATED
