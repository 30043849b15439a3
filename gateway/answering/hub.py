"""The one question, from the checked inquiry to the signed answer.

The order of the steps is the safety of the whole: the intent is durable before an issuer is
asked, the outcome is durable before an answer is signed, and what is said of it is what the log
holds the digest of. If no issuer has to be asked there is no intent, and the outcome is recorded
alone.
Refuses to talk HTTP, to check rights, and to judge: it brings the evidence to ``recognize``.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.answers import Answers, Given
from tongxing.gateway.answering.asked import KeyedQuestion, Moment, ref_of
from tongxing.gateway.answering.circles import Circles
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.flip_store import FlipAlarms
from tongxing.gateway.answering.gathering import Gathering
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guesses import Fate, fate_of
from tongxing.gateway.answering.history import Kept
from tongxing.gateway.answering.history_store import RememberedHistories
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import HubWatch, IssuerLink
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.answering.outcomes import Outcomes
from tongxing.gateway.answering.pasts import Pasts
from tongxing.gateway.answering.pieces import piece_by_piece
from tongxing.gateway.answering.prepared import (
    Prepared,
    PreparedAnswers,
    PreparedKey,
    may_be_given_again,
    prepared,
)
from tongxing.gateway.answering.proof import Stated
from tongxing.gateway.answering.receipt import (
    HolderClaims,
    holder_claims,
)
from tongxing.gateway.answering.request_log import LogPart, RequestLog
from tongxing.gateway.answering.rounds import Found, Rounds
from tongxing.gateway.answering.routes import RememberedRoutes
from tongxing.gateway.answering.sightings import Lookout, sightings_of
from tongxing.gateway.answering.steps import (
    Answered,
    Judged,
    Opened,
    judge,
    no_policy_records,
    outcome_record,
)
from tongxing.gateway.policy.in_force import InForce, ruling
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import AuditRecord, OutcomeRecord
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.turns import Turns
from tongxing.keys import TrustStore
from tongxing.keys.signing import SignsReceipts
from tongxing.schema import AuditIndex, Recognition, RefusalCode

ANSWERING_SECONDS = 0.001
"""What judging, recording, signing and writing out one answer of a manifest takes, generously
(docs/performance.md)."""

RECORDING_SECONDS = 0.1
"""What committing the outcome may take. The issuers get the deadline without it, so that one that
is silent leaves time to record and to say so."""

ANSWERING_SHARE = 0.5
"""The hub's own part of the deadline, at the most."""

NO_POLICY = RefusalCode.NO_POLICY_IN_FORCE

NOBODY = frozenset[str]()

T = TypeVar("T")

Ruled = tuple[Answered, Policy]
"""What the issuers answered, and the policy that judges it."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Travelers of one request who are judged at one moment. ``ruled`` has None for those whom no
    policy judges any more; ``judged`` are the others."""

    log: LogPart
    opened: Sequence[Opened]
    found: Sequence[Found]
    asked: Sequence[Answered]
    ruled: Sequence[Ruled | None]
    judged: Sequence[Judged]
    kept: Sequence[Kept | None]
    moment: Moment


class Hub:
    """``clock`` gives aware UTC times; ``deadline_seconds`` bounds the wait for the issuers."""

    def __init__(
        self,
        *,
        hub_id: str,
        links: Mapping[str, IssuerLink],
        policies: InForce,
        trust: TrustStore,
        history: RememberedHistories,
        lists: DailyLists,
        filters: MembershipFilters,
        routes: RememberedRoutes,
        flips: FlipAlarms,
        lookout: Lookout,
        guard: GuessGuard,
        prepared: PreparedAnswers,
        signer: SignsReceipts,
        holder_keys: HolderKeys,
        holder_links: HolderLinks,
        evidence: ClockEvidence,
        watch: HubWatch,
        turns: Turns,
        explainers: Executor,
        clock: Callable[[], datetime],
        deadline_seconds: float,
    ) -> None:
        circles = Circles(links, filters, routes)
        self._circles = circles
        self._pasts = Pasts(history, lists, circles)
        self._rounds = Rounds(links, turns)
        self._gathering = Gathering(
            rounds=self._rounds,
            circles=circles,
            policies=policies,
            pasts=self._pasts,
            trust=trust,
            holder_keys=holder_keys,
            clock=clock,
        )
        self._answers = Answers(hub_id, signer, circles, explainers)
        self._outcomes = Outcomes(
            history, flips, lookout, holder_links, evidence=evidence, watch=watch
        )
        self._policies = policies
        self._trust = trust
        self._guard = guard
        self._prepared = prepared
        self._holder_keys = holder_keys
        self._turns = turns
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def claims(self, code: str) -> bool:
        """Whether the scanned text has the form of a code of any connected issuer."""
        return self._circles.claims(code)

    async def recognize(
        self, inquiries: Sequence[Inquiry], asker: Asker
    ) -> list[Recognition | RefusalCode]:
        """One signed and audited recognition for each inquiry, in order; or NO_POLICY_IN_FORCE,
        audited, if no policy is in force for its region, when it is asked or when it is answered.

        Raises ClientStopped (too many guesses), AuditUnavailable (no audit, no answer),
        StorageUnavailable (no past, no answer), what ``clock`` raises (no time, no answer) and
        TrustListRefused (no issuer can be believed); then nothing is answered.
        """
        moment = self._moment(asker)
        if len(inquiries) == 1 and (found := self._find(inquiries[0], asker, moment)):
            return await self._give_again(found, asker, moment)
        tried = await self._each((self._open(inquiry, moment) for inquiry in inquiries), asker)
        opened = [each for each in tried if isinstance(each, Opened)]
        unruled = [each for each in tried if isinstance(each, Inquiry)]
        questions = (each.inquiry.question for each in opened)
        guess = partial(self._guard.guess, asker=asker, at=moment.at)
        guesses = await self._each(map(guess, questions), asker)
        refusals = no_policy_records(unruled, asker, moment.at)
        log = RequestLog(self._guard, asker, opened, guesses, refusals)
        if not opened:
            await log.announce((), moment.at)
        answers = iter(await self._answer_all(opened, log, asker, moment) if opened else ())
        return [next(answers) if isinstance(each, Opened) else NO_POLICY for each in tried]

    def _find(self, inquiry: Inquiry, asker: Asker, moment: Moment) -> Prepared | None:
        """The answer to ``inquiry`` if it was made before and is still the same. A document that
        no issuer has confirmed to the client is a guess, and is counted on the other road."""
        policy = ruling(self._policies, inquiry.receiving_region, moment.at)
        if policy is None or not isinstance(inquiry.question, ByDocument):
            return None
        ref = inquiry.ref or ref_of(inquiry.question, self._holder_keys.file)
        key = PreparedKey.of(asker.client_id, ref, inquiry)
        epoch = self._holder_keys.all().at(moment.at)
        found = self._prepared.find(key, moment.trust_list, policy, epoch, moment.at)
        if found is None or not self._guard.is_confirmed(found.guess, moment.at):
            return None
        if policy.filter_age is None:
            return found
        document = inquiry.question.document
        concerned = self._circles.route(document, ref, policy, inquiry, moment)
        return found if found.goes_to(concerned) else None

    async def _give_again(
        self, found: Prepared, asker: Asker, moment: Moment
    ) -> list[Recognition | RefusalCode]:
        at, trust_list = moment.at, moment.trust_list
        ends = found.judged.ends_at(at)
        stated = Stated(found.claims.text(asker.request_id, at, ends), found.sub)
        record = found.outcome.again(at, asker.request_id, stated.digest)
        look = self._outcomes.seeing(found.sightings, at)
        (logged,) = await self._guard.answer(record, asker, at, look)
        self._outcomes.report([found.judged], asker)
        given = Given(found.judged, asker, trust_list, at, ends, found.texts)
        return [self._answers.answer(given, stated, logged)]

    async def _answer_all(
        self, opened: Sequence[Opened], log: RequestLog, asker: Asker, moment: Moment
    ) -> list[Recognition | RefusalCode]:
        """Of questions that are announced to ``log`` before an issuer is asked."""
        wanted = [(each.issuers, each.asked) for each in opened]
        async with self._rounds.asking(wanted, moment, log.announce) as asking:

            async def judge(places: range) -> _Piece:
                part, piece = LogPart(log, places), opened[places.start : places.stop]
                found = await asking.found(places)
                return await self._judge_piece(piece, found, part, asker, moment)

            return await piece_by_piece(len(opened), judge, partial(self._recorded, asker))

    async def _judge_piece(
        self,
        opened: Sequence[Opened],
        found: Sequence[Found],
        log: LogPart,
        asker: Asker,
        moment: Moment,
    ) -> _Piece:
        gathered = await self._gathering.gather(opened, found, moment, log)
        opened, found, moment = gathered.opened, gathered.found, gathered.moment
        pairs = zip(opened, found, strict=True)
        asked = await self._each(
            (self._gathering.answered(*each, moment.at) for each in pairs), asker
        )
        # Use the policy in force at answer time: a stricter one may have begun while we waited.
        ruled = [self._ruled(each, moment.at) for each in asked]
        judged, kept = await self._judged([r for r in ruled if r is not None], asker, moment)
        return _Piece(log, opened, found, asked, ruled, judged, kept, moment)

    async def _recorded(self, asker: Asker, piece: _Piece) -> list[Recognition | RefusalCode]:
        """The answers to a piece, once its outcomes are durable."""
        judged, ruled, at = piece.judged, piece.ruled, piece.moment.at
        trust_list = piece.moment.trust_list
        pairs = list(zip(piece.asked, ruled, strict=True))
        ended = [each.inquiry for each, rule in pairs if rule is None]
        shown = (holder_claims(each, asker.client_id, self._holder_keys.known) for each in judged)
        holders = await self._each(shown, asker)
        of_holders = zip(judged, holders, strict=True)
        stated = await self._each(
            (self._answers.stated(*each, asker, trust_list) for each in of_holders), asker
        )
        recording = (
            outcome_record(each, asker, trust_list.version, said.digest)
            for each, said in zip(judged, stated, strict=True)
        )
        outcomes = await self._each(recording, asker)
        records: list[AuditRecord] = [*outcomes, *no_policy_records(ended, asker, at)]
        fates = [Fate.UNANSWERED if rule is None else fate_of(each) for each, rule in pairs]
        logged = await self._outcomes.record(
            judged, records, fates, piece.log, at, sightings=list(sightings_of(judged, at))
        )
        if asker.travelers == len(judged) == 1 and not piece.log.is_admitted:
            self._prepare(piece, holders[0], outcomes[0], logged[0].index, asker)
        self._outcomes.report(judged, asker)
        recorded = zip(judged, stated, logged, strict=False)
        made = (
            self._answers.answer(Given.first(each, asker, trust_list), said, log)
            for each, said, log in recorded
        )
        answers = iter(await self._each(made, asker))
        return [NO_POLICY if rule is None else next(answers) for rule in ruled]

    def _prepare(
        self,
        piece: _Piece,
        holder: HolderClaims,
        told: OutcomeRecord,
        told_in: AuditIndex,
        asker: Asker,
    ) -> None:
        """Nobody had to be asked, so the same question may come again."""
        (opened,), (judged,), (found,) = piece.opened, piece.judged, piece.found
        if not may_be_given_again(judged, opened, found):
            return
        trust_list = piece.moment.trust_list
        made = prepared(
            judged,
            found,
            piece.kept[0],
            ref=opened.asked.ref,
            issuers=opened.issuers,
            claims=self._answers.claims(judged, holder, asker, trust_list),
            told=told,
            told_in=told_in,
            trust_list=trust_list,
            epoch=self._holder_keys.known.at(judged.case.at),
            guess=self._guard.key_of(opened.inquiry.question, asker.client_id),
        )
        self._prepared.keep(PreparedKey.of(asker.client_id, opened.asked.ref, opened.inquiry), made)

    async def _judged(
        self, ruled: Sequence[Ruled], asker: Asker, moment: Moment
    ) -> tuple[list[Judged], list[Kept | None]]:
        """Each judgement, with what was kept of its holder."""
        asked, policies = [each for each, _ in ruled], [policy for _, policy in ruled]
        answered = await self._pasts.look_up_lists(asked, policies, moment)
        kept = await self._pasts.recall(answered, policies, moment)
        cases = zip(answered, policies, kept, strict=True)
        trust_list, at = moment.trust_list, moment.at
        return await self._each((judge(*each, trust_list, at) for each in cases), asker), kept

    async def _each(self, work: Iterable[T], asker: Asker) -> list[T]:
        """Step by step if the request asks about several travelers: together they could hold up
        everybody else."""
        return list(work) if asker.travelers == 1 else await self._turns.all(work)

    def _moment(self, asker: Asker) -> Moment:
        """The issuers get the time that the hub does not need itself, so that a manifest of a
        thousand is answered by the same deadline as one traveler."""
        at = self._clock()
        own = RECORDING_SECONDS + asker.travelers * ANSWERING_SECONDS
        own = min(own, self._deadline_seconds * ANSWERING_SHARE)
        began = asyncio.get_running_loop().time()
        deadline = began + self._deadline_seconds - own
        return Moment(asker.client_id, at, self._trust.current(at), began, deadline)

    def _open(self, inquiry: Inquiry, moment: Moment) -> Opened | Inquiry:
        """The inquiry as it is if no policy is in force: then nobody is asked about it."""
        policy = ruling(self._policies, inquiry.receiving_region, moment.at)
        if policy is None:
            return inquiry
        keys, ref = self._holder_keys, inquiry.ref
        asked = KeyedQuestion.of(inquiry.question, keys, moment.at, ref, policy=policy)
        if isinstance(inquiry.question, ByDocument):
            document = inquiry.question.document
            issuers, unknown, _ = self._circles.route(document, asked.ref, policy, inquiry, moment)
        else:
            code, unknown = inquiry.question.code, NOBODY
            issuers = self._circles.of_code(code, moment.trust_list)
        return Opened(inquiry, policy, issuers, asked, unknown)

    def _ruled(self, answered: Answered, at: datetime) -> Ruled | None:
        policy = ruling(self._policies, answered.inquiry.receiving_region, at)
        return None if policy is None else (answered, policy)
