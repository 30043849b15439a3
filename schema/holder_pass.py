"""Passes 通行凭证: what a holder carries, and what it is worth now."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated, Protocol

import strawberry

from tongxing.schema.decision import Purpose
from tongxing.schema.document import DocumentKind
from tongxing.schema.place import RegionCode
from tongxing.schema.refusal import Refusal
from tongxing.schema.scalars import SignedReceipt
from tongxing.schema.traveler import TravelDocumentInput
from tongxing.schema.values import described, value


@strawberry.enum(description="通行凭证的状态 What a pass is worth.")
@unique
class HolderPassStatus(Enum):
    GREEN = described("GREEN", "绿：可放行 Let the holder pass, once the document was compared")
    YELLOW = described(
        "YELLOW",
        "黄：须核查，或依据已不足 Look into it: not green, or what it rested on has ended",
    )
    RED = described("RED", "红：不放行 Do not let the holder pass")
    WITHDRAWN = described("WITHDRAWN", "已撤销 The pass was withdrawn for good")


class _Drawing(Protocol):
    async def drawn(self, text: str) -> str: ...


class _Resolving(Protocol):
    @property
    def context(self) -> _Drawing: ...


async def _qr_svg(self: "HolderPass", info: strawberry.Info) -> str:
    resolving: _Resolving = info
    return await resolving.context.drawn(self.pass_text)


@value(
    description="通行凭证：已签名，供离线查验；现在的颜色以状态名录为准 A signed pass, to be "
    "checked without a connection; what it is worth now, the status list says.",
)
class HolderPass:
    pass_text: str = strawberry.field(
        description="凭证文本，至多666个字符，以二维码出示 The pass itself, at most 666 "
        "characters: what the QR code holds."
    )
    qr_svg: str = strawberry.field(
        resolver=_qr_svg,
        description="二维码图（SVG），版本至多20、纠错级M The QR code as SVG: at most version 20, "
        "at level M.",
    )
    status: HolderPassStatus = strawberry.field(
        description="签发时的状态 What it is worth at issue."
    )
    masked_name: str = strawberry.field(
        description="掩码姓名 The holder's name, masked as the pass shows it."
    )
    document_tail: str = strawberry.field(
        description="证件号码末四位 The last 4 characters of the document's number."
    )
    valid_until: datetime = strawberry.field(
        description="有效期至，此后一律无效 The end of the pass: after it neither the pass nor a "
        "copy counts."
    )
    status_list_uri: str = strawberry.field(
        description="状态名录地址，无需令牌 Where its status list is, for everybody."
    )
    status_index: int = strawberry.field(
        description="在名录中的位置 Its place on the list, from 0."
    )


@value(
    description="通行凭证的在线查验结果：以平台此刻所知为准 What a pass states, and what the hub "
    "knows it to be worth at this moment.",
)
class CheckedPass:
    status: HolderPassStatus = strawberry.field(
        description="此刻的状态；绿色仍须核对证件 What it is worth now; also a green needs the "
        "document compared."
    )
    masked_name: str = strawberry.field(
        description="掩码姓名，须与证件相符 The masked name: compare it with the document."
    )
    document_kind: DocumentKind = strawberry.field(
        description="证件类型 The kind of document that it is bound to."
    )
    document_tail: str = strawberry.field(
        description="证件号码末四位，须与证件相符 The end of the number: compare it with the "
        "document."
    )
    receiving_region: RegionCode = strawberry.field(
        description="接收地：以其政策判定 The region whose policy judges."
    )
    purpose: Purpose = strawberry.field(description="用途 What it was issued for.")
    valid_until: datetime = strawberry.field(description="有效期至 The end of the pass.")


@strawberry.input(description="申领通行凭证所需内容 What is handed in for a pass.")
class IssuePassInput:
    receipt: str = strawberry.field(
        graphql_type=SignedReceipt,
        description="本接入系统取得的互认回执，须在有效期内，至多65536个字符 The receipt of the "
        "recognition, as this client got it and while it is valid; up to 65,536 characters.",
    )
    document: TravelDocumentInput = strawberry.field(
        description="该次互认所依据的证件，平台不保存 The document that the recognition was about; "
        "not kept."
    )


@strawberry.input(description="所撤销的通行凭证 Which pass is withdrawn.")
class WithdrawPassInput:
    pass_text: str = strawberry.field(
        description="凭证文本，至多666个字符 The pass itself, at most 666 characters."
    )


@value(description="通行凭证未办理 Nothing was issued or withdrawn, and nothing counts.")
class PassRefused(Refusal):
    pass


PassResult = Annotated[
    HolderPass | PassRefused,
    strawberry.union(
        "PassResult",
        description="申领结果：通行凭证，或未签发的原因 The pass, or why there is none.",
    ),
]

PassCheckResult = Annotated[
    CheckedPass | PassRefused,
    strawberry.union(
        "PassCheckResult",
        description="查验或撤销结果：凭证此刻的状态，或不予采信的原因 What the pass is worth, or "
        "why it does not count.",
    ),
]
