"""What of a case goes into the audit log: who asked, about which HolderRef, and what he was told.

Responsible for the choice of fields. Refuses documents, names, codes and raw values: there is no
parameter through which one could come.
"""

from datetime import datetime

from tongxing.gateway.answering.case import Case
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.recognition.decide import Judgement
from tongxing.gateway.storage.audit import IntentRecord, OutcomeRecord, SourceOutcome, pack_heard
from tongxing.keys import HolderRef


def intent_record(case: Case, asker: Asker, holder: HolderRef | None, at: datetime) -> IntentRecord:
    return IntentRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        purpose=case.inquiry.purpose,
        receiving_region=case.inquiry.receiving_region,
        holder=holder,
        issuers=case.asked,
    )


def outcome_record(
    case: Case,
    judgement: Judgement,
    *,
    asker: Asker,
    holder: HolderRef | None,
    trust_list_version: int,
    at: datetime,
) -> OutcomeRecord:
    return OutcomeRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        purpose=case.inquiry.purpose,
        receiving_region=case.inquiry.receiving_region,
        holder=holder,
        color=judgement.color,
        decision=judgement.decision,
        rule=judgement.rule,
        decided_by=judgement.decided_by,
        relaxed=judgement.relaxed,
        policy_region=case.policy.version.region,
        policy_version=case.policy.version.version,
        trust_list_version=trust_list_version,
        sources=tuple(
            SourceOutcome(
                issuer=source.issuer,
                outcome=source.outcome,
                evidence_digest=source.evidence_digest,
            )
            for source in case.sources
        ),
        heard=_heard(case, at),
    )


def _heard(case: Case, at: datetime) -> bytes:
    """What the policy saw, but for the holder's history, which is kept elsewhere and not here."""
    circumstances = case.circumstances(at)
    return pack_heard(circumstances.document, circumstances.code_issuer, case.sources, at)
