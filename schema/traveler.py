"""What a client asks about a traveler, and the answers to it that are not a recognition.

Inputs are checked on arrival; nothing inside the hub uses these types. A document or a code that
cannot be asked about is an expected outcome, so it is a value and not an error.
"""

from collections.abc import Mapping
from enum import Enum, unique
from typing import Annotated, Any

import strawberry
from strawberry.types import get_object_definition

from tongxing.schema.decision import Purpose
from tongxing.schema.document import DocumentKind, DocumentRule
from tongxing.schema.place import RegionCode
from tongxing.schema.recognition import Recognition
from tongxing.schema.values import Text, described, value


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


def _traveler_request(
    made: type[TravelerRequest], given: Mapping[str, Any], _context: object
) -> TravelerRequest:
    """What Strawberry would make of ``given``, whose values have been checked. Its own way looks up
    the names and types of the fields for each entry: 45 ms for a manifest of 1,000."""
    document = given["document"]
    return made(
        document=TravelDocumentInput(
            kind=document["kind"], number=document["number"], name=document["name"]
        ),
        purpose=given["purpose"],
        receiving_region=given["receivingRegion"],
    )


get_object_definition(TravelerRequest, strict=True).from_input = _traveler_request


@strawberry.input(description="查验点 Where and by whom a code is scanned; issuers are told.")
class CheckpointInput:
    name: str
    position: str
    department: str
    verifier_name: str
    verifier_phone: str


@value(
    name="InvalidDocument",
    description="证件无效 The document is not well formed; no issuer was asked.",
)
class InvalidDocumentResult:
    code: str = strawberry.field(description="固定为 Always INVALID_DOCUMENT")
    rule: DocumentRule
    text: Text


@strawberry.enum(description="扫码无效原因 Why a scanned text is no code that can be asked about.")
@unique
class CodeRule(Enum):
    UNREADABLE = described("UNREADABLE", "无法识别 No issuer's codes look like this")
    TOO_LONG = described("TOO_LONG", "内容过长 Longer than any code")


@value(
    name="InvalidCode",
    description="码无效 The scanned text is no code of any issuer; none was asked.",
)
class InvalidCodeResult:
    code: str = strawberry.field(description="固定为 Always INVALID_CODE")
    rule: CodeRule
    text: Text


TravelerResult = Annotated[
    Recognition | InvalidDocumentResult,
    strawberry.union("TravelerResult", description="查询结果"),
]
CodeResult = Annotated[
    Recognition | InvalidCodeResult,
    strawberry.union("CodeResult", description="验码结果"),
]

DOCUMENT_RULE_TEXTS = {
    DocumentRule.FORM: Text(
        zh="证件号码格式不正确（只能用半角数字和大写字母），请核对后重新输入",
        en="the number does not have the form of this kind of document (ASCII digits and "
        "upper-case letters only); check it and type it again",
    ),
    DocumentRule.LENGTH: Text(
        zh="居民身份证号码应为18位，请核对后重新输入",
        en="a resident ID number has 18 characters; check it and type it again",
    ),
    DocumentRule.CHECK_CHARACTER: Text(
        zh="身份证号码有误（校验码不符），请核对后重新输入",
        en="the number is wrong (its check character does not fit, GB 11643); check it and type it "
        "again",
    ),
    DocumentRule.BIRTH_DATE: Text(
        zh="身份证号码第7至14位不是有效的出生日期（不存在、晚于今天或早于1880年），请核对后重新输入",
        en="digits 7 to 14 of the number are no valid birth date (there is no such day, or it is "
        "after today or before 1880); check it and type it again",
    ),
    DocumentRule.DIVISION: Text(
        zh="身份证号码前六位不是有效的行政区划代码，请核对后重新输入",
        en="the first six digits of the number are no valid division code; check it and type it "
        "again",
    ),
    DocumentRule.NAME: Text(
        zh="姓名为空、过长、没有文字，或含有不可见或编码不规范的字符，请按证件上的姓名重新输入",
        en="the name is empty, too long, has no letter, or has a character that cannot be seen or "
        "is not in its normal form (NFC); type it as the document has it",
    ),
    DocumentRule.INTERVAL_DOT: Text(
        zh="姓名间隔号须为“·”（U+00B7），且位于姓名两部分之间，请更正后重新输入",
        en="the dot between two parts of a name is U+00B7; no other dot, none at the ends; correct "
        "it and type it again",
    ),
}

CODE_RULE_TEXTS = {
    CodeRule.UNREADABLE: Text(
        zh="无法识别此码：请本人刷新后重新亮码，或按证件查询",
        en="this is no code of any issuer: let the holder refresh it and show it again, or ask by "
        "document",
    ),
    CodeRule.TOO_LONG: Text(
        zh="扫码内容过长，不是健康码：请重新扫码，或按证件查询",
        en="the scanned text is too long for a code: scan again, or ask by document",
    ),
}
