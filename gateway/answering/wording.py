"""Answers as clients get them: what is stated of a judgement, and the recognition made of it.

Responsible for a client's receipt and proof being made only if it asks for them, and once however
often it does. Refuses to record: it is handed where the log holds the statement.
"""

from concurrent.futures import Executor
from functools import cache, partial

import strawberry

from tongxing.gateway.answering.circles import Circles
from tongxing.gateway.answering.explaining import ExplainedOnce
from tongxing.gateway.answering.history import shown
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.proof import Stated, proof_text
from tongxing.gateway.answering.receipt import HolderClaims, claims_of, receipt_text
from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.storage.audit import Logged
from tongxing.keys import HubSigner, TrustList, sign_receipt
from tongxing.schema import Recognition
from tongxing.schema.recognition_policy import PolicyRef


class Wording:
    """Of the hub ``hub_id``; ``explainers`` work out why, in threads."""

    def __init__(
        self, hub_id: str, signer: HubSigner, circles: Circles, explainers: Executor
    ) -> None:
        self._hub_id = hub_id
        self._signer = signer
        self._circles = circles
        self._explainers = explainers

    def stated(
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

    def answer(
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
            left_out=cache(partial(self._circles.left_out, judged, trust_list)),
            explained=ExplainedOnce(judged.explanation, self._explainers),
        )

    def _signed(self, stated: Stated, logged: Logged) -> str:
        return sign_receipt(self._signer, receipt_text(stated.text, logged))
