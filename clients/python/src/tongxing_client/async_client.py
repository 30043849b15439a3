"""The client with ``await``, under asyncio or Trio: the flows, driven over connections that do not
block."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
import httpx2

from tongxing_client.answers import (
    Arrival,
    ArrivalEvent,
    Correction,
    ManifestAnswer,
    Recognition,
    Refused,
)
from tongxing_client.asking import PIECE, Progress, Questions
from tongxing_client.body import Body
from tongxing_client.client import CLOCKS, reply_of
from tongxing_client.credentials import Credentials, read_credentials
from tongxing_client.errors import HubUnreachable, TongxingError
from tongxing_client.flow import Clocks, Effect, Flow, HttpReply, HttpRequest, Send, Wait
from tongxing_client.following import LOST, SILENCE_SECONDS, Following
from tongxing_client.keys import SigningKey
from tongxing_client.patience import ComeBack, Patience
from tongxing_client.questions import Checkpoint, Document, ManifestEntry
from tongxing_client.rotation import Keys, key_change
from tongxing_client.session import Session

T = TypeVar("T")


class AsyncClient:
    """Client, for many tasks of one event loop."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        verifies_receipts: bool = True,
        clocks: Clocks = CLOCKS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._session = Session(credentials, patience, clocks)
        self._questions = Questions(self._session, verifies=verifies_receipts)
        verify = True if credentials.tls is None else credentials.tls
        self._http = httpx2.AsyncClient(verify=verify, trust_env=False, transport=transport)
        self._lock = anyio.Lock()

    @classmethod
    def from_file(cls, credentials: Path | str, **options: Any) -> "AsyncClient":
        """Raises OSError, ValueError."""
        return cls(read_credentials(credentials), **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def traveler(
        self, document: Document, *, region: str, purpose: str
    ) -> Recognition | Refused:
        return await self._run(self._questions.traveler(document, region, purpose))

    async def scan(
        self, code: str, checkpoint: Checkpoint, *, region: str, purpose: str
    ) -> Recognition | Refused:
        return await self._run(self._questions.scan(code, checkpoint, region, purpose))

    async def manifest(
        self,
        entries: Sequence[ManifestEntry],
        *,
        region: str,
        purpose: str,
        progress: Progress | None = None,
        piece: int = PIECE,
    ) -> list[ManifestAnswer]:
        """One answer for each entry, in their order; asked in pieces of at most ``piece``. Raises
        ManifestInterrupted, which has the answers so far."""
        return await self._run(self._questions.manifest(entries, region, purpose, progress, piece))

    async def record_arrival(self, receipt: str, *, district: str) -> Arrival | Refused:
        return await self._run(self._questions.record_arrival(receipt, district))

    async def acknowledge_arrival(self, arrival_id: str) -> Arrival | Refused:
        return await self._run(self._questions.acknowledge_arrival(arrival_id))

    async def report_mistake(
        self, receipt: str, document: Document, *, issuer: str, mistake: str
    ) -> Correction | Refused:
        return await self._run(self._questions.report_mistake(receipt, document, issuer, mistake))

    async def correction(self, correction_id: str) -> Correction | Refused:
        """Its state, as the issuer says it now."""
        return await self._run(self._questions.correction(correction_id))

    async def execute(
        self, query: str, variables: Mapping[str, object] | None = None, *, repeats: bool = False
    ) -> dict[str, Any]:
        """The data of any operation. ``repeats``: it may be sent again if nobody answered, as every
        query may."""
        return await self._run(self._questions.execute(query, variables or {}, repeats=repeats))

    async def verify_receipt(self, receipt: str) -> Mapping[str, Any]:
        """The claims of a receipt of this hub, for this client, that holds now."""
        return await self._run(self._session.verified(receipt))

    async def token(self) -> str:
        """An access token, for programs that ask by themselves."""
        return await self._run(self._session.token())

    async def change_key(self, new: SigningKey, *, overlap_seconds: int) -> Keys:
        """The keys that the client has from now on. This object goes on with its old one."""
        return await self._run(key_change(self._session, new, overlap_seconds))

    async def follow_arrivals(
        self, region: str, *, after: str | None = None
    ) -> AsyncIterator[ArrivalEvent]:
        """What happens to the arrivals in ``region``, for as long as it is iterated."""
        following = Following(self._session, region, after)
        while True:
            async for told in self._stream(following):
                yield told

    async def _stream(self, following: Following) -> AsyncIterator[ArrivalEvent]:
        request = await self._run(following.opening())
        why: TongxingError | None = None
        try:
            async with self._stream_of(request, SILENCE_SECONDS) as stream:
                if "event-stream" not in stream.headers.get("content-type", ""):
                    with anyio.fail_after(SILENCE_SECONDS):
                        reply = await self._whole(stream)
                    await self._run(following.refused(request, reply))
                    return
                async for event in httpx2.EventSource(stream):
                    told = following.heard(event.event, event.data)
                    if told is not None:
                        yield told
        except (httpx2.RequestError, TimeoutError):
            why = LOST
        await self._run(following.ended(why))

    async def _run(self, flow: Flow[T]) -> T:
        """Drives a flow to its result."""
        try:
            effect = next(flow)
            while True:
                try:
                    came = await self._done(effect)
                except (TongxingError, ComeBack) as fault:
                    effect = flow.throw(fault)
                else:
                    effect = flow.send(came)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _done(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return await self._sent(effect)
        if isinstance(effect, Wait):
            await anyio.sleep(effect.seconds)
            return None
        async with self._lock:
            return await self._run(effect.flow)

    async def _sent(self, effect: Send) -> HttpReply:
        try:
            with anyio.fail_after(max(effect.seconds, 0.001)):
                async with self._stream_of(effect.request, None) as stream:
                    return await self._whole(stream)
        except (httpx2.RequestError, TimeoutError) as fault:
            raise HubUnreachable(type(fault).__name__) from None

    async def _whole(self, stream: httpx2.Response) -> HttpReply:
        body = Body()
        async for part in stream.aiter_bytes():
            body.add(part)
        return reply_of(stream.status_code, stream.headers, body.whole())

    def _stream_of(
        self, request: HttpRequest, silence: float | None
    ) -> AbstractAsyncContextManager[httpx2.Response]:
        return self._http.stream(
            request.method,
            request.url,
            headers=request.headers,
            content=request.content,
            timeout=silence,
        )
