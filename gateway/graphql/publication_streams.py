"""Trust lists and policies, told to whoever follows them as the hub takes them."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from tongxing.gateway.followup.told_publications import (
    POLICY_CURSORS,
    TRUST_LIST_CURSORS,
    ToldPublication,
    Wanted,
)
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import cursor_of
from tongxing.gateway.storage.audit import PublicationRecord
from tongxing.gateway.storage.cursors import Cursors
from tongxing.schema import COUNTRY, RegionCode
from tongxing.schema.audit_entry import PublishedChange
from tongxing.schema.audit_words import PublicationAction
from tongxing.schema.publication_event import (
    PolicyTaken,
    PolicyTakenEdge,
    TrustListTaken,
    TrustListTakenEdge,
)
from tongxing.schema.scope import any_client

_TRUST_LISTS = Wanted(frozenset({PublicationAction.TRUST_LIST_TAKEN}))
_OF_POLICIES = frozenset({PublicationAction.POLICY_TAKEN, PublicationAction.POLICY_WITHDRAWN})

HELD_WITHIN = timedelta(seconds=10)
"""How long this worker may be behind the one that took a policy. Then the event is told without
what the policy itself says."""

_LOOK_SECONDS = 0.1

AfterPublication = Annotated[
    str | None,
    strawberry.argument(
        description="上次收到的最后一个游标；为空则先推送最近一次 The last one that this client "
        "got from this field. Null: begin with the last change there was."
    ),
]


@strawberry.type
class PublicationStreams:
    @strawberry.subscription(
        directives=any_client(),
        description="信任列表的更换：先推送最近一次，此后逐次推送；凭最后的游标续接不会遗漏 Each "
        "trust list that the hub takes, after the last one. Hand in the last cursor as `after`, "
        "and nothing is missed.",
    )
    async def trust_list_changed(
        self, info: Info, after: AfterPublication = None
    ) -> AsyncGenerator[TrustListTakenEdge, None]:
        told = await _followed(info.context, _TRUST_LISTS, TRUST_LIST_CURSORS, after)
        try:
            async for each in told:
                yield _trust_list_edge(each)
        finally:
            await told.aclose()

    @strawberry.subscription(
        directives=any_client(),
        description="政策的公布与撤下：先推送最近一次，此后逐次推送，公布时即推送，不待生效；凭最后"
        "的游标续接不会遗漏 Policies as they are announced, not as they begin to count, after the "
        "last one. Hand in the last cursor as `after`, and nothing is missed.",
    )
    async def policy_announced(
        self,
        info: Info,
        region: Annotated[
            RegionCode | None,
            strawberry.argument(
                description="地区：只推送该地及其上下级地区的；为空则各地均推送 Only policies of "
                "this place, of those around it and of those in it. Null: of all places."
            ),
        ] = None,
        after: AfterPublication = None,
    ) -> AsyncGenerator[PolicyTakenEdge, None]:
        context = info.context
        told = await _followed(context, Wanted(_OF_POLICIES, region), POLICY_CURSORS, after)
        try:
            async for each in told:
                yield await _policy_edge(each, context)
        finally:
            await told.aclose()


async def _followed(
    context: Context, wanted: Wanted, cursors: Cursors, after: str | None
) -> AsyncGenerator[ToldPublication, None]:
    """Raises Refused for a cursor that cannot be gone on from."""
    publications = context.services.publications
    with cursor_of("after"):
        index = None if after is None else cursors.number(after)
        if index is not None:
            await publications.check(wanted, index)
    return publications.follow(wanted, index)


def _trust_list_edge(told: ToldPublication) -> TrustListTakenEdge:
    record = told.record
    node = TrustListTaken(
        version=record.version,
        digest=record.digest,
        taken_at=record.at,
        signed_by=list(record.signed_by),
        compared_with=record.compared_with,
        changes=_changes(record),
        audit_index=told.index,
    )
    return TrustListTakenEdge(cursor=TRUST_LIST_CURSORS.at(told.index), node=node)


async def _policy_edge(told: ToldPublication, context: Context) -> PolicyTakenEdge:
    record = told.record
    region = record.receiving_region or COUNTRY
    is_taken = record.action is PublicationAction.POLICY_TAKEN
    valid_from = await _valid_from(record, region, context) if is_taken else None
    views = context.services.policy_views
    node = PolicyTaken(
        region=region,
        policy=views.ref(region, record.version) if is_taken else None,
        valid_from=valid_from,
        taken_at=record.at,
        signed_by=list(record.signed_by),
        compared_with=record.compared_with,
        changes=_changes(record),
        audit_index=told.index,
    )
    return PolicyTakenEdge(cursor=POLICY_CURSORS.at(told.index), node=node)


async def _valid_from(
    record: PublicationRecord, region: RegionCode, context: Context
) -> datetime | None:
    """Another worker may have taken the policy a moment before this one does."""
    services = context.services
    while (held := services.policy_views.find(region, record.version)) is None:
        if services.clock() - record.at > HELD_WITHIN:
            return None
        await asyncio.sleep(_LOOK_SECONDS)
    return held.valid_from


def _changes(record: PublicationRecord) -> list[PublishedChange]:
    return [PublishedChange(change=change, name=name) for change, name in record.changes]
