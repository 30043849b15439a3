"""The one question, from the checked inquiry to the signed answer.

The order of the steps is the safety of the whole: the intent is durable before an issuer is
asked, the outcome is durable before an answer is signed, and an answer leaves only signed.
Refuses to talk HTTP, to know who may ask, and to judge: it brings the evidence to those who do.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

import strawberry

from tongxing.adapters.dialect import Answer, ByDocument, Question
from tongxing.gateway.answering.case import Case
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.entries import intent_record, outcome_record
from tongxing.gateway.answering.history import HistoryStore
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import HubWatch, IssuerLink, Moment
from tongxing.gateway.answering.mass_flips import FlipAlarms, flips_of
from tongxing.gateway.answering.recalling import learn, recall
from tongxing.gateway.answering.receipt import receipt_claims
from tongxing.gateway.answering.routing import (
    has_form_of_a_code,
    issuers_of_code,
    issuers_of_document,
)
from tongxing.gateway.policy.policies import InForce
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.explain import explain
from tongxing.gateway.storage.audit import AuditLog, AuditMark
from tongxing.keys import HolderKey, HubSigner, TrustStore, sign_receipt
from tongxing.schema import Recognition

ANSWERING_SECONDS = 0.001
"""What judging, recording, signing and writing out one answer of a manifest takes, generously
(docs/performance.md)."""

ANSWERING_SHARE = 0.5
"""The hub's own part of the deadline, at the most."""


@dataclass(frozen=True, slots=True)
class _Answering:
    """What all answers to one request have in common."""

    asker: Asker
    trust_list_version: int
    at: datetime


class Hub:
    """``clock`` gives aware UTC times; ``deadline_seconds`` bounds the wait for the issuers."""

    def __init__(
        self,
        *,
        hub_id: str,
        links: Mapping[str, IssuerLink],
        policies: InForce,
        trust: TrustStore,
        audit: AuditLog,
        history: HistoryStore,
        lists: DailyLists,
        flips: FlipAlarms,
        signer: HubSigner,
        holder_key: HolderKey,
        watch: HubWatch,
        clock: Callable[[], datetime],
        deadline_seconds: float,
    ) -> None:
        self._hub_id = hub_id
        self._links = links
        self._policies = policies
        self._trust = trust
        self._audit = audit
        self._history = history
        self._lists = lists
        self._flips = flips
        self._signer = signer
        self._holder_key = holder_key
        self._watch = watch
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def claims(self, code: str) -> bool:
        """Whether the scanned text has the form of a code of any connected issuer."""
        return has_form_of_a_code(code, self._links)

    async def recognize(self, inquiries: Sequence[Inquiry], asker: Asker) -> list[Recognition]:
        """One signed and audited recognition for each inquiry, in order.

        Raises AuditUnavailable (no audit, no answer), StorageUnavailable (no past, none either),
        TrustListRefused (nobody can be believed) and NoPolicyInForce; then nothing is answered.
        """
        moment = self._moment(len(inquiries))
        cases = [self._open(inquiry, moment) for inquiry in inquiries]
        await self._record_intents(cases, asker, moment.at)
        await self._ask([(case, case.asked, case.inquiry.question) for case in cases], moment)
        await self._ask_about_revealed(cases, moment)
        answering = _Answering(asker, moment.trust_list.version, self._clock())
        self._take_policies_of(cases, answering.at)
        await self._look_up_lists(cases, moment)
        await recall(cases, self._history, self._holder_key, answering.at)
        judgements = [self._judge(case, answering.at) for case in cases]
        await learn(cases, self._history, self._holder_key, answering.at)
        await self._count_flips(cases, answering.at)
        marks = await self._record_outcomes(cases, judgements, answering)
        for judgement in judgements:
            self._report(judgement, asker)
        return [
            self._answer(case, judgement, mark, answering)
            for case, judgement, mark in zip(cases, judgements, marks, strict=True)
        ]

    def _moment(self, travelers: int) -> Moment:
        """The issuers get what the hub does not need itself: who asks about a thousand travelers
        waits no longer for the answer than who asks about one."""
        at = self._clock()
        own = min(travelers * ANSWERING_SECONDS, self._deadline_seconds * ANSWERING_SHARE)
        deadline = asyncio.get_running_loop().time() + self._deadline_seconds - own
        return Moment(at, self._trust.current(at), deadline)

    def _open(self, inquiry: Inquiry, moment: Moment) -> Case:
        policy = self._policies.in_force(inquiry.receiving_region, moment.at)
        if isinstance(inquiry.question, ByDocument):
            asked = issuers_of_document(self._links, policy, inquiry, moment.trust_list)
        else:
            asked = issuers_of_code(inquiry.question.code, self._links, moment.trust_list)
        return Case(inquiry, policy, asked)

    async def _record_intents(
        self, cases: Sequence[Case], asker: Asker, at: datetime
    ) -> Sequence[AuditMark]:
        return await self._audit.append(
            [intent_record(case, asker, case.holder(self._holder_key), at) for case in cases]
        )

    async def _ask_about_revealed(self, cases: Sequence[Case], moment: Moment) -> None:
        """A scan that says whose code it is lets the other issuers speak about the same person:
        what the province knows counts whichever code the traveler chose to show."""
        wanted: list[tuple[Case, tuple[str, ...], Question]] = []
        for case in cases:
            document = case.document
            if document is None or isinstance(case.inquiry.question, ByDocument):
                continue
            all_issuers = issuers_of_document(
                self._links, case.policy, case.inquiry, moment.trust_list
            )
            others = tuple(issuer for issuer in all_issuers if issuer not in case.asked)
            wanted.append((case, others, ByDocument(document)))
        await self._ask(wanted, moment)

    def _take_policies_of(self, cases: Sequence[Case], at: datetime) -> None:
        """The policy decides that is in force when the answer is given: while the issuers were
        asked a stricter one may have begun. Whom only that one asks for has not answered."""
        for case in cases:
            case.policy = self._policies.in_force(case.inquiry.receiving_region, at)

    async def _look_up_lists(self, cases: Sequence[Case], moment: Moment) -> None:
        """Behind the live answers, the daily lists that the case's policy names."""
        for issuer in self._links:
            concerned = [
                (case, case.document)
                for case in cases
                if issuer in case.policy.lists and case.document is not None
            ]
            if concerned:
                documents = [document for _, document in concerned if document is not None]
                listed = await self._lists.look_up(issuer, documents, moment.trust_list, moment.at)
                for (case, _), source in zip(concerned, listed, strict=True):
                    case.answers.append(Answer(source))

    async def _ask(
        self, wanted: Sequence[tuple[Case, tuple[str, ...], Question]], moment: Moment
    ) -> None:
        """Ask every issuer once for all of its questions, all issuers at the same time."""
        async with asyncio.TaskGroup() as group:
            for issuer, link in self._links.items():
                concerned = [
                    (case, question) for case, asked, question in wanted if issuer in asked
                ]
                if concerned:
                    group.create_task(_collect(link, concerned, moment))
        for case, _, _ in wanted:
            case.put_in_order(self._links)

    def _judge(self, case: Case, at: datetime) -> Judgement:
        return recognize(case.sources, case.policy, case.circumstances(at), at)

    async def _count_flips(self, cases: Sequence[Case], at: datetime) -> None:
        flips = [flip for case in cases for flip in flips_of(case, self._holder_key, at)]
        await self._flips.observe(flips, at)

    async def _record_outcomes(
        self, cases: Sequence[Case], judgements: Sequence[Judgement], answering: _Answering
    ) -> Sequence[AuditMark]:
        return await self._audit.append(
            [
                outcome_record(
                    case,
                    judgement,
                    asker=answering.asker,
                    holder=case.holder(self._holder_key),
                    trust_list_version=answering.trust_list_version,
                    at=answering.at,
                )
                for case, judgement in zip(cases, judgements, strict=True)
            ]
        )

    def _report(self, judgement: Judgement, asker: Asker) -> None:
        self._watch.recognized(judgement.color, judgement.decision)
        for issuer in judgement.integrity_alarms:
            self._watch.integrity_alarm(asker.request_id, issuer)

    def _answer(
        self, case: Case, judgement: Judgement, mark: AuditMark, answering: _Answering
    ) -> Recognition:
        claims = receipt_claims(
            case,
            judgement,
            hub_id=self._hub_id,
            asker=answering.asker,
            holder=case.holder(self._holder_key),
            trust_list_version=answering.trust_list_version,
            mark=mark,
            at=answering.at,
        )
        return Recognition(
            color=judgement.color,
            decision=judgement.decision,
            reasons=list(judgement.reasons),
            sources=case.sources,
            decided_by=_id(judgement.decided_by),
            relaxed=judgement.relaxed,
            evidence=judgement.evidence,
            as_of=judgement.as_of,
            valid_until=judgement.valid_until,
            receiving_region=case.inquiry.receiving_region,
            mode=case.policy.mode,
            policy=case.policy.version,
            trust_list_version=answering.trust_list_version,
            receipt=sign_receipt(self._signer, claims),
            audit_index=mark.index,
            history=list(case.past.entries),
            explained=cache(
                partial(
                    explain,
                    case.sources,
                    case.policy,
                    case.circumstances(answering.at),
                    answering.at,
                )
            ),
        )


async def _collect(
    link: IssuerLink, concerned: Sequence[tuple[Case, Question]], moment: Moment
) -> None:
    answers = await link.ask([question for _, question in concerned], moment)
    for (case, _), answer in zip(concerned, answers, strict=True):
        case.answers.append(answer)


def _id(issuer: str | None) -> strawberry.ID | None:
    return None if issuer is None else strawberry.ID(issuer)
