"""Corrections: report a mistake to the issuer that set a color, and ask what it decided.

A query shows what the hub knows; only a mutation reaches an issuer.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import strawberry

from tongxing.gateway.answering.guess_guard import BadNumber, ClientStopped
from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.followup.corrections import CorrectionRefusal, Mistake
from tongxing.gateway.graphql.arrival_fields import RECEIPT_MAX_CHARACTERS, WITH
from tongxing.gateway.graphql.context import Context, Info
from tongxing.schema import REFUSAL_TEXTS, InvalidDocument, RefusalCode, TravelDocument
from tongxing.schema.characters import handed_over
from tongxing.schema.correction import (
    CORRECTION_IDS,
    HOW_TO_CORRECT,
    CanCorrect,
    Correction,
    CorrectionRefused,
    CorrectionResult,
    RefreshCorrectionInput,
    ReportMistakeInput,
)
from tongxing.schema.scope import Scope, any_of

ISSUER_MAX_CHARACTERS = 64
"""As long as an issuer's id on a trust list may be. Over: ISSUER_UNKNOWN."""

CorrectionId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="纠错申请的编号，形如 correction:…，至多100个字符 "
        "The id of the report, at most 100 characters."
    ),
]


@strawberry.type
class CorrectionFields:
    @strawberry.field(
        directives=any_of(Scope.CORRECTION_READ),
        description="纠错进展：平台最后获知的状态，不向发码机构询问；本接入系统没有这条申请的、其"
        "接收地不在可代表的地区之内的、已过90天的为空 A report of this client as the hub last knew "
        "it; no issuer is asked. Null if this client has reported nothing under that id, if its "
        "receiving region is none that the client may act for, or if it is past its 90 days.",
    )
    async def correction(
        self,
        info: Info,
        id: CorrectionId,  # noqa: A002 - the name in the SDL
    ) -> Correction | None:
        return await find_correction(info.context, id)


@strawberry.type
class CorrectionActs:
    @strawberry.mutation(
        directives=any_of(Scope.CORRECTION_WRITE),
        description="申请纠错：将错误连同证据转给赋码机构；同一错误只申请一次 Report a mistake "
        "to the issuer that set a color, with the evidence. The same mistake twice is one report.",
    )
    async def report_mistake(
        self,
        info: Info,
        input: Annotated[ReportMistakeInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> CorrectionResult:
        try:
            result = await _reported(input, info.context)
        except ClientStopped:
            raise Refused(ErrorCode.CLIENT_STOPPED) from None
        return await _result(result, info.context)

    @strawberry.mutation(
        directives=any_of(Scope.CORRECTION_WRITE),
        description="更新纠错进展：向发码机构询问办理结果，已办结的不再询问；暂时问不到的返回原状"
        "态，请稍后再试 Ask the issuer what it makes of a report, unless it has decided. If it "
        "cannot be asked, the report comes back as it was: ask later.",
    )
    async def refresh_correction(
        self,
        info: Info,
        input: Annotated[RefreshCorrectionInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> CorrectionResult:
        own_id = CORRECTION_IDS.own_id(input.id)
        if own_id is None:
            refusal = CorrectionRefusal(RefusalCode.CORRECTION_NOT_FOUND)
            return await _result(refusal, info.context)
        result = await info.context.services.corrections.refresh(
            own_id, info.context.asker, info.context.regions
        )
        return await _result(result, info.context)


async def find_correction(context: Context, unchecked_id: str) -> Correction | None:
    """As this client sees it; None if it has reported none of this id, which is then audited."""
    return (await find_corrections(context, [unchecked_id]))[0]


async def find_corrections(
    context: Context, unchecked_ids: Sequence[str]
) -> list[Correction | None]:
    """As ``find_correction``, of several at once."""
    own_ids = [CORRECTION_IDS.own_id(each) for each in unchecked_ids]
    asked = dict.fromkeys(each for each in own_ids if each is not None)
    corrections, asker = context.services.corrections, context.asker
    found = await corrections.find_all(asked, asker, context.regions) if asked else {}
    missing = [each for each in own_ids if each not in found]
    question = RefusedQuestion(RefusalCode.CORRECTION_NOT_FOUND.value)
    await context.services.refusals.record(asker, [question] * len(missing))
    seen = {own_id: _seen(each, context) for own_id, each in found.items()}
    return [None if each is None else seen.get(each) for each in own_ids]


async def _reported(given: ReportMistakeInput, context: Context) -> Correction | CorrectionRefusal:
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
        return CorrectionRefusal(refusal.code)
    if len(given.receipt) > RECEIPT_MAX_CHARACTERS:
        return CorrectionRefusal(RefusalCode.RECEIPT_INVALID)
    issuer = given.issuer[: ISSUER_MAX_CHARACTERS + 1]
    return await services.corrections.report(
        handed_over(given.receipt),
        Mistake(document, issuer, given.mistake),
        asker,
        context.regions,
    )


async def _result(result: Correction | CorrectionRefusal, context: Context) -> CorrectionResult:
    if isinstance(result, Correction):
        return _seen(result, context)
    await _record(result.code, context)
    return CorrectionRefused(
        code=result.code,
        text=REFUSAL_TEXTS[result.code],
        who_can=_who_can(result.who_can, context),
    )


def _seen(correction: Correction, context: Context) -> Correction:
    holder = context.shown(correction.holder)
    return replace(correction, id=CORRECTION_IDS.of(correction.id), holder=holder)


async def _record(code: RefusalCode, context: Context) -> None:
    await context.services.refusals.record(context.asker, [RefusedQuestion(code.value)])


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
