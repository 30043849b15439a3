"""Stopped clients for coordinators: the alarms about those that ask."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import strawberry

from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import Pages
from tongxing.gateway.storage.clients.stops import STOP_CURSORS
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.stopped_client import (
    StoppedClient,
    StoppedClientConnection,
    StoppedClientEdge,
)
from tongxing.schema.supergraph import NOT_IN_SUPERGRAPHS

STOP_PAGES = Pages(PageSizes(usual=20, most=100), STOP_CURSORS)


@strawberry.type
class StoppedClientFields:
    @strawberry.field(
        directives=[*any_of(Scope.AUDIT_READ), NOT_IN_SUPERGRAPHS],
        metadata=STOP_PAGES.sizes.mark,
        description="停用的接入系统，从新到旧，含已恢复的：疑似猜测他人信息而被停用的系统；"
        f"{STOP_PAGES.sizes.zh}。 Which clients seemed to guess people and were stopped, newest "
        f"first; also those that were resumed; {STOP_PAGES.sizes.en}.",
    )
    async def stopped_clients(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> StoppedClientConnection:
        context = info.context
        wanted = STOP_PAGES.asked(PageArguments(first, after, last, before))
        await context.services.readings.record(ReadingAction.STOPPED_CLIENTS, context.asker)
        page = await context.services.stops.page(wanted)
        acknowledged = await context.services.acknowledgements.of([s.id for _, s in page.entries])
        seen = page.each(lambda _, stop: replace(stop, acknowledgement=acknowledged.get(stop.id)))
        return STOP_PAGES.connection(seen, StoppedClientConnection, StoppedClientEdge)


async def stops(context: Context, numbers: Sequence[int]) -> Mapping[int, StoppedClient]:
    """Those of ``numbers`` that there are, without who has seen to them."""
    return await context.services.stops.numbered(numbers)
