"""What the issuers say of travelers, from the first question to the last one that must be asked.

A scan reveals its holder, a policy or a trust list begins while the others are asked, or the
history names an issuer that a filter left out: then more issuers have to be asked before there is
an answer. Responsible for the order of these rounds, and for what is believed at the moment of the
answer. Refuses to judge what was said.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tongxing.adapters.dialect import Answer, ByDocument
from tongxing.gateway.answering.asked import KeyedQuestion, Moment, holder_of_document
from tongxing.gateway.answering.circles import Circles
from tongxing.gateway.answering.history import Kept
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.answering.pasts import Pasts
from tongxing.gateway.answering.request_log import LogPart
from tongxing.gateway.answering.rounds import Found, Rounds, Wanted
from tongxing.gateway.answering.steps import Answered, Opened
from tongxing.gateway.policy.in_force import InForce, ruling
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.keys import TrustStore
from tongxing.schema import TravelDocument

NOBODY = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Gathered:
    """``found``: what the issuers answered about each of ``opened``, believed at ``moment``."""

    opened: Sequence[Opened]
    found: Sequence[Found]
    moment: Moment


class Gathering:
    """``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        rounds: Rounds,
        circles: Circles,
        policies: InForce,
        pasts: Pasts,
        trust: TrustStore,
        holder_keys: HolderKeys,
        clock: Callable[[], datetime],
    ) -> None:
        self._rounds = rounds
        self._circles = circles
        self._policies = policies
        self._pasts = pasts
        self._trust = trust
        self._holder_keys = holder_keys
        self._clock = clock

    async def gather(
        self, opened: Sequence[Opened], found: Sequence[Found], moment: Moment, log: LogPart
    ) -> Gathered:
        """``found``: the answers of those that were asked first, at ``moment``. Whoever else is
        asked is announced to ``log`` before."""
        opened, found = await self._ask_others(opened, found, moment, log)
        asked_at, moment = moment, await self._believe_now(found, moment)
        opened, found, moment = await self._ask_belated(opened, found, asked_at, moment, log)
        found, moment = await self._ask_remembered(opened, found, moment, log)
        return Gathered(opened, found, moment)

    def answered(self, opened: Opened, answers: Mapping[str, Answer], at: datetime) -> Answered:
        """What is known of the question at ``at``, once its issuers have answered. Raises
        StorageUnavailable."""
        inquiry, sources = opened.inquiry, self._circles.sources_in_order(answers)
        if isinstance(inquiry.question, ByDocument):
            known, holder = inquiry.question.document, opened.asked.holder
            if holder is None or not self._holder_keys.all().is_still(holder, at):
                holder = holder_of_document(known, self._holder_keys, at)
            return Answered(inquiry, None, sources, known, holder, unknown=opened.unknown)
        code_issuer = next(iter(opened.issuers), None)
        document = _revealed(answers)
        revealed = None
        if document is not None:
            revealed = holder_of_document(document, self._holder_keys, at)
        return Answered(inquiry, code_issuer, sources, document, revealed, unknown=opened.unknown)

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
        inquiry, policy = (
            opened.inquiry,
            ruling(self._policies, opened.inquiry.receiving_region, moment.at),
        )
        is_new = policy is not opened.policy or moment.trust_list is not asked_at.trust_list
        document = _document_of(inquiry, answers)
        if policy is None or document is None or not is_new:
            return ((), opened.asked), opened.unknown
        every, unknown, _ = self._circles.concerned(document, policy, inquiry, moment)
        others = tuple(issuer for issuer in every if issuer not in answers)
        return (others, self._keyed(document, policy, moment.at)), unknown

    async def _ask_remembered(
        self, opened: Sequence[Opened], found: Sequence[Found], moment: Moment, log: LogPart
    ) -> tuple[Sequence[Found], Moment]:
        """What the issuers answer whom a filter left unasked, although the history has a statement
        of theirs about this holder: they knew the holder once, whatever they say now."""
        if not any(each.unknown for each in opened):
            return found, moment
        pairs = zip(opened, found, strict=True)
        answered = [self.answered(*pair, moment.at) for pair in pairs]
        policies = [
            ruling(self._policies, each.inquiry.receiving_region, moment.at) for each in answered
        ]
        kept = await self._pasts.recall(answered, policies, moment)
        triples = zip(opened, answered, kept, strict=True)
        wanted = [self._remembered(*each, moment.at) for each in triples]
        for each, answers in zip(answered, found, strict=True):
            if each.document is not None:
                self._circles.look_for_contradictions(each.document, each.unknown, answers)
        if not any(issuers for issuers, _ in wanted):
            return found, moment
        more = await self._rounds.ask(wanted, moment, log.announce)
        found = [answers | late for answers, late in zip(found, more, strict=True)]
        return found, await self._believe_now(found, moment)

    def _remembered(
        self, opened: Opened, answered: Answered, kept: Kept | None, at: datetime
    ) -> Wanted:
        asked = {source.issuer for source in answered.sources}
        known = set() if kept is None else {entry.issuer for entry in kept.entries}
        issuers = self._circles.in_order(opened.unknown & known - asked)
        if not issuers or answered.document is None:
            return (), opened.asked
        return issuers, self._keyed(answered.document, opened.policy, at)

    def _others(
        self, opened: Opened, answers: Mapping[str, Answer], moment: Moment
    ) -> tuple[Wanted, frozenset[str]]:
        """The issuers that a scan did not ask, if it revealed its holder, and those that do not
        know the holder by their filters."""
        document, inquiry = _revealed(answers), opened.inquiry
        if document is None or isinstance(inquiry.question, ByDocument):
            return ((), opened.asked), NOBODY
        every, unknown, _ = self._circles.concerned(document, opened.policy, inquiry, moment)
        others = tuple(issuer for issuer in every if issuer not in opened.issuers)
        return (others, self._keyed(document, opened.policy, moment.at)), unknown

    def _keyed(self, document: TravelDocument, policy: Policy, at: datetime) -> KeyedQuestion:
        return KeyedQuestion.of(ByDocument(document), self._holder_keys, at, policy=policy)


def _ended(found: Sequence[Found], since: datetime, at: datetime) -> bool:
    """Whether a statement behind ``found`` or a code in it has ended after ``since`` and by
    ``at``."""
    answers = (answer for each in found for answer in each.values())
    return any(since < end <= at for answer in answers for end in answer.ends())


def _document_of(inquiry: Inquiry, answers: Mapping[str, Answer]) -> TravelDocument | None:
    """The document that is asked about, or that the scanned code belongs to."""
    question = inquiry.question
    return question.document if isinstance(question, ByDocument) else _revealed(answers)


def _revealed(answers: Mapping[str, Answer]) -> TravelDocument | None:
    """The document that a scanned code belongs to."""
    documents = (answer.document for answer in answers.values() if answer.document is not None)
    return next(documents, None)
