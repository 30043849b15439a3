"""Policies, previews and refusals of drafts in the words of the schema."""

import strawberry

from gateway.recognition.policy import Policy
from gateway.recognition.refusal import PolicyRefused
from gateway.workshop.differences import differences
from gateway.workshop.mending import MENDINGS
from gateway.workshop.picture import headline, svg
from gateway.workshop.preview import Verdict
from gateway.workshop.workshop import Tried
from schema.policy import (
    DecisionCount,
    PolicyChange,
    PolicyDifference,
    PolicyDirection,
    PolicyPreview,
    PolicyRefusal,
    PolicyVerdict,
    PolicyView,
)


def policy_view(policy: Policy) -> PolicyView:
    return PolicyView(
        version=policy.version,
        name=policy.name,
        mode=policy.mode,
        announced_at=policy.announced_at,
        valid_from=policy.valid_from,
        valid_until=policy.valid_until,
        urgent=policy.urgent,
        relaxes=policy.relaxes,
    )


def preview_view(tried: Tried) -> PolicyPreview:
    preview = tried.preview
    return PolicyPreview(
        total=preview.total,
        changed=preview.changed,
        left_out=preview.left_out,
        is_whole=tried.is_whole,
        summary=headline(preview),
        decisions=[
            DecisionCount(decision=decision, before=before, after=after)
            for decision, (before, after) in preview.decisions.items()
        ],
        changes=[
            PolicyChange(
                count=change.count, before=_verdict(change.before), after=_verdict(change.after)
            )
            for change in preview.changes
        ],
        differences=[
            PolicyDifference(direction=PolicyDirection(each.direction.value), text=each.text)
            for each in differences(tried.current, preview.draft)
        ],
        svg=svg(preview),
    )


def refusal_view(refused: PolicyRefused) -> PolicyRefusal:
    mending = MENDINGS[refused.code]
    return PolicyRefusal(
        code=refused.code.value,
        line=refused.line,
        reason=refused.reason,
        wrong=mending.wrong,
        mend=mending.mend,
    )


def _verdict(verdict: Verdict) -> PolicyVerdict:
    return PolicyVerdict(
        color=verdict.color,
        decision=verdict.decision,
        rule=strawberry.ID(verdict.rule),
        relaxed=verdict.relaxed,
    )
