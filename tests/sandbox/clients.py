"""The smallest possible hub: asks a reference issuer over HTTP and knows only the wire formats."""

import json
import secrets
import signal
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2

from tests import forked
from tests.connection import PATIENCE_SECONDS, connection
from tests.forked import Forked
from tests.sandbox.decoders import Json, base64url, open_package
from tests.sandbox.sm2_by_hand import PrivateKey
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.personas import PERSONAS

SUKANGMA_CARD_TYPES = {
    "RESIDENT_ID": "1",
    "PASSPORT": "3",
    "HK_MACAO_PERMIT": "6",
    "TAIWAN_PERMIT": "7",
    "FOREIGN_PERMANENT_RESIDENCE": "34",
}
NATIONAL_CARD_TYPES = {
    "RESIDENT_ID": "01",
    "PASSPORT": "03",
    "HK_MACAO_PERMIT": "06",
    "TAIWAN_PERMIT": "07",
    "FOREIGN_PERMANENT_RESIDENCE": "34",
}
CHECKPOINT = {
    "url": "",
    "source": "gate",
    "position": "镇江南站",
    "verifierDept": "防疫组",
    "verifierName": "值班员",
    "verifierPhone": "13800000000",
}


def document(persona: str) -> Document:
    return PERSONAS[persona].document


def asked(persona: str) -> Json:
    about = document(persona)
    return {"kind": about.kind.value, "number": about.number, "name": about.name}


@dataclass(frozen=True)
class RunningIssuer:
    """An issuer's process, its public key, and the hub's credential there."""

    process: Forked
    url: str
    population: int
    jwk: Json
    credential: str
    http: httpx2.Client

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> Any:
        return self.http.post(path, content=body, headers={"content-type": content_type})

    def post_json(self, path: str, body: object) -> Any:
        return self.post(path, json.dumps(body).encode())

    def show(self, persona: str, **options: bool) -> str:
        response = self.post_json("/app/code", asked(persona) | options)
        assert response.status_code == 200
        return str(response.json()["code"])

    def calls(self) -> dict[str, int]:
        calls: dict[str, int] = self.http.get("/sandbox/calls").json()["calls"]
        return calls

    @contextmanager
    def misbehaving(self, mode: str, persona: str | None = None, **more: object) -> Iterator[None]:
        number = None if persona is None else document(persona).number
        switch = {"mode": mode, "for": number, **more}
        assert self.post_json("/sandbox/misbehavior", switch).status_code == 200
        try:
            yield
        finally:
            assert self.http.delete("/sandbox/misbehavior").status_code == 200


@contextmanager
def running(issuer: str, directory: Path, *options: str) -> Iterator[RunningIssuer]:
    """The issuer as a process, ended when the block ends."""
    with forked.start(
        "tongxing.sandbox.issuers",
        issuer,
        "--directory",
        str(directory),
        *options,
        errors=directory / f"{issuer}.log",
    ) as process:
        try:
            yield from _connected(process, directory / issuer)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_SECONDS)


def _connected(process: Forked, folder: Path) -> Iterator[RunningIssuer]:
    ready = json.loads(process.first_line())
    credential = (folder / "credential").read_text()
    headers = {"authorization": f"Bearer {credential}"}
    jwk = json.loads((folder / "public_key.jwk").read_text())
    with connection(ready["url"], headers) as http:
        yield RunningIssuer(process, ready["url"], ready["population"], jwk, credential, http)


def ask_zhenjiang(issuer: RunningIssuer, *personas: str) -> list[str]:
    questions = [asked(persona) for persona in personas]
    response = issuer.post_json("/v1/status", {"questions": questions})
    assert response.status_code == 200
    statements: list[str] = response.json()["statements"]
    return statements


def nonce() -> str:
    return base64url(secrets.token_bytes(16))


def form(fields: Json) -> bytes:
    return urlencode({"token": "hub", "nonce": nonce(), **fields}).encode()


def self_form(about: Document) -> bytes:
    card_type = SUKANGMA_CARD_TYPES[about.kind]
    return form({"cardType": card_type, "idcardNo": about.number, "name": about.name})


def scan_form(code: str) -> bytes:
    return form(CHECKPOINT | {"qrCode": code.rpartition("=")[2]})


def post_form(issuer: RunningIssuer, path: str, body: bytes) -> Any:
    return issuer.post(path, body, "application/x-www-form-urlencoded")


def ask_sukangma(issuer: RunningIssuer, persona: str) -> Any:
    return post_form(issuer, "/healthCode/self", self_form(document(persona)))


@dataclass(frozen=True)
class NationalClient:
    """Signs its requests with its own key and checks every answer."""

    issuer: RunningIssuer
    key: PrivateKey
    key_id: str

    def jwk(self) -> Json:
        x, y = (base64url(value.to_bytes(32)) for value in self.key.public)
        return {"kty": "EC", "crv": "SM2", "x": x, "y": y, "kid": self.key_id}

    def package(self, text: str) -> Json:
        sign = b64encode(self.key.sign(text.encode())).decode()
        return {"bizPackage": text, "sign": sign, "keyId": self.key_id}

    def send(self, path: str, members: Json) -> tuple[str, Any]:
        text = json.dumps({"custNum": "TX", "timeStamp": time_stamp(), **members})
        return text, self.issuer.post_json(path, self.package(text))

    def ask(self, path: str, members: Json) -> tuple[str, Json]:
        """What was asked, and the checked answer."""
        text, response = self.send(path, members)
        assert response.status_code == 200
        return text, open_package(response.content, self.issuer.jwk)

    def serial(self) -> Json:
        _, content = self.ask("/serial", {})
        assert content["errcode"] == 0
        return {"bizSerialNum": content["bizSerialNum"], "randomNum": content["randomNum"]}

    def query(self, about: Document) -> Json:
        return {
            **self.serial(),
            "cardType": NATIONAL_CARD_TYPES[about.kind],
            "cardId": about.number,
            "name": about.name,
        }


def time_stamp() -> str:
    local = datetime.now(UTC) + timedelta(hours=8)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
