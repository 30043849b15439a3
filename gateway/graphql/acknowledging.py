"""Somebody sees to an alarm: recorded, and shown to everybody who looks at it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from tongxing.gateway.graphql.alarm_fields import find_alarm
from tongxing.gateway.graphql.arrival_fields import WITH
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.node_kinds import kind_of
from tongxing.gateway.graphql.stopped_client_fields import find_stopped_client
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.schema.acknowledgement import AcknowledgeAlarmInput
from tongxing.schema.alarm import Alarm
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.node import Node
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.stopped_client import StoppedClient

ALARMS: dict[str, Callable[[Context, str], Awaitable[Alarm | StoppedClient | None]]] = {
    "alarm": find_alarm,
    "stop": find_stopped_client,
}
"""The kinds of ids that can be acknowledged."""


@strawberry.type
class AlarmActs:
    @strawberry.mutation(
        directives=any_of(Scope.ALARM_ACKNOWLEDGE),
        description="确认预警：集中转红码预警或停用的接入系统已有人处理；以首次确认为准，记入审计"
        "日志；返回该预警，没有的为空 Somebody sees to an alarm about a mass flip or a stopped "
        "client. The first acknowledgement stands and is recorded. Returns the alarm; null if "
        "none has this id.",
    )
    async def acknowledge_alarm(
        self,
        info: Info,
        input: Annotated[AcknowledgeAlarmInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> Node | None:
        context = info.context
        find = ALARMS.get(kind_of(input.id) or "")
        found = None if find is None else await find(context, input.id)
        if find is None or found is None or found.acknowledgement is not None:
            return found
        record = AdministrationRecord(
            at=context.services.clock(),
            request_id=context.asker.request_id,
            client_id=context.asker.client_id,
            action=AdministrativeAction.ALARM_ACKNOWLEDGED,
            actor=context.asker.client_id,
            alarm=found.id,
        )
        await context.services.acknowledgements.acknowledge(record)
        return await find(context, input.id)
