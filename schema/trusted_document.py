"""Trusted documents as coordinators see them: GraphQL documents that clients name by their id."""

from datetime import datetime
from typing import Annotated

import strawberry

from tongxing.schema.node import Node
from tongxing.schema.page_info import PageInfo
from tongxing.schema.refusal import Refusal
from tongxing.schema.values import value


@value(
    description="可信文档：接入系统可只发编号、不发全文的查询文档 A GraphQL document that a client "
    "may name by its id in place of sending it."
)
class TrustedDocument(Node):
    id: strawberry.ID = strawberry.field(
        description="编号，即请求中的 documentId：sha256: 加所交文档全文的 SHA-256 What a request "
        "holds as documentId: `sha256:` and the SHA-256 of the text that was handed in, in "
        "hexadecimal"
    )
    source: str = strawberry.field(
        description="文档，不含注释 The document without its comments; each token keeps its place"
    )
    operations: list[str] = strawberry.field(
        description="其中各操作的名称；没有名称的不列 The names of its operations; one without a "
        "name is not listed"
    )
    registered_at: datetime = strawberry.field(description="登记时间 When it was registered")
    registered_by: strawberry.ID = strawberry.field(
        description="登记者：接入系统，或平台主机上的账号 Who registered it first: a client, or an "
        "account on the hub's machine"
    )


@value(description="可信文档及其游标 A trusted document and its cursor.")
class TrustedDocumentEdge:
    node: TrustedDocument = strawberry.field(description="可信文档 The document")
    cursor: str = strawberry.field(
        description="游标，仅用于 trustedDocuments The place of this document, for `after` and "
        "`before` of trustedDocuments"
    )


@value(description="可信文档分页，先登记的在先 A page of trusted documents, oldest first.")
class TrustedDocumentConnection:
    edges: list[TrustedDocumentEdge] = strawberry.field(
        description="本页的文档 The documents of this page; empty if there are none"
    )
    page_info: PageInfo = strawberry.field(
        description="前后是否还有，以及续读的游标 Whether there is more on either side, and the "
        "cursors to go on with"
    )


@strawberry.input(description="所登记的文档 The document that a coordinator registers.")
class RegisterDocumentInput:
    source: str = strawberry.field(
        description="文档全文，至多16384个字符；文字和编号须作变量传入，注释不予保存 The whole "
        "document, at most 16,384 characters. It takes its texts and numbers as variables. "
        "Comments count for its id and are not kept."
    )


@strawberry.input(description="所撤销的文档 Which document a coordinator withdraws.")
class WithdrawDocumentInput:
    id: strawberry.ID = strawberry.field(
        description="可信文档的编号，至多100个字符 The id of the document, at most 100 characters."
    )


@value(description="文档未登记或未撤销，什么也没有改动 Nothing was registered or withdrawn.")
class TrustedDocumentRefused(Refusal):
    line: int = strawberry.field(
        description="行号，从1起；0指文档整体 The line of the document, from 1; 0 means the "
        "document as a whole."
    )
    column: int = strawberry.field(
        description="列号，从1起；0指文档整体 The column, from 1; 0 means the document as a whole."
    )
    reason: str = strawberry.field(
        description="具体原因（英文），只含结构中的名称 What is wrong in this document, in English "
        "and in the names of the schema alone."
    )


TrustedDocumentResult = Annotated[
    TrustedDocument | TrustedDocumentRefused,
    strawberry.union(
        "TrustedDocumentResult",
        description="可信文档办理结果：该文档，或未办理的原因 The document, or why nothing was "
        "done.",
    ),
]
