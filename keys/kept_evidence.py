"""Kept evidence: the mathematics of a signature done once, and trust asked anew at every use.

Responsible for what of an envelope may be remembered. That a signature is right follows from the
signed bytes, the suite and the public key, and from nothing else; so it is remembered by these, and
by no name: not by an issuer, a key id or a trust list. Whether the key is believed is no
mathematics. It is asked of the list that is handed in, at the time that is handed in. Refuses to
know a second road: every answer is that of ``verification.verify``.
"""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from tongxing.keys.envelope import UnverifiedEnvelope
from tongxing.keys.suites import PublicKey, SuiteName
from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import Verified, compute_signature, verify


class _Proof(NamedTuple):
    """``public_key`` of ``suite`` made the signature of the envelope with this ``digest``."""

    digest: bytes
    suite: SuiteName
    public_key: bytes


class _Believed(NamedTuple):
    """What ``verify`` said by ``trust_list`` at ``since``, and says until before ``until``."""

    verified: Verified
    trust_list: TrustList
    since: datetime
    until: datetime

    def answers(self, issuer: str, trust_list: TrustList, at: datetime) -> bool:
        is_same = trust_list is self.trust_list and issuer == self.verified.issuer
        return is_same and self.since <= at < self.until


class KeptEvidence:
    """One envelope, to be verified as often as it is used. Remembers the last key that its
    signature was right for; that it was wrong is found anew each time."""

    __slots__ = ("_believed", "_digest", "_envelope", "_proof")

    def __init__(self, unverified: UnverifiedEnvelope) -> None:
        self._envelope = unverified
        self._digest = digest_of(unverified)
        self._proof: _Proof | None = None
        self._believed: _Believed | None = None

    def verify(self, *, issuer: str, trust_list: TrustList, at: datetime) -> Verified:
        """As ``verification.verify``, the failing step included. While the list is the very same
        object and none of its moments lies between, there is nothing to ask anew."""
        believed = self._believed
        if believed is not None and believed.answers(issuer, trust_list, at):
            return believed.verified
        verified = verify(
            self._envelope, issuer=issuer, trust_list=trust_list, at=at, compute=self._compute
        )
        self._believed = _Believed(verified, trust_list, at, trust_list.next_turn(at))
        return verified

    def _compute(self, key: PublicKey, unverified: UnverifiedEnvelope) -> None:
        proof = _Proof(self._digest, key.suite, key.encoded)
        if proof != self._proof:
            compute_signature(key, unverified)
            self._proof = proof


def digest_of(unverified: UnverifiedEnvelope) -> bytes:
    """SHA-256 of what is signed, behind its length, and of the signature."""
    told = sha256(len(unverified.signed_bytes).to_bytes(8, "big"))
    told.update(unverified.signed_bytes)
    told.update(unverified.signature)
    return told.digest()
