"""Somebody sees to an alarm: recorded, and shown to everybody who looks at it."""

from typing import Annotated

import strawberry

from tongxing.gateway.graphql.arrival_fields import WITH
from tongxing.gateway.graphql.context import Info
from tongxing.gateway.graphql.every_alarm_fields import find_any_alarm
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.schema.acknowledgement import AcknowledgeAlarmInput
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.node import Node
from tongxing.schema.scope import Scope, any_of


@strawberry.type
class AlarmActs:
    @strawberry.mutation(
        directives=any_of(Scope.ALARM_ACKNOWLEDGE),
        description="确认预警：某一预警已有人处理，各类预警均可；以首次确认为准，记入审计日志；返回"
        "该预警，没有的为空 Somebody sees to an alarm, of whatever kind. The first acknowledgement "
        "stands and is recorded. Returns the alarm; null if none has this id.",
    )
    async def acknowledge_alarm(
        self,
        info: Info,
        input: Annotated[AcknowledgeAlarmInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> Node | None:
        context = info.context
        found = await find_any_alarm(context, input.id)
        if found is None or found.acknowledgement is not None:
            return found
        record = AdministrationRecord(
            at=context.services.clock(),
            request_id=context.asker.request_id,
            client_id=context.asker.client_id,
            action=AdministrativeAction.ALARM_ACKNOWLEDGED,
            actor=context.asker.client_id,
            alarm=found.id,
        )
        await context.services.acknowledgements.acknowledge(record, input.note)
        return await find_any_alarm(context, input.id)
