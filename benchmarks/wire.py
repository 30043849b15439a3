"""How the three issuers are asked about one person, for those of the peers that are in Python.

Responsible for the bytes of docs/wire-formats.md in both directions, as short as they can be.
Nothing that comes back is verified: a peer that verifies does so itself.
"""

import json
import secrets
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from tongxing.keys.signing import Sm2Signer
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import CUST_NUM
from tongxing.sandbox.town.records import IssuerName

SHANGHAI = timezone(timedelta(hours=8))
CARD_TYPES = {
    "RESIDENT_ID": ("1", "01"),
    "PASSPORT": ("3", "03"),
    "HK_MACAO_PERMIT": ("6", "06"),
    "TAIWAN_PERMIT": ("7", "07"),
    "FOREIGN_PERMANENT_RESIDENCE": ("34", "34"),
}
"""Of the province and of the national platform."""

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Person:
    kind: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One POST."""

    issuer: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Wire:
    def __init__(self, layout: Layout) -> None:
        self._tokens = {
            name.value: layout.issuer_credential(name).read_text("ascii").strip()
            for name in IssuerName
        }
        self._sm2 = Sm2Signer.from_pem(layout.sm2_key.read_bytes())

    def zhenjiang(self, person: Person) -> Asked:
        question = {"kind": person.kind, "number": person.number, "name": person.name}
        body = json.dumps({"questions": [question]}).encode()
        return self._post("zhenjiang", "/v1/status", JSON, body)

    def sukangma(self, person: Person) -> Asked:
        form = {
            "cardType": CARD_TYPES[person.kind][0],
            "idcardNo": person.number,
            "name": person.name,
            "token": self._tokens["sukangma"],
            "nonce": secrets.token_urlsafe(16),
        }
        return self._post("sukangma", "/healthCode/self", FORM, urlencode(form).encode())

    def serial(self) -> Asked:
        return self._signed("/serial", self._stamp())

    def national(self, person: Person, serial: bytes) -> Asked:
        """``serial`` is the answer to the first step."""
        numbered = opened_package(serial)
        content = {
            **self._stamp(),
            "bizSerialNum": numbered["bizSerialNum"],
            "randomNum": numbered["randomNum"],
            "cardType": CARD_TYPES[person.kind][1],
            "cardId": person.number,
            "name": person.name,
        }
        return self._signed("/queryInfo", content)

    def _stamp(self) -> dict[str, str]:
        return {"custNum": CUST_NUM, "timeStamp": f"{datetime.now(SHANGHAI):%Y%m%d%H%M%S}000"}

    def _signed(self, path: str, content: object) -> Asked:
        text = json.dumps(content)
        sign = b64encode(self._sm2.sign(text.encode())).decode()
        package = {"bizPackage": text, "sign": sign, "keyId": self._sm2.key_id}
        return self._post("national", path, JSON, json.dumps(package).encode())

    def _post(self, issuer: str, path: str, content_type: str, body: bytes) -> Asked:
        headers = {"Authorization": f"Bearer {self._tokens[issuer]}", "Content-Type": content_type}
        return Asked(issuer, path, headers, body)


def opened_package(answer: bytes) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(json.loads(answer)["bizPackage"])
    return opened


def zhenjiang_color(answer: bytes) -> str | None:
    payload = json.loads(answer)["statements"][0].split(".")[1]
    color: str | None = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get(
        "color"
    )
    return color


def sukangma_color(answer: bytes) -> str | None:
    color: str | None = (json.loads(answer)["res"] or {}).get("leveldata")
    return color


def national_color(answer: bytes) -> str | None:
    color: str | None = opened_package(answer).get("fxdj")
    return color
