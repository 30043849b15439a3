"""Stopped clients for coordinators: the alarms about those that ask."""

import strawberry

from tongxing.gateway.graphql.context import Info
from tongxing.gateway.graphql.pages import page_info, place_of
from tongxing.gateway.storage.audit import ReadingAction
from tongxing.gateway.storage.clients.stops import STOP_CURSORS
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.stopped_client import StoppedClientConnection, StoppedClientEdge


@strawberry.type
class StoppedClientFields:
    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        description="停用的接入系统 Which clients seemed to guess people and were stopped, newest "
        "first; also those that were resumed.",
    )
    async def stopped_clients(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> StoppedClientConnection:
        before = place_of(after, STOP_CURSORS)
        services = info.context.services
        await services.readings.record(ReadingAction.STOPPED_CLIENTS, info.context.asker)
        page = await services.stops.page(first, before)
        edges = [
            StoppedClientEdge(node=stopped, cursor=STOP_CURSORS.at(int(stopped.id)))
            for stopped in page.stops
        ]
        return StoppedClientConnection(
            edges=edges,
            page_info=page_info(edges, after, has_next=page.has_next),
        )
