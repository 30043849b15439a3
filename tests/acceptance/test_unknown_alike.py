"""A wrong name, nobody, and somebody without a record: from outside they are one answer."""

import json
import re
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from tests.acceptance.callers import Answer, Caller, document_of, fields, request_of
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import Issuers
from tongxing.sandbox.town.records import IssuerName

GREEN = fields(document_of("green_everywhere"))
RED = fields(document_of("red_everywhere"))
PASSPORT = fields(document_of("green_passport"))

UNKNOWN = {
    "the name of somebody green is wrong": GREEN | {"name": "王安静"},
    "the name of somebody red is wrong": RED | {"name": "王安静"},
    "the name is another known person's": GREEN | {"name": RED["name"]},
    "the name has a space inside": GREEN | {"name": "王 安宁"},
    "nobody has this number": GREEN | {"number": "44030519900101123X"},
    "nobody has this passport": PASSPORT | {"number": "Z9999999"},
    "the name on the passport is in another order": PASSPORT | {"name": "MIRA LINDEN"},
    "the number is one of another kind": PASSPORT
    | {"kind": "FOREIGN_PERMANENT_RESIDENCE"}
    | {"number": "CHE321199010199"},
}
WITHOUT_A_RECORD = fields(document_of("unknown"))

_OF_THIS_ANSWER = ("auditIndex", "receipt", "requestId", "decidedAt", "validUntil", "asOf")
_OF_THIS_SOURCE = ("evidenceDigest",)
_OF_THIS_RECEIPT = ("iat", "exp", "at", "document", "request", "audit")


def _plain(answer: Answer) -> str:
    """The answer without what is never the same twice: index, receipt, digests and times."""
    kept = {name: value for name, value in answer.items() if name not in _OF_THIS_ANSWER}
    kept["sources"] = [
        {name: value for name, value in source.items() if name not in _OF_THIS_SOURCE}
        for source in answer["sources"]
    ]
    return json.dumps(kept, ensure_ascii=False)


def _receipt(answer: Answer) -> Any:
    payload = answer["receipt"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    kept = {name: value for name, value in claims.items() if name not in _OF_THIS_RECEIPT}
    for source in kept["sources"]:
        source["digest"] = source["digest"] and "some"
    return kept


@pytest.fixture(scope="session")
def without_a_record(city: Caller) -> Answer:
    return city.traveler(WITHOUT_A_RECORD)


@pytest.mark.parametrize("document", UNKNOWN.values(), ids=UNKNOWN)
def test_it_is_answered_like_somebody_without_a_record(
    city: Caller, without_a_record: Answer, document: dict[str, str]
) -> None:
    answer = city.traveler(document)
    assert answer["color"] == "UNKNOWN"
    assert _plain(answer) == _plain(without_a_record)
    assert _receipt(answer) == _receipt(without_a_record)


def test_in_a_manifest_too_they_are_one_answer(city: Caller) -> None:
    answers = city.travelers([WITHOUT_A_RECORD, *UNKNOWN.values()])
    assert len({_plain(answer) for answer in answers}) == 1


@pytest.mark.parametrize("slow", IssuerName)
def test_which_issuer_was_slow_does_not_show(
    city: Caller, issuers: Issuers, without_a_record: Answer, slow: IssuerName
) -> None:
    with issuers[slow].misbehaving("slow", seconds=0.2):
        answer = city.traveler(WITHOUT_A_RECORD)
    assert _plain(answer) == _plain(without_a_record)


@pytest.mark.parametrize("document", UNKNOWN.values(), ids=UNKNOWN)
def test_the_bytes_are_as_many(city: Caller, document: dict[str, str]) -> None:
    """Apart from the receipt, whose index and request are in it, and the audit index."""
    lengths = {len(_fixed(city, each)) for each in (document, WITHOUT_A_RECORD)}
    assert len(lengths) == 1


def _fixed(city: Caller, document: dict[str, str]) -> str:
    text = city.post(TRAVELER, request_of(document)).text
    return re.sub(r'"(receipt|auditIndex|decidedAt|validUntil)":("[^"]*"|[0-9]+)', "", text)
