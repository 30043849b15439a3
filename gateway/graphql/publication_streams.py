"""Trust lists and policies as events."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from tongxing.gateway.followup.publication_events import (
    OF_POLICIES,
    OF_TRUST,
    PUBLICATION_CURSORS,
    Followed,
    Published,
)
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import cursor_of
from tongxing.schema import COUNTRY, RegionCode
from tongxing.schema.audit_entry import PublishedChange
from tongxing.schema.publication_event import (
    PolicyAnnouncement,
    PolicyAnnouncementEdge,
    TrustListChange,
    TrustListChangeEdge,
)
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scope import any_client

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
        events = await _followed(info.context, Followed(OF_TRUST), after)
        try:
            async for each in events:
                yield TrustListChangeEdge(cursor=_cursor(each), node=_trust_list(each))
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
        events = await _followed(info.context, Followed(OF_POLICIES, region), after)
        try:
            async for each in events:
                node = _announcement(each, info.context)
                yield PolicyAnnouncementEdge(cursor=_cursor(each), node=node)
        finally:
            await events.aclose()


async def _followed(
    context: Context, followed: Followed, after: str | None
) -> AsyncGenerator[Published, None]:
    events = context.services.publications
    with cursor_of("after"):
        index = None if after is None else PUBLICATION_CURSORS.number(after)
        if index is not None:
            await events.check(index)
    return events.follow(followed, index)


def _cursor(published: Published) -> str:
    return PUBLICATION_CURSORS.at(published.index)


def _trust_list(published: Published) -> TrustListChange:
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


def _announcement(published: Published, context: Context) -> PolicyAnnouncement:
    record = published.record
    region = COUNTRY if record.receiving_region is None else record.receiving_region
    return PolicyAnnouncement(
        audit_index=published.index,
        at=record.at,
        region=region,
        policy=_policy(region, record.version, context),
        signed_by=list(record.signed_by),
        compared_with=record.compared_with,
        changes=_changes(published),
    )


def _policy(region: RegionCode, version: int, context: Context) -> PolicyRef | None:
    return context.services.policy_views.ref(region, version) if version else None


def _changes(published: Published) -> list[PublishedChange]:
    return [PublishedChange(change=what, name=name) for what, name in published.record.changes]
