"""Answers as clients get them: what is stated of a judgement, and the recognition made of it.

Responsible for a client's receipt and proof being made only if it asks for them, and once however
often it does. Refuses to record: it is handed where the log holds the statement.
"""

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

from tongxing.gateway.answering.circles import Circles
from tongxing.gateway.answering.explaining import ExplainedOnce
from tongxing.gateway.answering.history import shown
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.proof import Stated, proof_text
from tongxing.gateway.answering.receipt import (
    Claims,
    HolderClaims,
    claims_of,
    claims_text,
    receipt_text,
)
from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.storage.audit import Logged
from tongxing.keys import TrustList, sign_receipt
from tongxing.keys.signing import SignsReceipts
from tongxing.schema import HistoryEntry, Recognition
from tongxing.schema.explanation import Explanation
from tongxing.schema.kept_texts import KeptTexts
from tongxing.schema.not_asked import IssuerNotAsked
from tongxing.schema.recognition_policy import PolicyRef


@dataclass(slots=True)
class Given:
    """One answer to one request: ``judged`` as it comes out at ``at`` and holds until
    ``valid_until``; ``texts`` are shared by all that differ in no more than that."""

    judged: Judged
    asker: Asker
    trust_list: TrustList
    at: datetime
    valid_until: datetime
    texts: KeptTexts[Any] | None = None

    @classmethod
    def first(cls, judged: Judged, asker: Asker, trust_list: TrustList) -> "Given":
        at, valid_until = judged.case.at, judged.judgement.valid_until
        return cls(judged, asker, trust_list, at, valid_until)


class Answers:
    """Of the hub ``hub_id``; ``explainers`` work out why, in threads."""

    def __init__(
        self, hub_id: str, signer: SignsReceipts, circles: Circles, explainers: Executor
    ) -> None:
        self._hub_id = hub_id
        self._signer = signer
        self._circles = circles
        self._explainers = explainers

    def claims(
        self, judged: Judged, holder: HolderClaims, asker: Asker, trust_list: TrustList
    ) -> Claims:
        return claims_of(
            judged,
            hub_id=self._hub_id,
            asker=asker,
            trust_list_version=trust_list.version,
            holder=holder,
        )

    def stated(
        self, judged: Judged, holder: HolderClaims, asker: Asker, trust_list: TrustList
    ) -> Stated:
        claims = self.claims(judged, holder, asker, trust_list)
        return Stated(claims_text(claims), claims.sub)

    def answer(self, given: Given, stated: Stated, logged: Logged) -> Recognition:
        judged = given.judged
        judgement, policy = judged.judgement, judged.policy
        version, decided_by = policy.version, judgement.decided_by
        return Recognition(
            request_id=given.asker.request_id,
            decided_at=given.at,
            holder=stated.sub,
            purpose=judged.inquiry.purpose,
            color=judgement.color,
            decision=judgement.decision,
            reasons=list(judgement.reasons),
            sources=list(judged.case.sources),
            decided_by=None if decided_by is None else strawberry.ID(decided_by),
            relaxed=judgement.relaxed,
            evidence=judgement.evidence,
            as_of=judgement.as_of,
            valid_until=given.valid_until,
            receiving_region=judged.inquiry.receiving_region,
            mode=policy.mode,
            policy=PolicyRef(region=version.region, number=version.version, digest=version.digest),
            trust_list_version=given.trust_list.version,
            audit_index=logged.index,
            behind=_Behind(self, given, stated, logged),
            texts=given.texts,
        )

    def sign(self, stated: Stated, logged: Logged) -> str:
        return sign_receipt(self._signer, receipt_text(stated.text, logged))

    def left_out(self, given: Given) -> list[IssuerNotAsked]:
        return self._circles.left_out(given.judged, given.trust_list)

    def explained(self, given: Given) -> Callable[[], Awaitable[Explanation]]:
        """Judged at the moment of the answer."""
        return ExplainedOnce(given.judged.given_at(given.at).explanation, self._explainers)


class _Behind:
    """``schema.recognition.Behind`` of one answer."""

    __slots__ = (
        "_answers",
        "_explained",
        "_given",
        "_left_out",
        "_logged",
        "_proven",
        "_signed",
        "_stated",
    )

    def __init__(self, answers: Answers, given: Given, stated: Stated, logged: Logged) -> None:
        self._answers = answers
        self._given = given
        self._stated = stated
        self._logged = logged
        self._signed: str | None = None
        self._proven: str | None = None
        self._left_out: list[IssuerNotAsked] | None = None
        self._explained: Callable[[], Awaitable[Explanation]] | None = None

    def signed(self) -> str:
        if self._signed is None:
            self._signed = self._answers.sign(self._stated, self._logged)
        return self._signed

    def proven(self) -> str:
        if self._proven is None:
            self._proven = proof_text(self._stated, self._logged)
        return self._proven

    def left_out(self) -> list[IssuerNotAsked]:
        if self._left_out is None:
            self._left_out = self._answers.left_out(self._given)
        return self._left_out

    def past(self) -> Sequence[HistoryEntry]:
        return shown(self._given.judged.past.entries)

    def explained(self) -> Awaitable[Explanation]:
        if self._explained is None:
            self._explained = self._answers.explained(self._given)
        return self._explained()
