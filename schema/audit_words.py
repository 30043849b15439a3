"""What an audit entry can be about: its kind and, for most kinds, what was done."""

from enum import Enum, unique

import strawberry

from tongxing.schema.values import described


@strawberry.enum(
    description="审计记录类别 What an entry records. More kinds may be added: read an unknown one "
    "through the fields of AuditEntry."
)
@unique
class AuditKind(Enum):
    INTENT = described(
        "INTENT",
        "查询意图，在询问任何发码机构之前记下，无需询问的没有 Issuers are about to be asked about "
        "a person; written before any is asked, and not at all if none has to be",
    )
    OUTCOME = described(
        "OUTCOME",
        "答复，在发出之前记下 What the client was told; written before the answer leaves",
    )
    REFUSAL = described("REFUSAL", "拒绝接入系统的请求 A client was refused")
    ADMINISTRATION = described(
        "ADMINISTRATION",
        "管理：接入系统的增删、停用与恢复，可信文档的登记与撤销 A client was added, revoked, "
        "stopped or resumed; a trusted document was registered or withdrawn",
    )
    ARRIVAL = described("ARRIVAL", "到达登记的写入与查阅 Arrivals were written or read")
    CORRECTION = described(
        "CORRECTION", "纠错 A mistake was reported to an issuer, or its decision was asked for"
    )
    READING = described(
        "READING",
        "查阅审计记录、预警等 Records, alarms or a preview over records were read; written before "
        "anything is shown",
    )
    PUBLICATION = described(
        "PUBLICATION", "平台换用了信任列表或政策 The hub took another trust list or policy"
    )
    PASS = described("PASS", "通行凭证的签发、查验与撤销 Passes were issued, checked or withdrawn")
    OFFLINE_DECISION = described(
        "OFFLINE_DECISION",
        "断网时的处置，联网后上交 A gate decided without a network and handed it in later",
    )
    RELAY = described(
        "RELAY",
        "平台间转递陈述 Statements of issuers were passed on from one hub to another",
    )


@strawberry.enum(
    name="AuditAdministrationAction",
    description="管理操作 What was done to a client, or to a trusted document.",
)
@unique
class AdministrativeAction(Enum):
    CLIENT_ADDED = described("CLIENT_ADDED", "登记接入系统 An operator registered the client")
    CLIENT_REVOKED = described("CLIENT_REVOKED", "注销接入系统 An operator revoked the client")
    CLIENT_STOPPED = described(
        "CLIENT_STOPPED",
        "停用疑似猜测的接入系统 The hub stopped it, because it seemed to guess people",
    )
    CLIENT_RESUMED = described("CLIENT_RESUMED", "恢复被停用的接入系统 An operator resumed it")
    CLIENT_GRANTED = described("CLIENT_GRANTED", "增加权限 An operator granted it more scopes")
    DOCUMENT_REGISTERED = described(
        "DOCUMENT_REGISTERED", "登记可信文档 A trusted document was registered"
    )
    DOCUMENT_WITHDRAWN = described(
        "DOCUMENT_WITHDRAWN", "撤销可信文档 A trusted document was withdrawn"
    )
    CLIENT_CHANGED = described(
        "CLIENT_CHANGED",
        "变更名称、地区、权限或用途 An operator changed its name, regions, scopes or purposes",
    )
    CLIENT_KEY_ADDED = described(
        "CLIENT_KEY_ADDED",
        "增加公钥，原公钥仍可用或在限期内可用 A new key was put beside the earlier ones, which "
        "stay or end later",
    )
    CLIENT_KEY_REPLACED = described(
        "CLIENT_KEY_REPLACED",
        "更换公钥，原公钥立即失效 A new key took the place of earlier ones, which ended at once",
    )
    CLIENT_KEY_ENDED = described("CLIENT_KEY_ENDED", "停用公钥 A key ended at once")
    SIGN_IN_LINK_MADE = described(
        "SIGN_IN_LINK_MADE", "发出一次性登录链接 An operator made a link that signs it in once"
    )
    SIGNED_IN = described("SIGNED_IN", "登录网页 It signed in to the pages")
    ENROLLMENT_OPENED = described(
        "ENROLLMENT_OPENED",
        "开出一次性启用码，供一台设备启用 An operator made a code with which one device becomes "
        "this client",
    )
    CLIENT_ENROLLED = described(
        "CLIENT_ENROLLED", "设备凭启用码登记为接入系统 A device became this client with its code"
    )
    SUBJECT_BOUND = described(
        "SUBJECT_BOUND",
        "绑定单位登录账号 An operator said by which account at its organization's provider it "
        "signs in",
    )
    ALARM_ACKNOWLEDGED = described("ALARM_ACKNOWLEDGED", "确认预警 It acknowledged an alarm")
    HOLDER_EPOCH_BEGUN = described(
        "HOLDER_EPOCH_BEGUN",
        "宣布新一期持码人密钥 Another epoch of the holder key was announced; the first one of a "
        "hub is not recorded",
    )
    HOLDER_EPOCH_DESTROYED = described(
        "HOLDER_EPOCH_DESTROYED",
        "销毁一期持码人密钥 An epoch of the holder key was destroyed: nobody finds anybody under "
        "it any more",
    )


@strawberry.enum(
    name="AuditClientChange",
    description="接入系统的变更 What of a client's registration changed.",
)
@unique
class ClientChange(Enum):
    NAME_CHANGED = described(
        "NAME_CHANGED", "变更名称，不记名称本身 Its name changed; neither name is recorded"
    )
    REGION_ADDED = described("REGION_ADDED", "增加地区 A region was added")
    REGION_REMOVED = described("REGION_REMOVED", "去掉地区 A region was taken away")
    SCOPE_ADDED = described("SCOPE_ADDED", "增加权限 A scope was added")
    SCOPE_REMOVED = described("SCOPE_REMOVED", "去掉权限 A scope was taken away")
    PURPOSE_ADDED = described("PURPOSE_ADDED", "增加用途 A purpose was added")
    PURPOSE_REMOVED = described("PURPOSE_REMOVED", "去掉用途 A purpose was taken away")
    RELAY_ADDED = described(
        "RELAY_ADDED", "增加可转递的机构 Statements of one more issuer may be passed on to it"
    )
    RELAY_REMOVED = described(
        "RELAY_REMOVED", "去掉可转递的机构 Statements of an issuer are not passed on to it any more"
    )


@strawberry.enum(name="AuditArrivalAction", description="到达登记操作 What was done with arrivals.")
@unique
class ArrivalAction(Enum):
    """LISTED and FOLLOWED are about all arrivals in a region, not about one person."""

    RECORDED = described("RECORDED", "登记到达 An arrival was recorded")
    ACKNOWLEDGED = described("ACKNOWLEDGED", "确认到达 An arrival was acknowledged")
    LISTED = described("LISTED", "查阅一地的到达登记 The arrivals of a region were listed")
    FOLLOWED = described(
        "FOLLOWED", "订阅一地的到达动态 Somebody began to follow the arrivals of a region"
    )
    WITHDRAWN = described("WITHDRAWN", "撤销到达登记 An arrival was withdrawn as wrong")
    READ = described("READ", "按编号查阅一条到达登记 One arrival was looked up")


@strawberry.enum(name="AuditCorrectionAction", description="纠错操作 How a correction went on.")
@unique
class CorrectionAction(Enum):
    """REPORTING and ASKING are recorded before the issuer is asked, READ before the client sees
    what is kept; the others say what the issuer answered."""

    REPORTING = described("REPORTING", "即将申请纠错 A mistake is about to be reported")
    REPORTED = described("REPORTED", "发码机构已受理 The issuer took the report")
    NOT_TAKEN = described("NOT_TAKEN", "发码机构未受理 The issuer did not take the report")
    ASKING = described("ASKING", "即将询问处理结果 The issuer is about to be asked what it decided")
    ACCEPTED = described("ACCEPTED", "发码机构已采纳 The issuer accepted the report")
    REJECTED = described("REJECTED", "发码机构未采纳 The issuer rejected the report")
    READ = described("READ", "查阅已知的进展 The report was looked up as the hub last knew it")


@strawberry.enum(
    name="AuditReadingAction",
    description="查阅内容 What a client that may look at records looked at.",
)
@unique
class ReadingAction(Enum):
    AUDIT_ENTRIES = described("AUDIT_ENTRIES", "审计记录 Audit entries")
    ALARMS = described("ALARMS", "预警 Alarms of whatever kind")
    ALARM_EVIDENCE = described("ALARM_EVIDENCE", "预警证据 The digests that alarms rest on")
    PREVIEW_WINDOW = described(
        "PREVIEW_WINDOW", "以真实记录预演政策 A policy previewed over recorded cases"
    )
    STOPPED_CLIENTS = described("STOPPED_CLIENTS", "停用的接入系统 Stopped clients")
    INTEROP_FIGURES = described("INTEROP_FIGURES", "互认统计 Figures of interoperation")
    DISAGREEMENTS = described(
        "DISAGREEMENTS", "结果不一致的各次答复 Cases in which issuers disagreed"
    )
    RECEIPT_STATUS = described(
        "RECEIPT_STATUS", "回执所据情况的变化 What has become of what a receipt rests on"
    )


@strawberry.enum(name="AuditPublicationAction", description="公布操作 What the hub took or lost.")
@unique
class PublicationAction(Enum):
    TRUST_LIST_TAKEN = described("TRUST_LIST_TAKEN", "换用信任列表 Another trust list was taken")
    POLICY_TAKEN = described("POLICY_TAKEN", "换用一地的政策 Other policies of a region were taken")
    POLICY_WITHDRAWN = described(
        "POLICY_WITHDRAWN", "一地的政策已撤下 A region has no policy of its own any more"
    )
    LOG_RESUMED = described(
        "LOG_RESUMED",
        "从备份恢复，日志以新名称接续；version 为旧日志已知的条数 The log was restored and goes on "
        "under another name; version is how many entries the one before is known to have had",
    )
    ROOT_KEYS_TAKEN = described("ROOT_KEYS_TAKEN", "换用根公钥 Other root keys were taken")
    HUB_KEYS_CHANGED = described(
        "HUB_KEYS_CHANGED", "平台密钥有变动 The hub's own keys were changed"
    )


@strawberry.enum(
    name="AuditRelayAction",
    description="转递操作 On which side of a relay, and when.",
)
@unique
class RelayAction(Enum):
    ASKED = described(
        "ASKED",
        "已向另一平台查询，所得如所列；在据以答复之前记下 Another hub was asked, and this came; "
        "written before anything rests on it",
    )
    PASSED_ON = described(
        "PASSED_ON",
        "已转递给另一平台，在发出之前记下 This was passed on to a hub that asks; written before it "
        "leaves",
    )
    PASSING = described(
        "PASSING",
        "拟为另一平台查询，在询问任何发码机构之前记下 Issuers are about to be asked for a hub that "
        "asks; written before any is",
    )


@strawberry.enum(name="AuditPassAction", description="通行凭证操作 What was done with a pass.")
@unique
class PassAction(Enum):
    ISSUED = described("ISSUED", "签发通行凭证 A pass was issued")
    WITHDRAWN = described("WITHDRAWN", "撤销通行凭证 A pass was withdrawn")
    CHECKED = described("CHECKED", "在线查验通行凭证 A pass was checked online")


@strawberry.enum(
    name="AuditPublicationChange",
    description="公布的变动 How what was taken differs from what was held before.",
)
@unique
class PublicationChange(Enum):
    ISSUER_ADDED = described("ISSUER_ADDED", "新增发码机构 An issuer was added")
    ISSUER_REMOVED = described("ISSUER_REMOVED", "移除发码机构 An issuer was removed")
    ISSUER_CHANGED = described(
        "ISSUER_CHANGED",
        "发码机构的名称、层级或辖区有变 An issuer's name, level or regions changed",
    )
    KEY_ADDED = described("KEY_ADDED", "新增机构公钥 A key of an issuer was added")
    KEY_REMOVED = described("KEY_REMOVED", "移除机构公钥 A key of an issuer was removed")
    KEY_CHANGED = described(
        "KEY_CHANGED", "机构公钥的有效期或吊销有变 A key's time changed, or it was revoked"
    )
    RULE_ADDED = described("RULE_ADDED", "新增规则 A rule was added")
    RULE_REMOVED = described("RULE_REMOVED", "移除规则 A rule was removed")
    RULE_CHANGED = described("RULE_CHANGED", "规则有变 A rule was changed")
