"""One issuer, as the gateway asks it and reads its statements.

Responsible for splitting questions into bounded exchanges, and for the road from a statement to an
answer: verify, decode, then check the time and the places that the issuer may speak for. The trust
list alone says whether the issuer signs, or signs nothing and takes the other road. Refuses to
decide what an answer means for a traveler, to keep statements, and to retry: only a question that
was refused for its number, which the issuer gave out and forgot, is asked with another one.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from strawberry import ID

from tongxing.adapters.dialect import (
    Answer,
    ByCode,
    ByDocument,
    ChangeFeed,
    Dialect,
    Exchange,
    NotProven,
    NotSigned,
    OutOfBounds,
    Question,
    Reading,
    ReadStatement,
    ReceivedChanges,
    Replayed,
    Result,
    Stamp,
    Statement,
    Unusable,
)
from tongxing.adapters.exchange import conduct
from tongxing.adapters.forged import forgery_of
from tongxing.adapters.handing_out import handed_out
from tongxing.adapters.membership_filter import ReceivedFilter, ask_membership_filter
from tongxing.adapters.mistake_reports import MistakeReport, Standing, ask_standing, report_mistake
from tongxing.adapters.proven_holder import as_far_as_proven
from tongxing.adapters.reading import FARTHEST_AHEAD
from tongxing.adapters.signed_list import ReceivedList, ask_daily_list
from tongxing.adapters.tickets import TICKETS_AT_ONCE, Ticket, Tickets
from tongxing.adapters.wire import CONCURRENT_EXCHANGES, Transport
from tongxing.keys.channel import OverChannel, over_channel
from tongxing.keys.envelope import MalformedEnvelope
from tongxing.keys.kept_evidence import KeptEvidence
from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import VerificationFailed, Verified
from tongxing.schema import Color, Evidence, HealthCode, Outcome, SourceAnswer, lie_within
from tongxing.schema.forgery import ForgeryCause

OLDEST_SIGNATURE = timedelta(seconds=120)
"""A signature that is older than this when it is received answered another question: a replay.
Long enough for an issuer with a slow clock, short against the life of any code."""


DecodeUnsigned = Callable[[OverChannel, Statement, Question], Reading]


class Adapter:
    """``nonce`` draws 22 new base64url characters (128 bits) at each call.
    ``authenticates_issuer`` says whether ``transport`` makes sure which system answers; an issuer
    that signs nothing is believed only if it does. ``road`` is the hub that is asked in its place,
    if it is not asked itself."""

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
        self.road: tuple[str, ...] = ()
        self.change_feed = dialect.change_feed
        self._dialect = dialect
        self._authenticates_issuer = authenticates_issuer
        self._transport = transport
        self._nonce = nonce
        self._tickets = Tickets()
        self._turns = asyncio.Semaphore(CONCURRENT_EXCHANGES)

    def claims(self, code: str) -> bool:
        """Whether the scanned text has the form of this issuer's codes."""
        return self._dialect.claims(code)

    def opening(self, statement: Statement) -> tuple[str, ...]:
        """As that of its dialect."""
        return self._dialect.opening(statement)

    async def fetch(
        self, questions: Sequence[Question], *, at: datetime, deadline: float
    ) -> list[Result]:
        """One result for each question, in order, by ``deadline`` (the event loop's seconds,
        absolute). Never raises, whatever the issuer or the network does. ``at`` is the time now,
        aware."""
        results: list[Result] = [Outcome.TIMED_OUT] * len(questions)

        async def settle(positions: Sequence[int]) -> None:
            asked = [questions[position] for position in positions]
            settled = await self._exchange(asked, at, deadline)
            for position, result in zip(positions, settled, strict=True):
                results[position] = result

        groups = list(self._groups(questions))
        if len(groups) == 1:
            await settle(groups[0])
            return results
        async with asyncio.TaskGroup() as group:
            for positions in groups:
                group.create_task(settle(positions))
        return results

    async def report_mistake(
        self, report: MistakeReport, *, at: datetime, deadline: float
    ) -> str | Outcome:
        """The issuer's reference, or the outcome if it took no report. Otherwise as ``fetch``."""
        exchange = report_mistake(report, Stamp(at, self._nonce()))
        (result,) = await conduct(
            exchange, self._transport, self._turns, questions=1, deadline=deadline
        )
        return result

    async def daily_list(self, *, deadline: float) -> ReceivedList | Outcome:
        """The issuer's daily list as received, unverified; or the outcome if there is none."""
        (result,) = await conduct(
            ask_daily_list(), self._transport, self._turns, questions=1, deadline=deadline
        )
        return result

    async def membership_filter(
        self, after: str | None, *, deadline: float
    ) -> ReceivedFilter | Outcome:
        """The issuer's membership filter, or what came to it since the head ``after``, as received,
        unverified; or the outcome if there is none."""
        (result,) = await conduct(
            ask_membership_filter(after),
            self._transport,
            self._turns,
            questions=1,
            deadline=deadline,
        )
        return result

    async def changes(
        self, feed: ChangeFeed, after: int, limit: int, *, deadline: float
    ) -> ReceivedChanges | Outcome:
        """What ``feed``, which is this issuer's, has after the number ``after``, as received,
        unverified; or the outcome if there is none."""
        (result,) = await conduct(
            feed.ask_changes(after, limit),
            self._transport,
            self._turns,
            questions=1,
            deadline=deadline,
        )
        return result

    async def standing(self, reference: str, *, deadline: float) -> Standing | Outcome:
        """What the issuer says about a report that it took."""
        exchange = ask_standing(reference)
        (result,) = await conduct(
            exchange, self._transport, self._turns, questions=1, deadline=deadline
        )
        return result

    def read(
        self, statement: Statement, question: Question, trust_list: TrustList, at: datetime
    ) -> Answer:
        """What ``statement`` answers to ``question`` at ``at``. Every signature is verified now,
        against ``trust_list``, and only verified payloads are decoded; or what came over the
        connection of an issuer that signs nothing, by ``trust_list``. Pure."""
        try:
            read, regions = self._decoded(statement, question, trust_list, at)
            return self._answer(read, regions, trust_list, at)
        except MalformedEnvelope:
            return self._unusable(statement, Outcome.BAD_SIGNATURE)
        except VerificationFailed as failed:
            return self._unusable(statement, Outcome.BAD_SIGNATURE, forgery_of(failed, trust_list))
        except Unusable as unusable:
            return self._unusable(statement, unusable.outcome, unusable.forgery)

    def read_again(self, read: ReadStatement, trust_list: TrustList, at: datetime) -> Answer:
        """What a statement that was read before answers to the same question now: as ``read``, but
        without parsing and decoding it again, and without the mathematics of its signatures
        (``keys.kept_evidence``)."""
        try:
            regions = self._regions_again(read, trust_list, at)
            if regions is None:
                return self.read(read.statement, read.question, trust_list, at)
            return self._answer(read, regions, trust_list, at)
        except VerificationFailed as failed:
            return self._unusable(
                read.statement, Outcome.BAD_SIGNATURE, forgery_of(failed, trust_list)
            )
        except Unusable as unusable:
            return self._unusable(read.statement, unusable.outcome, unusable.forgery)

    def _groups(self, questions: Sequence[Question]) -> Iterator[Sequence[int]]:
        """The positions of the questions that are asked together."""
        documents: list[int] = []
        for position, question in enumerate(questions):
            if isinstance(question, ByCode):
                yield (position,)
            else:
                documents.append(position)
        for start in range(0, len(documents), self.batch_limit):
            yield documents[start : start + self.batch_limit]

    async def _exchange(
        self, asked: Sequence[Question], at: datetime, deadline: float
    ) -> Sequence[Result]:
        """What one exchange brings. An issuer that does not know a number that it gave out in
        advance has answered nothing, and is asked once more with a new one."""
        ticket = await self._ticket(at, deadline)
        if isinstance(ticket, Outcome):
            return [ticket] * len(asked)
        results = await self._conducted(asked, at, ticket, deadline)
        if ticket is not None and all(result is Outcome.NO_ACCESS for result in results):
            self._tickets.distrust(at)
            return await self._conducted(asked, at, None, deadline)
        return results

    async def _conducted(
        self, asked: Sequence[Question], at: datetime, ticket: Ticket | None, deadline: float
    ) -> Sequence[Result]:
        stamp = Stamp(at, self._nonce(), ticket)
        exchange = self._written(asked, stamp)
        return await conduct(
            exchange, self._transport, self._turns, questions=len(asked), deadline=deadline
        )

    def _written(self, asked: Sequence[Question], stamp: Stamp) -> Exchange:
        first = asked[0]
        if isinstance(first, ByCode):
            return self._dialect.ask_code(first, stamp)
        documents = [each.document for each in asked if isinstance(each, ByDocument)]
        return self._dialect.ask_documents(documents, stamp)

    async def _ticket(self, at: datetime, deadline: float) -> Ticket | Outcome | None:
        """A number for one exchange. None if the system has none, or if the exchange has to ask for
        its own; the outcome if the issuer answers nobody."""
        ask_tickets = self._dialect.ask_tickets
        ticket = self._tickets.take(at)
        if ask_tickets is None or ticket is not None or not self._tickets.may_ask(at):
            return ticket
        asking = ask_tickets(TICKETS_AT_ONCE, Stamp(at, self._nonce()))
        given = await conduct(asking, self._transport, self._turns, questions=1, deadline=deadline)
        self._tickets.put([each for each in given if isinstance(each, Ticket)], at)
        refusal = next((each for each in given if isinstance(each, Outcome)), None)
        if refusal in (Outcome.NO_ACCESS, Outcome.MALFORMED):
            self._tickets.distrust(at)
            return None
        return refusal or self._tickets.take(at)

    def _decoded(
        self, statement: Statement, question: Question, trust_list: TrustList, at: datetime
    ) -> tuple[ReadStatement, tuple[str, ...]]:
        """``statement`` verified and decoded, and the regions that its issuer may speak for."""
        digest = statement.digest()
        if self._signs_nothing(trust_list):
            decode, received = self._over_channel(statement, trust_list, at)
            reading = decode(received, statement, question)
            read = ReadStatement(statement, question, (), reading, digest, is_signed=False)
            return read, received.regions
        evidence = tuple(map(KeptEvidence, self._dialect.open(statement)))
        verified = self._verified(evidence, trust_list, at)
        unbound = self._dialect.decode_unbound if statement.road else None
        reading = (unbound or self._dialect.decode)(verified, statement, question)
        read = ReadStatement(statement, question, evidence, reading, digest, is_signed=True)
        return read, verified[0].regions

    def _regions_again(
        self, read: ReadStatement, trust_list: TrustList, at: datetime
    ) -> tuple[str, ...] | None:
        """Verify a decoded statement again: the regions that its issuer may speak for. None if the
        issuer did not sign then and signs now by the trust list, or the reverse, so that the
        statement has to be decoded again."""
        if self._signs_nothing(trust_list) is read.is_signed:
            return None
        if read.is_signed:
            return self._verified(read.evidence, trust_list, at)[0].regions
        return self._over_channel(read.statement, trust_list, at)[1].regions

    def _answer(
        self, read: ReadStatement, regions: tuple[str, ...], trust_list: TrustList, at: datetime
    ) -> Answer:
        reading = read.reading
        try:
            require_fresh(reading, received_at=read.statement.received_at, at=at)
            if read.regions != regions:
                require_own_places(reading.codes, regions)
                read = read.checked(regions)
        except (Replayed, OutOfBounds) as fault:
            return self._against(read, regions, fault)
        source = SourceAnswer(
            issuer=ID(self.issuer),
            outcome=timely_outcome(reading, at),
            evidence=self._evidence(read),
            codes=list(reading.codes),
            evidence_digest=read.digest,
            road=_road(read.statement),
            stated=handed_out(read, self._dialect.shown_as(read.statement)),
        )
        if not self._is_proven(read.statement, trust_list):
            source = as_far_as_proven(source)
        ahead = _ahead(reading, read.statement.received_at)
        return Answer(source, reading.document, read, ahead)

    def _against(
        self, read: ReadStatement, regions: tuple[str, ...], fault: Replayed | OutOfBounds
    ) -> Answer:
        """What counts of a verified statement about this holder that is of another time, or that
        names a place of others as well: what it holds against the holder at its own places, and
        never a green (decision 14). It is not handed out, and reveals no holder."""
        reading = read.reading
        codes = [code for code in reading.codes if _counts_against(code, regions)]
        is_said = reading.outcome in _SAID_OF_THE_HOLDER and bool(codes or not reading.codes)
        source = SourceAnswer(
            issuer=ID(self.issuer),
            outcome=reading.outcome if is_said else fault.outcome,
            evidence=self._evidence(read) if codes or is_said else None,
            codes=codes,
            evidence_digest=read.digest,
            road=_road(read.statement),
            forgery=_own_forgery(read.statement, fault.forgery),
        )
        return Answer(source, None, read, _ahead(reading, read.statement.received_at))

    def _evidence(self, read: ReadStatement) -> Evidence:
        if not read.is_signed:
            return Evidence.CHANNEL
        return Evidence.RELAYED if self._is_unbound(read.statement) else Evidence.SIGNED

    def _is_unbound(self, statement: Statement) -> bool:
        """Whether only another hub can tell that ``statement`` answers the question."""
        return bool(statement.road) and self._dialect.decode_unbound is not None

    def _is_proven(self, statement: Statement, trust_list: TrustList) -> bool:
        """Whether it is known to be about the holder of its question: from what is signed, or from
        hubs of whom the trust list says that they bind the holders of this issuer, every one of its
        road."""
        listed = trust_list.issuers.get(self.issuer)
        bound_by = () if listed is None else listed.bound_by
        return not self._is_unbound(statement) or frozenset(bound_by).issuperset(statement.road)

    def _signs_nothing(self, trust_list: TrustList) -> bool:
        listed = trust_list.issuers.get(self.issuer)
        return listed is not None and listed.channel_only

    def _verified(
        self, evidence: tuple[KeptEvidence, ...], trust_list: TrustList, at: datetime
    ) -> tuple[Verified, ...]:
        return tuple(
            [each.verify(issuer=self.issuer, trust_list=trust_list, at=at) for each in evidence]
        )

    def _over_channel(
        self, statement: Statement, trust_list: TrustList, at: datetime
    ) -> tuple[DecodeUnsigned, OverChannel]:
        decode = self._dialect.decode_unsigned
        if statement.road:
            raise NotProven
        if decode is None or not self._authenticates_issuer:
            raise NotSigned
        received = over_channel(statement.parts, issuer=self.issuer, trust_list=trust_list, at=at)
        return decode, received

    def _unusable(
        self, statement: Statement, outcome: Outcome, forgery: ForgeryCause | None = None
    ) -> Answer:
        source = SourceAnswer(
            issuer=ID(self.issuer),
            outcome=outcome,
            evidence_digest=statement.digest(),
            road=_road(statement),
            forgery=_own_forgery(statement, forgery),
        )
        return Answer(source)


_SAID_OF_THE_HOLDER = frozenset({Outcome.MUST_UPDATE, Outcome.UNMAPPED_VALUE})
"""Whoever says these, and whenever, no green passes beside them."""


def _own_forgery(statement: Statement, forgery: ForgeryCause | None) -> ForgeryCause | None:
    """A hub on the road may have handed over what its issuer has nothing to do with."""
    return None if statement.road else forgery


def _road(statement: Statement) -> list[ID]:
    return [ID(hub) for hub in statement.road]


def _counts_against(code: HealthCode, regions: Sequence[str]) -> bool:
    return code.color is not Color.GREEN and lie_within([code.issuing_place], regions)


def require_fresh(reading: Reading, *, received_at: datetime, at: datetime) -> None:
    """Raises Replayed if the signature was not made around ``received_at``, or has ended by
    ``at``."""
    ahead, ends_at = _ahead(reading, received_at), reading.ends_at
    if ahead is not None and not -OLDEST_SIGNATURE <= ahead <= FARTHEST_AHEAD:
        raise Replayed
    if ends_at is not None and ends_at <= at:
        raise Replayed


def _ahead(reading: Reading, received_at: datetime) -> timedelta | None:
    return None if reading.signed_at is None else reading.signed_at - received_at


def require_own_places(codes: Sequence[HealthCode], regions: Sequence[str]) -> None:
    """Raises OutOfBounds for a code of a place outside ``regions``."""
    if not lie_within([code.issuing_place for code in codes], regions):
        raise OutOfBounds


def timely_outcome(reading: Reading, at: datetime) -> Outcome:
    """The outcome at ``at``. If every code is a green that has ended, VERIFIED becomes
    CODE_EXPIRED. A yellow or red that ran out does not: that is no evidence that its reason is
    gone, and an expired answer may be passed over. If any code still holds, the outcome stays, and
    each code is judged by itself: one city's ended green must not hide another city's red."""
    if reading.outcome is Outcome.VERIFIED and all(_lapsed(code, at) for code in reading.codes):
        return Outcome.CODE_EXPIRED
    return reading.outcome


def _lapsed(code: HealthCode, at: datetime) -> bool:
    is_over = code.valid_until is not None and code.valid_until <= at
    return is_over and code.color is Color.GREEN
