"""The peer: plain Strawberry over the same three issuers, written the obvious way.

What a competent user would write in an afternoon: one resolver that asks the three at the same time
with httpx2 and maps their colors. No signature is verified, nobody is authorized, nothing is
audited and nothing is signed for the traveler; the national platform's requests are signed, because
it answers no others.

``python -m benchmarks.plain_strawberry <state directory> <JSON of the issuers' addresses>``
"""

import asyncio
import json
import secrets
import socket
import sys
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx2
import strawberry
import uvicorn
from strawberry.asgi import GraphQL

from tongxing.keys.signing import Sm2Signer
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import CUST_NUM
from tongxing.sandbox.town.records import IssuerName

SHANGHAI = timezone(timedelta(hours=8))
COLORS = {
    "绿码": "GREEN",
    "黄码": "YELLOW",
    "红码": "RED",
    "green": "GREEN",
    "yellow": "YELLOW",
    "red": "RED",
    "00": "GREEN",
    "01": "YELLOW",
    "10": "RED",
}
CARD_TYPES = {
    "RESIDENT_ID": ("1", "01"),
    "PASSPORT": ("3", "03"),
    "HK_MACAO_PERMIT": ("6", "06"),
    "TAIWAN_PERMIT": ("7", "07"),
    "FOREIGN_PERMANENT_RESIDENCE": ("34", "34"),
}
"""Of the province and of the national platform."""

ORDER = ("RED", "UNKNOWN", "YELLOW", "GREEN")


@strawberry.input
class Document:
    kind: str
    number: str
    name: str


@strawberry.type
class Source:
    issuer: str
    color: str
    raw_value: str | None


@strawberry.type
class Traveler:
    color: str
    sources: list[Source]


KEEPALIVE_SECONDS = 2.0
"""Shorter than the five seconds after which the issuers close: a question of the next round must
not leave on a connection that is going."""


class Issuers:
    def __init__(self, layout: Layout, urls: Mapping[str, str]) -> None:
        self._tokens = {
            name: layout.issuer_credential(IssuerName(name)).read_text("ascii").strip()
            for name in urls
        }
        self._clients = {
            name: httpx2.AsyncClient(
                base_url=url,
                headers={"Authorization": f"Bearer {self._tokens[name]}"},
                limits=httpx2.Limits(keepalive_expiry=KEEPALIVE_SECONDS),
            )
            for name, url in urls.items()
        }
        self._sm2 = Sm2Signer.from_pem(layout.sm2_key.read_bytes())

    async def zhenjiang(self, document: Document) -> Source:
        question = {"kind": document.kind, "number": document.number, "name": document.name}
        response = await self._clients["zhenjiang"].post(
            "/v1/status", json={"questions": [question]}
        )
        payload = response.json()["statements"][0].split(".")[1]
        state = json.loads(_from_base64url(payload))
        return _source("zhenjiang", state.get("color"))

    async def sukangma(self, document: Document) -> Source:
        form = {
            "cardType": CARD_TYPES[document.kind][0],
            "idcardNo": document.number,
            "name": document.name,
            "token": self._tokens["sukangma"],
            "nonce": secrets.token_urlsafe(16),
        }
        response = await self._clients["sukangma"].post("/healthCode/self", data=form)
        return _source("sukangma", (response.json()["res"] or {}).get("leveldata"))

    async def national(self, document: Document) -> Source:
        stamp = {"custNum": CUST_NUM, "timeStamp": f"{datetime.now(SHANGHAI):%Y%m%d%H%M%S}000"}
        serial = await self._package("/serial", stamp)
        asked = {
            **stamp,
            "bizSerialNum": serial["bizSerialNum"],
            "randomNum": serial["randomNum"],
            "cardType": CARD_TYPES[document.kind][1],
            "cardId": document.number,
            "name": document.name,
        }
        return _source("national", (await self._package("/queryInfo", asked)).get("fxdj"))

    async def _package(self, path: str, content: object) -> dict[str, Any]:
        text = json.dumps(content)
        package = {
            "bizPackage": text,
            "sign": b64encode(self._sm2.sign(text.encode())).decode(),
            "keyId": self._sm2.key_id,
        }
        response = await self._clients["national"].post(path, json=package)
        answered: dict[str, Any] = json.loads(response.json()["bizPackage"])
        return answered


def _from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _source(issuer: str, raw: str | None) -> Source:
    return Source(issuer=issuer, color=COLORS.get(raw or "", "UNKNOWN"), raw_value=raw)


def _schema(issuers: Issuers) -> strawberry.Schema:
    @strawberry.type
    class Query:
        @strawberry.field
        async def traveler(self, document: Document) -> Traveler:
            sources = await asyncio.gather(
                issuers.zhenjiang(document), issuers.sukangma(document), issuers.national(document)
            )
            color = min((source.color for source in sources), key=ORDER.index)
            return Traveler(color=color, sources=list(sources))

    return strawberry.Schema(Query)


def main() -> None:
    layout, urls = Layout(Path(sys.argv[1])), json.loads(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
    app = GraphQL(_schema(Issuers(layout, urls)))
    config = uvicorn.Config(app, access_log=False, log_level="critical")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
