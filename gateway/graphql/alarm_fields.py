"""Alarms for coordinators, each with the digests that it rests on."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

import strawberry

from tongxing.gateway.answering.flip_store import ALARM_CURSORS, RaisedAlarm, evidence_cursors
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import Pages
from tongxing.schema.acknowledgement import Acknowledgement
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
        alarms = [ALARM_IDS.of(each.number) for _, each in page.entries]
        acknowledged = await context.services.acknowledgements.of(alarms)
        seen = page.each(lambda _, alarm: _seen(alarm, context, acknowledged))
        return ALARM_PAGES.connection(seen, AlarmConnection, AlarmEdge)

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        description="按编号查一个预警；没有的为空。 One alarm by its id; null if there is none.",
    )
    async def alarm(
        self,
        info: Info,
        id: Annotated[  # noqa: A002 - the name in the SDL
            strawberry.ID,
            strawberry.argument(
                description="预警编号，如 alarm:12，至多100个字符 "
                "Such as alarm:12, at most 100 characters"
            ),
        ],
    ) -> Alarm | None:
        return await find_alarm(info.context, id)


async def find_alarm(context: Context, unchecked_id: str) -> Alarm | None:
    """The alarm of this id, and a record that it was looked for."""
    await context.services.readings.record(ReadingAction.ALARMS, context.asker)
    number = ALARM_IDS.number(unchecked_id)
    found = None if number is None else await context.services.flips.find(number)
    if found is None:
        return None
    acknowledged = await context.services.acknowledgements.of([ALARM_IDS.of(found.number)])
    return _seen(found, context, acknowledged)


def _seen(
    alarm: RaisedAlarm, context: Context, acknowledged: Mapping[str, Acknowledgement]
) -> Alarm:
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
        acknowledgement=acknowledged.get(ALARM_IDS.of(alarm.number)),
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
