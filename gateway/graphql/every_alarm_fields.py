"""Alarms of every kind for coordinators: in one list, and each by its id.

A new kind of alarm that has a table of its own is one row of ``KINDS``.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated

import strawberry

from tongxing.gateway.graphql.alarm_fields import mass_flips
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.node_kinds import kind_of
from tongxing.gateway.graphql.pages import Pages
from tongxing.gateway.graphql.stopped_client_fields import stops
from tongxing.gateway.storage.alarm_list import ALARM_LIST_CURSORS
from tongxing.schema.alarm import ALARM_IDS, Alarm
from tongxing.schema.any_alarm import AlarmState, AnyAlarm, AnyAlarmConnection, AnyAlarmEdge
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.numbered_ids import NumberedIds
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.stopped_client import STOP_IDS
from tongxing.schema.trust_alarm import TRUST_ALARM_IDS, TrustAlarm

EVERY_ALARM_PAGES = Pages(PageSizes(usual=20, most=100), ALARM_LIST_CURSORS)

Find = Callable[[Context, Sequence[int]], Awaitable[Mapping[int, AnyAlarm]]]
"""Those of the numbers that there are, without who has seen to them."""


async def _trust_alarms(context: Context, numbers: Sequence[int]) -> Mapping[int, AnyAlarm]:
    found: Mapping[int, TrustAlarm]
    found = await context.services.trust_alarms.numbered(numbers, context.regions)
    return found


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """``reading`` is what is recorded if one of them is looked up by its id."""

    ids: NumberedIds
    find: Find
    reading: ReadingAction = ReadingAction.ALARMS


KINDS: Mapping[str, AlarmKind] = MappingProxyType(
    {
        each.ids.kind: each
        for each in (
            AlarmKind(ALARM_IDS, mass_flips),
            AlarmKind(STOP_IDS, stops, ReadingAction.STOPPED_CLIENTS),
            AlarmKind(TRUST_ALARM_IDS, _trust_alarms),
        )
    }
)


@strawberry.type
class EveryAlarmFields:
    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=EVERY_ALARM_PAGES.sizes.mark,
        description="各类预警，从新到旧：集中转红码、停用的接入系统、伪造的答复、即将失效的信任列表与"
        f"公钥等；{EVERY_ALARM_PAGES.sizes.zh}。每次查阅均记入审计日志。 Alarms of every kind, "
        f"newest first; {EVERY_ALARM_PAGES.sizes.en}. Reading them is recorded in the audit log.",
    )
    async def coordination_alarms(
        self,
        info: Info,
        *,
        state: Annotated[
            AlarmState | None,
            strawberry.argument(
                description="状态；不给的，为全部 In which state; all if it is left out"
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> AnyAlarmConnection:
        context = info.context
        wanted = EVERY_ALARM_PAGES.asked(PageArguments(first, after, last, before))
        await context.services.readings.record(ReadingAction.ALARMS, context.asker)
        page = await context.services.alarm_list.page(state, wanted)
        found = await alarms_of(context, page.items)
        seen = page.each(lambda _, alarm: found[alarm])
        return EVERY_ALARM_PAGES.connection(seen, AnyAlarmConnection, AnyAlarmEdge)

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        description="按编号查一个预警；没有的为空。 One alarm by its id; null if there is none.",
    )
    async def alarm(
        self,
        info: Info,
        id: Annotated[  # noqa: A002 - the name in the SDL
            strawberry.ID,
            strawberry.argument(
                description="预警编号，如 alarm:12，至多100个字符 "
                "Such as alarm:12, at most 100 characters"
            ),
        ],
    ) -> Alarm | None:
        found = await find_any_alarm(info.context, id)
        return found if isinstance(found, Alarm) else None


async def find_any_alarm(context: Context, unchecked_id: str) -> AnyAlarm | None:
    """The alarm of this id, and a record that it was looked for."""
    kind = KINDS.get(kind_of(unchecked_id))
    reading = ReadingAction.ALARMS if kind is None else kind.reading
    await context.services.readings.record(reading, context.asker)
    return (await alarms_of(context, [unchecked_id])).get(unchecked_id)


async def alarms_of(context: Context, unchecked_ids: Sequence[str]) -> Mapping[str, AnyAlarm]:
    """By their ids, with who has seen to them."""
    asked: defaultdict[str, list[int]] = defaultdict(list)
    for each in unchecked_ids:
        kind = kind_of(each)
        number = KINDS[kind].ids.number(each) if kind in KINDS else None
        if number is not None:
            asked[kind].append(number)
    found = [
        alarm
        for kind, numbers in asked.items()
        for alarm in (await KINDS[kind].find(context, numbers)).values()
    ]
    seen_to = await context.services.acknowledgements.of([each.id for each in found])
    return {each.id: replace(each, acknowledgement=seen_to.get(each.id)) for each in found}
