"""Arrivals: recorded at a gate, seen and acknowledged by the district of destination."""

from collections.abc import AsyncGenerator

import strawberry

from gateway.graphql.arrival_views import (
    acknowledged,
    arrival_connection,
    arrival_edge,
    followed,
    recorded,
)
from gateway.graphql.context import Info
from schema import RegionCode
from schema.arrival import ArrivalConnection, ArrivalEdge, ArrivalResult


@strawberry.type
class ArrivalFields:
    @strawberry.field(description="到达记录 Who has come to a region, oldest first; 14 days.")
    async def arrivals(
        self, info: Info, region: RegionCode, first: int = 50, after: str | None = None
    ) -> ArrivalConnection:
        return await arrival_connection(
            info.context, region, notices=False, first=first, after=after
        )

    @strawberry.field(description="到达通知 The arrivals that nobody has acknowledged yet.")
    async def arrival_notices(
        self, info: Info, region: RegionCode, first: int = 50, after: str | None = None
    ) -> ArrivalConnection:
        return await arrival_connection(
            info.context, region, notices=True, first=first, after=after
        )


@strawberry.type
class ArrivalActs:
    @strawberry.mutation(
        description="登记到达 A traveler whom the hub recognized has come; the same receipt twice "
        "is one arrival."
    )
    async def record_arrival(
        self, info: Info, receipt: str, destination: RegionCode
    ) -> ArrivalResult:
        return await recorded(info.context, receipt, destination)

    @strawberry.mutation(
        description="确认到达 The district knows of the arrival; whoever acknowledges first stands."
    )
    async def acknowledge_arrival(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the name in the SDL
    ) -> ArrivalResult:
        return await acknowledged(info.context, id)


@strawberry.type
class ArrivalStreams:
    @strawberry.subscription(
        description="到达通知 The notices that are open, then each new one. Whoever comes back "
        "hands in the last cursor."
    )
    async def arrival_notices(
        self, info: Info, region: RegionCode, after: str | None = None
    ) -> AsyncGenerator[ArrivalEdge, None]:
        notices = await followed(info.context, region, after)
        try:
            async for notice in notices:
                yield arrival_edge(notice)
        finally:
            await notices.aclose()
