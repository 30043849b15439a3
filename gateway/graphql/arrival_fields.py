"""Arrivals: recorded at a gate, seen and acknowledged by the district of destination.

Responsible for pages as Relay connections and for refusals as values.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace

import strawberry

from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.followup.arrival_store import (
    ARRIVAL_CURSORS,
    ArrivalReader,
    Numbered,
)
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import cursor_of, page_info
from tongxing.schema import RegionCode
from tongxing.schema.arrival import (
    ARRIVAL_RULE_TEXTS,
    Arrival,
    ArrivalConnection,
    ArrivalEdge,
    ArrivalRefused,
    ArrivalResult,
    ArrivalRule,
)
from tongxing.schema.characters import handed_over
from tongxing.schema.paging import PageSizes
from tongxing.schema.scope import Scope, any_of

ARRIVAL_SIZES = PageSizes(usual=50, most=1_000)

RECEIPT_MAX_CHARACTERS = 65_536
"""Many times a receipt with thirty issuers. Over: INVALID_RECEIPT."""


@strawberry.type
class ArrivalFields:
    @strawberry.field(
        directives=any_of(Scope.ARRIVAL_READ),
        metadata=ARRIVAL_SIZES.mark,
        description="到达登记 Who has come to a region, oldest first; 14 days.",
    )
    async def arrivals(
        self, info: Info, region: RegionCode, first: int = 50, after: str | None = None
    ) -> ArrivalConnection:
        return await _connection(info.context, region, notices=False, first=first, after=after)

    @strawberry.field(
        directives=any_of(Scope.ARRIVAL_READ),
        metadata=ARRIVAL_SIZES.mark,
        description="到达通知 The arrivals that nobody has acknowledged yet.",
    )
    async def arrival_notices(
        self, info: Info, region: RegionCode, first: int = 50, after: str | None = None
    ) -> ArrivalConnection:
        return await _connection(info.context, region, notices=True, first=first, after=after)


@strawberry.type
class ArrivalActs:
    @strawberry.mutation(
        directives=any_of(Scope.ARRIVAL_WRITE),
        description="登记到达 A traveler whom the hub recognized has come; the same receipt twice "
        "is one arrival.",
    )
    async def record_arrival(
        self, info: Info, receipt: str, destination: RegionCode
    ) -> ArrivalResult:
        context = info.context
        if len(receipt) > RECEIPT_MAX_CHARACTERS:
            return await _refused(ArrivalRule.INVALID_RECEIPT, context, destination)
        result = await context.services.arrivals.record(
            handed_over(receipt), destination, context.asker
        )
        return await _result(result, context, destination)

    @strawberry.mutation(
        directives=any_of(Scope.ARRIVAL_READ),
        description="确认到达 The district knows of the arrival; "
        "whoever acknowledges first stands.",
    )
    async def acknowledge_arrival(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the name in the SDL
    ) -> ArrivalResult:
        context = info.context
        reader = ArrivalReader(context.asker.client_id, context.asker.request_id, context.regions)
        result = await context.services.arrivals.acknowledge(id, reader)
        return await _result(result, context, None)


@strawberry.type
class ArrivalStreams:
    @strawberry.subscription(
        directives=any_of(Scope.ARRIVAL_READ),
        description="到达通知 The notices that are open, then each new one. Whoever comes back "
        "hands in the last cursor.",
    )
    async def arrival_notices(
        self, info: Info, region: RegionCode, after: str | None = None
    ) -> AsyncGenerator[ArrivalEdge, None]:
        notices = await _followed(info.context, region, after)
        try:
            async for notice in notices:
                yield _edge(notice, info.context)
        finally:
            await notices.aclose()


async def _connection(
    context: Context, region: RegionCode, *, notices: bool, first: int, after: str | None
) -> ArrivalConnection:
    with cursor_of("after"):
        page = await context.services.arrivals.page(
            region, context.asker, notices=notices, first=first, after=after
        )
    edges = [_edge(numbered, context) for numbered in page.arrivals]
    return ArrivalConnection(
        edges=edges,
        page_info=page_info(edges, after, has_next=page.has_next),
    )


def _edge(numbered: Numbered, context: Context) -> ArrivalEdge:
    cursor = ARRIVAL_CURSORS.at(numbered.number)
    return ArrivalEdge(node=_seen(numbered.arrival, context), cursor=cursor)


def _seen(arrival: Arrival, context: Context) -> Arrival:
    return replace(arrival, holder=context.shown(arrival.holder))


async def _followed(
    context: Context, region: RegionCode, after: str | None
) -> AsyncGenerator[Numbered, None]:
    with cursor_of("after"):
        return await context.services.arrivals.follow(region, context.asker, after)


async def _result(
    result: Arrival | ArrivalRule, context: Context, region: RegionCode | None
) -> ArrivalResult:
    if isinstance(result, ArrivalRule):
        return await _refused(result, context, region)
    return _seen(result, context)


async def _refused(
    rule: ArrivalRule, context: Context, region: RegionCode | None
) -> ArrivalRefused:
    question = RefusedQuestion(rule.value, receiving_region=region)
    await context.services.refusals.record(context.asker, [question])
    return ArrivalRefused(rule=rule, text=ARRIVAL_RULE_TEXTS[rule])
