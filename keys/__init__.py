"""Whom to believe: suites, envelopes, the signed trust list, verification, receipts, tokens.

Responsible for turning bytes from anywhere into what a known signer has signed, or into a refusal.
Refuses to know of health codes, files, sockets and clocks: time comes as an argument.
"""

from tongxing.keys.envelope import MalformedEnvelope, UnverifiedEnvelope
from tongxing.keys.holder import HolderKey, HolderRef
from tongxing.keys.holder_epochs import Holder, HolderEpoch, HolderEpochs
from tongxing.keys.receipts import sign_receipt, verify_receipt
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.signing import HubSigner, Sm2Signer
from tongxing.keys.suites import PublicKey, SuiteName
from tongxing.keys.trust_list import TrustList
from tongxing.keys.trust_refusal import TrustListRefused
from tongxing.keys.trust_store import TrustStore
from tongxing.keys.verification import VerificationFailed, Verified, verify

__all__ = [
    "Holder",
    "HolderEpoch",
    "HolderEpochs",
    "HolderKey",
    "HolderRef",
    "HubSigner",
    "MalformedEnvelope",
    "PublicKey",
    "RootKeys",
    "Sm2Signer",
    "SuiteName",
    "TrustList",
    "TrustListRefused",
    "TrustStore",
    "UnverifiedEnvelope",
    "VerificationFailed",
    "Verified",
    "sign_receipt",
    "verify",
    "verify_receipt",
]
