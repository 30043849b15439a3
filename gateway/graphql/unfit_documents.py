"""Registered documents that the hub would refuse now: a newer schema does not have what they ask.

Responsible for operators learning of it when a hub of a newer version starts, and not from the
clients. Refuses to withdraw one: the document may fit again, and whose it is may mend it first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.documents import PreparedDocument
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.document_registry import DocumentRegistry, RegisteredDocument

PAUSE_SECONDS = 0.2
"""Between two documents: preparing one takes some 10 ms, and a hub answers meanwhile."""

AGAIN_SECONDS = 3600.0
"""Until what stands is told again."""


async def unfit_documents(
    registry: DocumentRegistry, make: Callable[[str], PreparedDocument], pause_seconds: float = 0.0
) -> AsyncIterator[tuple[RegisteredDocument, ErrorCode]]:
    """Each, and why. Raises StorageUnavailable."""
    number = 0
    while document := await registry.behind(number):
        number = document.number
        try:
            make(document.text)
        except Refused as refused:
            yield document, refused.code
        await asyncio.sleep(pause_seconds)


async def tell_of_unfit(
    registry: DocumentRegistry,
    make: Callable[[str], PreparedDocument],
    tell: Callable[[int, str], None],
) -> None:
    """For as long as the hub runs. If the disk fails, the next round tries again."""
    while True:
        with suppress(StorageUnavailable):
            async for document, code in unfit_documents(registry, make, PAUSE_SECONDS):
                tell(document.number, code.value)
        await asyncio.sleep(AGAIN_SECONDS)
