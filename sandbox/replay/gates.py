"""Gates: each scans one code after another over its own kept connection, as a real one does.

Before each scan the traveler's telephone asks the city for a fresh code, because a code lives for
60 s. A question that the hub refuses is asked again after the time that the hub names; it is never
given up silently.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.keys import base64url
from tongxing.sandbox.provisioning.state import CHECKPOINT, HUB_REGION
from tongxing.sandbox.replay.kept_connection import ConnectionLost, HttpReply, KeptConnection
from tongxing.sandbox.replay.scans import Scans, Told
from tongxing.sandbox.town.population import Population

GATES = 64
"""How many ask at the same time, and never rest while there is somebody. More would let the hub ask
its issuers about more people at once, and each gate wait longer."""


@dataclass(frozen=True, slots=True)
class Patience:
    """A question that is not answered is asked again after ``pause_seconds`` if the hub names no
    time. After ``given_up_seconds`` the hub is not busy but gone, and the replay ends: a code lives
    no longer."""

    pause_seconds: float = 1.0
    given_up_seconds: float = 60.0


PATIENCE = Patience()


class TokenSource(Protocol):
    def token(self) -> str:
        """One that stays valid for a while. Raises CommandFailed."""
        ...


class Operator:
    """A client system with gates of its own; they share its access token. ``document`` is the id of
    the GraphQL document that they send."""

    def __init__(self, client: TokenSource, purpose: str, document: str) -> None:
        self._client = client
        self._purpose = purpose
        self._document = document
        self.bearer = ""

    async def renew(self) -> None:
        """The client keeps its token for as long as that is good. Raises CommandFailed."""
        self.bearer = await asyncio.to_thread(self._client.token)

    def question(self, code: str) -> bytes:
        asked = {
            "code": code,
            "checkpoint": CHECKPOINT,
            "receivingRegion": HUB_REGION,
            "purpose": self._purpose,
        }
        return msgspec.json.encode({"documentId": self._document, "variables": {"input": asked}})


@dataclass(frozen=True, slots=True)
class Phones:
    """What holders carry: each asks the city for the code that it shows."""

    credential: str
    crowd: Population

    def question(self, person: int) -> bytes:
        document = self.crowd.document(person)
        return msgspec.json.encode(
            {"kind": document.kind, "number": document.number, "name": document.name}
        )


class Gate:
    """``phone`` goes to the city, ``scanner`` to the hub."""

    def __init__(
        self,
        operator: Operator,
        phones: Phones,
        phone: KeptConnection,
        scanner: KeptConnection,
        scans: Scans,
        *,
        patience: Patience = PATIENCE,
    ) -> None:
        self._operator = operator
        self._phones = phones
        self._phone = phone
        self._scanner = scanner
        self._scans = scans
        self._patience = patience

    async def work(self, people: Iterator[int]) -> None:
        """Check whoever is next until nobody is. Raises CommandFailed."""
        for person in people:
            code = await self._shown(person)
            self._scans.begun += 1
            await self._scan(self._operator.question(code))

    async def _shown(self, person: int) -> str:
        question = self._phones.question(person)
        try:
            reply = await self._phone.post("/app/code", self._phones.credential, question)
            return msgspec.json.decode(reply.body, type=_Code).code
        except (ConnectionLost, msgspec.MsgspecError):
            raise CommandFailed(
                "镇江健康码不能亮码，请查看它的日志 the city's issuer shows no code; see its log"
            ) from None

    async def _scan(self, question: bytes) -> None:
        """Until it is answered. The wait counts from when it was asked first."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while clock() < began + self._patience.given_up_seconds:
            try:
                reply = await self._scanner.post("/graphql", self._operator.bearer, question)
            except ConnectionLost:
                refused, pause = "CONNECTION_LOST", self._patience.pause_seconds
            else:
                told = _told(reply)
                if isinstance(told, Told):
                    self._scans.take(told, clock() - began)
                    return
                refused, pause = told, reply.retry_after_seconds or self._patience.pause_seconds
            self._scans.refusals[refused] += 1
            await asyncio.sleep(pause)
            await self._operator.renew()
        raise CommandFailed(
            f"一次扫码一直得不到答复，请查看平台的日志 a scan is not answered ({refused}); see the "
            "hub's log"
        )


class _Code(msgspec.Struct):
    code: str


class _Issuer(msgspec.Struct):
    id: str


class _Source(msgspec.Struct):
    issuer: _Issuer
    outcome: str


class _Shown(msgspec.Struct):
    """A recognition, or a refusal, which has a code alone."""

    color: str = ""
    decision: str = ""
    sources: Sequence[_Source] = ()
    receipt: str = ""
    code: str = ""


class _Data(msgspec.Struct):
    verify_code: _Shown = msgspec.field(name="verifyCode")


class _Error(msgspec.Struct):
    extensions: Mapping[str, object] = {}


class _Answer(msgspec.Struct):
    data: _Data | None = None
    errors: Sequence[_Error] = ()


class _Mark(msgspec.Struct):
    index: int
    hash: str


class _Receipt(msgspec.Struct):
    audit: _Mark


_read_answer = msgspec.json.Decoder(_Answer).decode
_read_receipt = msgspec.json.Decoder(_Receipt).decode


def _told(reply: HttpReply) -> Told | str:
    """What the hub answered, or the code with which it refused."""
    try:
        answer = _read_answer(reply.body)
        if answer.data is None or not answer.data.verify_code.receipt:
            return _refusal(answer, reply.status)
        shown = answer.data.verify_code
        mark = _read_receipt(base64url.decode(shown.receipt.split(".")[1])).audit
    except (ValueError, IndexError):
        return f"HTTP_{reply.status}"
    sources = tuple((source.issuer.id, source.outcome) for source in shown.sources)
    return Told(shown.color, shown.decision, sources, mark.index, mark.hash)


def _refusal(answer: _Answer, status: int) -> str:
    if answer.data is not None:
        return answer.data.verify_code.code
    codes = [error.extensions.get("code") for error in answer.errors]
    return str(codes[0]) if codes else f"HTTP_{status}"
