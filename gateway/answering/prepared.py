"""Answers that were made before, to be given again while everything that they rest on is the same.

What is kept is what the pure functions made, with the very objects that they made it of and the
moment until which they would make it again. So nobody has to remember to let go of it: a newer
trust list, another policy, a statement that came since, a history that was learned or forgotten is
another object, and then the answer is made anew. Responsible for what may be prepared at all.
Refuses to share anything between clients (docs/decisions/0012-kept-statements.md), and to know what
an answer says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from tongxing.adapters.dialect import Answer, ByDocument, ReadStatement
from tongxing.gateway.answering.claims_again import ClaimsAgain
from tongxing.gateway.answering.history import Kept
from tongxing.gateway.answering.history_store import RememberedHistories
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.answering.issuer_link import REUSABLE
from tongxing.gateway.answering.receipt import Claims
from tongxing.gateway.answering.routing import Concerned
from tongxing.gateway.answering.sightings import Sighting, sightings_of
from tongxing.gateway.answering.statement_cache import StatementCache, StatementKey
from tongxing.gateway.answering.steps import Judged, Opened, holds_until
from tongxing.gateway.memory import PartedMemory
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import OutcomeRecord, RepeatedOutcome
from tongxing.keys import HolderEpoch, TrustList
from tongxing.schema import AuditIndex, Color, Purpose, RegionCode
from tongxing.schema.kept_texts import KeptTexts

ANSWER_BYTES = 4_400
SOURCE_BYTES = 2_600
"""What a prepared answer takes beside the statements that it rests on, and each of its sources with
its codes (tests/answering/test_prepared_size.py)."""

TEXT_BYTES = 4_096
"""Room for what is written of it: an answer with all that a gate shows has some 2,500."""


class PreparedKey(NamedTuple):
    """What a client asked; ``ref`` is the keyed digest of the question."""

    client_id: str
    ref: str
    receiving_region: RegionCode
    purpose: Purpose

    @classmethod
    def of(cls, client_id: str, ref: str, inquiry: Inquiry) -> "PreparedKey":
        return cls(client_id, ref, inquiry.receiving_region, inquiry.purpose)


@dataclass(frozen=True, slots=True)
class Prepared:
    """``judged``, ``claims`` and ``outcome`` as they come out from ``since`` until before
    ``until``, of these ``statements``, after the question went to these ``issuers``, by this trust
    list, under this policy, in this ``epoch`` of the holder key, and with what was ``kept`` of the
    holder; None if the policy keeps no history or nobody confirmed the holder. ``sub`` is the
    holder as the claims name them; ``texts`` are what was written of the answer. The time at which
    ``sightings`` became known is that of the first answer; nobody looks at it. ``guess`` is the key
    by which the document is remembered once an issuer has confirmed it."""

    judged: Judged
    sub: str | None
    claims: ClaimsAgain
    outcome: RepeatedOutcome
    texts: KeptTexts[Any]
    statements: Sequence[tuple[StatementKey, ReadStatement]]
    issuers: tuple[str, ...]
    trust_list: TrustList
    policy: Policy
    epoch: HolderEpoch
    kept: Kept | None
    sightings: Sequence[Sighting]
    guess: bytes
    since: datetime
    until: datetime

    def rests_on(
        self, trust_list: TrustList, policy: Policy, epoch: HolderEpoch, at: datetime
    ) -> bool:
        is_same = trust_list is self.trust_list and policy is self.policy
        is_same = is_same and epoch is self.epoch
        return is_same and self.since <= at < self.until

    def goes_to(self, concerned: Concerned) -> bool:
        """Whether the question goes to the same issuers, and the same ones do not know the
        holder by their filters."""
        is_same = concerned.issuers == self.issuers
        return is_same and concerned.unknown == self.judged.unknown


def may_be_given_again(judged: Judged, opened: Opened, answers: Mapping[str, Answer]) -> bool:
    """Not an answer about a scan; from anything but statements that are kept; with a daily list;
    with a red, which may count as a mass flip; or one that taught the history something. Nor, where
    membership filters say who is asked, one of a policy that began after the first question."""
    policy, sources = judged.policy, judged.case.sources
    if policy.lists or judged.past.is_lesson:
        return False
    if policy.filter_age is not None and policy is not opened.policy:
        return False
    if not isinstance(judged.inquiry.question, ByDocument):
        return False
    if any(code.color is Color.RED for source in sources for code in source.codes):
        return False
    return all(
        answer.read is not None and answer.source.outcome in REUSABLE for answer in answers.values()
    )


def prepared(
    judged: Judged,
    answers: Mapping[str, Answer],
    kept: Kept | None,
    *,
    ref: str,
    issuers: tuple[str, ...],
    claims: Claims,
    told: OutcomeRecord,
    told_in: AuditIndex,
    trust_list: TrustList,
    epoch: HolderEpoch,
    guess: bytes,
) -> Prepared:
    """Of an answer that ``may_be_given_again``: the keyed digest of its question, whom that went to
    first, its claims, what was recorded of it, and where."""
    case, client = judged.case, told.client_id
    return Prepared(
        judged=replace(judged, judgement=replace(judged.judgement, trace=())),
        sub=claims.sub,
        claims=ClaimsAgain(claims),
        outcome=RepeatedOutcome(told, told_in),
        texts=KeptTexts(TEXT_BYTES),
        statements=[
            (StatementKey(client, issuer, ref), each.read)
            for issuer, each in answers.items()
            if each.read
        ],
        issuers=issuers,
        trust_list=trust_list,
        policy=judged.policy,
        epoch=epoch,
        kept=kept,
        sightings=tuple(replace(each, document=None) for each in sightings_of([judged], case.at)),
        guess=guess,
        since=case.at,
        until=holds_until(judged, answers.values(), trust_list),
    )


class PreparedAnswers:
    """Each for ``lifetime_seconds``: not longer than a statement is kept. A client has
    ``room_of_client`` bytes, all of them have ``room``; without room every answer is made anew.
    ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        statements: StatementCache,
        history: RememberedHistories,
        *,
        lifetime_seconds: float,
        room_of_client: int,
        room: int,
        clock: Callable[[], float],
    ) -> None:
        self._statements = statements
        self._history = history
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._memory: PartedMemory[str, PreparedKey, Prepared]
        self._memory = PartedMemory(room_of_client, room, clock)

    def find(
        self,
        key: PreparedKey,
        trust_list: TrustList,
        policy: Policy,
        epoch: HolderEpoch,
        at: datetime,
    ) -> Prepared | None:
        """The answer to the question of ``key`` at ``at``, if all that it rests on is the same."""
        found = self._memory.get(key.client_id, key)
        if found is None or not found.rests_on(trust_list, policy, epoch, at):
            return None
        return found if self._are_kept(found, key) and self._is_known(found, key) else None

    def keep(self, key: PreparedKey, made: Prepared) -> None:
        ends = self._clock() + self._lifetime_seconds
        size = ANSWER_BYTES + TEXT_BYTES + SOURCE_BYTES * len(made.statements)
        self._memory.put(key.client_id, key, made, size=size, ends=ends)

    @property
    def taken(self) -> int:
        """Bytes, as PartedMemory counts them."""
        return self._memory.taken

    def tidy(self) -> bool:
        """As PartedMemory.tidy."""
        return self._memory.tidy()

    def _are_kept(self, found: Prepared, key: PreparedKey) -> bool:
        return self._statements.are_kept(key.client_id, found.statements)

    def _is_known(self, found: Prepared, key: PreparedKey) -> bool:
        holder, kept = found.judged.holder, found.kept
        if kept is None or holder is None:
            return kept is None
        return self._history.is_remembered(holder, key.client_id, kept)
