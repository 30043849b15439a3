"""From what a client asked to what the hub answered, bad entries and all.

Responsible for checking each entry by itself, so that a bad one fails alone, and for the refusals
that the audit log is owed.
"""

from collections.abc import Sequence

from adapters.questions import ByDocument
from gateway.answering.inquiry import Inquiry
from gateway.graphql.context import Context
from gateway.graphql.errors import ErrorCode, Refused
from gateway.recognition.policies import NoPolicyInForce
from gateway.refusals import RefusedQuestion
from keys import TrustListRefused
from schema import InvalidDocument, Recognition, TravelDocument
from schema.inputs import TravelerRequest
from schema.results import (
    CODE_RULE_TEXTS,
    DOCUMENT_RULE_TEXTS,
    CodeRule,
    InvalidCodeResult,
    InvalidDocumentResult,
    TravelerResult,
)

INVALID_DOCUMENT = "INVALID_DOCUMENT"
INVALID_CODE = "INVALID_CODE"


async def recognize(inquiries: Sequence[Inquiry], context: Context) -> list[Recognition]:
    """Raises Refused where the hub cannot answer any of them."""
    try:
        return await context.services.hub.recognize(inquiries, context.asker)
    except TrustListRefused:
        raise Refused(ErrorCode.UNAVAILABLE) from None
    except NoPolicyInForce:
        raise Refused(ErrorCode.NO_POLICY) from None


async def travelers_results(
    requests: Sequence[TravelerRequest], context: Context
) -> list[TravelerResult]:
    """One result for each request, in order."""
    checked = [_check(request) for request in requests]
    await context.services.refusals.record(
        context.asker,
        [
            RefusedQuestion(INVALID_DOCUMENT, request.purpose, request.receiving_region)
            for request, entry in zip(requests, checked, strict=True)
            if isinstance(entry, InvalidDocumentResult)
        ],
    )
    inquiries = [entry for entry in checked if isinstance(entry, Inquiry)]
    recognitions = iter(await recognize(inquiries, context))
    return [next(recognitions) if isinstance(entry, Inquiry) else entry for entry in checked]


async def invalid_code(rule: CodeRule, inquiry: Inquiry, context: Context) -> InvalidCodeResult:
    question = RefusedQuestion(INVALID_CODE, inquiry.purpose, inquiry.receiving_region)
    await context.services.refusals.record(context.asker, [question])
    return InvalidCodeResult(code=INVALID_CODE, rule=rule, text=CODE_RULE_TEXTS[rule])


def _check(request: TravelerRequest) -> Inquiry | InvalidDocumentResult:
    given = request.document
    try:
        document = TravelDocument.parse(given.kind, given.number, given.name)
    except InvalidDocument as refusal:
        return InvalidDocumentResult(
            code=INVALID_DOCUMENT, rule=refusal.rule, text=DOCUMENT_RULE_TEXTS[refusal.rule]
        )
    return Inquiry(ByDocument(document), request.receiving_region, request.purpose)
