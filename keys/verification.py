"""Verification: the one way from a claim to something that is believed.

Responsible for the order of the checks, for the one place where a Verified is made, and for saying
at which step a claim failed. Refuses to look into the payload: the code that knows the format
judges what it means, whom it is about and how old it may be, and only out of a Verified.
"""

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NoReturn

from tongxing.keys.envelope import UnverifiedEnvelope
from tongxing.keys.suites import BadSignature, PublicKey, SuiteName, check_signature
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey, TrustList
from tongxing.keys.trust_refusal import TrustListRefused

_SEAL = object()


class Step(StrEnum):
    """The steps of ``verify``, in their order. The names are stable."""

    TRUST_LIST_IN_FORCE = "TRUST_LIST_IN_FORCE"
    ISSUER_LISTED = "ISSUER_LISTED"
    KEY_OF_THIS_ISSUER = "KEY_OF_THIS_ISSUER"
    KEY_IN_FORCE = "KEY_IN_FORCE"
    KEY_NOT_REVOKED = "KEY_NOT_REVOKED"
    SUITE_AS_LISTED = "SUITE_AS_LISTED"
    SIGNATURE = "SIGNATURE"


class VerificationFailed(Exception):
    """The claim is not believed. ``step`` is the first step that it failed; ``unverified_key_id``
    the key that it names, if it failed because of that one."""

    def __init__(self, step: Step, unverified_key_id: str | None = None) -> None:
        super().__init__(f"verification failed at {step.value}")
        self.step = step
        self.unverified_key_id = unverified_key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A payload that ``issuer`` signed with ``key_id``, a key on the trust list of that moment. The
    issuer may speak for ``regions``. Made by ``verify`` alone."""

    payload: bytes = field(repr=False)
    header: Mapping[str, object]
    issuer: str
    key_id: str
    suite: SuiteName
    regions: tuple[str, ...]
    trust_list_version: int
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise RuntimeError("a Verified is made by verify() alone")

    def __reduce__(self) -> NoReturn:
        raise RuntimeError("a Verified is not stored: store what was signed, and verify it again")


def compute_signature(key: PublicKey, unverified: UnverifiedEnvelope) -> None:
    """The mathematics of step 7. Raises BadSignature."""
    check_signature(key, unverified.signed_bytes, unverified.signature)


def verify(
    unverified: UnverifiedEnvelope,
    *,
    issuer: str,
    trust_list: TrustList,
    at: datetime,
    compute: Callable[[PublicKey, UnverifiedEnvelope], None] = compute_signature,
) -> Verified:
    """Believe ``unverified`` as a statement of ``issuer`` at ``at``, or raise VerificationFailed.

    ``issuer`` is the system that was asked, from our configuration; never a member of the message.
    ``compute`` raises BadSignature as ``compute_signature`` does; ``kept_evidence`` has the other.
    """
    # 1. The trust list itself is in force.
    check_list(trust_list, at)
    # 2. The issuer is on it.
    listed = listed_issuer(trust_list, issuer)
    # 3. The key is one of this issuer's: another issuer's key is no key here.
    key = _key_of(listed, unverified.key_id)
    # 4. The key is within its time.
    if not key.not_before <= at < key.not_after:
        raise VerificationFailed(Step.KEY_IN_FORCE)
    # 5. The key is not revoked.
    if key.revoked_at is not None and at >= key.revoked_at:
        raise VerificationFailed(Step.KEY_NOT_REVOKED)
    # 6. The suite is the key's; what the message claims is only compared with it (RFC 8725 §3.1).
    if unverified.suite is not key.public_key.suite:
        raise VerificationFailed(Step.SUITE_AS_LISTED)
    # 7. The signature is this key's over these bytes.
    try:
        compute(key.public_key, unverified)
    except BadSignature:
        raise VerificationFailed(Step.SIGNATURE) from None
    return Verified(
        payload=unverified.unverified_payload,
        header=unverified.header,
        issuer=issuer,
        key_id=key.key_id,
        suite=key.public_key.suite,
        regions=listed.regions,
        trust_list_version=trust_list.version,
        seal=_SEAL,
    )


def check_list(trust_list: TrustList, at: datetime) -> None:
    """Step 1. Raises VerificationFailed."""
    try:
        trust_list.check_in_force(at)
    except TrustListRefused:
        raise VerificationFailed(Step.TRUST_LIST_IN_FORCE) from None


def listed_issuer(trust_list: TrustList, issuer: str) -> TrustedIssuer:
    """Step 2. Raises VerificationFailed."""
    try:
        return trust_list.issuers[issuer]
    except KeyError:
        raise VerificationFailed(Step.ISSUER_LISTED) from None


def _key_of(issuer: TrustedIssuer, key_id: str) -> TrustedKey:
    try:
        return issuer.keys[key_id]
    except KeyError:
        raise VerificationFailed(Step.KEY_OF_THIS_ISSUER, key_id) from None
