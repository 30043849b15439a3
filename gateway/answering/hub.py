"""The one question, from the checked inquiry to the signed answer.

The order of the steps is the safety of the whole: the intent is durable before an issuer is
asked, the outcome is durable before an answer is signed, and what is said of it is what the log
holds the digest of. If no issuer has to be asked there is no intent, and the outcome is recorded
alone.
Refuses to talk HTTP, to check rights, and to judge: it brings the evidence to ``recognize``.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import TypeVar

import strawberry

from tongxing.adapters.dialect import Answer, ByDocument
from tongxing.gateway.answering.asked import KeyedQuestion, Moment, ref_of
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.explaining import ExplainedOnce
from tongxing.gateway.answering.flip_store import FlipAlarms
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guesses import Fate, fate_of
from tongxing.gateway.answering.history import NOTHING_KEPT, Kept, shown
from tongxing.gateway.answering.history_store import RememberedHistories
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import HubWatch, IssuerLink
from tongxing.gateway.answering.mass_flips import flips_of
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.answering.pieces import piece_by_piece
from tongxing.gateway.answering.prepared import (
    Prepared,
    PreparedAnswers,
    PreparedKey,
    prepared,
)
from tongxing.gateway.answering.proof import Stated, proof_text
from tongxing.gateway.answering.receipt import (
    HolderClaims,
    claims_of,
    holder_claims,
    receipt_text,
)
from tongxing.gateway.answering.request_log import LogPart, RequestLog
from tongxing.gateway.answering.rounds import Found, Rounds, Wanted
from tongxing.gateway.answering.routes import RememberedRoutes, Route, RouteKey
from tongxing.gateway.answering.routing import (
    Concerned,
    Connected,
    KnownSpeakers,
    has_form_of_a_code,
    issuers_of_code,
    issuers_of_document,
    not_asked,
    without_unknowing,
)
from tongxing.gateway.answering.sightings import Lookout, Sighting, sightings_of
from tongxing.gateway.answering.steps import (
    Answered,
    Judged,
    Opened,
    judge,
    lessons_of,
    no_policy_records,
    outcome_record,
)
from tongxing.gateway.policy.in_force import InForce, NoPolicyInForce
from tongxing.gateway.recognition.circle import Whereabouts
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import AuditRecord, Logged
from tongxing.gateway.turns import Turns
from tongxing.keys import HolderKey, HubSigner, TrustList, TrustStore, sign_receipt
from tongxing.schema import Outcome, Recognition, RefusalCode, SourceAnswer, TravelDocument
from tongxing.schema.not_asked import IssuerNotAsked
from tongxing.schema.recognition_policy import PolicyRef

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
        signer: HubSigner,
        holder_key: HolderKey,
        evidence: ClockEvidence,
        watch: HubWatch,
        turns: Turns,
        explainers: Executor,
        clock: Callable[[], datetime],
        deadline_seconds: float,
    ) -> None:
        self._hub_id = hub_id
        self._links = links
        self._connected = Connected(links)
        self._rounds = Rounds(links, turns)
        self._speakers = KnownSpeakers()
        self._policies = policies
        self._trust = trust
        self._history = history
        self._lists = lists
        self._filters = filters
        self._routes = routes
        self._flips = flips
        self._lookout = lookout
        self._guard = guard
        self._prepared = prepared
        self._signer = signer
        self._holder_key = holder_key
        self._evidence = evidence
        self._watch = watch
        self._turns = turns
        self._explainers = explainers
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def claims(self, code: str) -> bool:
        """Whether the scanned text has the form of a code of any connected issuer."""
        return has_form_of_a_code(code, self._links)

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
        answers = iter(await self._answers(opened, log, asker, moment) if opened else ())
        return [next(answers) if isinstance(each, Opened) else NO_POLICY for each in tried]

    def _find(self, inquiry: Inquiry, asker: Asker, moment: Moment) -> Prepared | None:
        """The answer to ``inquiry`` if it was made before and is still the same. A document that
        no issuer has confirmed to the client is a guess, and is counted on the other road."""
        policy = self._policy(inquiry, moment.at)
        if policy is None or not isinstance(inquiry.question, ByDocument):
            return None
        ref = ref_of(inquiry.question, self._holder_key)
        key = PreparedKey.of(asker.client_id, ref, inquiry)
        found = self._prepared.find(key, moment.trust_list, policy, moment.at)
        return found if found and self._guard.is_confirmed(found.guess, moment.at) else None

    async def _give_again(
        self, found: Prepared, asker: Asker, moment: Moment
    ) -> list[Recognition | RefusalCode]:
        judged, trust_list = found.judged.given_at(moment.at), moment.trust_list
        log = LogPart(RequestLog(self._guard, asker, (), (None,), ()), range(1))
        stated = self._stated(judged, found.holder_claims, asker, trust_list)
        records = [outcome_record(judged, asker, trust_list.version, stated.digest)]
        (logged,) = await self._record(
            [judged], records, [found.fate], log, moment.at, sightings=found.sightings
        )
        self._report([judged], asker)
        return [self._answer(judged, stated, logged, asker, trust_list)]

    async def _answers(
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
        opened, found = await self._ask_others(opened, found, moment, log)
        asked_at, moment = moment, await self._believe_now(found, moment)
        opened, found, moment = await self._ask_belated(opened, found, asked_at, moment, log)
        found, moment = await self._ask_remembered(opened, found, moment, log)
        pairs = zip(opened, found, strict=True)
        asked = await self._each((self._answered(*each) for each in pairs), asker)
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
        holders = [holder_claims(each, asker.client_id, self._holder_key) for each in judged]
        told = zip(judged, holders, strict=True)
        stated = await self._each((self._stated(*each, asker, trust_list) for each in told), asker)
        outcomes = (
            outcome_record(each, asker, trust_list.version, said.digest)
            for each, said in zip(judged, stated, strict=True)
        )
        refusals = no_policy_records(ended, asker, at)
        records: list[AuditRecord] = [*await self._each(outcomes, asker), *refusals]
        fates = [Fate.UNANSWERED if rule is None else fate_of(each) for each, rule in pairs]
        sightings = list(sightings_of(judged, at))
        logged = await self._record(judged, records, fates, piece.log, at, sightings=sightings)
        if asker.travelers == len(judged) == 1 and not piece.log.is_admitted:
            self._prepare(piece, fates[0], holders[0], asker)
        self._report(judged, asker)
        recorded = zip(judged, stated, logged, strict=False)
        made = (self._answer(*each, asker, trust_list) for each in recorded)
        answers = iter(await self._each(made, asker))
        return [NO_POLICY if rule is None else next(answers) for rule in ruled]

    def _prepare(self, piece: _Piece, fate: Fate, holder: HolderClaims, asker: Asker) -> None:
        """Nobody had to be asked, so the same question may come again."""
        (opened,), (judged,), (kept,) = piece.opened, piece.judged, piece.kept
        key = PreparedKey.of(asker.client_id, opened.asked.ref, opened.inquiry)
        guess = self._guard.key_of(opened.inquiry.question, asker.client_id)
        ready = prepared(
            judged,
            fate,
            piece.found[0],
            kept,
            holder_claims=holder,
            trust_list=piece.moment.trust_list,
            guess=guess,
        )
        self._prepared.keep(key, ready)

    async def _judged(
        self, ruled: Sequence[Ruled], asker: Asker, moment: Moment
    ) -> tuple[list[Judged], list[Kept | None]]:
        """Each judgement, with what was kept of its holder."""
        asked, policies = [each for each, _ in ruled], [policy for _, policy in ruled]
        answered = await self._look_up_lists(asked, policies, moment)
        kept = await self._recall(answered, policies, moment)
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
        policy = self._policy(inquiry, moment.at)
        if policy is None:
            return inquiry
        asked = KeyedQuestion.of(inquiry.question, self._holder_key)
        if isinstance(inquiry.question, ByDocument):
            document = inquiry.question.document
            issuers, unknown, _ = self._route(document, asked.ref, policy, inquiry, moment)
        else:
            prefixes = self._speakers.prefixes_of(moment.trust_list)
            issuers, unknown = issuers_of_code(inquiry.question.code, self._links, prefixes), NOBODY
        return Opened(inquiry, policy, issuers, asked, unknown)

    def _policy(self, inquiry: Inquiry, at: datetime) -> Policy | None:
        try:
            return self._policies.in_force(inquiry.receiving_region, at)
        except NoPolicyInForce:
            return None

    def _ruled(self, answered: Answered, at: datetime) -> Ruled | None:
        policy = self._policy(answered.inquiry, at)
        return None if policy is None else (answered, policy)

    async def _ask_others(
        self, opened: Sequence[Opened], found: Sequence[Found], moment: Moment, log: LogPart
    ) -> tuple[Sequence[Opened], Sequence[Found]]:
        """A scan that reveals its holder lets the other issuers speak about the same person: what
        the province knows counts whichever code the traveler chose to show."""
        others = [self._others(*pair, moment) for pair in zip(opened, found, strict=True)]
        opened = [
            replace(each, unknown=unknown) if unknown else each
            for each, (_, unknown) in zip(opened, others, strict=True)
        ]
        if not any(issuers for (issuers, _), _ in others):
            return opened, found
        more = await self._rounds.ask([wanted for wanted, _ in others], moment, log.announce)
        return opened, [answers | late for answers, late in zip(found, more, strict=True)]

    async def _believe_now(self, found: Sequence[Found], moment: Moment) -> Moment:
        """The moment of the answer. A revocation that came while the issuers were asked counts:
        what was verified by another trust list, or before a key turned, is verified again, and what
        was read before a statement ended is read again."""
        at = self._clock()
        now = replace(moment, at=at, trust_list=self._trust.current(at))
        is_same = now.trust_list is moment.trust_list
        is_same = is_same and not now.trust_list.turns_between(moment.at, at)
        if is_same and not _ended(found, moment.at, at):
            return now
        await self._rounds.read_again(found, now)
        return now

    async def _ask_belated(
        self,
        opened: Sequence[Opened],
        found: Sequence[Found],
        asked_at: Moment,
        moment: Moment,
        log: LogPart,
    ) -> tuple[Sequence[Opened], Sequence[Found], Moment]:
        """What the issuers answer whom only the policy or the trust list of ``moment`` asks, in the
        time that is left: one that began while the others were asked must miss no red."""
        pairs = zip(opened, found, strict=True)
        belated = [self._belated(*pair, asked_at, moment) for pair in pairs]
        opened = [
            each if unknown == each.unknown else replace(each, unknown=unknown)
            for each, (_, unknown) in zip(opened, belated, strict=True)
        ]
        if not any(issuers for (issuers, _), _ in belated):
            return opened, found, moment
        more = await self._rounds.ask([wanted for wanted, _ in belated], moment, log.announce)
        found = [answers | late for answers, late in zip(found, more, strict=True)]
        return opened, found, await self._believe_now(found, moment)

    def _belated(
        self, opened: Opened, answers: Mapping[str, Answer], asked_at: Moment, moment: Moment
    ) -> tuple[Wanted, frozenset[str]]:
        """With those that do not know the holder by the filters that count at ``moment``."""
        inquiry, policy = opened.inquiry, self._policy(opened.inquiry, moment.at)
        is_new = policy is not opened.policy or moment.trust_list is not asked_at.trust_list
        document = _document_of(inquiry, answers)
        if policy is None or document is None or not is_new:
            return ((), opened.asked), opened.unknown
        every, unknown, _ = self._concerned(document, policy, inquiry, moment)
        others = tuple(issuer for issuer in every if issuer not in answers)
        return (others, KeyedQuestion.of(ByDocument(document), self._holder_key)), unknown

    async def _ask_remembered(
        self, opened: Sequence[Opened], found: Sequence[Found], moment: Moment, log: LogPart
    ) -> tuple[Sequence[Found], Moment]:
        """What the issuers answer whom a filter left unasked, although the history has a statement
        of theirs about this holder: they knew the holder once, whatever they say now."""
        if not any(each.unknown for each in opened):
            return found, moment
        pairs = zip(opened, found, strict=True)
        answered = [self._answered(*pair) for pair in pairs]
        policies = [self._policy(each.inquiry, moment.at) for each in answered]
        kept = await self._recall(answered, policies, moment)
        triples = zip(opened, answered, kept, strict=True)
        wanted = [self._remembered(*each) for each in triples]
        self._look_for_contradictions(answered, found)
        if not any(issuers for issuers, _ in wanted):
            return found, moment
        more = await self._rounds.ask(wanted, moment, log.announce)
        found = [answers | late for answers, late in zip(found, more, strict=True)]
        return found, await self._believe_now(found, moment)

    def _remembered(self, opened: Opened, answered: Answered, kept: Kept | None) -> Wanted:
        asked = {source.issuer for source in answered.sources}
        known = set() if kept is None else {entry.issuer for entry in kept.entries}
        issuers = self._connected.of(opened.unknown & known - asked)
        if not issuers or answered.document is None:
            return (), opened.asked
        return issuers, KeyedQuestion.of(ByDocument(answered.document), self._holder_key)

    def _look_for_contradictions(
        self, answered: Sequence[Answered], found: Sequence[Found]
    ) -> None:
        for each, answers in zip(answered, found, strict=True):
            if each.document is not None:
                for issuer in each.unknown & answers.keys():
                    codes = answers[issuer].source.codes
                    self._filters.contradicted(issuer, each.document, codes)

    def _answered(self, opened: Opened, answers: Mapping[str, Answer]) -> Answered:
        inquiry, sources = opened.inquiry, self._in_order(answers)
        if isinstance(inquiry.question, ByDocument):
            known, asked = inquiry.question.document, opened.asked.holder
            return Answered(inquiry, None, sources, known, asked, unknown=opened.unknown)
        code_issuer = next(iter(opened.issuers), None)
        document = _revealed(answers)
        holder = None
        if document is not None:
            holder = self._holder_key.ref(document.kind.value, document.number)
        return Answered(inquiry, code_issuer, sources, document, holder, unknown=opened.unknown)

    def _others(
        self, opened: Opened, answers: Mapping[str, Answer], moment: Moment
    ) -> tuple[Wanted, frozenset[str]]:
        """The issuers that a scan did not ask, if it revealed its holder, and those that do not
        know the holder by their filters."""
        document, inquiry = _revealed(answers), opened.inquiry
        if document is None or isinstance(inquiry.question, ByDocument):
            return ((), opened.asked), NOBODY
        every, unknown, _ = self._concerned(document, opened.policy, inquiry, moment)
        others = tuple(issuer for issuer in every if issuer not in opened.issuers)
        return (others, KeyedQuestion.of(ByDocument(document), self._holder_key)), unknown

    def _route(
        self,
        document: TravelDocument,
        ref: str,
        policy: Policy,
        inquiry: Inquiry,
        moment: Moment,
    ) -> Concerned:
        """As ``_concerned``; remembered where filters would have to be looked up again. ``ref`` is
        the keyed digest of the question."""
        if policy.filter_age is None:
            return self._concerned(document, policy, inquiry, moment)
        key = RouteKey(ref, policy.version, inquiry.receiving_region)
        client, trust_list, at = moment.client_id, moment.trust_list, moment.at
        epoch = self._filters.epoch
        concerned = self._routes.find(client, key, trust_list, at, epoch)
        if concerned is None:
            concerned = self._concerned(document, policy, inquiry, moment)
            until = moment.at if concerned.until is None else concerned.until
            self._routes.keep(client, key, Route(concerned, trust_list, at, until, epoch))
        return concerned

    def _concerned(
        self, document: TravelDocument, policy: Policy, inquiry: Inquiry, moment: Moment
    ) -> Concerned:
        """The issuers that ``policy`` asks about the holder of ``document``."""
        where = Whereabouts(inquiry.receiving_region, document.home)
        trust_list = moment.trust_list
        speakers = self._speakers.of(trust_list)
        circle = issuers_of_document(self._connected, policy, where, speakers)
        if policy.filter_age is None:
            return Concerned(circle)
        unknown, until = self._filters.unknown_to(
            circle, document, policy.filter_age, trust_list, moment.at
        )
        return without_unknowing(circle, unknown, policy, until)

    def _left_out(self, judged: Judged, trust_list: TrustList) -> list[IssuerNotAsked]:
        where = Whereabouts(judged.inquiry.receiving_region, judged.home)
        speakers = self._speakers.of(trust_list)
        case, policy, unknown = judged.case, judged.policy, judged.unknown
        return not_asked(self._connected, case, policy, where, speakers, unknown=unknown)

    def _in_order(self, answers: Mapping[str, Answer]) -> list[SourceAnswer]:
        return [answers[issuer].source for issuer in self._connected.of(answers)]

    async def _look_up_lists(
        self, answered: Sequence[Answered], policies: Sequence[Policy], moment: Moment
    ) -> Sequence[Answered]:
        """Behind the live answers, the daily lists that each policy names."""
        if not any(policy.lists for policy in policies):
            return answered
        behind = list(answered)
        named = frozenset[str]().union(*(policy.lists for policy in policies))
        for issuer in self._connected.of(named):
            concerned = {
                place: each.document
                for place, (each, policy) in enumerate(zip(answered, policies, strict=True))
                if issuer in policy.lists and each.document is not None
            }
            if concerned:
                documents = list(concerned.values())
                listed = await self._lists.look_up(issuer, documents, moment.trust_list, moment.at)
                for place, source in zip(concerned, listed.answers, strict=True):
                    behind[place] = behind[place].with_list(source, listed.until)
        return behind

    async def _recall(
        self, answered: Sequence[Answered], policies: Sequence[Policy | None], moment: Moment
    ) -> list[Kept | None]:
        """What is kept of each holder; None if the policy keeps no history or no issuer has just
        confirmed the holder. Its statements are signed over the number and the name, so a client
        that has only a number is shown nothing by it (docs/invariants.md §9). If the history
        cannot be read there is no answer: it might be milder than the past allows."""
        holders = [
            each.holder if _keeps_history(policy) and each.is_confirmed else None
            for each, policy in zip(answered, policies, strict=True)
        ]
        known = [holder for holder in holders if holder is not None]
        kept = await self._history.of(known, moment.client_id, moment.at) if known else {}
        return [None if each is None else kept.get(each, NOTHING_KEPT) for each in holders]

    async def _record(
        self,
        judged: Sequence[Judged],
        records: Sequence[AuditRecord],
        fates: Sequence[Fate],
        log: LogPart,
        at: datetime,
        *,
        sightings: Sequence[Sighting],
    ) -> Sequence[Logged]:
        """Keep the outcomes, what became of guesses, what is news, the mass flips that it shows
        and what it says of travelers who have arrived; durable before the answers that rest on it
        leave. All by one COMMIT: another one would make the answer later if there is news, and an
        answer without news show that somebody has asked before."""
        flips = [flip for each in judged for flip in flips_of(each)]
        with (
            self._history.learning(lessons_of(judged), at) as learn,
            self._flips.observing(flips, at) as count,
            self._lookout.seeing(sightings, at) as look,
        ):
            return await log.settle(records, fates, at, (learn, count, look))

    def _report(self, judged: Sequence[Judged], asker: Asker) -> None:
        for each in judged:
            judgement = each.judgement
            self._watch.recognized(judgement.color, judgement.decision)
            for issuer in self._alarming(each):
                self._watch.integrity_alarm(asker.request_id, issuer)

    def _alarming(self, judged: Judged) -> Iterator[str]:
        """The issuers whose evidence raises an alarm: none of those that are merely out of time if
        the hub's own clock is wrong."""
        stale = {source.issuer for source in judged.case.sources if source.outcome is Outcome.STALE}
        excused = stale if self._evidence.is_against_us() else set[strawberry.ID]()
        return (each for each in judged.judgement.integrity_alarms if each not in excused)

    def _stated(
        self, judged: Judged, holder: HolderClaims, asker: Asker, trust_list: TrustList
    ) -> Stated:
        return Stated(
            claims_of(
                judged,
                hub_id=self._hub_id,
                asker=asker,
                trust_list_version=trust_list.version,
                holder=holder,
            )
        )

    def _signed(self, stated: Stated, logged: Logged) -> str:
        return sign_receipt(self._signer, receipt_text(stated.text, logged))

    def _answer(
        self, judged: Judged, stated: Stated, logged: Logged, asker: Asker, trust_list: TrustList
    ) -> Recognition:
        """Signature and proof are made only if the client asks for them, and once however often it
        does."""
        judgement, case, policy = judged.judgement, judged.case, judged.policy
        decided_by = judgement.decided_by
        return Recognition(
            request_id=asker.request_id,
            decided_at=case.at,
            holder=stated.claims.sub,
            purpose=judged.inquiry.purpose,
            color=judgement.color,
            decision=judgement.decision,
            reasons=list(judgement.reasons),
            sources=list(case.sources),
            decided_by=None if decided_by is None else strawberry.ID(decided_by),
            relaxed=judgement.relaxed,
            evidence=judgement.evidence,
            as_of=judgement.as_of,
            valid_until=judgement.valid_until,
            receiving_region=judged.inquiry.receiving_region,
            mode=policy.mode,
            policy=PolicyRef(
                region=policy.version.region,
                number=policy.version.version,
                digest=policy.version.digest,
            ),
            trust_list_version=trust_list.version,
            signed=cache(partial(self._signed, stated, logged)),
            proven=cache(partial(proof_text, stated, logged)),
            audit_index=logged.index,
            past=partial(shown, judged.past.entries),
            left_out=cache(partial(self._left_out, judged, trust_list)),
            explained=ExplainedOnce(judged.explanation, self._explainers),
        )


def _ended(found: Sequence[Found], since: datetime, at: datetime) -> bool:
    """Whether a statement behind ``found`` or a code in it has ended after ``since`` and by
    ``at``."""
    answers = (answer for each in found for answer in each.values())
    return any(since < end <= at for answer in answers for end in answer.ends())


def _keeps_history(policy: Policy | None) -> bool:
    return policy is not None and policy.history_kept is not None


def _document_of(inquiry: Inquiry, answers: Mapping[str, Answer]) -> TravelDocument | None:
    """The document that is asked about, or that the scanned code belongs to."""
    question = inquiry.question
    return question.document if isinstance(question, ByDocument) else _revealed(answers)


def _revealed(answers: Mapping[str, Answer]) -> TravelDocument | None:
    """The document that a scanned code belongs to."""
    documents = (answer.document for answer in answers.values() if answer.document is not None)
    return next(documents, None)
