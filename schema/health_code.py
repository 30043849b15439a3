"""What one issuer states about one holder, the outcome of asking it, and what it stated before."""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.color import Basis, Color
from tongxing.schema.evidence import Evidence
from tongxing.schema.forgery import ForgeryCause
from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.place import RegionCode
from tongxing.schema.scalars import Sha256Digest
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.source_statement import SourceStatement
from tongxing.schema.values import described, value


@strawberry.enum(name="SourceOutcome", description="查询结果 What became of asking one issuer.")
@unique
class Outcome(Enum):
    VERIFIED = described("VERIFIED", "已验证 It answered, and the answer was verified")
    NOT_ENROLLED = described("NOT_ENROLLED", "未查询到 It has nothing about this person")
    NOT_THIS_ISSUER = described("NOT_THIS_ISSUER", "不是该机构的码 The code is not one of its own")
    CODE_EXPIRED = described("CODE_EXPIRED", "码已过期 The code has expired")
    MUST_UPDATE = described("MUST_UPDATE", "须更新申报 The holder must declare again first")
    NO_ACCESS = described("NO_ACCESS", "无查询权限 It denies this hub access")
    BUSY = described("BUSY", "繁忙或无法连接 It is overloaded or cannot be reached")
    TIMED_OUT = described("TIMED_OUT", "未及时答复 No answer before the deadline")
    CIRCUIT_OPEN = described("CIRCUIT_OPEN", "暂停查询 It failed repeatedly and was not asked")
    MALFORMED = described("MALFORMED", "答复无法读取 The answer is not in its format")
    UNMAPPED_VALUE = described("UNMAPPED_VALUE", "状态无法识别 A value that stands for no color")
    BAD_SIGNATURE = described(
        "BAD_SIGNATURE",
        "未通过验签，或涉及该机构无权代表的地区 Not signed by a key that is believed, or about a "
        "place that the issuer may not speak for",
    )
    WRONG_HOLDER = described("WRONG_HOLDER", "与此人身份不符 Signed, and about another person")
    STALE = described("STALE", "信息不是最新 Signed, and not of a time that is believed")
    NOT_PROVEN = described(
        "NOT_PROVEN",
        "仅凭转递平台的说法，不能采信 Only another hub's word: nothing that the issuer signed "
        "shows "
        "that it is about this person",
    )


@strawberry.enum(
    name="StatementRoute", description="途径 How an issuer's statement came to the hub."
)
@unique
class Via(Enum):
    LIVE = described("LIVE", "实时查询 The issuer was asked about this holder")
    LIST = described("LIST", "每日名单 Its signed daily list of yellow and red codes was looked up")


@value(description="健康码 One issuer's statement about one holder, in canonical terms.")
class HealthCode:
    """``issuer`` is the id of the issuer that states it."""

    color: Color = strawberry.field(description="颜色 The canonical color.")
    raw_value: str = strawberry.field(
        description="原值，即机构所报的原文，供熟悉该系统的人查看；程序请用 color The value as "
        "the issuer wrote it. For people who know that system; a program uses the color."
    )
    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer that states it.")
    issuing_place: RegionCode = strawberry.field(
        description="发码地 The place that it is a code of."
    )
    basis: list[Basis] = strawberry.field(
        description="依据 Why the issuer set the color, in its order."
    )
    as_of: datetime = strawberry.field(description="状态时间 When the state was true.")
    valid_until: datetime | None = strawberry.field(
        default=None,
        description="有效期至，机构未说明的为空 Until when the issuer says that it may be used; "
        "null if it does not say.",
    )
    previous_color: Color | None = strawberry.field(
        default=None,
        description="此前颜色，机构未说明的为空 The color before this one, as the issuer states "
        "it; null if it does not say.",
    )
    changed_at: datetime | None = strawberry.field(
        default=None,
        description="变色时间，机构未说明的为空 When the previous color gave way to this one; "
        "null if the issuer does not say.",
    )


def _statement(self: "SourceAnswer") -> SourceStatement | None:
    return None if self.stated is None else self.stated()


@value(description="来源 One issuer whose word was looked at, and what became of it.")
class SourceAnswer:
    """``issuer`` is the id of that issuer. ``stated`` makes the statement that a client may check
    for itself; ``forgery`` says what of it no honest failure explains. Neither is a part of what
    the answer is: nothing is judged by them, and printing an answer does not show them."""

    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer.")
    outcome: Outcome = strawberry.field(
        description="查询结果；仅 VERIFIED 时其中的绿码才算数 What became of asking it. A green "
        "among the codes counts beside VERIFIED only."
    )
    evidence: Evidence | None = strawberry.field(
        default=None,
        description="证据类别，没有可采信答复的为空 What its answer rests on, one without codes "
        "too; null if none was believed.",
    )
    codes: list[HealthCode] = strawberry.field(
        default_factory=list,
        description="该机构的健康码，报告多地的有多个，没有的为空列表；答复不能完整读取的（如 "
        "MALFORMED），只列出其中可读的黄码、红码，照样算数 Several where an issuer reports for "
        "several places; empty if there are none. If its answer cannot be read whole (such as "
        "MALFORMED), the yellows and reds that can be read, which count, and no green.",
    )
    evidence_digest: str | None = strawberry.field(
        default=None,
        graphql_type=Sha256Digest | None,
        description="证据摘要，没有收到答复的为空 SHA-256 of the statement as received; null if "
        "none came. The receipt and the audit log name the statement by it.",
    )
    via: Via = strawberry.field(default=Via.LIVE, description="途径 How its word came to the hub.")
    road: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="路径：依次经由哪些平台转递；直接向机构查询的为空列表 The hubs through which "
        "it "
        "was asked and its statement came, the one that this hub asks first; empty if the issuer "
        "itself was asked.",
    )
    stated: strawberry.Private[Callable[[], SourceStatement] | None] = field(
        default=None, compare=False, repr=False
    )
    forgery: strawberry.Private[ForgeryCause | None] = field(
        default=None, compare=False, repr=False
    )

    statement: SourceStatement | None = strawberry.field(
        resolver=_statement,
        directives=any_of(Scope.STATEMENT_READ),
        description="原始陈述：此答复所依据的、发码机构签名的原文；一次请求至多100名旅客，按人数乘"
        "以文档中取用的次数计。以下情形为空：没有陈述；未经信任列表中的公钥验签；不是关于此人，或"
        "时间不可信；机构称未查询到此人；会向扫码方透露持码人的号码与姓名；来自每日名单 The "
        "statement that this answer was read from, as its issuer signed it. For at most 100 "
        "travelers of one request, counted as travelers times the places where the document asks "
        "for it (TOO_MANY_STATEMENTS). Null if no statement came; if it is not signed by a key of "
        "the trust list; if it is not about this very person, or not of a time that is believed; "
        "if the issuer denies that it knows the person; if it would tell a client that scanned a "
        "code the holder's number and name; and if the answer comes from a daily list (LIST).",
    )


@value(
    description="变色记录 One state that an issuer stated of a holder, with when it was so and "
    "known."
)
class HistoryEntry:
    """``as_of`` and ``changed_at`` say when the state was true, ``known_at`` when the hub learned
    it. Without ``known_at`` it could not be told later what an answer could have rested on. The hub
    keeps the moments; a client is shown the days, because the moments are those at which somebody
    asked."""

    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer that stated it.")
    issuing_place: RegionCode = strawberry.field(
        description="发码地 The place that it was a code of."
    )
    color: Color = strawberry.field(description="颜色 The color that was stated.")
    basis: list[Basis] = strawberry.field(description="依据 Why the issuer set it.")
    previous_color: Color | None = strawberry.field(
        description="此前颜色，不详的为空 The color before it, as the issuer states it, or else "
        "as the hub knew it; null if neither is known."
    )
    as_of: datetime = strawberry.field(
        description="状态日期，以北京时间当日之末表示 The day on which the state was true, "
        "written as its end in Beijing."
    )
    changed_at: datetime | None = strawberry.field(
        description="变色时间，机构未说明的为空 When the previous color gave way, where the "
        "issuer says so; null otherwise."
    )
    known_at: datetime = strawberry.field(
        description="获知日期，以北京时间当日之末表示 The day on which the hub learned of it, "
        "written as its end in Beijing."
    )
    evidence_digest: str | None = strawberry.field(
        graphql_type=Sha256Digest | None,
        description="证据摘要，未留存的为空 SHA-256 of the statement as received; null if it was "
        "not kept.",
    )
