"""Arrivals: recorded at a gate, withdrawn if they are wrong, acknowledged by the district of
destination, followed as events.

Responsible for ids and pages as clients see them, and for refusals as values.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Annotated

import strawberry

from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.followup.arrival_event_store import EVENT_CURSORS, NumberedEvent
from tongxing.gateway.followup.arrival_store import (
    ARRIVAL_CURSORS,
    NOTICE_CURSORS,
    ArrivalReader,
)
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import Pages, cursor_of
from tongxing.schema import REFUSAL_TEXTS, RefusalCode, RegionCode
from tongxing.schema.arrival import (
    ARRIVAL_IDS,
    AcknowledgeArrivalInput,
    Arrival,
    ArrivalConnection,
    ArrivalEdge,
    ArrivalRefused,
    ArrivalResult,
    RecordArrivalInput,
    WithdrawArrivalInput,
)
from tongxing.schema.arrival_event import ArrivalEventEdge
from tongxing.schema.characters import handed_over
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.scope import Scope, any_of, within_grants

ARRIVAL_PAGES = Pages(PageSizes(usual=50, most=1_000), ARRIVAL_CURSORS)
NOTICE_PAGES = Pages(ARRIVAL_PAGES.sizes, NOTICE_CURSORS)

RECEIPT_MAX_CHARACTERS = 65_536
"""Many times a receipt with thirty issuers. Over: RECEIPT_INVALID."""

InRegion = Annotated[
    RegionCode,
    strawberry.argument(
        description="地区：本接入系统可代表的区县、市或省 A district, city or province for "
        "which this client may act; the arrivals in all of its districts are meant."
    ),
]
AfterEvent = Annotated[
    str | None,
    strawberry.argument(
        description="上次收到的最后一个游标；为空则先推送尚未确认的到达登记 The last one that "
        "this client got from this field. Null: begin with the arrivals that nobody has "
        "acknowledged."
    ),
]
WITH = strawberry.argument(description="所交内容 What is handed in.")
ArrivalId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="到达登记的编号，形如 arrival:…，至多100个字符 "
        "The id of the arrival, at most 100 characters."
    ),
]


@strawberry.type
class ArrivalFields:
    @strawberry.field(
        directives=within_grants(Scope.ARRIVAL_READ),
        metadata=ARRIVAL_PAGES.sizes.mark,
        description="到达登记：14天内到达该地区的，先到在先，含已撤销的；每页默认50条，最多1000条 "
        "Who has come to a region in the last 14 days, oldest first; withdrawn ones too; 50 "
        "entries a page unless you ask for another number, at most 1,000.",
    )
    async def arrivals(
        self,
        info: Info,
        region: InRegion,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArrivalConnection:
        given = PageArguments(first, after, last, before)
        return await _connection(info.context, region, ARRIVAL_PAGES, given)

    @strawberry.field(
        directives=within_grants(Scope.ARRIVAL_READ),
        metadata=NOTICE_PAGES.sizes.mark,
        description="到达通知：未撤销、尚未确认的到达登记，请逐条确认；每页默认50条，最多1000条 "
        "The arrivals that stand and that nobody has acknowledged yet: acknowledge each; 50 "
        "entries a page unless you ask for another number, at most 1,000.",
    )
    async def arrival_notices(
        self,
        info: Info,
        region: InRegion,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArrivalConnection:
        given = PageArguments(first, after, last, before)
        return await _connection(info.context, region, NOTICE_PAGES, given)

    @strawberry.field(
        directives=any_of(Scope.ARRIVAL_READ),
        description="按编号查一条到达登记；本接入系统的地区没有的、已过14天的为空 One arrival; "
        "null if the regions of this client have none of that id, or none any more.",
    )
    async def arrival(
        self,
        info: Info,
        id: ArrivalId,  # noqa: A002 - the name in the SDL
    ) -> Arrival | None:
        return await find_arrival(info.context, id)


@strawberry.type
class ArrivalActs:
    @strawberry.mutation(
        directives=within_grants(Scope.ARRIVAL_WRITE),
        description="登记到达：经互认的旅客前往某区县；同一回执在同一区县只有一条登记 A traveler "
        "whom the hub recognized has come to a district. The same receipt twice is one arrival.",
    )
    async def record_arrival(
        self,
        info: Info,
        input: Annotated[RecordArrivalInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> ArrivalResult:
        context = info.context
        if len(input.receipt) > RECEIPT_MAX_CHARACTERS:
            return await _refused(RefusalCode.RECEIPT_INVALID, context, input.destination)
        result = await context.services.arrivals.record(
            handed_over(input.receipt), input.destination, context.asker
        )
        return await arrival_result(result, context, input.destination)

    @strawberry.mutation(
        directives=any_of(Scope.ARRIVAL_ACKNOWLEDGE),
        description="确认到达：属地已知悉；以首次确认为准，再次确认返回首次的结果 The district "
        "knows of the arrival. The first acknowledgement stands; a second one returns it.",
    )
    async def acknowledge_arrival(
        self,
        info: Info,
        input: Annotated[AcknowledgeArrivalInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> ArrivalResult:
        context = info.context
        own_id = ARRIVAL_IDS.own_id(input.id)
        if own_id is None:
            return await _refused(RefusalCode.ARRIVAL_NOT_FOUND, context)
        result = await context.services.arrivals.acknowledge(own_id, _reader(context))
        return await arrival_result(result, context)

    @strawberry.mutation(
        directives=any_of(Scope.ARRIVAL_WRITE),
        description="撤销到达登记：仅登记的接入系统可以撤销，14天内有效，已确认的也可撤销，属地随"
        "即获知；同一回执可再登记到另一区县 The client that recorded an arrival takes it back, "
        "within 14 days and also after it was acknowledged; the district is told. Its receipt "
        "may then be used for another district. A second withdrawal returns the first.",
    )
    async def withdraw_arrival(
        self,
        info: Info,
        input: Annotated[WithdrawArrivalInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> ArrivalResult:
        context = info.context
        own_id = ARRIVAL_IDS.own_id(input.id)
        if own_id is None:
            return await _refused(RefusalCode.ARRIVAL_NOT_FOUND, context)
        result = await context.services.arrivals.withdraw(own_id, _reader(context))
        return await arrival_result(result, context)


@strawberry.type
class ArrivalStreams:
    @strawberry.subscription(
        directives=within_grants(Scope.ARRIVAL_READ),
        description="到达动态：该地区到达登记的登记、确认、撤销、变色，按先后次序推送；凭最后的游"
        "标续接不会遗漏，没有游标的先推送尚未确认的 What happens to the arrivals in a region, in "
        "one order. Hand in the last cursor as `after`, and nothing is missed; without one the "
        "arrivals that nobody has acknowledged come first, as recorded.",
    )
    async def arrival_events(
        self, info: Info, region: InRegion, after: AfterEvent = None
    ) -> AsyncGenerator[ArrivalEventEdge, None]:
        events = await _followed(info.context, region, after)
        try:
            async for event in events:
                yield _event_edge(event, info.context)
        finally:
            await events.aclose()


async def find_arrival(context: Context, unchecked_id: str) -> Arrival | None:
    """As this client sees it; None if its regions have none of this id, which is then audited."""
    return (await find_arrivals(context, [unchecked_id]))[0]


async def find_arrivals(context: Context, unchecked_ids: Sequence[str]) -> list[Arrival | None]:
    """As ``find_arrival``, of several at once."""
    own_ids = [ARRIVAL_IDS.own_id(each) for each in unchecked_ids]
    asked = dict.fromkeys(each for each in own_ids if each is not None)
    found = await context.services.arrivals.find_all(asked, _reader(context)) if asked else {}
    missing = [each for each in own_ids if each not in found]
    question = RefusedQuestion(RefusalCode.ARRIVAL_NOT_FOUND.value)
    await context.services.refusals.record(context.asker, [question] * len(missing))
    seen = {own_id: _seen(each, context) for own_id, each in found.items()}
    return [None if each is None else seen.get(each) for each in own_ids]


def _reader(context: Context) -> ArrivalReader:
    return ArrivalReader(context.asker.client_id, context.asker.request_id, context.regions)


async def _connection(
    context: Context, region: RegionCode, pages: Pages, given: PageArguments
) -> ArrivalConnection:
    wanted = pages.asked(given)
    page = await context.services.arrivals.page(
        region, wanted, context.asker, notices=pages is NOTICE_PAGES
    )
    seen = page.each(lambda _, arrival: _seen(arrival, context))
    return pages.connection(seen, ArrivalConnection, ArrivalEdge)


async def _followed(
    context: Context, region: RegionCode, after: str | None
) -> AsyncGenerator[NumberedEvent, None]:
    with cursor_of("after"):
        number = None if after is None else EVENT_CURSORS.number(after)
        return await context.services.arrivals.follow(region, context.asker, number)


def _event_edge(numbered: NumberedEvent, context: Context) -> ArrivalEventEdge:
    event = numbered.event
    shown = replace(event, arrival=_seen(event.arrival, context))
    return ArrivalEventEdge(cursor=EVENT_CURSORS.at(numbered.number), node=shown)


def _seen(arrival: Arrival, context: Context) -> Arrival:
    holder = context.shown(arrival.holder)
    return replace(arrival, id=ARRIVAL_IDS.of(arrival.id), holder=holder)


async def arrival_result(
    result: Arrival | RefusalCode, context: Context, region: RegionCode | None = None
) -> ArrivalResult:
    if isinstance(result, RefusalCode):
        return await _refused(result, context, region)
    return _seen(result, context)


async def _refused(
    code: RefusalCode, context: Context, region: RegionCode | None = None
) -> ArrivalRefused:
    await _record(code, context, region)
    return ArrivalRefused(code=code, text=REFUSAL_TEXTS[code])


async def _record(code: RefusalCode, context: Context, region: RegionCode | None = None) -> None:
    question = RefusedQuestion(code.value, receiving_region=region)
    await context.services.refusals.record(context.asker, [question])
