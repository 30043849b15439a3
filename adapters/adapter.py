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
    ReadStatement,
    Replayed,
    Result,
    Stamp,
    Statement,
    Unusable,
)
from tongxing.adapters.exchange import conduct
from tongxing.adapters.mistake_reports import MistakeReport, Standing, ask_standing, report_mistake
from tongxing.adapters.signed_list import ReceivedList, ask_daily_list
from tongxing.adapters.wire import CONCURRENT_EXCHANGES, Transport
from tongxing.keys.channel import OverChannel, over_channel
from tongxing.keys.envelope import MalformedEnvelope, UnverifiedEnvelope
from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import VerificationFailed, Verified, verify
from tongxing.schema import Color, Evidence, HealthCode, Outcome, SourceAnswer, lie_within

OLDEST_SIGNATURE = timedelta(seconds=120)
"""A signature that was older when it was received answered another question: a replay. Long
enough for an issuer's clock that is slow, short against the life of any code."""

FARTHEST_AHEAD = timedelta(seconds=60)
"""How far an issuer's clock may be ahead of the hub's."""


DecodeUnsigned = Callable[[OverChannel, Statement, Question], Reading]


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
        self.issuer = dialect.issuer
        self.batch_limit = dialect.batch_limit
        self._dialect = dialect
        self._authenticates_issuer = authenticates_issuer
        self._transport = transport
        self._nonce = nonce
        self._turns = asyncio.Semaphore(CONCURRENT_EXCHANGES)

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
            read, regions = self._decoded(statement, question, trust_list, at)
            return self._answer(read, regions, at)
        except (MalformedEnvelope, VerificationFailed):
            return self._unusable(Outcome.BAD_SIGNATURE, statement)
        except Unusable as unusable:
            return self._unusable(unusable.outcome, statement)

    def read_again(
        self, read: ReadStatement, question: Question, trust_list: TrustList, at: datetime
    ) -> Answer:
        """What ``read`` the first time from an answer to the same ``question`` gives now: as
        ``read``, except that nothing is parsed or decoded a second time. Pure."""
        try:
            regions = self._regions_again(read, trust_list, at)
            if regions is None:
                return self.read(read.statement, question, trust_list, at)
            return self._answer(read, regions, at)
        except VerificationFailed:
            return self._unusable(Outcome.BAD_SIGNATURE, read.statement)
        except Unusable as unusable:
            return self._unusable(unusable.outcome, read.statement)

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

    def _decoded(
        self, statement: Statement, question: Question, trust_list: TrustList, at: datetime
    ) -> tuple[ReadStatement, tuple[str, ...]]:
        """``statement`` verified and decoded, and the places that its issuer speaks for."""
        digest = statement.digest()
        if self._signs_nothing(trust_list):
            decode, received = self._over_channel(statement, trust_list, at)
            reading = decode(received, statement, question)
            return ReadStatement(statement, (), reading, digest, is_signed=False), received.regions
        envelopes = self._dialect.open(statement)
        verified = self._verified(envelopes, trust_list, at)
        reading = self._dialect.decode(verified, statement, question)
        read = ReadStatement(statement, envelopes, reading, digest, is_signed=True)
        return read, verified[0].regions

    def _regions_again(
        self, read: ReadStatement, trust_list: TrustList, at: datetime
    ) -> tuple[str, ...] | None:
        """The same checks for a statement that was decoded before; None if the trust list now asks
        for the other road, on which it was not decoded."""
        if self._signs_nothing(trust_list) is read.is_signed:
            return None
        if read.is_signed:
            return self._verified(read.envelopes, trust_list, at)[0].regions
        return self._over_channel(read.statement, trust_list, at)[1].regions

    def _answer(self, read: ReadStatement, regions: tuple[str, ...], at: datetime) -> Answer:
        reading = read.reading
        _require_fresh(reading, received_at=read.statement.received_at, at=at)
        _require_own_places(reading.codes, regions)
        source = SourceAnswer(
            issuer=ID(self.issuer),
            outcome=_timely_outcome(reading, at),
            evidence=Evidence.SIGNED if read.is_signed else Evidence.CHANNEL,
            codes=list(reading.codes),
            evidence_digest=read.digest,
        )
        return Answer(source, reading.document, read)

    def _signs_nothing(self, trust_list: TrustList) -> bool:
        listed = trust_list.issuers.get(self.issuer)
        return listed is not None and listed.channel_only

    def _verified(
        self, envelopes: tuple[UnverifiedEnvelope, ...], trust_list: TrustList, at: datetime
    ) -> tuple[Verified, ...]:
        return tuple(
            [verify(each, issuer=self.issuer, trust_list=trust_list, at=at) for each in envelopes]
        )

    def _over_channel(
        self, statement: Statement, trust_list: TrustList, at: datetime
    ) -> tuple[DecodeUnsigned, OverChannel]:
        decode = self._dialect.decode_unsigned
        if decode is None or not self._authenticates_issuer:
            raise NotSigned
        received = over_channel(statement.parts, issuer=self.issuer, trust_list=trust_list, at=at)
        return decode, received

    def _unusable(self, outcome: Outcome, statement: Statement) -> Answer:
        digest = statement.digest()
        return Answer(SourceAnswer(issuer=ID(self.issuer), outcome=outcome, evidence_digest=digest))


def _require_fresh(reading: Reading, *, received_at: datetime, at: datetime) -> None:
    """Raises Replayed for a signature not made around ``received_at``, or ended at ``at``."""
    signed_at, ends_at = reading.signed_at, reading.ends_at
    if signed_at is not None and not (
        received_at - OLDEST_SIGNATURE <= signed_at <= received_at + FARTHEST_AHEAD
    ):
        raise Replayed
    if ends_at is not None and ends_at <= at:
        raise Replayed


def _require_own_places(codes: Sequence[HealthCode], regions: Sequence[str]) -> None:
    """Raises OutOfBounds for a code of a place outside ``regions``."""
    if not lie_within([code.issuing_place for code in codes], regions):
        raise OutOfBounds


def _timely_outcome(reading: Reading, at: datetime) -> Outcome:
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
