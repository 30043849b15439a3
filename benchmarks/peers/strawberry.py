"""A peer: plain Strawberry over the same three issuers, as a good engineer would write it.

One resolver asks the three at the same time over kept connections (aiohttp) and maps their colors;
parsed and validated documents are remembered; with ``--cache``, so is what the issuers said, for
the 30 seconds that the hub keeps it (cachetools), and the same question is on its way only once. No
signature is verified, nobody is authorized, nothing is audited and nothing is signed for the
traveler; the national platform's requests are signed, because it answers no others.

``python -m benchmarks.peers.strawberry <state directory> <JSON of the issuers' addresses> <port>``
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import strawberry
import uvicorn
from cachetools import TTLCache
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.wire import Asked, Person, Wire, national_color, sukangma_color, zhenjiang_color
from tongxing.sandbox.provisioning.layout import Layout

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
ORDER = ("RED", "UNKNOWN", "YELLOW", "GREEN")

CACHE_SECONDS = 30.0
CACHE_ENTRIES = 20_000
"""As the hub's own defaults."""

KEEPALIVE_SECONDS = 2.0
"""Shorter than the five seconds after which the issuers close: a question of the next round must
not leave on a connection that is going."""


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


class Issuers:
    def __init__(self, wire: Wire, urls: Mapping[str, str], session: aiohttp.ClientSession) -> None:
        self._wire = wire
        self._urls = urls
        self._session = session

    async def ask(self, person: Person) -> list[Source]:
        return list(
            await asyncio.gather(
                self._one(self._wire.zhenjiang(person), zhenjiang_color),
                self._one(self._wire.sukangma(person), sukangma_color),
                self._national(person),
            )
        )

    async def _national(self, person: Person) -> Source:
        serial = await self._post(self._wire.serial())
        return await self._one(self._wire.national(person, serial), national_color)

    async def _one(self, asked: Asked, color: Callable[[bytes], str | None]) -> Source:
        raw = color(await self._post(asked))
        return Source(issuer=asked.issuer, color=COLORS.get(raw or "", "UNKNOWN"), raw_value=raw)

    async def _post(self, asked: Asked) -> bytes:
        url = self._urls[asked.issuer] + asked.path
        async with self._session.post(url, data=asked.body, headers=asked.headers) as response:
            return await response.read()


class App:
    """The schema around issuers that are opened with the server."""

    def __init__(self, wire: Wire, urls: Mapping[str, str], *, remembers: bool) -> None:
        self._wire = wire
        self._urls = urls
        self._said: TTLCache[Person, asyncio.Task[list[Source]]] | None = (
            TTLCache(CACHE_ENTRIES, CACHE_SECONDS) if remembers else None
        )
        self._issuers: Issuers | None = None

    async def sources(self, person: Person) -> list[Source]:
        assert self._issuers is not None
        if self._said is None:
            return await self._issuers.ask(person)
        said: asyncio.Task[list[Source]] | None = self._said.get(person)
        if said is None or (said.done() and said.exception() is not None):
            said = self._said[person] = asyncio.create_task(self._issuers.ask(person))
        return await asyncio.shield(said)

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_SECONDS)
        async with aiohttp.ClientSession(connector=connector) as session:
            self._issuers = Issuers(self._wire, self._urls, session)
            yield


def _schema(app: App) -> strawberry.Schema:
    @strawberry.type
    class Query:
        @strawberry.field
        async def traveler(self, document: Document) -> Traveler:
            person = Person(document.kind, document.number, document.name)
            sources = await app.sources(person)
            color = min((source.color for source in sources), key=ORDER.index)
            return Traveler(color=color, sources=sources)

    return strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("urls", type=json.loads)
    parser.add_argument("port", type=int)
    parser.add_argument("--cache", action="store_true")
    given = parser.parse_args()
    app = App(Wire(Layout(given.directory)), given.urls, remembers=given.cache)
    served = Starlette(routes=[Route("/graphql", GraphQL(_schema(app)))], lifespan=app.lifespan)
    uvicorn.run(served, port=given.port, access_log=False, log_level="critical")


if __name__ == "__main__":
    main()
