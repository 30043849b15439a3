"""Documents that are not well formed never reach an issuer, and the client learns which rule."""

import json

import pytest

from tests.acceptance.audited import refusals_of
from tests.acceptance.callers import Answer, Caller, document_of, fields, reasons, request_of
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import TRAVELER, TYPENAME
from tests.acceptance.standing import Issuers
from tongxing.sandbox.town.records import IssuerName

GOOD = document_of("green_everywhere").number

WELL_FORMED = (
    "green_everywhere",
    "green_passport",
    "green_hk_macao",
    "green_taiwan",
    "green_foreign_resident",
)


def _resident(number: str, name: str = "王安宁") -> dict[str, str]:
    return {"kind": "RESIDENT_ID", "number": number, "name": name}


def _other(kind: str, number: str) -> dict[str, str]:
    return {"kind": kind, "number": number, "name": "LINDEN MIRA"}


def _full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def _wrong_check(number: str) -> str:
    return number[:17] + ("0" if number[17] != "0" else "1")


ILL_FORMED: dict[str, tuple[dict[str, str], str]] = {
    "a wrong check character": (_resident(_wrong_check(GOOD)), "CHECK_CHARACTER"),
    "15 digits": (_resident("321102900101123"), "LENGTH"),
    "19 digits": (_resident(GOOD + "0"), "LENGTH"),
    "a lower-case x": (_resident("11010519491231002x"), "FORM"),
    "full-width digits": (_resident(_full_width(GOOD)), "FORM"),
    "a zero-width space inside": (_resident(f"{GOOD[:6]}\u200b{GOOD[6:]}"), "FORM"),
    "a zero-width space behind": (_resident(f"{GOOD}\u200b"), "FORM"),
    "a line feed behind": (_resident(f"{GOOD}\n"), "FORM"),
    "a space behind": (_resident(f"{GOOD} "), "FORM"),
    "31 February": (_resident("321102199002311235"), "BIRTH_DATE"),
    "no province of that number": (_resident("991102199001011238"), "DIVISION"),
    "an empty number": (_resident(""), "FORM"),
    "an empty name": (_resident(GOOD, ""), "NAME"),
    "a name with a space before": (_resident(GOOD, " 王安宁"), "NAME"),
    "a name with an invisible character": (_resident(GOOD, "王\u200b安宁"), "NAME"),
    "a name written from right to left": (_resident(GOOD, "\u202e宁安王"), "NAME"),
    "a name in another normal form": (_resident(GOOD, "Jose\u0301"), "NAME"),
    "a name of 65 characters": (_resident(GOOD, "王" * 65), "NAME"),
    "a name of two lines": (_resident(GOOD, "王\n安宁"), "NAME"),
    "a name that is a Hangul filler": (_resident(GOOD, "\u3164"), "NAME"),
    "a name with a variation selector": (_resident(GOOD, "王\U000e0100安宁"), "NAME"),
    "a name with a bullet for the dot": (_resident(GOOD, "买买提\u2022艾力"), "INTERVAL_DOT"),
    "a birth in the future": (_resident("321102299001011230"), "BIRTH_DATE"),
    "a birth before 1880": (_resident("321102187901011230"), "BIRTH_DATE"),
    "a residence card of 2023 with a wrong check character": (
        _other("FOREIGN_PERMANENT_RESIDENCE", "931840199001010010"),
        "CHECK_CHARACTER",
    ),
    "a passport in lower case": (_other("PASSPORT", "x3211001"), "FORM"),
    "a passport of four characters": (_other("PASSPORT", "X321"), "FORM"),
    "a passport of ten characters": (_other("PASSPORT", "X321100199"), "FORM"),
    "a passport with a hyphen": (_other("PASSPORT", "X3211-001"), "FORM"),
    "a Hong Kong permit of another letter": (_other("HK_MACAO_PERMIT", "T32110001"), "FORM"),
    "a Hong Kong permit of nine digits": (_other("HK_MACAO_PERMIT", "H321100010"), "FORM"),
    "a Taiwan permit with a letter": (_other("TAIWAN_PERMIT", "T3211000"), "FORM"),
    "a Taiwan permit of nine digits": (_other("TAIWAN_PERMIT", "321100010"), "FORM"),
    "a residence card of two letters": (
        _other("FOREIGN_PERMANENT_RESIDENCE", "CH321199010101"),
        "FORM",
    ),
    "a residence card in full width": (
        _other("FOREIGN_PERMANENT_RESIDENCE", _full_width("CHE321199010101")),
        "FORM",
    ),
}


def _checked(number: str) -> str:
    """``number`` with the check character that fits, worked out here (ISO 7064 MOD 11-2)."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
    return number[:17] + "10X98765432"[total % 11]


def _as_meant(document: dict[str, str], rule: str) -> dict[str, str]:
    """A number that breaks one rule only: the check character is right where it is not meant."""
    if rule in ("BIRTH_DATE", "DIVISION"):
        return document | {"number": _checked(document["number"])}
    return document


@pytest.mark.parametrize("persona", WELL_FORMED)
def test_a_well_formed_document_is_answered(city: Caller, persona: str) -> None:
    answer = city.persona(persona)
    assert (answer["__typename"], answer["color"]) == ("TravelerRecognition", "GREEN")


@pytest.mark.parametrize(("document", "rule"), ILL_FORMED.values(), ids=ILL_FORMED)
@pytest.mark.usefixtures("untouched")
def test_it_is_refused_with_its_rule_and_no_issuer_is_asked(
    hub: RunningHub, city: Caller, document: dict[str, str], rule: str
) -> None:
    response = city.post(TRAVELER, request_of(_as_meant(document, rule)))
    answer: Answer = response.json()["data"]["traveler"]
    code = f"DOCUMENT_{rule}"
    assert (answer["__typename"], answer["code"]) == ("NotAnswered", code)
    assert answer["text"]["zh"]
    assert answer["text"]["en"]
    if document["number"]:
        assert document["number"] not in response.text
    request_id = response.headers["x-request-id"]
    assert refusals_of(hub.layout, request_id) == [("city-system", code)]


def test_a_document_of_another_kind_is_another_document(city: Caller) -> None:
    taiwan = fields(document_of("green_taiwan"))
    answer = city.traveler(taiwan | {"kind": "PASSPORT", "number": taiwan["number"][:9]})
    assert answer["color"] == "UNKNOWN"
    assert "NO_RECORD" in reasons(answer)


SCANNED = {
    "a line feed": "{}\n",
    "both": "{}\r\n",
    "a carriage return": "{}\r",
    "a tab": "{}\t",
    "a tab in front": "\t{}",
    "all of them around": "\r\n\t{}\t\r\n",
    "a byte order mark": "\ufeff{}",
}


@pytest.mark.parametrize("form", SCANNED.values(), ids=SCANNED)
def test_what_a_scanner_adds_to_a_code_is_taken_off(
    city: Caller, issuers: Issuers, form: str
) -> None:
    """As on the command line. A number is checked as it was written."""
    answer = city.scan(form.format(issuers[IssuerName.ZHENJIANG].show("green_passport")))
    assert answer["color"] == "GREEN"


def test_a_request_that_a_person_saved_in_an_editor_is_read(city: Caller) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {city.token()}"}
    body = b"\xef\xbb\xbf" + json.dumps({"query": TYPENAME}).encode()
    assert city.http.post("/graphql", content=body, headers=headers).status_code == 200
