"""What receipts are worth, as events."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.graphql.arrival_fields import RECEIPT_MAX_CHARACTERS
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import cursor_of
from tongxing.gateway.passes.receipt_following import STATUS_CURSORS, Following
from tongxing.schema import REFUSAL_TEXTS, RefusalCode
from tongxing.schema.characters import handed_over
from tongxing.schema.holder_pass import HolderPassStatus
from tongxing.schema.receipt_status import (
    ReceiptStatus,
    ReceiptStatusEvent,
    ReceiptStatusRefused,
)
from tongxing.schema.scalars import SignedReceipt
from tongxing.schema.scope import Scope, any_of


@strawberry.type
class ReceiptStreams:
    @strawberry.subscription(
        directives=any_of(Scope.STATUS_READ, Scope.CODE_VERIFY),
        description="回执现况：先推送此刻的，此后每有变化即推送，至回执到期为止；变化来自发码机构的新陈述与变动推送、"
        "政策、信任列表。每日名单的变动不在其内 What a receipt of this client is worth: now, and "
        "whenever that changes, until it ends. From statements and change feeds of issuers, "
        "policies "
        "and trust lists; a daily list is not heard here.",
    )
    async def status_changed(
        self,
        info: Info,
        receipt: Annotated[
            SignedReceipt,
            strawberry.argument(description="本接入系统所得的回执 A receipt that this client got."),
        ],
        after: Annotated[
            str | None,
            strawberry.argument(
                description="上次收到的最后一个游标；为空则先推送此刻的现况 The last one that this "
                "client got for this receipt. Null: begin with what it is worth now."
            ),
        ] = None,
    ) -> AsyncGenerator[ReceiptStatusEvent, None]:
        context = info.context
        found = await _followed(context, receipt, after)
        if isinstance(found, RefusalCode):
            await context.services.refusals.record(context.asker, [RefusedQuestion(found.value)])
            yield ReceiptStatusRefused(code=found, text=REFUSAL_TEXTS[found])
            return
        try:
            async for each in found:
                yield _status(each)
        finally:
            await found.aclose()


async def _followed(
    context: Context, receipt: str, after: str | None
) -> AsyncGenerator[Following, None] | RefusalCode:
    if len(receipt) > RECEIPT_MAX_CHARACTERS:
        return RefusalCode.RECEIPT_INVALID
    with cursor_of("after"):
        number = None if after is None else STATUS_CURSORS.number(after)
        return await context.services.receipts.follow(
            handed_over(receipt), context.asker, context.regions, number
        )


def _status(following: Following) -> ReceiptStatus:
    return ReceiptStatus(
        cursor=STATUS_CURSORS.at(following.number),
        status=HolderPassStatus[following.standing.status.name],
        cause=following.standing.why,
        valid_until=following.ends_at,
    )
