"""Asking about travelers: by document, by manifest, by scanned code.

Responsible for the border between GraphQL's inputs and the hub's checked values. Refuses to decide
who may ask (``authorization``) and what the answer is (the hub).
"""

import strawberry

from adapters.questions import ByCode, Checkpoint
from gateway.answering.inquiry import Inquiry
from gateway.graphql.asking import invalid_code, recognize, travelers_results
from gateway.graphql.context import Info
from schema import Purpose, RegionCode
from schema.inputs import CheckpointInput, TravelDocumentInput, TravelerRequest
from schema.results import CodeResult, CodeRule, TravelerResult

CODE_MAX_CHARACTERS = 2_048
"""A QR holds at most 2,953 bytes (version 40-L); the codes of the known systems are far shorter."""


@strawberry.type
class RecognitionFields:
    @strawberry.field(description="一名旅客 May this traveler pass, and why?")
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
        return (await travelers_results([request], info.context))[0]

    @strawberry.field(
        description="旅客名单 1 to 1,000 travelers; order kept, a bad entry fails alone."
    )
    async def travelers(self, info: Info, requests: list[TravelerRequest]) -> list[TravelerResult]:
        return await travelers_results(requests, info.context)

    @strawberry.field(description="验码 May the holder of this scanned code pass, and why?")
    async def verify_code(
        self,
        info: Info,
        code: str,
        checkpoint: CheckpointInput,
        receiving_region: RegionCode,
        purpose: Purpose = Purpose.TRANSPORT,
    ) -> CodeResult:
        inquiry = Inquiry(ByCode(code, _checkpoint(checkpoint)), receiving_region, purpose)
        if len(code) > CODE_MAX_CHARACTERS:
            return await invalid_code(CodeRule.TOO_LONG, inquiry, info.context)
        if not info.context.services.hub.claims(code):
            return await invalid_code(CodeRule.UNREADABLE, inquiry, info.context)
        return (await recognize([inquiry], info.context))[0]


def _checkpoint(given: CheckpointInput) -> Checkpoint:
    return Checkpoint(
        name=given.name,
        position=given.position,
        department=given.department,
        verifier_name=given.verifier_name,
        verifier_phone=given.verifier_phone,
    )
