"""A guard over a database, and people to guess about."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.back_ends import open_database
from tests.holder_keys import holder_keys
from tests.storage.disk import Disk
from tongxing.adapters.dialect import ByCode, ByDocument, Checkpoint, Question
from tongxing.gateway.answering.guess_guard import BadNumber, ClientStopped, GuessGuard
from tongxing.gateway.answering.guesses import Fate, GuessLimits
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.clients import ClientStops
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.sandbox.town.documents import resident_id
from tongxing.schema import DocumentKind, RefusalCode, TravelDocument
from tongxing.schema.stopped_client import StoppedClient, StopReason

AT = datetime(2020, 3, 6, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GATE = Checkpoint("", "", "", "", "")


def resident(sequence: int = 1, born: str = "19880808", name: str = "王小明") -> TravelDocument:
    number = resident_id("321102", born, sequence)
    return TravelDocument.parse(DocumentKind.RESIDENT_ID, number, name)


def of_one_prefix(count: int, first: int = 1) -> list[TravelDocument]:
    """Each under a name of its own."""
    numbers = range(first, first + count)
    return [resident(sequence, name=f"王{chr(0x4E00 + sequence)}") for sequence in numbers]


def strangers(count: int, first: int = 0) -> list[TravelDocument]:
    """People who share nothing by which guesses are counted together."""
    days = (datetime(1950, 1, 1, tzinfo=UTC) + DAY * each for each in range(first, first + count))
    return [
        resident(each % 899 + 1, f"{day:%Y%m%d}", f"{chr(0x4E00 + each // 1_000)}{each:05d}")
        for each, day in enumerate(days, first)
    ]


@dataclass
class Guarded:
    """``told``: what the watch heard."""

    guard: GuessGuard
    stops: ClientStops
    audit: AuditLog
    told: Sequence[tuple[str, StopReason, int]]

    async def ask(
        self,
        documents: Sequence[TravelDocument],
        fate: Fate = Fate.MISSED,
        *,
        client: str = "city",
        at: datetime = AT,
    ) -> bool:
        """Whether the client gets an answer to one request about ``documents``."""
        return await self.put([ByDocument(each) for each in documents], fate, client, at)

    async def scan(self, code: str, fate: Fate, client: str = "city", at: datetime = AT) -> bool:
        return await self.put([ByCode(code, GATE)], fate, client, at)

    async def put(
        self, questions: Sequence[Question], fate: Fate, client: str, at: datetime
    ) -> bool:
        asker = Asker(client, "request", len(questions))
        guesses = [self.guard.guess(each, asker, at) for each in questions]
        try:
            await self.guard.admit([], guesses, asker, at)
            await self.guard.settle([], [(guess, fate) for guess in guesses], asker, at)
        except ClientStopped:
            return False
        return True

    async def begin(self, documents: Sequence[TravelDocument], client: str = "city") -> None:
        """Ask, and hear of no answer."""
        asker = Asker(client, "request", len(documents))
        guesses = [self.guard.guess(ByDocument(each), asker, AT) for each in documents]
        await self.guard.admit([], guesses, asker, AT)

    async def refuse(
        self, numbers: Sequence[tuple[str, RefusalCode]], client: str = "city"
    ) -> bool:
        refused = [BadNumber(DocumentKind.RESIDENT_ID, number, rule) for number, rule in numbers]
        try:
            await self.guard.refuse([], refused, Asker(client, "request"), AT)
        except ClientStopped:
            return False
        return True

    async def resume(self, client: str = "city", at: datetime = AT) -> bool:
        return await self.stops.resume(client, at=at, actor="operator", request_id="cli")

    async def stopped(self, client: str = "city") -> StoppedClient | None:
        return (await self.stops.in_force()).get(client)


@dataclass(frozen=True)
class Told:
    heard: list[tuple[str, StopReason, int]]

    def client_stopped(self, client: str, reason: StopReason, counted: int) -> None:
        self.heard.append((client, reason, counted))


@asynccontextmanager
async def guarded(
    path: Path,
    limits: GuessLimits | None = None,
    disk: Disk | None = None,
    keys: HolderKeys | None = None,
) -> AsyncIterator[Guarded]:
    """As a process of the hub has it that was just started."""
    async with open_database(path, disk) as database:
        audit = await AuditLog.open(database)
        told = Told([])
        guard = GuessGuard(audit, keys or holder_keys(), limits or GuessLimits(), told)
        yield Guarded(guard, ClientStops(database), audit, told.heard)
