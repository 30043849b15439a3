"""Trust lists and policies as events."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Annotated

import strawberry

from tongxing.gateway.followup.told_publications import (
    OF_POLICIES,
    OF_TRUST,
    POLICY_CURSORS,
    TRUST_LIST_CURSORS,
    ToldPublication,
    WantedPublications,
)
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import cursor_of
from tongxing.gateway.storage.audit import PublicationRecord
from tongxing.gateway.storage.cursors import Cursors
from tongxing.schema import COUNTRY, RegionCode
from tongxing.schema.audit_entry import PublishedChange
from tongxing.schema.audit_words import PublicationAction
from tongxing.schema.publication_event import (
    PolicyAnnouncement,
    PolicyAnnouncementEdge,
    TrustListChange,
    TrustListChangeEdge,
)
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scope import any_client

HELD_WITHIN = timedelta(seconds=10)
"""How long this worker may be behind the one that took a policy. Then the event comes without the
policy itself."""

_LOOK_SECONDS = 0.1

AfterPublication = Annotated[
    str | None,
    strawberry.argument(
        description="上次收到的最后一个游标；为空则先推送最近的一次 The last one that this "
        "client got. "
        "Null: begin with the latest."
    ),
]


@strawberry.type
class PublicationStreams:
    @strawberry.subscription(
        directives=any_client(),
        description="信任列表的变动：平台每换用一版即推送 Each trust list that the hub takes, with "
        "what differs and who signed it.",
    )
    async def trust_list_changed(
        self, info: Info, after: AfterPublication = None
    ) -> AsyncGenerator[TrustListChangeEdge, None]:
        events = await _followed(
            info.context, WantedPublications(OF_TRUST), TRUST_LIST_CURSORS, after
        )
        try:
            async for each in events:
                yield TrustListChangeEdge(
                    cursor=TRUST_LIST_CURSORS.at(each.index), node=_trust_list(each)
                )
        finally:
            await events.aclose()

    @strawberry.subscription(
        directives=any_client(),
        description="公布的政策：平台每换用、撤下一地的政策即推送，在其施行之前 Each policy that "
        "is "
        "announced or withdrawn, before it begins, so that everybody can look at what will hold.",
    )
    async def policy_announced(
        self,
        info: Info,
        region: Annotated[
            RegionCode | None,
            strawberry.argument(
                description="接收地，不含其下辖地区；为空则为各地 The region whose own policies "
                "are "
                "meant, not those within it; null: of all regions."
            ),
        ] = None,
        after: AfterPublication = None,
    ) -> AsyncGenerator[PolicyAnnouncementEdge, None]:
        events = await _followed(
            info.context, WantedPublications(OF_POLICIES, region), POLICY_CURSORS, after
        )
        try:
            async for each in events:
                node = await _announcement(each, info.context)
                yield PolicyAnnouncementEdge(cursor=POLICY_CURSORS.at(each.index), node=node)
        finally:
            await events.aclose()


async def _followed(
    context: Context, wanted: WantedPublications, cursors: Cursors, after: str | None
) -> AsyncGenerator[ToldPublication, None]:
    """Raises Refused for a cursor that cannot be gone on from."""
    publications = context.services.publications
    with cursor_of("after"):
        index = None if after is None else cursors.number(after)
        if index is not None:
            await publications.check(wanted, index)
    return publications.follow(wanted, index)


def _trust_list(published: ToldPublication) -> TrustListChange:
    record = published.record
    return TrustListChange(
        audit_index=published.index,
        at=record.at,
        version=record.version,
        digest=record.digest,
        signed_by=list(record.signed_by),
        compared_with=record.compared_with,
        changes=_changes(published),
    )


async def _announcement(published: ToldPublication, context: Context) -> PolicyAnnouncement:
    record = published.record
    region = COUNTRY if record.receiving_region is None else record.receiving_region
    return PolicyAnnouncement(
        audit_index=published.index,
        at=record.at,
        region=region,
        policy=await _policy(record, region, context),
        signed_by=list(record.signed_by),
        compared_with=record.compared_with,
        changes=_changes(published),
    )


async def _policy(
    record: PublicationRecord, region: RegionCode, context: Context
) -> PolicyRef | None:
    """Another worker may have taken the policy a moment before this one does."""
    if record.action is not PublicationAction.POLICY_TAKEN:
        return None
    services = context.services
    while services.policy_views.find(region, record.version) is None:
        if services.clock() - record.at > HELD_WITHIN:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    return services.policy_views.ref(region, record.version)


def _changes(published: ToldPublication) -> list[PublishedChange]:
    return [PublishedChange(change=what, name=name) for what, name in published.record.changes]
