"""A process whose clock stands still, so that it never looks by itself, sees what another one
changes: only the news can have told it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.back_ends import open_database, server_url
from tests.connection import PATIENCE_SECONDS
from tests.followup.test_correction_store import ACCEPTED, AT, FILED, record
from tests.storage.registrations import client
from tests.storage.test_document_registry import document
from tests.storage.test_news import listening
from tongxing.gateway.followup.correction_store import CorrectionStore
from tongxing.gateway.followup.outdated import OutdatedStatements, follow_outdated
from tongxing.gateway.operation.shared_trust_list import SharedTrustList
from tongxing.gateway.policy.shared_policies import SharedPolicies
from tongxing.gateway.storage import Database, Mark
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.clients import ClientRegistry, RememberedClients
from tongxing.gateway.storage.document_registry import DocumentRegistry, RememberedDocuments
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.publications import Publication, Publications
from tongxing.keys import HolderRef
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import CorrectionAction

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

Seen = Callable[[], Awaitable[bool]]
Case = Callable[[Database, Database], AsyncIterator[Seen]]
"""Of a process that changes and one that remembers: what is remembered already, then whether the
change is seen."""

WHO = {"actor": "test", "request_id": "test"}


def stands_still() -> float:
    return 0.0


async def a_client(here: Database, there: Database) -> AsyncIterator[Seen]:
    registry = ClientRegistry(here)
    remembered = RememberedClients(ClientRegistry(there), stands_still, there.news)
    await registry.add(client(), **WHO)

    async def is_gone() -> bool:
        return await remembered.find("city-system") is None

    yield is_gone
    await registry.revoke("city-system", at=AT, **WHO)


async def a_document(here: Database, there: Database) -> AsyncIterator[Seen]:
    registry, made = DocumentRegistry(here), document()
    remembered = RememberedDocuments(DocumentRegistry(there), stands_still, there.news)
    await registry.register(made, request_id="test")

    async def is_gone() -> bool:
        return await remembered.text(made.digest) is None

    yield is_gone
    await registry.withdraw(made.digest, at=AT, by="test", request_id="test")


class Link:
    def __init__(self) -> None:
        self.forgotten: list[HolderRef] = []

    async def forget(self, holder: HolderRef) -> None:
        self.forgotten.append(holder)


async def a_statement(here: Database, there: Database) -> AsyncIterator[Seen]:
    corrections, link = CorrectionStore(here), Link()
    await corrections.file(FILED, record(CorrectionAction.REPORTED))
    ear = NewsEar(there.news, Topic.OUTDATED, 5.0, stands_still)
    store, links = OutdatedStatements(there), {str(ACCEPTED.issuer): link}
    following = asyncio.create_task(follow_outdated(store, links, ear, after=0))

    async def is_forgotten() -> bool:
        return link.forgotten == [HolderRef(ACCEPTED.holder)]

    yield is_forgotten
    await corrections.decide(ACCEPTED, record(CorrectionAction.ACCEPTED))
    yield is_forgotten
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def a_trust_list(here: Database, there: Database) -> AsyncIterator[Seen]:
    ear = NewsEar(there.news, Topic.TRUST_LIST, 5.0, stands_still)
    shared = SharedTrustList(Publications(there), ear)

    async def is_there() -> bool:
        newest = await shared.newest()
        return newest is not None and newest.trust_list == b"list"

    yield is_there
    await Publications(here).share_trust_list(Mark(1, "digest"), b"list")


async def a_policy(here: Database, there: Database) -> AsyncIterator[Seen]:
    ear = NewsEar(there.news, Topic.POLICIES, 5.0, stands_still)
    shared = SharedPolicies(Publications(there), ear)
    published = Publication(RegionCode("330100"), Mark(1, "digest"), b"policy", b"signatures")

    async def is_there() -> bool:
        return [file.content for file in await shared.files()] == [b"policy"]

    yield is_there
    await Publications(here).share_policies([published])


CASES: Mapping[str, Case] = {
    "a client is revoked": a_client,
    "a document is withdrawn": a_document,
    "statements are outdated": a_statement,
    "a trust list is shared": a_trust_list,
    "a policy is shared": a_policy,
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_it_is_seen(case: Case, back_end: str, tmp_path: Path) -> None:
    path = tmp_path / back_end
    async with open_database(path) as here, open_database(path) as there:
        url = server_url(path)
        assert url is not None
        await AuditLog.open(here)
        async with listening(url, there.news):
            changing = case(here, there)
            is_seen = await anext(changing)
            assert not await is_seen()
            await anext(changing, None)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await is_seen():
                    await asyncio.sleep(0.01)
            await anext(changing, None)
