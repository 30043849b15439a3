"""Which receipts lead to which issuer. All of them are signed by the hub."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.followup.arrival_given import AT, GATE, HOLDERS, HUB, presented, unix
from tongxing.gateway.answering.receipt import Receipt, ReceiptCode, ReceiptSource
from tongxing.gateway.followup.corrections import REPORTED_WITHIN, CorrectionRefusal, appeal
from tongxing.schema import Color, Evidence, Outcome, RefusalCode, RegionCode

R = RefusalCode
NAMED = HOLDERS.named(GATE, "PASSPORT", "X3211001", "LINDEN MIRA")


def source(issuer: str, *colors: Color) -> ReceiptSource:
    codes = tuple(
        ReceiptCode(color, RegionCode("321100"), (), unix(AT), None, None, None) for color in colors
    )
    return ReceiptSource(
        issuer=issuer,
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        digest=f"digest of {issuer}",
        codes=codes,
    )


SOURCES = (
    source("zhenjiang", Color.GREEN),
    source("sukangma", Color.RED),
    source("national", Color.GREEN, Color.YELLOW),
    source("anhui"),
)


def appealed(
    receipt: Receipt, issuer: str = "sukangma", client_id: str = GATE, region: str = "321100"
) -> str | CorrectionRefusal:
    return appeal(
        receipt,
        hub_id=HUB,
        client_id=client_id,
        regions=[RegionCode(region)],
        named=NAMED,
        issuer=issuer,
        at=AT,
    )


def _named(number: str, name: str) -> str:
    return HOLDERS.named(GATE, "PASSPORT", number, name)


SET_BY = ("sukangma", "national")
CASES: dict[str, tuple[Receipt, str, str | CorrectionRefusal]] = {
    "the one that set the red": (
        presented(sources=SOURCES),
        "sukangma",
        "digest of sukangma",
    ),
    "one of whose codes one is yellow": (
        presented(sources=SOURCES),
        "national",
        "digest of national",
    ),
    "one whose daily list has the red as well": (
        presented(sources=(*SOURCES, replace(SOURCES[1], digest="digest of the list"))),
        "sukangma",
        "digest of sukangma",
    ),
    "one that stated green": (
        presented(sources=SOURCES),
        "zhenjiang",
        CorrectionRefusal(R.ISSUER_SET_NO_COLOR, SET_BY),
    ),
    "one that stated nothing": (
        presented(sources=SOURCES),
        "anhui",
        CorrectionRefusal(R.ISSUER_SET_NO_COLOR, SET_BY),
    ),
    "one that was not asked": (
        presented(sources=SOURCES),
        "shanghai",
        CorrectionRefusal(R.ISSUER_SET_NO_COLOR, SET_BY),
    ),
    "where all is green": (
        presented(sources=SOURCES[:1]),
        "zhenjiang",
        CorrectionRefusal(R.ISSUER_SET_NO_COLOR),
    ),
    "with a receipt that ran out": (
        presented(sources=SOURCES, exp=unix(AT) - 1),
        "sukangma",
        "digest of sukangma",
    ),
    "with a receipt of 30 days and a second": (
        presented(sources=SOURCES, iat=unix(AT - REPORTED_WITHIN - timedelta(seconds=1))),
        "sukangma",
        CorrectionRefusal(R.RECEIPT_TOO_OLD),
    ),
    "for another number": (
        presented(sources=SOURCES, named=_named("X3211002", "LINDEN MIRA")),
        "sukangma",
        CorrectionRefusal(R.ANOTHER_HOLDER),
    ),
    "for the right number under another name": (
        presented(sources=SOURCES, named=_named("X3211001", "LINDEN MIA")),
        "sukangma",
        CorrectionRefusal(R.ANOTHER_HOLDER),
    ),
    "for another number, to one that set no color": (
        presented(sources=SOURCES, named=_named("X3211002", "LINDEN MIRA")),
        "none",
        CorrectionRefusal(R.ISSUER_SET_NO_COLOR, SET_BY),
    ),
    "for nobody known": (
        presented(sources=SOURCES, sub=None, named=None),
        "sukangma",
        CorrectionRefusal(R.ANOTHER_HOLDER),
    ),
    "with a receipt that does not bind the name": (
        presented(sources=SOURCES, named=None),
        "sukangma",
        CorrectionRefusal(R.ANOTHER_HOLDER),
    ),
    "with another hub's": (
        presented(sources=SOURCES, iss="tongxing-suzhou"),
        "sukangma",
        CorrectionRefusal(R.RECEIPT_INVALID),
    ),
    "with another client's": (
        presented(sources=SOURCES, aud="transport-hub"),
        "sukangma",
        CorrectionRefusal(R.RECEIPT_INVALID),
    ),
}


@pytest.mark.parametrize(("receipt", "issuer", "expected"), CASES.values(), ids=CASES)
def test_an_appeal_to(receipt: Receipt, issuer: str, expected: str | CorrectionRefusal) -> None:
    assert appealed(receipt, issuer) == expected


def test_a_receipt_of_another_region_of_the_client_is_good_for_nothing_now() -> None:
    told = appealed(presented(sources=SOURCES), region="321200")
    assert told == CorrectionRefusal(R.REGION_NOT_GRANTED)


def test_a_receipt_that_was_found_tells_nothing_of_its_region() -> None:
    told = appealed(presented(sources=SOURCES), client_id="another", region="321200")
    assert told == CorrectionRefusal(R.RECEIPT_INVALID)
