"""Which receipts make an arrival. All of them are signed by the hub; others are refused before."""

from datetime import timedelta

import pytest

from tests.followup.arrival_given import AT, DISTRICT, GATE, HOLDERS, HUB, presented, unix
from tongxing.gateway.answering.receipt import Receipt, ReceiptMark, holder_of
from tongxing.gateway.followup.arrivals import arrival_of
from tongxing.schema import AuditIndex, RegionCode
from tongxing.schema.arrival import Arrival, ArrivalRule

R = ArrivalRule


def made_of(
    receipt: Receipt, destination: str = DISTRICT, client_id: str = GATE
) -> Arrival | ArrivalRule:
    return arrival_of(
        receipt,
        hub_id=HUB,
        client_id=client_id,
        holder=holder_of(receipt, HOLDERS),
        destination=RegionCode(destination),
        at=AT,
    )


AGAINST: dict[str, tuple[Receipt, str, str, ArrivalRule]] = {
    "another hub": (presented(iss="tongxing-suzhou"), DISTRICT, GATE, R.INVALID_RECEIPT),
    "another client's": (presented(), DISTRICT, "transport-hub", R.INVALID_RECEIPT),
    "another client's that ran out": (
        presented(exp=unix(AT)),
        DISTRICT,
        "transport-hub",
        R.INVALID_RECEIPT,
    ),
    "one that ends now": (presented(exp=unix(AT)), DISTRICT, GATE, R.EXPIRED_RECEIPT),
    "one that lasts longer than arrivals": (
        presented(iat=unix(AT - timedelta(days=14)), exp=unix(AT) + 60),
        DISTRICT,
        GATE,
        R.EXPIRED_RECEIPT,
    ),
    "one whose holder no issuer confirmed": (
        presented(sub=None, named=None),
        DISTRICT,
        GATE,
        R.HOLDER_UNKNOWN,
    ),
    "one of the first versions, which named whoever was asked about": (
        presented(sub=HOLDERS.ref("PASSPORT", "X3211001"), named=None),
        DISTRICT,
        GATE,
        R.HOLDER_UNKNOWN,
    ),
    "a whole city": (presented(), "321100", GATE, R.NOT_A_DISTRICT),
    "a whole province": (presented(), "320000", GATE, R.NOT_A_DISTRICT),
    "the whole country": (presented(), "000000", GATE, R.NOT_A_DISTRICT),
    "the city beside": (presented(), "321202", GATE, R.OUTSIDE_THE_REGION),
    "a district where another one was recognized": (
        presented(region="321181"),
        DISTRICT,
        GATE,
        R.OUTSIDE_THE_REGION,
    ),
}


@pytest.mark.parametrize(("receipt", "to", "client", "rule"), AGAINST.values(), ids=AGAINST)
def test_makes_no_arrival(receipt: Receipt, to: str, client: str, rule: ArrivalRule) -> None:
    assert made_of(receipt, to, client) is rule


def test_an_arrival_says_what_the_receipt_says() -> None:
    arrival = made_of(presented())
    assert isinstance(arrival, Arrival)
    receipt = presented()
    assert (arrival.holder, arrival.color, arrival.decision, arrival.purpose) == (
        HOLDERS.ref("PASSPORT", "X3211001"),
        receipt.color,
        receipt.decision,
        receipt.purpose,
    )
    assert (arrival.recorded_at, arrival.recorded_by, arrival.recognition) == (AT, GATE, 7)


def test_one_recognition_makes_one_id_and_another_another() -> None:
    first, again, other = (
        made_of(presented(audit=ReceiptMark(AuditIndex(index), letter * 43)))
        for index, letter in ((7, "a"), (7, "a"), (8, "b"))
    )
    assert isinstance(first, Arrival)
    assert isinstance(again, Arrival)
    assert isinstance(other, Arrival)
    assert first.id == again.id != other.id


def test_a_city_without_districts_is_a_destination() -> None:
    assert isinstance(made_of(presented(region="440000"), "441900"), Arrival)
