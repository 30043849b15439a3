"""Whether a receipt makes an arrival, and which one. Pure."""

from datetime import UTC, datetime
from hashlib import sha256

import strawberry

from gateway.arrivals.store import KEPT_FOR
from gateway.receipts.presented import PresentedReceipt
from keys import base64url
from schema import RegionCode, contains
from schema.arrival import Arrival, ArrivalRule

CITIES_WITHOUT_DISTRICTS = frozenset({"441900", "442000", "460400", "620200"})
"""Dongguan, Zhongshan, Danzhou and Jiayuguan: prefecture-level cities under which GB/T 2260 has no
districts, so the city itself is the destination."""

_ID_BYTES = 16


def admit(
    receipt: PresentedReceipt, *, hub_id: str, client_id: str, destination: RegionCode, at: datetime
) -> Arrival | ArrivalRule:
    """The arrival that ``client_id`` records at ``at`` (aware UTC), or the rule against it. A
    receipt of another client reads like none at all: whoever found one learns nothing by it."""
    if (receipt.iss, receipt.aud) != (hub_id, client_id):
        return ArrivalRule.INVALID_RECEIPT
    if at >= _ends_at(receipt):
        return ArrivalRule.EXPIRED_RECEIPT
    if receipt.sub is None:
        return ArrivalRule.HOLDER_UNKNOWN
    if not is_district(destination):
        return ArrivalRule.NOT_A_DISTRICT
    if not contains(receipt.region, destination):
        return ArrivalRule.OUTSIDE_THE_REGION
    return Arrival(
        id=_id(receipt),
        holder=receipt.sub,
        district=destination,
        purpose=receipt.purpose,
        color=receipt.color,
        decision=receipt.decision,
        recognition=receipt.audit.index,
        recorded_at=at,
        recorded_by=strawberry.ID(client_id),
    )


def is_district(region: RegionCode) -> bool:
    return not region.endswith("00") or region in CITIES_WITHOUT_DISTRICTS


def _ends_at(receipt: PresentedReceipt) -> datetime:
    """Never later than its arrival would be forgotten: else it could make a second one."""
    begun_at = datetime.fromtimestamp(receipt.iat, UTC)
    return min(datetime.fromtimestamp(receipt.exp, UTC), begun_at + KEPT_FOR)


def _id(receipt: PresentedReceipt) -> strawberry.ID:
    """Of the recognition and not of the receipt's text, of which a second one with another valid
    signature can be made from the first (ECDSA)."""
    digest = sha256(f"tongxing arrival v1\0{receipt.audit.hash}".encode()).digest()
    return strawberry.ID(base64url.encode(digest[:_ID_BYTES]))
