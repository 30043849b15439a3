"""The hub that is played: what every question to a participant goes through.

Responsible for the hub's own dialect, adapter and deadline. Effects: the event loop's seconds.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import Dialect, Question, Statement
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.wire import Transport
from tongxing.conformance.issuer.participant import Participant
from tongxing.conformance.issuer.walking import Walk, walk
from tongxing.keys.signing import Sm2Signer

Open = Callable[[Credential], AbstractAsyncContextManager[Transport]]


@dataclass(frozen=True, slots=True)
class Stage:
    """The rim: ``open`` gives a client to the participant, ``now`` aware times, ``nonce`` 22 new
    base64url characters. ``questions`` is how many are asked at once for the load, ``in_a_batch``
    how many together at most, if the format allows so many."""

    open: Open
    now: Callable[[], datetime]
    nonce: Callable[[], str]
    deadline_seconds: float
    questions: int
    in_a_batch: int


class PlayedHub:
    """As the settings of a hub would have it, with the participant's credential or another."""

    def __init__(
        self,
        participant: Participant,
        transport: Transport,
        stage: Stage,
        credential: str | None = None,
    ) -> None:
        self.participant = participant
        self.transport = transport
        self.stage = stage
        self.dialect = _dialect_of(participant, credential or participant.credential)

    def adapter(self, transport: Transport) -> Adapter:
        return Adapter(self.dialect, transport, self.stage.nonce)

    def deadline(self, seconds: float | None = None) -> float:
        """The hub's own, or one in so many ``seconds``."""
        lasts = self.stage.deadline_seconds if seconds is None else seconds
        return asyncio.get_running_loop().time() + lasts

    def walk(self, statement: Statement, question: Question) -> Walk:
        trusted = self.participant.trust_list
        return walk(self.dialect, statement, question, trusted, self.stage.now())


def _dialect_of(participant: Participant, credential: str) -> Dialect:
    key = participant.hub_key or Sm2Signer.generate()
    token, number = Credential(credential), participant.customer_number
    return DIALECTS[participant.dialect](
        HubIdentity(participant.issuer, token, number, lambda: key)
    )
