"""Alarms of every kind as events."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated

import strawberry

from tongxing.gateway.followup.alarm_events import Placed
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.every_alarm_fields import alarms_of
from tongxing.gateway.graphql.pages import cursor_of
from tongxing.gateway.storage.alarm_list import ALARM_LIST_CURSORS
from tongxing.schema.any_alarm import AnyAlarmEdge
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.scope import Scope, any_of


@strawberry.type
class AlarmStreams:
    @strawberry.subscription(
        directives=any_of(Scope.AUDIT_READ),
        description="各类预警，一经发出即推送；续接后，最近一分钟内的可能再次推送，以编号识别 "
        "Alarms of "
        "every kind as they are raised. After coming back, one of the last minute may come again: "
        "its id tells.",
    )
    async def alarms(
        self,
        info: Info,
        after: Annotated[
            str | None,
            strawberry.argument(
                description="上次收到的最后一个游标，coordinationAlarms "
                "的亦可；为空则先推送尚未确认的 The "
                "last one that this client got, here or from coordinationAlarms. Null: begin with "
                "those that nobody sees to yet."
            ),
        ] = None,
    ) -> AsyncGenerator[AnyAlarmEdge, None]:
        context = info.context
        with cursor_of("after"):
            place = None if after is None else ALARM_LIST_CURSORS.number(after)
        await context.services.readings.record(ReadingAction.ALARMS, context.asker)
        raised = context.services.alarm_events.follow(place)
        try:
            async for some in raised:
                for each in await _edges(some, context):
                    yield each
        finally:
            await raised.aclose()


async def _edges(some: Sequence[Placed], context: Context) -> list[AnyAlarmEdge]:
    found = await alarms_of(context, [alarm for _, alarm in some])
    return [
        AnyAlarmEdge(node=found[alarm], cursor=ALARM_LIST_CURSORS.at(place))
        for place, alarm in some
        if alarm in found
    ]
