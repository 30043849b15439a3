"""One issuer, as the gateway asks it and reads what it stated.

Responsible for splitting questions into exchanges, for bounding them, and for the road from a
statement to an answer: verify, decode, hold against the time and the places that the issuer speaks
for. The trust list alone says whether it is the road of an issuer that signs, or of one that signs
nothing. Refuses to decide what an answer means for a traveler, to keep statements and to retry.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from strawberry import ID

from tongxing.adapters.corrections import MistakeReport, Standing, ask_standing, report_mistake
from tongxing.adapters.dialect import (
    Answer,
    ByCode,
    ByDocument,
    Dialect,
    Exchange,
    NotSigned,
    OutOfBounds,
    Question,
    Reading,
    Replayed,
    Result,
    Stamp,
    Statement,
    Unusable,
)
from tongxing.adapters.exchange import conduct
from tongxing.adapters.lists import ReceivedList, ask_daily_list
from tongxing.adapters.wire import CONCURRENT_EXCHANGES, Transport
from tongxing.keys.channel import over_channel
from tongxing.keys.envelope import MalformedEnvelope
from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import VerificationFailed, verify
from tongxing.schema import Color, Evidence, HealthCode, Outcome, RegionCode, SourceAnswer, contains

OLDEST_SIGNATURE = timedelta(seconds=120)
"""A signature that was older when it was received answered another question: a replay. Long
enough for an issuer's clock that is slow, short against the life of any code."""

FARTHEST_AHEAD = timedelta(seconds=60)
"""How far an issuer's clock may be ahead of the hub's."""


def require_fresh(reading: Reading, *, received_at: datetime, at: datetime) -> None:
    """Raises Replayed for a signature not made around ``received_at``, or ended at ``at``."""
    signed_at, ends_at = reading.signed_at, reading.ends_at
    if signed_at is not None and not (
        received_at - OLDEST_SIGNATURE <= signed_at <= received_at + FARTHEST_AHEAD
    ):
        raise Replayed
    if ends_at is not None and ends_at <= at:
        raise Replayed


def require_own_places(codes: Sequence[HealthCode], regions: Sequence[str]) -> None:
    """Raises OutOfBounds for a code of a place that lies in none of ``regions``."""
    for code in codes:
        if not any(contains(RegionCode(region), code.issuing_place) for region in regions):
            raise OutOfBounds


def timely_outcome(reading: Reading, at: datetime) -> Outcome:
    """The outcome at ``at``. Greens that have all ended take VERIFIED away. A yellow or red does
    not: that it ran out is no evidence that its reason is gone, and an answer that counts as
    expired may be passed over. Beside a code that holds, each is judged by itself: one city's
    ended green must not hide another's red."""
    if reading.outcome is Outcome.VERIFIED and all(_lapsed(code, at) for code in reading.codes):
        return Outcome.CODE_EXPIRED
    return reading.outcome


def _lapsed(code: HealthCode, at: datetime) -> bool:
    is_over = code.valid_until is not None and code.valid_until <= at
    return is_over and code.color is Color.GREEN


_Believed = tuple[Reading, tuple[str, ...]]
"""What a statement says, and the places that its issuer speaks for."""


class Adapter:
    """``nonce`` draws 22 fresh base64url characters (128 bits) at each call.
    ``authenticates_issuer`` is whether ``transport`` makes sure who answers; only then is an issuer
    believed that signs nothing."""

    def __init__(
        self,
        dialect: Dialect,
        transport: Transport,
        nonce: Callable[[], str],
        *,
        authenticates_issuer: bool = False,
    ) -> None:
        self._dialect = dialect
        self._authenticates_issuer = authenticates_issuer
        self._transport = transport
        self._nonce = nonce
        self._turns = asyncio.Semaphore(CONCURRENT_EXCHANGES)

    @property
    def issuer(self) -> str:
        return self._dialect.issuer

    @property
    def batch_limit(self) -> int:
        return self._dialect.batch_limit

    def claims(self, code: str) -> bool:
        """Whether the scanned text has the form of this issuer's codes."""
        return self._dialect.claims(code)

    async def fetch(
        self, questions: Sequence[Question], *, at: datetime, deadline: float
    ) -> list[Result]:
        """One result for each question, in order, by ``deadline`` (the event loop's seconds,
        absolute); never raises for anything that the issuer or the network does. ``at`` is the
        time now, aware."""
        results: list[Result] = [Outcome.TIMED_OUT] * len(questions)

        async def settle(positions: Sequence[int], exchange: Exchange) -> None:
            settled = await conduct(
                exchange,
                self._transport,
                self._turns,
                questions=len(positions),
                deadline=deadline,
            )
            for position, result in zip(positions, settled, strict=True):
                results[position] = result

        async with asyncio.TaskGroup() as group:
            for positions, exchange in self._exchanges(questions, at):
                group.create_task(settle(positions, exchange))
        return results

    async def report_mistake(
        self, report: MistakeReport, *, at: datetime, deadline: float
    ) -> str | Outcome:
        """The issuer's reference; the outcome where it took no report. As ``fetch``, else."""
        exchange = report_mistake(report, Stamp(at, self._nonce()))
        (result,) = await conduct(
            exchange, self._transport, self._turns, questions=1, deadline=deadline
        )
        return result

    async def daily_list(self, *, deadline: float) -> ReceivedList | Outcome:
        """The issuer's daily list as it came, unverified; the outcome where there is none."""
        (result,) = await conduct(
            ask_daily_list(), self._transport, self._turns, questions=1, deadline=deadline
        )
        return result

    async def standing(self, reference: str, *, deadline: float) -> Standing | Outcome:
        """What the issuer says of a report that it took."""
        exchange = ask_standing(reference)
        (result,) = await conduct(
            exchange, self._transport, self._turns, questions=1, deadline=deadline
        )
        return result

    def read(
        self, statement: Statement, question: Question, trust_list: TrustList, at: datetime
    ) -> Answer:
        """What ``statement`` answers to ``question`` at ``at``: every signature is verified now,
        against ``trust_list``, and only what was verified is decoded, or what came from an issuer
        of which ``trust_list`` says that it signs nothing. Pure."""
        try:
            return self._read(statement, question, trust_list, at)
        except (MalformedEnvelope, VerificationFailed):
            return self._unusable(Outcome.BAD_SIGNATURE, statement)
        except Unusable as unusable:
            return self._unusable(unusable.outcome, statement)

    def _exchanges(
        self, questions: Sequence[Question], at: datetime
    ) -> Iterator[tuple[Sequence[int], Exchange]]:
        """The exchanges that the questions take, each with the positions that it answers."""
        documents: list[tuple[int, ByDocument]] = []
        for position, question in enumerate(questions):
            if isinstance(question, ByCode):
                yield (position,), self._dialect.ask_code(question, Stamp(at, self._nonce()))
            else:
                documents.append((position, question))
        for start in range(0, len(documents), self.batch_limit):
            yield self._batch(documents[start : start + self.batch_limit], at)

    def _batch(
        self, batch: Sequence[tuple[int, ByDocument]], at: datetime
    ) -> tuple[Sequence[int], Exchange]:
        documents = [question.document for _, question in batch]
        exchange = self._dialect.ask_documents(documents, Stamp(at, self._nonce()))
        return [position for position, _ in batch], exchange

    def _read(
        self, statement: Statement, question: Question, trust_list: TrustList, at: datetime
    ) -> Answer:
        listed = trust_list.issuers.get(self.issuer)
        unsigned = listed is not None and listed.channel_only
        believe = self._came_over_the_channel if unsigned else self._is_signed
        reading, regions = believe(statement, question, trust_list, at)
        require_fresh(reading, received_at=statement.received_at, at=at)
        require_own_places(reading.codes, regions)
        source = SourceAnswer(
            issuer=ID(self.issuer),
            outcome=timely_outcome(reading, at),
            evidence=Evidence.CHANNEL if unsigned else Evidence.SIGNED,
            codes=list(reading.codes),
            evidence_digest=statement.digest(),
        )
        return Answer(source, reading.document)

    def _is_signed(
        self, statement: Statement, question: Question, trust_list: TrustList, at: datetime
    ) -> _Believed:
        verified = tuple(
            verify(envelope, issuer=self.issuer, trust_list=trust_list, at=at)
            for envelope in self._dialect.open(statement)
        )
        return self._dialect.decode(verified, statement, question), verified[0].regions

    def _came_over_the_channel(
        self, statement: Statement, question: Question, trust_list: TrustList, at: datetime
    ) -> _Believed:
        decode = self._dialect.decode_unsigned
        if decode is None or not self._authenticates_issuer:
            raise NotSigned
        received = over_channel(statement.parts, issuer=self.issuer, trust_list=trust_list, at=at)
        return decode(received, statement, question), received.regions

    def _unusable(self, outcome: Outcome, statement: Statement) -> Answer:
        digest = statement.digest()
        return Answer(SourceAnswer(issuer=ID(self.issuer), outcome=outcome, evidence_digest=digest))
