"""Which receipts make an arrival. All of them are signed by the hub; others are refused before."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.followup.arrival_given import AT, DISTRICT, EPOCHS, GATE, HOLDERS, HUB, presented, unix
from tests.followup.test_appeal import source
from tongxing.gateway.answering.receipt import Receipt, ReceiptMark, holder_of
from tongxing.gateway.followup.arrival_store import NewArrival
from tongxing.gateway.followup.arrivals import arrival_of
from tongxing.schema import AuditIndex, Color, RefusalCode, RegionCode, Via

R = RefusalCode


def made_of(
    receipt: Receipt, destination: str = DISTRICT, client_id: str = GATE
) -> NewArrival | RefusalCode:
    return arrival_of(
        receipt,
        hub_id=HUB,
        client_id=client_id,
        holder=holder_of(receipt, EPOCHS),
        destination=RegionCode(destination),
        at=AT,
    )


AGAINST: dict[str, tuple[Receipt, str, str, RefusalCode]] = {
    "another hub": (presented(iss="tongxing-suzhou"), DISTRICT, GATE, R.RECEIPT_INVALID),
    "another client's": (presented(), DISTRICT, "transport-hub", R.RECEIPT_INVALID),
    "another client's that ran out": (
        presented(exp=unix(AT)),
        DISTRICT,
        "transport-hub",
        R.RECEIPT_INVALID,
    ),
    "one that ends now": (presented(exp=unix(AT)), DISTRICT, GATE, R.RECEIPT_EXPIRED),
    "one that lasts longer than arrivals": (
        presented(iat=unix(AT - timedelta(days=14)), exp=unix(AT) + 60),
        DISTRICT,
        GATE,
        R.RECEIPT_EXPIRED,
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
    "a whole city": (presented(), "321100", GATE, R.DESTINATION_NOT_A_DISTRICT),
    "a whole province": (presented(), "320000", GATE, R.DESTINATION_NOT_A_DISTRICT),
    "the whole country": (presented(), "000000", GATE, R.DESTINATION_NOT_A_DISTRICT),
    "the city beside": (presented(), "321202", GATE, R.DESTINATION_OUTSIDE_REGION),
    "a district where another one was recognized": (
        presented(region="321181"),
        DISTRICT,
        GATE,
        R.DESTINATION_OUTSIDE_REGION,
    ),
}


@pytest.mark.parametrize(("receipt", "to", "client", "rule"), AGAINST.values(), ids=AGAINST)
def test_makes_no_arrival(receipt: Receipt, to: str, client: str, rule: RefusalCode) -> None:
    assert made_of(receipt, to, client) is rule


def test_an_arrival_says_what_the_receipt_says() -> None:
    new = made_of(presented())
    assert isinstance(new, NewArrival)
    arrival, receipt = new.arrival, presented()
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
    assert isinstance(first, NewArrival)
    assert isinstance(again, NewArrival)
    assert isinstance(other, NewArrival)
    assert first.arrival.id == again.arrival.id != other.arrival.id
    assert first.receipt == again.receipt != other.receipt


def test_one_recognition_makes_another_id_in_another_district() -> None:
    here, there = made_of(presented()), made_of(presented(), "321181")
    assert isinstance(here, NewArrival)
    assert isinstance(there, NewArrival)
    assert here.arrival.id != there.arrival.id
    assert here.receipt == there.receipt


def test_an_arrival_begins_with_what_the_issuers_stated_when_asked() -> None:
    """A daily list lags behind what its issuer says, and a value without a color says nothing."""
    listed = replace(source("shanghai", Color.RED), via=Via.LIST)
    sources = (source("zhenjiang", Color.GREEN, Color.YELLOW), source("anhui", Color.UNKNOWN))
    new = made_of(presented(sources=(*sources, listed)))
    assert isinstance(new, NewArrival)
    assert [(each.issuer, each.color) for each in new.stated] == [("zhenjiang", Color.YELLOW)]


def test_a_city_without_districts_is_a_destination() -> None:
    assert isinstance(made_of(presented(region="440000"), "441900"), NewArrival)
