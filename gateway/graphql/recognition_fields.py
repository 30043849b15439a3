"""Recognition by document, by manifest and by scanned code.

Responsible for the border between GraphQL's inputs and the hub's checked values: each entry is
checked alone, so that a bad one fails alone, and each refusal goes to the audit log. Refuses to
decide who may ask (``authorization``) and what the answer is (the hub).
"""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from tongxing.adapters.dialect import ByCode, ByDocument, Checkpoint
from tongxing.gateway.answering.guess_guard import BadNumber, ClientStopped
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.answering.refusals import RefusedQuestion, refusal_records
from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.policy.in_force import NoPolicyInForce
from tongxing.keys import TrustListRefused
from tongxing.schema import InvalidDocument, Purpose, Recognition, RegionCode, TravelDocument
from tongxing.schema.characters import handed_over
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.traveler import (
    CODE_RULE_TEXTS,
    DOCUMENT_RULE_TEXTS,
    CheckpointInput,
    CodeResult,
    CodeRule,
    InvalidCodeResult,
    InvalidDocumentResult,
    TravelDocumentInput,
    TravelerRequest,
    TravelerResult,
)

INVALID_DOCUMENT = "INVALID_DOCUMENT"
INVALID_CODE = "INVALID_CODE"

CODE_MAX_CHARACTERS = 2_048
"""A QR holds at most 2,953 bytes (version 40-L); the codes of the known systems are far shorter."""


@strawberry.type
class RecognitionFields:
    @strawberry.field(
        directives=any_of(Scope.STATUS_READ),
        description="一名旅客 May this traveler pass, and why?",
    )
    async def traveler(
        self,
        info: Info,
        document: TravelDocumentInput,
        purpose: Purpose,
        receiving_region: RegionCode,
    ) -> TravelerResult:
        request = TravelerRequest(
            document=document, purpose=purpose, receiving_region=receiving_region
        )
        return (await _results([request], info.context))[0]

    @strawberry.field(
        directives=any_of(Scope.STATUS_READ),
        description="旅客名单 1 to 1,000 travelers; order kept, a bad entry fails alone.",
    )
    async def travelers(self, info: Info, requests: list[TravelerRequest]) -> list[TravelerResult]:
        return await _results(requests, info.context)

    @strawberry.field(
        directives=any_of(Scope.CODE_VERIFY),
        description="验码 May the holder of this scanned code pass, and why?",
    )
    async def verify_code(
        self,
        info: Info,
        code: str,
        checkpoint: CheckpointInput,
        receiving_region: RegionCode,
        purpose: Purpose = Purpose.TRANSPORT,
    ) -> CodeResult:
        code = handed_over(code)
        inquiry = Inquiry(ByCode(code, _checkpoint(checkpoint)), receiving_region, purpose)
        if len(code) > CODE_MAX_CHARACTERS:
            return await _invalid_code(CodeRule.TOO_LONG, inquiry, info.context)
        if not info.context.services.hub.claims(code):
            return await _invalid_code(CodeRule.UNREADABLE, inquiry, info.context)
        return (await _recognized([inquiry], info.context))[0]


async def _results(requests: Sequence[TravelerRequest], context: Context) -> list[TravelerResult]:
    """One result for each request, in order."""
    at = context.services.clock()
    checked = await context.services.turns.all(_checked(request, at) for request in requests)
    try:
        await context.whole.count(at)
    except ClientStopped:
        raise Refused(ErrorCode.CLIENT_STOPPED) from None
    await _refuse(requests, checked, context)
    inquiries = [entry for entry in checked if isinstance(entry, Inquiry)]
    recognitions = iter(await _recognized(inquiries, context))
    return [next(recognitions) if isinstance(entry, Inquiry) else entry for entry in checked]


async def _refuse(
    requests: Sequence[TravelerRequest],
    checked: Sequence[Inquiry | InvalidDocumentResult],
    context: Context,
) -> None:
    """Record the bad entries, before any of the others is asked about. Raises Refused if there were
    so many that the client is stopped."""
    bad = [
        (request, entry.rule)
        for request, entry in zip(requests, checked, strict=True)
        if isinstance(entry, InvalidDocumentResult)
    ]
    if not bad:
        return
    at = context.services.clock()
    refused = [
        RefusedQuestion(INVALID_DOCUMENT, request.purpose, request.receiving_region)
        for request, _ in bad
    ]
    records = refusal_records(refused, context.asker, at)
    numbers = [
        BadNumber(request.document.kind, request.document.number, rule) for request, rule in bad
    ]
    try:
        await context.services.guard.refuse(records, numbers, context.asker, at)
    except ClientStopped:
        raise Refused(ErrorCode.CLIENT_STOPPED) from None


async def _recognized(inquiries: Sequence[Inquiry], context: Context) -> list[Recognition]:
    """Raises Refused if the hub cannot answer."""
    try:
        return await context.services.hub.recognize(inquiries, context.asker)
    except TrustListRefused:
        raise Refused(ErrorCode.UNAVAILABLE) from None
    except ClientStopped:
        raise Refused(ErrorCode.CLIENT_STOPPED) from None
    except NoPolicyInForce:
        raise Refused(ErrorCode.NO_POLICY) from None


def _checked(request: TravelerRequest, at: datetime) -> Inquiry | InvalidDocumentResult:
    given = request.document
    try:
        document = TravelDocument.parse(given.kind, given.number, given.name, at)
    except InvalidDocument as refusal:
        return InvalidDocumentResult(
            code=INVALID_DOCUMENT, rule=refusal.rule, text=DOCUMENT_RULE_TEXTS[refusal.rule]
        )
    return Inquiry(ByDocument(document), request.receiving_region, request.purpose)


async def _invalid_code(rule: CodeRule, inquiry: Inquiry, context: Context) -> InvalidCodeResult:
    question = RefusedQuestion(INVALID_CODE, inquiry.purpose, inquiry.receiving_region)
    await context.services.refusals.record(context.asker, [question])
    return InvalidCodeResult(code=INVALID_CODE, rule=rule, text=CODE_RULE_TEXTS[rule])


def _checkpoint(given: CheckpointInput) -> Checkpoint:
    return Checkpoint(
        name=given.name,
        position=given.position,
        department=given.department,
        verifier_name=given.verifier_name,
        verifier_phone=given.verifier_phone,
    )
