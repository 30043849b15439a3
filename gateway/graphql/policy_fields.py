"""Policies for coordinators: what is announced, and what a draft would change."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import strawberry

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.departure import while_present
from tongxing.gateway.policy.crowd_cover import TooFewTravelers
from tongxing.gateway.policy.differences import differences
from tongxing.gateway.policy.in_force import NoPolicyInForce
from tongxing.gateway.policy.picture import headline, svg
from tongxing.gateway.policy.policy_refusal import MENDINGS, PolicyRefused
from tongxing.gateway.policy.preview import Verdict
from tongxing.gateway.policy.settled_days import Days, settled_days
from tongxing.gateway.policy.workshop import (
    POPULATION_MAX,
    WINDOW_MAX,
    Busy,
    Trial,
)
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import RegionCode, is_in_calendar
from tongxing.schema.announced_policy import (
    DecisionCount,
    PolicyChange,
    PolicyPreview,
    PolicyPreviewResult,
    PolicyRefusal,
    PolicyVerdict,
    PreviewedDays,
    PreviewWindow,
)
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.recognition_policy import RecognitionPolicy
from tongxing.schema.scope import Scope, any_client, any_of


@strawberry.type
class WorkshopFields:
    @strawberry.field(
        directives=any_client(),
        description="互认政策 A region's own policies: in force, announced and past, by date.",
    )
    async def policies(self, info: Info, region: RegionCode) -> list[RecognitionPolicy]:
        return info.context.services.policy_views.versions(region)

    @strawberry.field(
        directives=any_of(Scope.POLICY_PREVIEW),
        description="预演草案 Whom a draft of the region's policy would treat otherwise: out of "
        "the audit log where a window is given, else out of a population that never lived.",
    )
    async def preview_policy(
        self,
        info: Info,
        *,
        region: RegionCode,
        draft: str,
        window: PreviewWindow | None = None,
        population: int = 1_000,
        seed: int = 1,
    ) -> PolicyPreviewResult:
        context = info.context
        asked = None if window is None else _days(window, context.services.clock())
        if not 1 <= population <= POPULATION_MAX:
            raise Refused(ErrorCode.INVALID_VALUE)
        try_out = partial(_tried, context, asked, population, seed)
        return await while_present(context.left, _previewed(context, region, draft, try_out))


TryOut = Callable[[Policy], Awaitable[Trial]]


async def _previewed(
    context: Context, region: RegionCode, draft: str, try_out: TryOut
) -> PolicyPreviewResult:
    workshop = context.services.workshop
    try:
        async with workshop.turn(context.asker.client_id):
            policy = await workshop.read(draft)
            if policy.region != region:
                raise Refused(ErrorCode.FORBIDDEN_REGION)
            return await _preview_view(await try_out(policy))
    except PolicyRefused as refused:
        return _refusal_view(refused)
    except NoPolicyInForce:
        raise Refused(ErrorCode.NO_POLICY) from None
    except TooFewTravelers:
        raise Refused(ErrorCode.TOO_FEW_TRAVELERS) from None
    except Busy:
        raise Refused(ErrorCode.OVERLOADED) from None


async def _tried(
    context: Context, days: Days | None, population: int, seed: int, draft: Policy
) -> Trial:
    services, asker = context.services, context.asker
    if days is None:
        return await services.workshop.on_population(draft, population, seed)
    await services.readings.record(ReadingAction.PREVIEW_WINDOW, asker, region=draft.region)
    return await services.workshop.on_records(draft, days, asker.client_id)


def _days(given: PreviewWindow, now: datetime) -> Days:
    """A time without a zone could be Beijing's or Greenwich's: the hub does not guess."""
    if given.since.tzinfo is None or given.until.tzinfo is None:
        raise Refused(ErrorCode.INVALID_VALUE)
    if not timedelta(0) < given.until - given.since <= WINDOW_MAX:
        raise Refused(ErrorCode.INVALID_VALUE)
    if not (is_in_calendar(given.since) and is_in_calendar(given.until)):
        raise Refused(ErrorCode.INVALID_VALUE)
    return settled_days(given.since, given.until, now)


async def _preview_view(trial: Trial) -> PolicyPreview:
    preview = trial.preview
    return PolicyPreview(
        total=preview.total,
        changed=preview.changed,
        not_judged=preview.left_out,
        is_complete=trial.is_whole,
        days=None if trial.days is None else _days_view(trial.days),
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
        differences=await asyncio.to_thread(differences, trial.current, preview.draft),
        chart_svg=svg(preview),
    )


def _days_view(days: Days) -> PreviewedDays:
    return PreviewedDays(since=days.since, until=days.until, text=days.words)


def _refusal_view(refused: PolicyRefused) -> PolicyRefusal:
    mending = MENDINGS[refused.code]
    return PolicyRefusal(
        code=refused.code.value,
        line=refused.line,
        reason=refused.reason,
        problem=mending.wrong,
        remedy=mending.mend,
    )


def _verdict(verdict: Verdict) -> PolicyVerdict:
    return PolicyVerdict(
        color=verdict.color,
        decision=verdict.decision,
        rule=strawberry.ID(verdict.rule),
        made_greener=verdict.relaxed,
    )
