"""The other side of ``other_hub``: what the issuers behind this hub stated, for a hub that asks.

Applies no policy, computes no color and says nothing of what this hub thinks. Responsible for
passing on only what the asking hub is registered for, only statements about the very person or code
of the question, and for both moments standing in the audit log: before an issuer is asked, and
before the answer leaves. Questions of hubs are guesses like those of any client.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.adapters.dialect import Answer, Question, Statement
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guess_store import Guess, Scan
from tongxing.gateway.answering.guesses import fate_of_sources
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.relay_log import Exchanged, RelayLog
from tongxing.gateway.answering.road import ROAD
from tongxing.gateway.answering.rounds import Found, Rounds
from tongxing.gateway.storage.audit import AuditRecord, RelayedOutcome
from tongxing.gateway.storage.clients import Client
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.turns import Turns
from tongxing.keys import TrustStore
from tongxing.schema import Outcome, RegionCode
from tongxing.schema.audit_words import RelayAction

RECORDING_SECONDS = 0.1
"""What this hub needs itself, the way back to the asking one included."""

ANSWERING_SECONDS = 0.001
"""What recording and writing out the statements about one person takes, generously."""

OWN_SHARE = 0.5
"""Of the time that is left, at the most."""


@dataclass(frozen=True, slots=True)
class RelayQuestion:
    """What a hub asks, and of which issuers; ``ref`` if it is known already."""

    question: Question
    issuers: tuple[str, ...]
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class RelayRequest:
    """``road``: the hubs through which the questions have come, the one that asks last."""

    exchange: str
    region: RegionCode
    road: tuple[str, ...]
    within_seconds: float
    questions: Sequence[RelayQuestion]


@dataclass(frozen=True, slots=True)
class Relayed:
    """What is passed on of one issuer: a statement, or the outcome without one. ``road`` begins
    with this hub; ``digest`` is of what came here, whether or not it is handed over."""

    issuer: str
    outcome: Outcome
    road: tuple[str, ...]
    digest: str | None = None
    statement: Statement | None = None
    opening: tuple[str, ...] = ()


class Relaying:
    """Of the hub ``hub_id``, over its own ways to the issuers. ``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        hub_id: str,
        links: Mapping[str, IssuerLink],
        trust: TrustStore,
        guard: GuessGuard,
        log: RelayLog,
        find_client: Callable[[str], Awaitable[Client | None]],
        holder_keys: HolderKeys,
        turns: Turns,
        clock: Callable[[], datetime],
        deadline_seconds: float,
    ) -> None:
        self._hub_id = hub_id
        self._links = links
        self._rounds = Rounds(links, turns)
        self._trust = trust
        self._guard = guard
        self._log = log
        self._find_client = find_client
        self._holder_keys = holder_keys
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    async def relay(self, request: RelayRequest, asker: Asker) -> list[list[Relayed]]:
        """For each question what comes of its issuers, in order. One that the asking hub is not
        registered for, or that is not connected, is NO_ACCESS.

        The road was checked. Raises ClientStopped, AuditUnavailable, StorageUnavailable and
        TrustListRefused; then nothing is passed on."""
        at = self._clock()
        exchanged = Exchanged(request.exchange, asker.client_id, request.region, at)
        asking = _Asking(request, await self._granted(asker.client_id), asker, exchanged)
        guesses = [self._guard.guess(each.question, asker, at) for each in request.questions]
        found, is_admitted = await self._asked(asking, guesses)
        relayed = [
            [self._relayed(issuer, answers.get(issuer)) for issuer in each.issuers]
            for each, answers in zip(request.questions, found, strict=True)
        ]
        records: list[AuditRecord] = [
            self._log.record(RelayAction.PASSED_ON, exchanged, each.question, map(_recorded, told))
            for each, told in zip(request.questions, relayed, strict=True)
        ]
        fates = [fate_of_sources([answer.source for answer in each.values()]) for each in found]
        pairs = list(zip(guesses, fates, strict=True))
        await self._guard.settle(records, pairs, asker, at, is_admitted=is_admitted)
        return relayed

    async def _granted(self, client_id: str) -> frozenset[str]:
        """The issuers whose statements may be passed on to this client."""
        client = await self._find_client(client_id)
        return frozenset() if client is None else client.relays & self._links.keys()

    async def _asked(
        self, asking: "_Asking", guesses: Sequence[Guess | Scan | None]
    ) -> tuple[Sequence[Found], bool]:
        """The answers, and whether anybody had to be asked: that was recorded before."""
        request, exchanged = asking.request, asking.exchanged
        keyed = [
            KeyedQuestion.of(each.question, self._holder_keys, exchanged.at, each.ref)
            for each in request.questions
        ]
        named = [
            tuple(each for each in question.issuers if each in asking.granted)
            for question in request.questions
        ]
        is_admitted = False

        async def announce(places: Iterable[int], _at: datetime) -> None:
            nonlocal is_admitted
            intents: list[AuditRecord] = [
                self._log.record(
                    RelayAction.PASSING,
                    exchanged,
                    request.questions[place].question,
                    map(RelayedOutcome.to_be_asked, named[place]),
                )
                for place in places
            ]
            await self._guard.admit(intents, guesses, asking.asker, exchanged.at)
            is_admitted = True

        wanted, before = list(zip(named, keyed, strict=True)), ROAD.set(request.road)
        try:
            found = await self._rounds.ask(wanted, self._moment(asking), announce)
        finally:
            ROAD.reset(before)  # the same task may read the next request of its connection
        return found, is_admitted

    def _moment(self, asking: "_Asking") -> Moment:
        """The time that is left is shared: the answer has to reach the hub that waits for it."""
        within = min(self._deadline_seconds, asking.request.within_seconds)
        own = RECORDING_SECONDS + len(asking.request.questions) * ANSWERING_SECONDS
        began = asyncio.get_running_loop().time()
        at = asking.exchanged.at
        return Moment(
            asking.asker.client_id,
            at,
            self._trust.current(at),
            began,
            began + within - min(own, within * OWN_SHARE),
        )

    def _relayed(self, issuer: str, answer: Answer | None) -> Relayed:
        """What failed here may be about anybody, and is not passed on. What is not signed proves
        nothing to anybody else."""
        if answer is None:
            return Relayed(issuer, Outcome.NO_ACCESS, (self._hub_id,))
        read, source = answer.read, answer.source
        if read is None:
            return Relayed(issuer, source.outcome, (self._hub_id,), source.evidence_digest)
        road = (self._hub_id, *read.statement.road)
        if not read.is_signed:
            return Relayed(issuer, Outcome.NOT_PROVEN, road, read.digest)
        opening = self._links[issuer].opening(read.statement)
        return Relayed(issuer, source.outcome, road, read.digest, read.statement, opening)


@dataclass(frozen=True, slots=True)
class _Asking:
    request: RelayRequest
    granted: frozenset[str]
    asker: Asker
    exchanged: Exchanged


def _recorded(relayed: Relayed) -> RelayedOutcome:
    return RelayedOutcome(
        issuer=relayed.issuer,
        outcome=relayed.outcome,
        evidence_digest=relayed.digest,
        is_handed=relayed.statement is not None,
        road=relayed.road,
    )
