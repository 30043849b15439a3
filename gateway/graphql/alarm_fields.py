"""Alarms for coordinators."""

import strawberry

from tongxing.gateway.answering.flip_store import ALARM_CURSORS
from tongxing.gateway.graphql.context import Info
from tongxing.gateway.graphql.pages import page_info, place_of
from tongxing.gateway.storage.audit import ReadingAction
from tongxing.schema.alarm import AlarmConnection, AlarmEdge
from tongxing.schema.scope import Scope, any_of


@strawberry.type
class AlarmFields:
    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        description="集中转红码预警 Who turned many people red at once, newest first.",
    )
    async def alarms(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> AlarmConnection:
        before = place_of(after, ALARM_CURSORS)
        services = info.context.services
        await services.readings.record(ReadingAction.ALARMS, info.context.asker)
        page = await services.flips.page(first, before)
        edges = [
            AlarmEdge(node=alarm, cursor=ALARM_CURSORS.at(int(alarm.id))) for alarm in page.alarms
        ]
        return AlarmConnection(
            edges=edges,
            page_info=page_info(edges, after, has_next=page.has_next),
        )

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        description="预警证据 The SHA-256 of each statement that an alarm rests on, base64url.",
    )
    async def alarm_evidence(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the name in the SDL
    ) -> list[str]:
        services = info.context.services
        await services.readings.record(ReadingAction.ALARM_EVIDENCE, info.context.asker)
        return list(await services.flips.evidence(id))
