"""A receipt as it is presented and the arrival that it makes, for tests that change one thing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import strawberry

from tests.holder_keys import holder_keys
from tongxing.gateway.answering.receipt import Receipt, ReceiptMark, ReceiptPolicy
from tongxing.gateway.followup.arrival_store import NewArrival
from tongxing.keys import HolderKey, base64url
from tongxing.schema import AuditIndex, Color, Decision, HistoryEntry, Purpose, RegionCode
from tongxing.schema.arrival import Arrival

AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
HUB = "tongxing-zhenjiang"
GATE = "city-system"
CITY = RegionCode("321100")
DISTRICT = RegionCode("321102")
KEY = b"a synthetic key of thirty-two by"
HOLDERS = HolderKey(KEY)
KEYS = holder_keys(KEY)
EPOCHS = KEYS.known


def unix(at: datetime) -> int:
    return int(at.timestamp())


def presented(**changed: object) -> Receipt:
    claims: dict[str, object] = {
        "iss": HUB,
        "aud": GATE,
        "iat": unix(AT) - 60,
        "request": "request",
        "at": unix(AT) - 60,
        "document": None,
        "code_issuer": None,
        "changes": (),
        "rule": "green-admit",
        "decided_by": "zhenjiang",
        "relaxed": False,
        "as_of": None,
        "policy": ReceiptPolicy(CITY, 1, "digest"),
        "trust_list": 1,
        "exp": unix(AT) + 540,
        "region": CITY,
        "purpose": Purpose.ENTRY,
        "color": Color.GREEN,
        "decision": Decision.ADMIT,
        "sources": (),
        "audit": ReceiptMark(AuditIndex(7), "a" * 43),
        "sub": HOLDERS.shown_to(GATE, HOLDERS.ref("PASSPORT", "X3211001")),
        "named": HOLDERS.named(GATE, "PASSPORT", "X3211001", "LINDEN MIRA"),
    }
    return Receipt(**(claims | changed))  # type: ignore[arg-type]


def new(
    number: int = 0,
    *,
    district: str = DISTRICT,
    at: datetime = AT,
    receipt: bytes | None = None,
    stated: Sequence[HistoryEntry] = (),
) -> NewArrival:
    """One that no gate has recorded yet; by a receipt of its own unless told otherwise."""
    made = arrival(number, district=district, at=at)
    return NewArrival(made, receipt or base64url.decode(made.id), stated)


def arrival(number: int = 0, *, district: str = DISTRICT, at: datetime = AT) -> Arrival:
    return Arrival(
        id=strawberry.ID(base64url.encode(number.to_bytes(16))),
        holder=HOLDERS.ref("PASSPORT", str(number)),
        district=RegionCode(district),
        purpose=Purpose.ENTRY,
        color=Color.GREEN,
        decision=Decision.ADMIT,
        recognition=AuditIndex(number),
        recorded_at=at + timedelta(seconds=number),
        recorded_by=strawberry.ID(GATE),
    )
