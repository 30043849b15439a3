"""Corrections: report a mistake to the issuer that set a color, and ask what it decided."""

from dataclasses import replace

import strawberry

from tongxing.gateway.answering.guess_guard import BadNumber, ClientStopped
from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.followup.corrections import CorrectionRefusal, Mistake
from tongxing.gateway.graphql.arrival_fields import RECEIPT_MAX_CHARACTERS
from tongxing.gateway.graphql.context import Context, Info
from tongxing.schema import InvalidDocument, TravelDocument
from tongxing.schema.characters import handed_over
from tongxing.schema.correction import (
    CORRECTION_RULE_TEXTS,
    HOW_TO_CORRECT,
    CanCorrect,
    Correction,
    CorrectionRefused,
    CorrectionResult,
    CorrectionRule,
    MistakeKind,
)
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.traveler import TravelDocumentInput


@strawberry.type
class CorrectionFields:
    @strawberry.field(
        directives=any_of(Scope.CORRECTION_WRITE),
        description="纠错进展 What the issuer makes of a report; asked while it has not decided.",
    )
    async def correction(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the name in the SDL
    ) -> CorrectionResult:
        result = await info.context.services.corrections.ask(id, info.context.asker)
        return await _result(result, info.context)


@strawberry.type
class CorrectionActs:
    @strawberry.mutation(
        directives=any_of(Scope.CORRECTION_WRITE),
        description="申请纠错 Report a mistake to the issuer that set a color, with the evidence.",
    )
    async def report_mistake(
        self,
        info: Info,
        receipt: str,
        document: TravelDocumentInput,
        issuer: strawberry.ID,
        mistake: MistakeKind,
    ) -> CorrectionResult:
        try:
            result = await _reported(receipt, document, issuer, mistake, info.context)
        except ClientStopped:
            raise Refused(ErrorCode.CLIENT_STOPPED) from None
        return await _result(result, info.context)


async def _reported(
    receipt: str,
    given: TravelDocumentInput,
    issuer: str,
    mistake: MistakeKind,
    context: Context,
) -> Correction | CorrectionRefusal:
    """If the document is not well formed, no receipt is about it. Raises ClientStopped."""
    services, asker, at = context.services, context.asker, context.services.clock()
    await context.whole.count(at)
    try:
        document = TravelDocument.parse(given.kind, given.number, given.name, at)
    except InvalidDocument as refusal:
        number = BadNumber(given.kind, given.number, refusal.code)
        await services.guard.refuse([], [number], asker, at)
        return CorrectionRefusal(CorrectionRule.ANOTHER_HOLDER)
    if len(receipt) > RECEIPT_MAX_CHARACTERS:
        return CorrectionRefusal(CorrectionRule.INVALID_RECEIPT)
    return await services.corrections.report(
        handed_over(receipt), Mistake(document, issuer, mistake), asker
    )


async def _result(result: Correction | CorrectionRefusal, context: Context) -> CorrectionResult:
    if isinstance(result, Correction):
        return replace(result, holder=context.shown(result.holder))
    await context.services.refusals.record(context.asker, [RefusedQuestion(result.rule.value)])
    return CorrectionRefused(
        rule=result.rule,
        text=CORRECTION_RULE_TEXTS[result.rule],
        who_can=_who_can(result.who_can, context),
    )


def _who_can(issuers: tuple[str, ...], context: Context) -> list[CanCorrect]:
    """Raises TrustListRefused if there are issuers to name, and no list in force to name them."""
    if not issuers:
        return []
    services = context.services
    listed = services.trust.current(services.clock()).issuers
    return [
        CanCorrect(issuer=strawberry.ID(issuer), how=HOW_TO_CORRECT)
        for issuer in listed
        if issuer in issuers
    ]
