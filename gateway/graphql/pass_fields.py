"""Passes: issue one on a receipt, withdraw it, and check one online."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from tongxing.gateway.answering.guess_guard import BadNumber, ClientStopped
from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.arrival_fields import RECEIPT_MAX_CHARACTERS, WITH
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.passes.holder_passes import FoundPass, IssuedPass
from tongxing.keys.passes import PASS_MAX_CHARACTERS
from tongxing.schema import (
    REFUSAL_TEXTS,
    DocumentKind,
    InvalidDocument,
    Purpose,
    RefusalCode,
    RegionCode,
    TravelDocument,
)
from tongxing.schema.characters import handed_over
from tongxing.schema.holder_pass import (
    CheckedPass,
    HolderPass,
    HolderPassStatus,
    IssuePassInput,
    PassCheckResult,
    PassRefused,
    PassResult,
    WithdrawPassInput,
)
from tongxing.schema.scope import Scope, any_of

PassText = Annotated[
    str,
    strawberry.argument(
        description="扫得的凭证文本，至多666个字符 The scanned pass, at most 666 characters."
    ),
]


@strawberry.type
class PassFields:
    @strawberry.field(
        directives=any_of(Scope.CODE_VERIFY),
        description="在线查验通行凭证：以平台此刻所知为准，不向发码机构询问 Check a pass online: "
        "what the hub knows it to be worth now. No issuer is asked.",
    )
    async def verify_pass(self, info: Info, pass_text: PassText) -> PassCheckResult:
        context = info.context
        if len(pass_text) > PASS_MAX_CHARACTERS:
            return await _refused(RefusalCode.PASS_MALFORMED, context)
        result = await context.services.passes.check(handed_over(pass_text), context.asker)
        return await _checked(result, context)


@strawberry.type
class PassActs:
    @strawberry.mutation(
        directives=any_of(Scope.PASS_ISSUE),
        description="申领通行凭证：凭有效回执和同一证件，供离线查验 Issue a pass on a valid "
        "receipt and the document that it is about.",
    )
    async def issue_pass(
        self,
        info: Info,
        input: Annotated[IssuePassInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> PassResult:
        try:
            result = await _issued(input, info.context)
        except ClientStopped:
            raise Refused(ErrorCode.CLIENT_STOPPED) from None
        if isinstance(result, RefusalCode):
            return await _refused(result, info.context)
        return HolderPass(
            pass_text=result.text,
            status=HolderPassStatus[result.status.name],
            masked_name=result.claims.name,
            document_tail=result.claims.tail,
            valid_until=datetime.fromtimestamp(result.claims.exp, UTC),
            status_list_uri=result.claims.uri,
            status_index=result.claims.idx,
        )

    @strawberry.mutation(
        directives=any_of(Scope.PASS_ISSUE),
        description="撤销通行凭证：仅签发的接入系统可以撤销，60秒内见于名录，不可恢复 The client "
        "that issued a pass withdraws it for good; the list says so within 60 seconds.",
    )
    async def withdraw_pass(
        self,
        info: Info,
        input: Annotated[WithdrawPassInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> PassCheckResult:
        context = info.context
        if len(input.pass_text) > PASS_MAX_CHARACTERS:
            return await _refused(RefusalCode.PASS_MALFORMED, context)
        text = handed_over(input.pass_text)
        return await _checked(await context.services.passes.withdraw(text, context.asker), context)


async def _issued(given: IssuePassInput, context: Context) -> IssuedPass | RefusalCode:
    """Whether the document is well formed is said before anything is looked up. Raises
    ClientStopped."""
    services, asker, at = context.services, context.asker, context.services.clock()
    await context.whole.count(at)
    try:
        document = TravelDocument.parse(
            given.document.kind, given.document.number, given.document.name, at
        )
    except InvalidDocument as refusal:
        number = BadNumber(given.document.kind, given.document.number, refusal.code)
        await services.guard.refuse([], [number], asker, at)
        return refusal.code
    if len(given.receipt) > RECEIPT_MAX_CHARACTERS:
        return RefusalCode.RECEIPT_INVALID
    receipt = handed_over(given.receipt)
    return await services.passes.issue(receipt, document, asker, context.regions)


async def _checked(result: FoundPass | RefusalCode, context: Context) -> PassCheckResult:
    if isinstance(result, RefusalCode):
        return await _refused(result, context)
    claims = result.claims
    return CheckedPass(
        status=HolderPassStatus[result.status.name],
        masked_name=claims.name,
        document_kind=DocumentKind(claims.doc),
        document_tail=claims.tail,
        receiving_region=RegionCode(claims.region),
        purpose=Purpose(claims.purpose),
        valid_until=datetime.fromtimestamp(claims.exp, UTC),
    )


async def _refused(code: RefusalCode, context: Context) -> PassRefused:
    await context.services.refusals.record(context.asker, [RefusedQuestion(code.value)])
    return PassRefused(code=code, text=REFUSAL_TEXTS[code])
