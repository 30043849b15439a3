"""Alarms, told to the coordinators who follow them."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from tongxing.gateway.followup.told_alarms import ToldAlarm, place_of
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.every_alarm_fields import alarms_of
from tongxing.gateway.graphql.pages import cursor_of
from tongxing.schema.alarm_event import AlarmAcknowledged, AlarmEventEdge, AlarmRaised
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.scope import Scope, any_of


@strawberry.type
class AlarmStreams:
    @strawberry.subscription(
        directives=any_of(Scope.AUDIT_READ),
        description="预警动态：先推送待确认的，此后推送各类新预警和确认；凭最后的游标续接不会遗漏。"
        "每次订阅均记入审计日志。 Alarms of every kind as they are raised and as somebody sees to "
        "them; without a cursor the open ones come first. Hand in the last cursor as `after`, and "
        "nothing is missed. That a client follows is recorded in the audit log.",
    )
    async def alarms(
        self,
        info: Info,
        after: Annotated[
            str | None,
            strawberry.argument(
                description="上次收到的最后一个游标；为空则先推送待确认的预警 The last one that "
                "this client got from this field. Null: begin with the open alarms."
            ),
        ] = None,
    ) -> AsyncGenerator[AlarmEventEdge, None]:
        context = info.context
        told = await _followed(context, after)
        try:
            async for each in told:
                edge = await _edge(each, context)
                if edge is not None:
                    yield edge
        finally:
            await told.aclose()


async def _followed(context: Context, after: str | None) -> AsyncGenerator[ToldAlarm, None]:
    """Raises Refused for a cursor that cannot be gone on from."""
    alarms = context.services.told_alarms
    with cursor_of("after"):
        place = None if after is None else place_of(after)
        if place is not None:
            await alarms.check(place)
    await context.services.readings.record(ReadingAction.ALARMS, context.asker)
    return alarms.follow(place)


async def _edge(told: ToldAlarm, context: Context) -> AlarmEventEdge | None:
    """None if there is no such alarm: the log outlives what a table was put back to."""
    alarm = (await alarms_of(context, [told.alarm])).get(told.alarm)
    if alarm is None:
        return None
    happened = AlarmAcknowledged if told.is_acknowledged else AlarmRaised
    return AlarmEventEdge(cursor=told.place.cursor(), node=happened(alarm=alarm))
