"""A receipt that somebody hands back, read as far as what is done with it needs.

Responsible for the signature and for the form of the claims. Refuses to judge whether the receipt
may still be used, by whom and for what: whoever it is presented to does.
"""

import msgspec

from keys import HolderRef
from keys.receipts import InvalidReceipt, verify_receipt
from keys.suites import PublicKey
from schema import AuditIndex, Color, Decision, Outcome, Purpose, RegionCode


class PresentedCode(msgspec.Struct, frozen=True):
    color: Color
    place: RegionCode


class PresentedSource(msgspec.Struct, frozen=True):
    issuer: str
    outcome: Outcome
    digest: str | None
    codes: tuple[PresentedCode, ...]


class PresentedMark(msgspec.Struct, frozen=True):
    """Where the audit log holds the recognition: no two receipts share one."""

    index: AuditIndex
    hash: str


class PresentedReceipt(msgspec.Struct, frozen=True):
    """Claims of ``gateway.receipts.claims`` by the same names; ``iat``, ``exp`` in Unix seconds."""

    iss: str
    aud: str
    iat: int
    exp: int
    region: RegionCode
    purpose: Purpose
    color: Color
    decision: Decision
    sources: tuple[PresentedSource, ...]
    audit: PresentedMark
    sub: HolderRef | None = None


def read_receipt(unverified: str, public_key: PublicKey) -> PresentedReceipt:
    """What the hub with this key signed. Raises InvalidReceipt."""
    claims = verify_receipt(unverified, public_key)
    try:
        return msgspec.convert(dict(claims), PresentedReceipt)
    except msgspec.ValidationError:
        raise InvalidReceipt("a receipt with other claims than this program signs") from None
