"""A value that stands in no table is no color, whatever it looks like."""

from collections.abc import Callable

import pytest

from tests.acceptance.callers import Caller, outcomes, reasons
from tests.acceptance.standing import Issuers
from tongxing.sandbox.town.records import IssuerName

GREENS = {
    IssuerName.ZHENJIANG: "绿码",
    IssuerName.SUKANGMA: "green",
    IssuerName.NATIONAL: "00",
}


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() else c for c in text)


LOOK_ALIKES: dict[str, Callable[[str], object]] = {
    "a space behind": lambda green: f"{green} ",
    "a space before": lambda green: f" {green}",
    "a zero-width space behind": lambda green: f"{green}\u200b",
    "a NUL behind": lambda green: f"{green}\0",
    "twice": lambda green: f"{green}{green}",
    "nothing": lambda _green: "",
    "in a list": lambda green: [green],
    "in an object": lambda green: {"level": green},
}
ODDITIES: dict[str, object] = {
    "0": 0,
    "1": 1,
    "0.0": 0.0,
    "true": True,
    "false": False,
    "null": None,
    "an empty list": [],
    "a new word": "蓝码",
    "unknown in Chinese": "未知",
    "an upper-case green": "GREEN",
    "a full-width green": _full_width("green"),
    "a green with a Cyrillic e": "gr\u0435en",
    "full-width noughts": _full_width("00"),
    "one nought": "0",
    "three noughts": "000",
    "the level 20": "20",
    "a green of traditional script": "綠碼",
    "a green in another normal form": "绿码\u0301",
    "10,000 characters": "g" * 10_000,
}


def _assert_unmapped(city: Caller, issuers: Issuers, issuer: IssuerName, value: object) -> None:
    with issuers[issuer].misbehaving("unmapped_value", "green_everywhere", value=value):
        answer = city.persona("green_everywhere")
    assert (answer["color"], answer["decision"]) == ("UNKNOWN", "INSPECT")
    assert "UNMAPPED_VALUE" in reasons(answer)
    assert outcomes(answer)[issuer] == "UNMAPPED_VALUE"


@pytest.mark.parametrize("issuer", IssuerName)
@pytest.mark.parametrize("value", ODDITIES.values(), ids=ODDITIES)
def test_it_is_unknown(city: Caller, issuers: Issuers, issuer: IssuerName, value: object) -> None:
    _assert_unmapped(city, issuers, issuer, value)


@pytest.mark.parametrize("issuer", IssuerName)
@pytest.mark.parametrize("alike", LOOK_ALIKES)
def test_what_looks_like_a_green_is_unknown(
    city: Caller, issuers: Issuers, issuer: IssuerName, alike: str
) -> None:
    _assert_unmapped(city, issuers, issuer, LOOK_ALIKES[alike](GREENS[issuer]))


@pytest.mark.parametrize("issuer", IssuerName)
def test_the_greens_of_another_issuer_are_none(
    city: Caller, issuers: Issuers, issuer: IssuerName
) -> None:
    for green in {*GREENS.values()} - {GREENS[issuer]}:
        _assert_unmapped(city, issuers, issuer, green)


def test_a_red_beside_an_unmapped_value_stays_red(city: Caller, issuers: Issuers) -> None:
    with issuers[IssuerName.SUKANGMA].misbehaving("unmapped_value", value="蓝码"):
        assert city.persona("household_member")["color"] == "RED"
