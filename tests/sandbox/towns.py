"""A city with a clock that its test moves, asked over its own HTTP interface."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx2

from tests.sandbox.decoders import Json, open_compact
from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.issuers.opening import create_app
from tongxing.sandbox.town.documents import resident_id
from tongxing.sandbox.town.records import IssuerName

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2020, 3, 6, 12, 0, tzinfo=SHANGHAI)


def newcomer(sequence: int, name: str = "周知行") -> Json:
    number = resident_id("110101", "19900101", sequence)
    return {"kind": "RESIDENT_ID", "number": number, "name": name}


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def unix(self) -> int:
        return int(self.at.timestamp())

    def until(self, day: int, hour: int) -> None:
        """Move to that local hour of a day in March 2020."""
        self.at = NOON.replace(day=day, hour=hour)


@dataclass(frozen=True)
class Town:
    http: httpx2.AsyncClient
    jwk: Json = field(repr=False)
    clock: Clock

    async def post(self, path: str, body: Json, expected: int = 200) -> Any:
        response = await self.http.post(path, json=body)
        assert response.status_code == expected, response.text
        return response.json()

    async def get(self, path: str, expected: int = 200) -> Any:
        response = await self.http.get(path)
        assert response.status_code == expected, response.text
        return response.json()

    async def declare(self, who: Json, place: str = "321181", **declaration: object) -> Any:
        return await self.post("/app/declare", who | {"place": place, "declaration": declaration})

    async def status(self, *asked: Json) -> Json:
        """The city's statement about the last person in ``asked``."""
        answer = await self.post("/v1/status", {"questions": list(asked)})
        return open_compact(answer["statements"][-1], self.jwk, "zjc-status+jwt")

    async def color(self, who: Json) -> str:
        return str((await self.status(who))["color"])

    async def changes(self, after: int = 0) -> list[Json]:
        answer = await self.get(f"/v1/changes?after={after}")
        return [open_compact(text, self.jwk, "zjc-change+jwt") for text in answer["changes"]]


@asynccontextmanager
async def opened(directory: Path, clock: Clock) -> AsyncIterator[Town]:
    """The town with its books in ``directory``; opened again, it is the same one."""
    folder = ensure_issuer(directory, IssuerName.ZHENJIANG)
    app = create_app(IssuerName.ZHENJIANG, directory, seed=1, population=10, clock=clock)
    jwk = json.loads((folder / "public_key.jwk").read_text())
    headers = {"authorization": f"Bearer {(folder / 'credential').read_text()}"}
    transport = httpx2.ASGITransport(app=app)
    try:
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://town", headers=headers
        ) as http:
            yield Town(http, jwk, clock)
    finally:
        app.close()
