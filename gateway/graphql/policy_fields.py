"""Policies for coordinators: what is announced, and what a draft would change."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from tongxing.gateway.errors import Details, ErrorCode, Refused, range_of
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.departure import while_present
from tongxing.gateway.graphql.draft_refusals import refused_draft
from tongxing.gateway.policy.crowd_cover import TooFewTravelers
from tongxing.gateway.policy.differences import differences
from tongxing.gateway.policy.picture import headline, missed_words, svg
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.preview import MissedOf, Verdict
from tongxing.gateway.policy.settled_days import Days, settled_days
from tongxing.gateway.policy.workshop import (
    POPULATION_MAX,
    WINDOW_MAX,
    Busy,
    Drafted,
    Trial,
)
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import TrustListRefused
from tongxing.schema import RegionCode
from tongxing.schema.announced_policy import (
    AuditWindowInput,
    DecisionCount,
    MissedStatements,
    PolicyChange,
    PolicyPreview,
    PolicyPreviewInput,
    PolicyPreviewResult,
    PolicyVerdict,
    PreviewedDays,
    PreviewTravelersInput,
)
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.recognition_policy import RecognitionPolicy
from tongxing.schema.scope import Scope, any_client, within_grants


@strawberry.type
class WorkshopFields:
    @strawberry.field(
        directives=any_client(),
        description="互认政策 A region's own policies: in force, announced and past, by date.",
    )
    async def policies(
        self,
        info: Info,
        region: Annotated[
            RegionCode,
            strawberry.argument(
                description="接收地 The region whose own policies they are; not those around it."
            ),
        ],
    ) -> list[RecognitionPolicy]:
        return info.context.services.policy_views.versions(region)

    @strawberry.field(
        directives=any_client(),
        description="一版互认政策，没有的为空 One version of a region's own policy, in force, "
        "announced or past; null if there is none with this number.",
    )
    async def policy(
        self,
        info: Info,
        region: Annotated[
            RegionCode, strawberry.argument(description="接收地 The region whose policy it is.")
        ],
        number: Annotated[
            int, strawberry.argument(description="版次 Its number, as in PolicyRef.")
        ],
    ) -> RecognitionPolicy | None:
        return info.context.services.policy_views.find(region, number)

    @strawberry.field(
        directives=within_grants(Scope.POLICY_PREVIEW),
        description="预演草案：与草案生效前的现行政策相比，哪些旅客的处置会改变；至多判定10秒，"
        "每个接入系统一次只能预演一份，否则报 OVERLOADED Whom a draft of the region's policy "
        "would treat otherwise than the policy in force until it begins. Judges for up to ten "
        "seconds; one draft of a client at a time (OVERLOADED).",
    )
    async def preview_policy(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the name in the SDL
            PolicyPreviewInput,
            strawberry.argument(description="预演条件 A draft, and on whom it is tried."),
        ],
    ) -> PolicyPreviewResult:
        context = info.context
        try_out = _trial(context, input.travelers)
        return await while_present(context.left, _previewed(context, input, try_out))


TryOut = Callable[[Drafted], Awaitable[Trial]]


async def _previewed(
    context: Context, asked: PolicyPreviewInput, try_out: TryOut
) -> PolicyPreviewResult:
    workshop = context.services.workshop
    try:
        async with workshop.turn(context.asker.client_id):
            drafted = await workshop.read(asked.draft, asked.region)
            return await _preview_view(await try_out(drafted), context)
    except PolicyRefused as refused:
        return refused_draft(refused)
    except TrustListRefused:
        raise Refused(ErrorCode.UNAVAILABLE) from None
    except TooFewTravelers:
        raise Refused(ErrorCode.TOO_FEW_TRAVELERS, _at("records")) from None
    except Busy:
        raise Refused(ErrorCode.OVERLOADED) from None


def _trial(context: Context, travelers: PreviewTravelersInput) -> TryOut:
    """Checked before any draft is read. Exactly one of the two is given: the schema asks for it."""
    if travelers.records:
        return partial(_on_records, context, _days(travelers.records, context.services.clock()))
    if not travelers.population:
        raise Refused(ErrorCode.EXACTLY_ONE, _at())
    size, seed = travelers.population.size, travelers.population.seed
    if not 1 <= size <= POPULATION_MAX:
        where = _at("population", "size")
        details = replace(
            where, limit=POPULATION_MAX, unit="travelers", allowed=range_of(1, POPULATION_MAX)
        )
        raise Refused(ErrorCode.POPULATION_SIZE, details)
    return partial(context.services.workshop.on_population, size=size, seed=seed)


async def _on_records(context: Context, days: Days, drafted: Drafted) -> Trial:
    services, asker = context.services, context.asker
    region = drafted.policy.region
    await services.readings.record(ReadingAction.PREVIEW_WINDOW, asker, region=region)
    return await services.workshop.on_records(drafted, days, asker.client_id)


def _days(window: AuditWindowInput, now: datetime) -> Days:
    if window.since >= window.until:
        raise Refused(ErrorCode.WINDOW_ORDER, _at("records"))
    if window.until - window.since > WINDOW_MAX:
        details = replace(_at("records"), limit=WINDOW_MAX.days, unit="days")
        raise Refused(ErrorCode.WINDOW_SIZE, details)
    return settled_days(window.since, window.until, now)


def _at(*path: str) -> Details:
    return Details(argument="input", path=("travelers", *path))


async def _preview_view(trial: Trial, context: Context) -> PolicyPreview:
    preview, before = trial.preview, trial.current.version
    return PolicyPreview(
        compared_with=context.services.policy_views.ref(before.region, before.version),
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
        missed=[_missed_view(each, preview.draft) for each in preview.missed],
        chart_svg=svg(preview),
    )


def _missed_view(missed: MissedOf, draft: Policy) -> MissedStatements:
    return MissedStatements(
        issuer=strawberry.ID(missed.issuer),
        yellow=missed.yellow,
        red=missed.red,
        is_at_most=missed.is_at_most,
        text=missed_words(missed, draft),
    )


def _days_view(days: Days) -> PreviewedDays:
    return PreviewedDays(since=days.since, until=days.until, text=days.words)


def _verdict(verdict: Verdict) -> PolicyVerdict:
    return PolicyVerdict(
        color=verdict.color,
        decision=verdict.decision,
        rule=strawberry.ID(verdict.rule),
        made_greener=verdict.relaxed,
    )
