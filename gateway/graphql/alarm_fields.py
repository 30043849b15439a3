"""Alarms for coordinators, each with the digests that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import strawberry

from tongxing.gateway.answering.flip_store import ALARM_CURSORS, RaisedAlarm, evidence_cursors
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import Pages
from tongxing.schema.alarm import (
    ALARM_IDS,
    EVIDENCE_SIZES,
    Alarm,
    AlarmConnection,
    AlarmEdge,
    EvidenceConnection,
    EvidenceEdge,
)
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.scope import Scope, any_of

ALARM_PAGES = Pages(PageSizes(usual=20, most=100), ALARM_CURSORS)


@strawberry.type
class AlarmFields:
    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=ALARM_PAGES.sizes.mark,
        description="集中转红码预警，从新到旧：哪个发码机构一次使许多人转红码；"
        f"{ALARM_PAGES.sizes.zh}。 Which issuers turned many people red at once, newest first; "
        f"{ALARM_PAGES.sizes.en}.",
    )
    async def alarms(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> AlarmConnection:
        context = info.context
        wanted = ALARM_PAGES.asked(PageArguments(first, after, last, before))
        await context.services.readings.record(ReadingAction.ALARMS, context.asker)
        page = await context.services.flips.page(wanted)
        alarms = page.each(lambda _, alarm: _seen(alarm, context))
        acknowledged = await context.services.acknowledgements.of([a.id for a in alarms.items])
        seen = alarms.each(
            lambda _, alarm: replace(alarm, acknowledgement=acknowledged.get(alarm.id))
        )
        return ALARM_PAGES.connection(seen, AlarmConnection, AlarmEdge)


async def mass_flips(context: Context, numbers: Sequence[int]) -> Mapping[int, Alarm]:
    """Those of ``numbers`` that there are, without who has seen to them."""
    found = await context.services.flips.numbered(numbers)
    return {number: _seen(alarm, context) for number, alarm in found.items()}


def _seen(alarm: RaisedAlarm, context: Context) -> Alarm:
    return Alarm(
        id=ALARM_IDS.of(alarm.number),
        issuer=alarm.issuer,
        basis=alarm.basis,
        people=alarm.people,
        threshold=alarm.threshold,
        first_at=alarm.first_at,
        last_at=alarm.last_at,
        raised_at=alarm.raised_at,
        policy=context.services.policy_views.ref(alarm.policy_region, alarm.policy_number),
        read_evidence=partial(_evidence, context, alarm.number),
    )


async def _evidence(
    context: Context,
    alarm: int,
    given: PageArguments,
) -> EvidenceConnection:
    pages = Pages(EVIDENCE_SIZES, evidence_cursors(alarm))
    wanted = pages.asked(given)
    await context.readings.once(ReadingAction.ALARM_EVIDENCE)
    page = await context.services.flips.evidence(alarm, wanted)
    return pages.connection(page, EvidenceConnection, EvidenceEdge)
