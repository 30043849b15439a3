"""Stopped clients for coordinators: the alarms about those that ask."""

import strawberry
from strawberry.relay import PageInfo

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.context import Info
from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.audit import ReadingAction
from tongxing.gateway.storage.clients.stops import STOP_CURSORS
from tongxing.schema.stopped_client import StoppedClientConnection, StoppedClientEdge


@strawberry.type
class StoppedClientFields:
    @strawberry.field(
        description="停用的接入系统 Which clients seemed to guess people and were stopped, newest "
        "first; also those that were resumed."
    )
    async def stopped_clients(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> StoppedClientConnection:
        before = None if after is None else _number(after)
        services = info.context.services
        await services.readings.record(ReadingAction.STOPPED_CLIENTS, info.context.asker)
        page = await services.stops.page(first, before)
        edges = [
            StoppedClientEdge(node=stopped, cursor=STOP_CURSORS.at(int(stopped.id)))
            for stopped in page.stops
        ]
        return StoppedClientConnection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )


def _number(cursor: str) -> int:
    try:
        return STOP_CURSORS.number(cursor)
    except InvalidCursor:
        raise Refused(ErrorCode.INVALID_VALUE) from None
