"""The client without ``await``: the flows, driven over a connection that blocks."""

import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

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
CLOCKS = Clocks(time.monotonic, time.time, random.random)


class Client:
    """One client system in front of one hub; may be used by many threads. Every method raises
    TongxingError. With ``verifies_receipts`` off, what an answer says is believed because it came
    over the connection."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        verifies_receipts: bool = True,
        clocks: Clocks = CLOCKS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._session = Session(credentials, patience, clocks)
        self._questions = Questions(self._session, verifies=verifies_receipts)
        verify = True if credentials.tls is None else credentials.tls
        self._http = httpx2.Client(verify=verify, trust_env=False, transport=transport)
        self._lock = threading.Lock()

    @classmethod
    def from_file(cls, credentials: Path | str, **options: Any) -> "Client":
        """Raises OSError, ValueError."""
        return cls(read_credentials(credentials), **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def traveler(self, document: Document, *, region: str, purpose: str) -> Recognition | Refused:
        return self._run(self._questions.traveler(document, region, purpose))

    def scan(
        self, code: str, checkpoint: Checkpoint, *, region: str, purpose: str
    ) -> Recognition | Refused:
        return self._run(self._questions.scan(code, checkpoint, region, purpose))

    def manifest(
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
        return self._run(self._questions.manifest(entries, region, purpose, progress, piece))

    def record_arrival(self, receipt: str, *, district: str) -> Arrival | Refused:
        return self._run(self._questions.record_arrival(receipt, district))

    def acknowledge_arrival(self, arrival_id: str) -> Arrival | Refused:
        return self._run(self._questions.acknowledge_arrival(arrival_id))

    def report_mistake(
        self, receipt: str, document: Document, *, issuer: str, mistake: str
    ) -> Correction | Refused:
        return self._run(self._questions.report_mistake(receipt, document, issuer, mistake))

    def correction(self, correction_id: str) -> Correction | Refused:
        """Its state, as the issuer says it now."""
        return self._run(self._questions.correction(correction_id))

    def execute(
        self, query: str, variables: Mapping[str, object] | None = None, *, repeats: bool = False
    ) -> dict[str, Any]:
        """The data of any operation. ``repeats``: it may be sent again if nobody answered, as every
        query may."""
        return self._run(self._questions.execute(query, variables or {}, repeats=repeats))

    def verify_receipt(self, receipt: str) -> Mapping[str, Any]:
        """The claims of a receipt of this hub, for this client, that holds now."""
        return self._run(self._session.verified(receipt))

    def token(self) -> str:
        """An access token, for programs that ask by themselves."""
        return self._run(self._session.token())

    def change_key(self, new: SigningKey, *, overlap_seconds: int) -> Keys:
        """The keys that the client has from now on. This object goes on with its old one."""
        return self._run(key_change(self._session, new, overlap_seconds))

    def follow_arrivals(self, region: str, *, after: str | None = None) -> Iterator[ArrivalEvent]:
        """What happens to the arrivals in ``region``, for as long as it is iterated."""
        following = Following(self._session, region, after)
        while True:
            yield from self._stream(following)

    def _stream(self, following: Following) -> Iterator[ArrivalEvent]:
        request = self._run(following.opening())
        why: TongxingError | None = None
        try:
            with self._stream_of(request, SILENCE_SECONDS) as stream:
                if "event-stream" not in stream.headers.get("content-type", ""):
                    reply = self._whole(stream, time.monotonic() + SILENCE_SECONDS)
                    self._run(following.refused(request, reply))
                    return
                for event in httpx2.EventSource(stream):
                    told = following.heard(event.event, event.data)
                    if told is not None:
                        yield told
        except (httpx2.RequestError, HubUnreachable):
            why = LOST
        self._run(following.ended(why))

    def _run(self, flow: Flow[T]) -> T:
        """Drives a flow to its result."""
        try:
            effect = next(flow)
            while True:
                try:
                    came = self._done(effect)
                except (TongxingError, ComeBack) as fault:
                    effect = flow.throw(fault)
                else:
                    effect = flow.send(came)
        except StopIteration as end:
            result: T = end.value
            return result

    def _done(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return self._sent(effect)
        if isinstance(effect, Wait):
            time.sleep(effect.seconds)
            return None
        with self._lock:
            return self._run(effect.flow)

    def _sent(self, effect: Send) -> HttpReply:
        until = time.monotonic() + effect.seconds
        try:
            with self._stream_of(effect.request, max(effect.seconds, 0.001)) as stream:
                return self._whole(stream, until)
        except httpx2.RequestError as fault:
            raise HubUnreachable(type(fault).__name__) from None

    def _whole(self, stream: httpx2.Response, until: float) -> HttpReply:
        """What comes bit by bit is too late as well."""
        body = Body()
        for part in stream.iter_bytes():
            body.add(part)
            if time.monotonic() > until:
                raise HubUnreachable("no whole answer in time")
        return reply_of(stream.status_code, stream.headers, body.whole())

    def _stream_of(
        self, request: HttpRequest, silence: float
    ) -> AbstractContextManager[httpx2.Response]:
        return self._http.stream(
            request.method,
            request.url,
            headers=request.headers,
            content=request.content,
            timeout=silence,
        )


def reply_of(status: int, headers: Mapping[str, str], content: bytes) -> HttpReply:
    return HttpReply(status, {name.lower(): value for name, value in headers.items()}, content)
