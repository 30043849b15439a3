"""Passes: what a traveler carries as a QR code, and how it is read (docs/passes.md)."""

from enum import IntEnum
from typing import Annotated

from msgspec import Meta, Struct

from tongxing_client.gate.signed import (
    KnownHub,
    PassFault,
    PassFaulty,
    check_signed,
    opened,
    read_object,
    shaped,
)

PASS_TYP = "tongxing-pass+jwt"  # noqa: S105 - a media type
PASS_MAX_CHARACTERS = 666

Whole = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Instant = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Whole Unix seconds, until the end of the year 9999."""


class PassStatus(IntEnum):
    """The two bits of an entry of the list."""

    GREEN = 0
    WITHDRAWN = 1
    YELLOW = 2
    RED = 3


class _Place(Struct, frozen=True, forbid_unknown_fields=True):
    idx: Whole
    uri: str


class _Status(Struct, frozen=True, forbid_unknown_fields=True):
    status_list: _Place


class PassClaims(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``name`` is masked, ``tail`` the end of the document's number: compare them with the
    document. ``color`` and ``decision`` are those at issue, never what holds now."""

    iss: str
    iat: Instant
    exp: Instant
    name: str
    doc: str
    tail: str
    region: str
    purpose: str
    policy: Whole
    color: str
    decision: str
    audit: Whole
    serial: Whole
    status: _Status

    def __repr__(self) -> str:
        return f"PassClaims(audit={self.audit})"


def read_pass(unverified: str, hub: KnownHub) -> tuple[PassClaims, str]:
    """What ``hub`` has signed, of another moment perhaps, and the id of the key. Raises
    PassFaulty."""
    envelope = opened(unverified, PASS_TYP, "PASS", at_most=PASS_MAX_CHARACTERS)
    try:
        claims = shaped(read_object(envelope.payload), PassClaims)
    except ValueError:
        raise PassFaulty(PassFault.PASS_MALFORMED) from None
    if not claims.iat < claims.exp or claims.serial < 1:
        raise PassFaulty(PassFault.PASS_MALFORMED)
    if claims.iss != hub.hub_id:
        raise PassFaulty(PassFault.PASS_OF_ANOTHER_HUB)
    check_signed(envelope, hub, "PASS")
    return claims, envelope.key_id
