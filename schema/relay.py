"""What a hub asks another hub, and what it gets: issuers' own statements, and no verdict."""

from typing import Annotated

import strawberry

from tongxing.schema.health_code import Outcome
from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.place import RegionCode
from tongxing.schema.scalars import StatementBytes
from tongxing.schema.traveler import CheckpointInput, TravelDocumentInput
from tongxing.schema.values import value


@strawberry.input(
    description="所扫的码，供转递查询 A scanned code that a hub passes on: what was scanned, and "
    "where."
)
class RelayScanInput:
    code: str = strawberry.field(
        description="扫码所得文本，最多2048个字符 The text of the code, at most 2,048 characters"
    )
    checkpoint: CheckpointInput = strawberry.field(description="查验点 Where it was scanned")


@strawberry.input(
    description="转递查询中的一问：document 与 scan 须且只须给一项 One question of a hub: either "
    "a document or a scan (EXACTLY_ONE)."
)
class RelayQuestionInput:
    document: TravelDocumentInput | None = strawberry.field(
        default=None, description="证件 Whom the question is about"
    )
    scan: RelayScanInput | None = strawberry.field(
        default=None, description="所扫的码 What was scanned"
    )
    issuers: list[strawberry.ID] = strawberry.field(
        description="拟查询的发码机构，1至64个，编号各至多32个字符 The issuers to ask, 1 to 64; "
        "an id has at most 32 characters"
    )


@strawberry.input(
    description="平台之间的转递查询 What one hub asks another, for the statements of the issuers "
    "behind it (docs/hubs.md)."
)
class StatementRelayInput:
    exchange: strawberry.ID = strawberry.field(
        description="往来编号：每次新拟，16个至多64个字符（字母、数字、-、_），双方据此记入审计日"
        "志 A new text of at least 16 and at most 64 letters, digits, - and _, by which both hubs "
        "record this exchange"
    )
    receiving_region: RegionCode = strawberry.field(
        description="提问平台所代表的地区，须在其登记的地区之内，否则报 FORBIDDEN_REGION。The "
        "region that the asking hub acts for; it must lie in one that it is registered for, or "
        "FORBIDDEN_REGION"
    )
    road: list[strawberry.ID] = strawberry.field(
        description="路径：提问依次经由的平台，末项为提问平台，1至4个，编号各至多63个字符；回到已"
        "经过的平台的，报 ROAD_COMES_BACK，过长的报 TOO_MANY_HOPS，末项不是提问平台的报 "
        "ROAD_ENDS_ELSEWHERE。The hubs that the questions have come through, 1 to 4, the asking "
        "one last; an id has at most 63 characters. ROAD_COMES_BACK if this hub is among them, "
        "TOO_MANY_HOPS if they are more, "
        "ROAD_ENDS_ELSEWHERE if the last one is not the asking hub"
    )
    within_milliseconds: int = strawberry.field(
        description="提问平台还等多少毫秒 How long the asking hub still waits, in milliseconds"
    )
    questions: list[RelayQuestionInput] = strawberry.field(
        description="各问，一次请求合计1至200个 The questions, 1 to 200"
    )


@value(
    description="转递的陈述：发码机构签名的原文，由提问平台自行验签 A statement as its issuer "
    "signed it; the hub that gets it verifies it against its own trust list.",
)
class RelayedStatement:
    call: str = strawberry.field(
        description="该陈述答复的是机构的哪一种查询，见 docs/wire-formats.md Which call of the "
        "issuer it answers, as docs/wire-formats.md names them"
    )
    parts: list[StatementBytes] = strawberry.field(
        description="各部分原文，顺序依形式而定 The bytes as received, in the order of the form"
    )
    opening: list[str] = strawberry.field(
        description="据以确认陈述是关于所问之人的数值；陈述自身写明的，或不能告知的，为空列表 "
        "What ties the statement to the question besides the question itself; empty if the "
        "statement does so itself, or if that must not be told"
    )


@value(
    description="转递的来源：一个发码机构的陈述，或没有陈述的原因 One issuer's statement, or why "
    "there is none.",
)
class RelayedSource:
    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer.")
    outcome: Outcome = strawberry.field(
        description="查询结果；附有陈述的，请以自行验签的结果为准 What became of asking it. "
        "Beside a statement it counts for nothing: read the statement. Without one it is this "
        "hub's word."
    )
    road: list[strawberry.ID] = strawberry.field(
        description="路径：依次经由哪些平台转递，首项为本平台 The hubs that it came through, this "
        "one first"
    )
    statement: RelayedStatement | None = strawberry.field(
        name="relayedStatement",
        description="陈述；没有、未签名或不是关于此人的为空 The statement; null if there is none, "
        "if it is not signed, or if it is not about this very person",
    )


@value(
    name="RelayedAnswer",
    description="转递查询中一问的答复；不作任何判定 What came for one question. No policy is "
    "applied and no color computed.",
)
class RelayedAnswer:
    index: int = strawberry.field(
        description="该问在请求中的位置，从0起 The place of the question, from 0"
    )
    sources: list[RelayedSource] = strawberry.field(
        description="所问的各发码机构 One for each issuer that was asked for, in that order"
    )


StatementRelay = Annotated[
    StatementRelayInput,
    strawberry.argument(description="转递查询 What the hub asks"),
]
