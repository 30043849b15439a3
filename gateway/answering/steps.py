"""What passes from one step of the hub to the next, and what of it goes into the audit log.

Each step takes the value of the step before and makes the next: an inquiry is *opened*, *answered*
by the issuers and *judged* under the policy in force at the moment of the answer. Refuses to let a
document, name, code or raw value into a record: no field of a record could hold one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tongxing.adapters.dialect import Answer
from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.history import Kept, Lesson, Past, color_changes, past_of
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.refusals import RefusedQuestion, refusal_records
from tongxing.gateway.recognition import holding
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.explain import explain
from tongxing.gateway.recognition.moments import moved
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import (
    IntentRecord,
    OutcomeRecord,
    RefusalRecord,
    SourceOutcome,
    pack_case,
)
from tongxing.keys import Holder, HolderRef, TrustList
from tongxing.schema import Color, RefusalCode, RegionCode, SourceAnswer, TravelDocument, Via
from tongxing.schema.case import Case, Circumstances, ColorChange
from tongxing.schema.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Opened:
    """Before any issuer is asked. ``policy`` is in force at the moment of the question and says
    which ``issuers`` the first question goes to. ``unknown`` are those of its circle that do not
    know the holder by their membership filters."""

    inquiry: Inquiry
    policy: Policy
    issuers: tuple[str, ...]
    asked: KeyedQuestion
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answered:
    """The issuers have answered. ``code_issuer`` is the issuer of a scanned code; ``document`` and
    ``holder`` are None if the code did not reveal its holder. ``sources`` are in the order of the
    connected issuers: which of them was quickest must not show, because it can tell a wrong name
    from a number that does not exist (docs/invariants.md §9)."""

    inquiry: Inquiry
    code_issuer: str | None
    sources: Sequence[SourceAnswer]
    document: TravelDocument | None
    holder: Holder | None
    lists_until: datetime | None = None
    unknown: frozenset[str] = frozenset()

    def with_list(self, source: SourceAnswer, until: datetime | None) -> "Answered":
        """With what a daily list says, which holds until then if it is in force."""
        ends = [end for end in (self.lists_until, until) if end is not None]
        sources = (*self.sources, source)
        return replace(self, sources=sources, lists_until=min(ends, default=None))

    @property
    def is_confirmed(self) -> bool:
        """Whether an issuer has just stated something verified about this very person. Its
        statement is bound to the number and to the name."""
        return any(source.codes for source in self.sources)

    @property
    def confirmed(self) -> TravelDocument | None:
        """The document if an issuer has just confirmed number and name. Only then may the client
        be shown a reference to its holder: a guessed number must not show that it was right."""
        return self.document if self.is_confirmed else None


@dataclass(frozen=True, slots=True)
class Judged:
    """``policy`` is in force at the moment of the case; ``past`` is what it keeps of the holder's
    history, with what this answer adds to it. ``holder`` is for the hub's own records;
    ``confirmed`` is None if no issuer confirmed number and name; ``home`` is the division of the
    holder's document, if it has one."""

    inquiry: Inquiry
    holder: Holder | None
    confirmed: TravelDocument | None
    home: RegionCode | None
    policy: Policy
    past: Past
    case: Case
    judgement: Judgement
    unknown: frozenset[str] = frozenset()

    def given_at(self, at: datetime) -> "Judged":
        """The same at ``at``, before it turns (``holds_until``). What must differ: the time of the
        case, and the end of the answer as far as its lifetime sets it."""
        judgement = self.judgement.given_at(at, self.policy)
        return replace(self, case=replace(self.case, at=at), judgement=judgement)

    def ends_at(self, at: datetime) -> datetime:
        """Until when the answer holds that is ``given_at`` that moment."""
        return self.judgement.ends_at(at, self.policy)

    def explanation(self) -> Explanation:
        """Judged again for it: nothing of a judgement has to be kept until somebody asks why."""
        return explain(recognize(self.case, self.policy), self.case, self.policy)


def holds_until(judged: Judged, answers: Iterable[Answer], trust_list: TrustList) -> datetime:
    """The first moment after that of the case at which ``judged``, made of ``answers`` and what
    ``trust_list`` believes, may come out otherwise. No daily list was looked at."""
    at, past, kept_for = judged.case.at, judged.past, judged.policy.history_kept
    known = color_changes(past.entries) if past.entries else ()
    ends = [holding.holds_until(judged.case, judged.policy, known), trust_list.next_turn(at)]
    ends += [end for answer in answers for end in answer.ends() if end > at]
    if kept_for is not None:
        ends += [moved(entry.known_at, kept_for) for entry in past.entries]
    return min(ends)


def judge(
    answered: Answered, policy: Policy, kept: Kept | None, trust_list: TrustList, at: datetime
) -> Judged:
    """The judgement at ``at`` (aware UTC) under ``policy`` and by ``trust_list``, which are in
    force then. ``kept`` is None if no history is looked at."""
    past = Past()
    if kept is not None and policy.history_kept is not None:
        past = past_of(kept, answered.sources, kept_for=policy.history_kept, at=at)
    document = answered.document
    circumstances = Circumstances(
        purpose=answered.inquiry.purpose,
        document=None if document is None else document.kind,
        code_issuer=answered.code_issuer,
        changes=_counted(past, answered.sources, policy, at) if past.entries else (),
    )
    case = Case(answered.sources, circumstances, at)
    judgement = _believed(recognize(case, policy), answered, trust_list, at)
    return Judged(
        answered.inquiry,
        answered.holder,
        answered.confirmed,
        None if document is None else document.home,
        policy,
        past,
        case,
        judgement,
        answered.unknown,
    )


def _believed(
    judgement: Judgement, answered: Answered, trust_list: TrustList, at: datetime
) -> Judgement:
    """A green ends no later than the trust that its statements rest on (docs/invariants.md §2), and
    no later than the lists that do not name the holder. No yellow or red ends with a key."""
    if judgement.color is not Color.GREEN:
        return judgement
    sources = answered.sources
    issuers = {source.issuer for source in sources if source.codes or source.via is Via.LIST}
    ends = [trust_list.believed_until(issuers, at)]
    ends += [] if answered.lists_until is None else [answered.lists_until]
    return judgement.no_longer_than(min(ends))


def _counted(
    past: Past, sources: Sequence[SourceAnswer], policy: Policy, at: datetime
) -> tuple[ColorChange, ...]:
    """What the case takes of the history, and so shows to a client that may not see it."""
    stated = [code for source in sources for code in source.codes]
    turning = [(c.issuer, c.issuing_place) for c in stated if c.color.is_restrictive]
    return policy.counted(color_changes(past.entries), at, frozenset(turning))


def lessons_of(judged: Sequence[Judged]) -> list[Lesson]:
    """What the history has to be told."""
    return [
        Lesson(each.holder, each.past.news, each.policy.history_kept)
        for each in judged
        if each.past.is_lesson and each.holder is not None and each.policy.history_kept is not None
    ]


def intent_record(opened: Opened, asker: Asker, at: datetime) -> IntentRecord:
    return IntentRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        purpose=opened.inquiry.purpose,
        receiving_region=opened.inquiry.receiving_region,
        holder=_ref(opened.asked.holder),
        issuers=opened.issuers,
    )


def outcome_record(
    judged: Judged, asker: Asker, trust_list_version: int, claims: bytes
) -> OutcomeRecord:
    """``claims`` is the digest of what the client is told."""
    inquiry, judgement, policy = judged.inquiry, judged.judgement, judged.policy.version
    return OutcomeRecord(
        at=judged.case.at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        purpose=inquiry.purpose,
        receiving_region=inquiry.receiving_region,
        holder=_ref(judged.holder),
        color=judgement.color,
        decision=judgement.decision,
        rule=judgement.rule,
        decided_by=judgement.decided_by,
        relaxed=judgement.relaxed,
        policy_region=policy.region,
        policy_version=policy.version,
        trust_list_version=trust_list_version,
        sources=tuple(
            SourceOutcome(
                issuer=source.issuer,
                outcome=source.outcome,
                evidence_digest=source.evidence_digest,
            )
            for source in judged.case.sources
        ),
        packed_case=pack_case(judged.case),
        claims=claims,
    )


def _ref(holder: Holder | None) -> HolderRef | None:
    return None if holder is None else holder.ref


def no_policy_records(
    inquiries: Iterable[Inquiry], asker: Asker, at: datetime
) -> list[RefusalRecord]:
    """Of those that no policy decides."""
    code = RefusalCode.NO_POLICY_IN_FORCE.value
    refused = [RefusedQuestion(code, each.purpose, each.receiving_region) for each in inquiries]
    return refusal_records(refused, asker, at)
