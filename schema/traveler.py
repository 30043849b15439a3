"""What a client asks about travelers, and what it gets.

Inputs are checked on arrival; nothing inside the hub uses these types. A document, a code or an
entry that cannot be asked about is an expected outcome, so it is a value and not an error.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry
from strawberry.types import get_object_definition

from tongxing.schema.decision import Purpose
from tongxing.schema.document import DocumentKind
from tongxing.schema.place import RegionCode
from tongxing.schema.recognition import Recognition
from tongxing.schema.refusal import Refusal, RefusalCode
from tongxing.schema.refusal_texts import REFUSAL_TEXTS
from tongxing.schema.scalars import UncheckedRegionCode
from tongxing.schema.values import value

REF_MAX_CHARACTERS = 64
"""Error: TEXT_TOO_LONG, for the entry alone."""

CHECKPOINT_MAX_CHARACTERS = 64
"""Of each text of a checkpoint. Error: TEXT_TOO_LONG."""

CODE_MAX_CHARACTERS = 2_048
"""A QR holds at most 2,953 bytes (version 40-L); the codes of the known systems are far shorter.
Error: CODE_TOO_LONG."""


@strawberry.input(
    description="证件，须与证件原文完全一致，平台只核对、不修改 A travel document exactly as it is "
    "printed. It is checked and never mended: two spellings are never silently one person."
)
class TravelDocumentInput:
    kind: DocumentKind = strawberry.field(description="证件类型 The kind of document")
    number: str = strawberry.field(
        description="证件号码，半角数字和大写字母，最多18个字符 The number: ASCII digits and "
        "upper-case letters, at most 18 characters"
    )
    name: str = strawberry.field(
        description="证件上的姓名，至多64个字符 The name as the document has it, at most 64 "
        "characters in normal form (NFC)"
    )


@strawberry.input(
    description="查询一名旅客：何人、去往何处、作何用途 One traveler: who, where to and what for."
)
class TravelerInput:
    document: TravelDocumentInput = strawberry.field(description="证件 Whom the question is about")
    purpose: Purpose = strawberry.field(
        description="用途，须为该接入系统登记的用途，否则报 FORBIDDEN_PURPOSE。What the answer is "
        "used for; the client must be registered for it, or FORBIDDEN_PURPOSE"
    )
    receiving_region: RegionCode = strawberry.field(
        description="接收地，须在该接入系统可代表的地区之内，否则报 FORBIDDEN_REGION。Whose policy "
        "decides; it must lie in a region that the client may act for, or FORBIDDEN_REGION"
    )


@strawberry.input(
    description="名单中的一人；该条自己写明的，先于名单统一写明的 One traveler of a manifest. What "
    "an entry says itself comes before what the manifest says for all."
)
class ManifestEntryInput:
    ref: str | None = strawberry.field(
        description="接入系统自己的编号，最多64个字符，原样返回，不作记录，请勿填写证件号码或姓名 "
        "The client's own name for this entry, at most 64 characters: it comes back with the "
        "answer and is recorded nowhere. Write no number or name of a person here",
    )
    document: TravelDocumentInput = strawberry.field(description="证件 Whom the entry is about")
    purpose: Purpose | None = strawberry.field(
        description="用途，不写则用名单的 What the answer is used for; null: as the manifest says",
    )
    receiving_region: UncheckedRegionCode | None = strawberry.field(
        description="接收地，不写则用名单的 Whose policy decides; null: as the manifest says",
    )


@strawberry.input(
    description="旅客名单，1至1000人；有误的条目只影响该条 1 to 1,000 travelers who are asked "
    "about together. A bad entry fails alone, whatever is wrong with it."
)
class ManifestInput:
    purpose: Purpose | None = strawberry.field(
        description="未自写用途者的用途；各条都已写明的可不写 The purpose of every entry that "
        "names none; null if each names its own",
    )
    receiving_region: UncheckedRegionCode | None = strawberry.field(
        description="未自写接收地者的接收地；各条都已写明的可不写 The receiving region of every "
        "entry that names none; null if each names its own",
    )
    entries: list[ManifestEntryInput] = strawberry.field(
        description="名单，一次请求合计1至1000人，顺序不变 The travelers, 1 to 1,000 over all "
        "fields of a request; order is kept"
    )


def manifest_of(given: Mapping[str, Any]) -> ManifestInput:
    """What Strawberry would make of ``given``, whose values have been checked; and each entry with
    what the manifest says for all. Strawberry's own way looks up the names and types of the fields
    for each entry: 45 ms for a manifest of 1,000."""
    purpose, region = given.get("purpose"), given.get("receivingRegion")
    entries = [_entry(entry, purpose, region) for entry in given["entries"]]
    return ManifestInput(purpose=purpose, receiving_region=region, entries=entries)


def _entry(
    given: Mapping[str, Any], purpose: Purpose | None, region: UncheckedRegionCode | None
) -> ManifestEntryInput:
    document = given["document"]
    own_purpose, own_region = given.get("purpose"), given.get("receivingRegion")
    return ManifestEntryInput(
        ref=given.get("ref"),
        document=TravelDocumentInput(
            kind=document["kind"], number=document["number"], name=document["name"]
        ),
        purpose=purpose if own_purpose is None else own_purpose,
        receiving_region=region if own_region is None else own_region,
    )


def _manifest_input(
    _made: type[ManifestInput], given: Mapping[str, Any], _context: object
) -> ManifestInput:
    return manifest_of(given)


get_object_definition(ManifestInput, strict=True).from_input = _manifest_input


@strawberry.input(
    description="查验点，将告知发码机构；每项最多64个字符 Where and by whom a code is scanned; "
    "issuers are told. Each text has at most 64 characters, or the answer is TEXT_TOO_LONG."
)
class CheckpointInput:
    name: str = strawberry.field(
        description="查验点名称，至多64个字符 The name of the checkpoint, at most 64 characters"
    )
    position: str = strawberry.field(
        description="查验点位置，至多64个字符 Where it is, at most 64 characters"
    )
    department: str = strawberry.field(
        description="查验部门，至多64个字符 The department that runs it, at most 64 characters"
    )
    verifier_name: str = strawberry.field(
        description="查验人员姓名，至多64个字符 The name of who verifies, at most 64 characters"
    )
    verifier_phone: str = strawberry.field(
        description="查验人员电话，至多64个字符 The telephone of who verifies, "
        "at most 64 characters"
    )


@strawberry.input(
    description="验码：所扫内容、查验点与用途 One scanned code: what was scanned, "
    "where, and what for."
)
class ScannedCodeInput:
    code: str = strawberry.field(
        description="扫码所得文本，最多2048个字符 The text of the code as scanned, at most 2,048 "
        "characters"
    )
    checkpoint: CheckpointInput = strawberry.field(description="查验点 Where it was scanned")
    receiving_region: RegionCode = strawberry.field(
        description="接收地，须在该接入系统可代表的地区之内，否则报 FORBIDDEN_REGION。Whose policy "
        "decides; it must lie in a region that the client may act for, or FORBIDDEN_REGION"
    )
    purpose: Purpose = strawberry.field(
        description="用途，须为该接入系统登记的用途，否则报 FORBIDDEN_PURPOSE。What the answer is "
        "used for; the client must be registered for it, or FORBIDDEN_PURPOSE"
    )


@value(
    description="未予查询，也未透露此人任何情况：请按 text 所述更正后重新查询 The hub gives no "
    "recognition for this document, code or entry, and nothing about the person: do what text "
    "says, and ask again.",
)
class NotAnswered(Refusal):
    pass


def not_answered(code: RefusalCode) -> NotAnswered:
    return NotAnswered(code=code, text=REFUSAL_TEXTS[code])


TravelerResult = Annotated[
    Recognition | NotAnswered,
    strawberry.union(
        "TravelerResult",
        description="对一名旅客的答复：互认结果，或未予查询的原因 A recognition, or why there is "
        "none. Also select Refusal, which every later kind of refusal implements.",
    ),
]
CodeResult = Annotated[
    Recognition | NotAnswered,
    strawberry.union(
        "CodeResult",
        description="验码结果：互认结果，或未予查询的原因 A recognition, or why there is none. "
        "Also select Refusal, which every later kind of refusal implements.",
    ),
]


@value(description="名单中一人的结果 The answer to one entry of a manifest.")
class ManifestAnswer:
    index: int = strawberry.field(
        description="在名单中的位置，从0起 The place of the entry in the manifest, from 0"
    )
    ref: str | None = strawberry.field(
        description="该条的编号，原样返回；未写或过长的为空 The client's own name for the "
        "entry, as it was sent; null if it had none, or one that was too long"
    )
    result: TravelerResult = strawberry.field(
        description="结果：互认结果，或仅该条未予查询的原因 The recognition, or why this entry "
        "alone has none"
    )
