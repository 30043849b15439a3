"""Between GraphQL's words and the arrivals: pages as Relay connections, refusals as values."""

from collections.abc import AsyncGenerator

import strawberry
from strawberry.relay import PageInfo

from gateway.arrivals import ArrivalPage, InvalidCursor, Numbered, Reader, cursor_of
from gateway.graphql.context import Context
from gateway.graphql.errors import ErrorCode, Refused
from gateway.refusals import RefusedQuestion
from schema import RegionCode
from schema.arrival import (
    ARRIVAL_RULE_TEXTS,
    Arrival,
    ArrivalConnection,
    ArrivalEdge,
    ArrivalRefused,
    ArrivalResult,
    ArrivalRule,
)

RECEIPT_MAX_CHARACTERS = 65_536
"""Many times a receipt with thirty issuers. Over: INVALID_RECEIPT."""


async def recorded(context: Context, receipt: str, destination: RegionCode) -> ArrivalResult:
    if len(receipt) > RECEIPT_MAX_CHARACTERS:
        return await _refused(ArrivalRule.INVALID_RECEIPT, context, destination)
    result = await context.services.arrivals.record(receipt, destination, context.asker)
    return await _result(result, context, destination)


async def acknowledged(context: Context, arrival_id: strawberry.ID) -> ArrivalResult:
    reader = Reader(context.asker.client_id, context.asker.request_id, context.regions)
    result = await context.services.arrivals.acknowledge(arrival_id, reader)
    return await _result(result, context, None)


async def arrival_connection(
    context: Context, region: RegionCode, *, notices: bool, first: int, after: str | None
) -> ArrivalConnection:
    try:
        page = await context.services.arrivals.page(
            region, context.asker, notices=notices, first=first, after=after
        )
    except InvalidCursor:
        raise Refused(ErrorCode.INVALID_VALUE) from None
    return _connection(page, is_first=after is None)


async def followed(
    context: Context, region: RegionCode, after: str | None
) -> AsyncGenerator[Numbered, None]:
    try:
        return await context.services.arrivals.follow(region, context.asker, after)
    except InvalidCursor:
        raise Refused(ErrorCode.INVALID_VALUE) from None


def arrival_edge(numbered: Numbered) -> ArrivalEdge:
    return ArrivalEdge(node=numbered.arrival, cursor=cursor_of(numbered.number))


def _connection(page: ArrivalPage, *, is_first: bool) -> ArrivalConnection:
    edges = [arrival_edge(numbered) for numbered in page.arrivals]
    return ArrivalConnection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=not is_first,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


async def _result(
    result: Arrival | ArrivalRule, context: Context, region: RegionCode | None
) -> ArrivalResult:
    if isinstance(result, ArrivalRule):
        return await _refused(result, context, region)
    return result


async def _refused(
    rule: ArrivalRule, context: Context, region: RegionCode | None
) -> ArrivalRefused:
    question = RefusedQuestion(rule.value, receiving_region=region)
    await context.services.refusals.record(context.asker, [question])
    return ArrivalRefused(rule=rule, text=ARRIVAL_RULE_TEXTS[rule])
