"""What a client hands in. Checked on arrival; nothing beyond the border uses these types."""

import strawberry

from tongxing.schema.decision import Purpose
from tongxing.schema.document import DocumentKind
from tongxing.schema.place import RegionCode


@strawberry.input(description="证件 A travel document as the client has it; checked, never mended.")
class TravelDocumentInput:
    kind: DocumentKind
    number: str
    name: str


@strawberry.input(description="查询 One traveler of a manifest.")
class TravelerRequest:
    document: TravelDocumentInput
    purpose: Purpose
    receiving_region: RegionCode


@strawberry.input(description="查验点 Where and by whom a code is scanned; issuers are told.")
class CheckpointInput:
    name: str
    position: str
    department: str
    verifier_name: str
    verifier_phone: str
