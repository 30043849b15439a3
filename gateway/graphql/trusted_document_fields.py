"""Trusted documents for coordinators: registered, listed and withdrawn while the hub runs."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.graphql.arrival_fields import WITH
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.document_ids import digest_of_id, document_id
from tongxing.gateway.graphql.document_registration import NotRegistered
from tongxing.gateway.graphql.pages import Pages
from tongxing.gateway.storage.document_registry import DOCUMENT_CURSORS, RegisteredDocument
from tongxing.schema import REFUSAL_TEXTS
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.supergraph import NOT_IN_SUPERGRAPHS
from tongxing.schema.trusted_document import (
    RegisterDocumentInput,
    TrustedDocument,
    TrustedDocumentConnection,
    TrustedDocumentEdge,
    TrustedDocumentRefused,
    TrustedDocumentResult,
    WithdrawDocumentInput,
)

DOCUMENT_PAGES = Pages(PageSizes(usual=20, most=100), DOCUMENT_CURSORS)


@strawberry.type
class TrustedDocumentFields:
    @strawberry.field(
        directives=[*any_of(Scope.DOCUMENT_REGISTER), NOT_IN_SUPERGRAPHS],
        metadata=DOCUMENT_PAGES.sizes.mark,
        description="已登记的可信文档，先登记的在先，不含平台目录中的；"
        f"{DOCUMENT_PAGES.sizes.zh}。 The trusted documents that are registered, oldest first; "
        f"those of the hub's folder are not among them; {DOCUMENT_PAGES.sizes.en}.",
    )
    async def trusted_documents(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> TrustedDocumentConnection:
        wanted = DOCUMENT_PAGES.asked(PageArguments(first, after, last, before))
        page = await info.context.services.registration.registry.page(wanted)
        shown = page.each(lambda _, document: _shown(document))
        return DOCUMENT_PAGES.connection(shown, TrustedDocumentConnection, TrustedDocumentEdge)


@strawberry.type
class TrustedDocumentActs:
    @strawberry.mutation(
        directives=[*any_of(Scope.DOCUMENT_REGISTER), NOT_IN_SUPERGRAPHS],
        description="登记可信文档：此后任何接入系统都可只发其编号；登记不增加任何权限；同一文档再"
        "次登记返回首次的结果 Register a document, so that any client may name it by its id. It "
        "gives nobody a right. The same document twice is one, and the first registration stands.",
    )
    async def register_document(
        self,
        info: Info,
        input: Annotated[RegisterDocumentInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> TrustedDocumentResult:
        context = info.context
        registering = context.services.registration.register(
            input.source, by=context.asker.client_id, request_id=context.asker.request_id
        )
        return await _result(registering, context)

    @strawberry.mutation(
        directives=[*any_of(Scope.DOCUMENT_REGISTER), NOT_IN_SUPERGRAPHS],
        description="撤销可信文档：最迟5秒后，其编号不再有效；返回所撤销的文档 Withdraw a "
        "document: within five seconds its id names nothing any more. Returns what was withdrawn.",
    )
    async def withdraw_document(
        self,
        info: Info,
        input: Annotated[WithdrawDocumentInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> TrustedDocumentResult:
        context = info.context
        withdrawing = context.services.registration.withdraw(
            input.id, by=context.asker.client_id, request_id=context.asker.request_id
        )
        return await _result(withdrawing, context)


async def find_trusted_document(context: Context, unchecked_id: str) -> TrustedDocument | None:
    digest = digest_of_id(unchecked_id)
    if digest is None:
        return None
    found = await context.services.registration.registry.find(digest)
    return None if found is None else _shown(found)


async def _result(acting: Awaitable[RegisteredDocument], context: Context) -> TrustedDocumentResult:
    try:
        return _shown(await acting)
    except NotRegistered as refused:
        question = RefusedQuestion(refused.code.value)
        await context.services.refusals.record(context.asker, [question])
        text = REFUSAL_TEXTS[refused.code]
        return TrustedDocumentRefused(
            code=refused.code,
            text=text,
            line=refused.line,
            column=refused.column,
            reason=refused.reason or text.en,
        )


def _shown(document: RegisteredDocument) -> TrustedDocument:
    return TrustedDocument(
        id=strawberry.ID(document_id(document.digest)),
        source=document.text,
        operations=list(document.operations),
        registered_at=document.at,
        registered_by=strawberry.ID(document.by),
    )
