"""What auditors see of the log: which client asked what, and what it was told.

One type for each kind of entry, with the fields that this kind has; what all have in common is the
interface.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import strawberry

from tongxing.schema.audit_words import (
    AdministrativeAction,
    ArrivalAction,
    AuditKind,
    ClientChange,
    CorrectionAction,
    PassAction,
    PublicationAction,
    PublicationChange,
    ReadingAction,
    RelayAction,
)
from tongxing.schema.color import Color
from tongxing.schema.decision import Decision, Purpose
from tongxing.schema.health_code import Outcome
from tongxing.schema.holder_pass import HolderPassStatus
from tongxing.schema.issuer import Issuer, named_issuer, named_issuers, perhaps_named_issuer
from tongxing.schema.node import Node
from tongxing.schema.numbered_ids import NumberedIds
from tongxing.schema.page_info import PageInfo
from tongxing.schema.place import RegionCode
from tongxing.schema.policy_rule import PolicyRule
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import AuditIndex, LogProofText, Sha256Digest, ShownHolder
from tongxing.schema.supergraph import entity
from tongxing.schema.values import interface, value

AUDIT_IDS = NumberedIds("audit")

_HOLDER = (
    "人员代号：本接入系统专用；没有发码机构确认号码与姓名的，为空 This client's own reference "
    "to the person; null if no issuer confirmed number and name"
)


class ProofSource(Protocol):
    """What the resolver of a proof needs."""

    async def inclusion_proof(self, index: int) -> str | None: ...


async def _inclusion_proof(
    self: "AuditEntryView", info: strawberry.Info[ProofSource, None]
) -> LogProofText | None:
    """Made only if the client asks for it."""
    text = await info.context.inclusion_proof(self.index)
    return None if text is None else LogProofText(text)


@interface(
    name="AuditEntry",
    description="审计记录：谁、何时、为何地做了什么。每类记录另有自己的字段；不认识的类别，可只读此"
    "处各字段。 One entry of the audit log: who did what, when, and for which region. Each kind "
    "has its own fields too; of a kind that you do not know, read these.",
)
class AuditEntryView(Node):
    id: strawberry.ID = strawberry.field(
        description="记录编号，如 audit:123，长期不变 Such as audit:123; it stays"
    )
    index: AuditIndex = strawberry.field(
        description="审计序号，从0起，无缺号 Its place in the log, from 0, without gaps; "
        "`auditEntry` finds it"
    )
    entry_hash: str = strawberry.field(
        graphql_type=Sha256Digest,
        description="记录的哈希（默克尔树叶），SHA-256，base64url，43个字符；早期记录为哈希链值；"
        "回执中的同名值应与之相同 The hash of the entry, its leaf in the log's Merkle tree; of an "
        "entry of the time before the tree, the chain's hash up to it. SHA-256, base64url, 43 "
        "characters; a receipt carries the same for its entry",
    )
    inclusion_proof: LogProofText | None = strawberry.field(
        resolver=_inclusion_proof,
        description="存证：日志含有此条的证明，不含其内容；刚由命令行写入、尚无检查点的为空 Proves "
        "that the log holds this entry; without its content. Null for one that a command has just "
        "appended, until the next checkpoint covers it",
    )
    kind: AuditKind = strawberry.field(description="类别 What the entry records")
    at: datetime = strawberry.field(description="记录时间 When it was recorded")
    request_id: str = strawberry.field(
        description="请求编号，即响应头 x-request-id；非请求所致的，由平台自拟 The id of the "
        "request, as in the header x-request-id; where no request caused it, a word of the hub's "
        "own"
    )
    client: strawberry.ID = strawberry.field(
        description="接入系统；管理记录为被管理的系统，或登记文档者，平台自己所为的为 hub The "
        "client that asked; of administration the one it is about, or who registered a document; "
        "of the hub's own acts `hub`"
    )
    receiving_region: RegionCode | None = strawberry.field(
        description="接收地；与任何地区无关或当时尚不知道的，为空。无全国权限的审计人员看不到此"
        "项为空的记录，公布除外。 The receiving region; null if there is none or it was not known "
        "yet. Only an auditor for the whole country sees entries without one, but everybody sees "
        "publications."
    )


@value(
    name="AuditIntent",
    description="查询意图：在询问发码机构之前记下，无需询问的没有；不含人员代号，因为号码与姓名尚未"
    "经确认。 Issuers were about to be asked about a person; there is none where the statements "
    "that were kept for the client sufficed. It names no person: nobody had confirmed number and "
    "name yet.",
)
class AuditIntent(AuditEntryView):
    purpose: Purpose = strawberry.field(description="用途 What the client asked for")
    issuers: strawberry.Private[Sequence[str]]
    issuers_named: list[Issuer] = named_issuers(
        "issuers", description="拟查询的发码机构 The issuers that were to be asked"
    )


@value(
    name="AuditedSource",
    description="来源结果：向一个发码机构查询的结果 What became of asking one issuer.",
)
class AuditedSource:
    issuer: strawberry.Private[str]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer that was asked")
    outcome: Outcome = strawberry.field(description="查询结果 What asking it came to")
    evidence_digest: str | None = strawberry.field(
        graphql_type=Sha256Digest | None,
        description="答复原文的 SHA-256，base64url；没有答复的为空 SHA-256 of the statement as "
        "it was received, base64url; null if none was received",
    )


@value(
    name="AuditOutcome",
    description="答复：接入系统得到的互认结果；请求编号与其查询意图相同，没有意图的，依据此前留存的"
    "陈述作出，没有询问任何机构。 What the client was told about a person; it has the request "
    "id of the intent that announced it. Without an intent it rests on kept statements, and no "
    "issuer was asked.",
    directives=entity("index"),
)
class AuditOutcome(AuditEntryView):
    purpose: Purpose = strawberry.field(description="用途 What the client asked for")
    holder: str | None = strawberry.field(graphql_type=ShownHolder | None, description=_HOLDER)
    color: Color = strawberry.field(description="答复的颜色 The color of the answer")
    decision: Decision = strawberry.field(description="处置 The decision of the answer")
    rule_id: strawberry.ID | None = strawberry.field(
        description="决定处置的规则编号；没有规则适用的为空 The id of the rule that decided; "
        "null if none did"
    )
    rule: PolicyRule | None = strawberry.field(
        description="该规则；没有规则适用，或平台已不持有该版政策的，为空 That rule; null if "
        "none decided, or if the hub does not hold the policy any more: then ruleId still names it"
    )
    decided_by: strawberry.Private[str | None]
    decided_by_named: Issuer | None = perhaps_named_issuer(
        "decided_by",
        name="decidedBy",
        description="决定来源：以哪个发码机构的信息为准；没有的为空 The issuer whose statement "
        "decided; null where none did",
    )
    relaxed: bool = strawberry.field(
        name="madeGreener",
        description="是否因放宽规则而更绿 Whether a rule marked as a relaxation made the answer "
        "greener",
    )
    policy: PolicyRef = strawberry.field(
        description="所据政策 The policy that the answer was made under"
    )
    trust_list_version: int = strawberry.field(
        description="所据信任列表的版本 The version of the trust list that was in force"
    )
    sources: list[AuditedSource] = strawberry.field(
        description="各发码机构的结果 What became of asking each issuer"
    )


@value(
    name="AuditRefusal",
    description="拒绝：已知的接入系统的请求被拒绝；当时尚不知道的为空。 A known client was "
    "refused; what was not known by then is null.",
)
class AuditRefusal(AuditEntryView):
    code: str = strawberry.field(
        description="拒绝代码，即接入系统所得；旧记录可能有现已不用的代码 The stable code that the "
        "client got; old entries may hold codes that are not used any more"
    )
    purpose: Purpose | None = strawberry.field(
        name="askedPurpose",
        description="用途；当时不知道的为空 The purpose; null if it was not known",
    )


@value(name="AuditedClientChange", description="接入系统的一项变更 One thing that changed.")
class ChangeOfClient:
    change: ClientChange = strawberry.field(name="clientChange", description="变更 What happened")
    of: str | None = strawberry.field(
        name="changedValue",
        description="地区、权限或用途；名称的变更为空 The region, the scope or the purpose; null "
        "for a name",
    )


@value(
    name="AuditAdministration",
    description="管理：接入系统的增删、变更、停用与恢复，可信文档的登记与撤销，预警的确认，持码人密钥的"
    "更替 A client was added, changed, revoked, stopped or resumed; a trusted document was "
    "registered or withdrawn; an alarm was acknowledged; or an epoch of the holder key began or "
    "was destroyed.",
)
class AuditAdministration(AuditEntryView):
    action: AdministrativeAction = strawberry.field(
        name="administrationAction", description="操作 What was done"
    )
    actor: str = strawberry.field(
        description="操作者：平台主机上的账号，或登记文档、更换自身公钥、确认预警的接入系统；"
        "平台自行停用的为 hub Who did it: an account on the hub's machine, a client that "
        "registered a document, changed its own key or acknowledged an alarm, or `hub` if the "
        "hub did it by itself"
    )
    document_id: str | None = strawberry.field(
        description="可信文档的编号，即其 documentId；与文档无关的操作为空 The document that was "
        "registered or withdrawn, as in documentId; null for an act about a client"
    )
    client_key: str | None = strawberry.field(
        description="增加、更换或停用的公钥的指纹（RFC 7638）；与公钥无关的操作为空 The thumbprint "
        "of the key that was put in or ended; null for an act about no key",
    )
    alarm: strawberry.ID | None = strawberry.field(
        description="所确认的预警，如 alarm:12；与预警无关的操作为空 The alarm that was "
        "acknowledged, such as alarm:12; null for an act about no alarm"
    )
    changes: list[ChangeOfClient] = strawberry.field(
        name="clientChanges",
        description="接入系统变更了什么；没有的和早期记录为空列表 What changed of the client; "
        "empty for another act, and in old records",
    )
    holder_epoch: int | None = strawberry.field(
        description="持码人密钥的期号；与之无关的操作为空 Which epoch of the holder key; null for "
        "an act about none"
    )


@value(name="AuditArrival", description="到达登记的写入与查阅 Arrivals were written or read.")
class AuditArrival(AuditEntryView):
    action: ArrivalAction = strawberry.field(name="arrivalAction", description="操作 What was done")
    holder: str | None = strawberry.field(
        graphql_type=ShownHolder | None,
        description="人员代号：本接入系统专用；不涉及个人的操作为空 This client's own reference "
        "to the person; null for an act about no single person",
    )
    recognition: AuditIndex | None = strawberry.field(
        description="所据互认结果的审计序号；不涉及个人的操作为空 The entry of the recognition "
        "that the arrival rests on; null for an act about no single person"
    )


@value(
    name="AuditPass",
    description="通行凭证的签发、查验与撤销 A pass was issued, checked or withdrawn.",
)
class AuditPass(AuditEntryView):
    action: PassAction = strawberry.field(name="passAction", description="操作 What was done")
    holder: str | None = strawberry.field(
        graphql_type=ShownHolder | None,
        description="人员代号：本接入系统专用；平台已不能辨认的为空 This client's own reference to "
        "the person; null once the hub cannot tell any more",
    )
    recognition: AuditIndex = strawberry.field(
        name="passRecognition",
        description="所据互认结果的审计序号 The entry of the recognition that the pass rests on",
    )


@value(
    name="AuditOfflineDecision",
    description="断网时的处置：设备未联网时自行作出，联网后上交；at 为上交时间。 A gate's device "
    "decided by itself, without a network; `at` is when it handed that in.",
)
class AuditOfflineDecision(AuditEntryView):
    decision_id: strawberry.ID = strawberry.field(
        description="处置编号，由设备生成 The id that the device gave it"
    )
    decided_at: datetime = strawberry.field(
        description="作出的时间，已按平台时钟校正 When it was decided, set right by the hub's clock"
    )
    status: HolderPassStatus | None = strawberry.field(
        name="shownStatus",
        description="设备所示的状态，未能确认的为空 What the device showed; null if it could not "
        "tell",
    )
    fault: str | None = strawberry.field(
        name="shownFault",
        description="未能确认的原因，没有的为空 What was wrong; null if nothing was",
    )
    list_state: int | None = strawberry.field(
        description="所据状态名录的期号，没有的为空 The list's state that it rests on; null if "
        "there was none"
    )
    holder: str | None = strawberry.field(graphql_type=ShownHolder | None, description=_HOLDER)
    recognition: AuditIndex | None = strawberry.field(
        description="凭证所据互认结果的审计序号；不是本平台凭证的为空 The entry of the "
        "recognition that the pass rests on; null if it was no pass of this hub",
    )
    destination: RegionCode | None = strawberry.field(
        description="要求登记到达的区县，没有的为空 Where an arrival was to be recorded; null for "
        "none"
    )


@value(
    name="AuditCorrection",
    description="纠错的申请与查询 A mistake was reported to an issuer, or its decision was asked "
    "for.",
)
class AuditCorrection(AuditEntryView):
    action: CorrectionAction = strawberry.field(
        name="correctionAction", description="操作 What was done"
    )
    issuer: strawberry.Private[str]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer that was told")
    holder: str | None = strawberry.field(graphql_type=ShownHolder | None, description=_HOLDER)
    evidence_digest: str | None = strawberry.field(
        graphql_type=Sha256Digest | None,
        description="所指有误答复的 SHA-256，base64url；不知道的为空 SHA-256 of the statement "
        "that was wrong, base64url; null if it is not known",
    )


@value(
    name="AuditReading",
    description="查阅：在显示任何内容之前记下 A client was about to read records.",
)
class AuditReading(AuditEntryView):
    action: ReadingAction = strawberry.field(
        name="readingAction", description="查阅的内容 What it read"
    )


@value(name="PublishedChange", description="一项变动 One thing that differs.")
class PublishedChange:
    change: PublicationChange = strawberry.field(description="变动 What happened to it")
    name: str = strawberry.field(
        description="机构、公钥或规则的编号 The id of the issuer, the key or the rule"
    )


@value(
    name="AuditPublication",
    description="公布：平台换用了信任列表或一地的政策 The hub took another trust list, or other "
    "policies of a region.",
)
class AuditPublication(AuditEntryView):
    action: PublicationAction = strawberry.field(
        name="publicationAction", description="操作 What was taken"
    )
    version: int = strawberry.field(
        description="所取的最高版本；政策全部撤下的为0 The highest version that was taken; 0 if "
        "the region's policies are gone"
    )
    digest: str | None = strawberry.field(
        graphql_type=Sha256Digest | None,
        description="内容摘要；政策全部撤下的为空 SHA-256 of the content; null if the region's "
        "policies are gone",
    )
    signed_by: list[str] = strawberry.field(
        description="签名者：计入的签名密钥编号；未签名的和早期记录为空列表 The ids of the keys "
        "whose signatures count; empty if it is not signed, and in old records"
    )
    compared_with: int | None = strawberry.field(
        description="与之比较的此前版本；此前没有的和早期记录为空 The version held before, which "
        "changes are told from; null if there was none, and in old records"
    )
    changes: list[PublishedChange] = strawberry.field(
        description="变动，至多200项 What differs from it; 200 at most"
    )


@value(
    name="AuditedRelaySource",
    description="转递的来源：两个平台之间关于一个发码机构的往来 What passed between two hubs of "
    "one "
    "issuer.",
)
class AuditedRelaySource:
    issuer: strawberry.Private[str]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer")
    outcome: Outcome | None = strawberry.field(
        name="relayOutcome",
        description="查询结果；尚未查询，或所得陈述当时尚未验签的，为空 What asking it came to; "
        "null "
        "if it was yet to be asked, or if the statement was not verified yet",
    )
    evidence_digest: str | None = strawberry.field(
        graphql_type=Sha256Digest | None,
        description="本平台所得陈述的 SHA-256，没有的为空 SHA-256 of the statement that this hub "
        "got; null if none came",
    )
    is_handed: bool = strawberry.field(
        name="isHandedOver",
        description="陈述是否已交给对方，或由对方交来 Whether the other hub got the statement from "
        "this one, or this one from the other",
    )
    road: list[strawberry.ID] = strawberry.field(
        description="路径：依次经由哪些平台 The hubs that the statement came through"
    )


@value(
    name="AuditRelay",
    description="平台间转递：requestId 为双方共用的往来编号，client 为对方平台。 Statements passed "
    "on from one hub to another: requestId is the text under which both record the exchange, "
    "client "
    "the other hub.",
)
class AuditRelay(AuditEntryView):
    action: RelayAction = strawberry.field(name="relayAction", description="操作 What was done")
    holder: str | None = strawberry.field(graphql_type=ShownHolder | None, description=_HOLDER)
    sources: list[AuditedRelaySource] = strawberry.field(
        name="relaySources", description="各发码机构 Of each issuer"
    )


AUDIT_ENTRY_TYPES = (
    AuditIntent,
    AuditOutcome,
    AuditRefusal,
    AuditAdministration,
    AuditArrival,
    AuditCorrection,
    AuditReading,
    AuditPublication,
    AuditPass,
    AuditOfflineDecision,
    AuditRelay,
)
"""No field of the schema leads to them but the interface."""


@value(description="审计记录及其游标 An entry and its cursor.")
class AuditEntryEdge:
    node: AuditEntryView = strawberry.field(description="审计记录 The entry")
    cursor: str = strawberry.field(
        description="游标，仅用于 auditEntries The place of this entry, for `after` and `before` "
        "of auditEntries"
    )


@value(
    description="审计记录分页，从旧到新 A page of audit entries, oldest first. It may be short, "
    "even empty, while hasNextPage is true: the search paused, and goes on behind endCursor."
)
class AuditEntryConnection:
    edges: list[AuditEntryEdge] = strawberry.field(
        description="本页的记录；可能为空而其后仍有 The entries of this page; it may be empty "
        "while there are more"
    )
    page_info: PageInfo = strawberry.field(
        description="前后是否还有，以及续读的游标；hasNextPage 为 true 时请从 endCursor 续读，即使"
        "本页为空。 Whether there may be more on either side, and the cursors to go on with: while "
        "hasNextPage is true, go on behind endCursor even if this page is empty (backwards: "
        "hasPreviousPage and startCursor). Only false is certain."
    )


@strawberry.input(
    name="AuditFilter",
    description="审计筛选：所给各项须同时符合；不给的不限。 All that is given must hold; what is "
    "not given does not matter. It finds entries of every age.",
)
class AuditFilterInput:
    client: strawberry.ID | None = strawberry.field(
        default=None,
        description="接入系统编号，至多63个字符 The client's id, at most 63 characters",
    )
    kind: AuditKind | None = strawberry.field(default=None, description="类别 The kind of entry")
    holder: ShownHolder | None = strawberry.field(
        default=None,
        description="人员代号，填本接入系统所见的代号；查询本身连同该代号记入审计日志 The person "
        "as this client is shown them; finds what is shown so. The search itself is recorded with "
        "the reference.",
    )
    request_id: str | None = strawberry.field(
        default=None,
        description="请求编号，即响应头 x-request-id，至多64个字符 As in the header x-request-id, "
        "at most 64 characters",
    )
    since: datetime | None = strawberry.field(
        default=None, description="起始时间（含） From this time on, included"
    )
    until: datetime | None = strawberry.field(
        default=None, description="截止时间（不含） Before this time"
    )
    region: RegionCode | None = strawberry.field(
        default=None,
        description="接收地：该地区或其下属地区；此外仍限于本接入系统可代表的地区 The receiving "
        "region is this one or lies in it; besides, you see entries of your own regions only",
    )
    issuer: strawberry.ID | None = strawberry.field(
        default=None,
        description="发码机构：拟查询、已查询、据以决定或接到纠错的，至多64个字符 An issuer that "
        "was to be asked, was asked, decided, or got a report; at most 64 characters",
    )
    outcome: Outcome | None = strawberry.field(
        default=None,
        description="查询结果：某一发码机构的；同时给出 issuer 的，为该机构的 What asking an "
        "issuer came to: that of `issuer` if it is given, else that of any",
    )
    color: Color | None = strawberry.field(
        default=None, description="答复的颜色 The color of the answer"
    )
    decision: Decision | None = strawberry.field(
        default=None, description="处置 The decision of the answer"
    )
