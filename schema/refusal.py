"""Why a question, a report or a draft was not taken: one family of answers, and one list of codes.

A refusal that a client must expect is a value of a union and no error. All of them implement
``Refusal``, so that a client of today still reads the code and the sentence of a kind that is added
tomorrow. Responsible for the codes of all of them. Refuses to say more than the code: the sentences
are in ``refusal_texts``.
"""

from enum import Enum, unique

import strawberry

from tongxing.schema.values import Text, described, interface


@strawberry.enum(
    description="未办理原因 Why something was not done; stable for programs. A later version may "
    "add codes: show the text of a code that you do not know."
)
@unique
class RefusalCode(Enum):
    """Stored in the audit log under these names, which therefore never change."""

    DOCUMENT_FORM = described(
        "DOCUMENT_FORM",
        "证件号码格式不正确 The number does not have the form of its kind of document",
    )
    DOCUMENT_LENGTH = described(
        "DOCUMENT_LENGTH", "身份证号码不是18位 A resident ID number that has not 18 characters"
    )
    DOCUMENT_CHECK_CHARACTER = described(
        "DOCUMENT_CHECK_CHARACTER", "证件号码校验码不符 The check character is wrong (GB 11643)"
    )
    DOCUMENT_BIRTH_DATE = described(
        "DOCUMENT_BIRTH_DATE",
        "证件号码中的出生日期不存在、晚于今天或早于1880年 No such birth date, "
        "or one after today or before 1880",
    )
    DOCUMENT_DIVISION = described(
        "DOCUMENT_DIVISION", "证件号码中的行政区划无效 The number begins with no known division"
    )
    DOCUMENT_NAME = described(
        "DOCUMENT_NAME",
        "姓名为空、过长（超过64个字符）、没有文字，或含有不可见字符 The name is empty, "
        "too long (over 64 characters), has no letter, or has characters that cannot be seen",
    )
    DOCUMENT_INTERVAL_DOT = described(
        "DOCUMENT_INTERVAL_DOT",
        "姓名间隔号不是“·”（U+00B7），或位置不对 The dot between two parts "
        "of the name is not U+00B7, or is out of place",
    )
    CODE_UNREADABLE = described(
        "CODE_UNREADABLE", "无法识别此码 No issuer's codes look like the scanned text"
    )
    CODE_TOO_LONG = described(
        "CODE_TOO_LONG", "扫码内容过长 The scanned text is longer than any code"
    )
    REGION_MISSING = described(
        "REGION_MISSING", "未写接收地 Neither the entry nor the manifest names a receiving region"
    )
    REGION_UNKNOWN = described(
        "REGION_UNKNOWN", "接收地不存在 The receiving region is no division of GB/T 2260"
    )
    REGION_NOT_GRANTED = described(
        "REGION_NOT_GRANTED", "无权代表该接收地 The client may not act for the receiving region"
    )
    PURPOSE_MISSING = described(
        "PURPOSE_MISSING", "未写用途 Neither the entry nor the manifest names a purpose"
    )
    PURPOSE_NOT_GRANTED = described(
        "PURPOSE_NOT_GRANTED", "未登记该用途 The client is not registered for the purpose"
    )
    NO_POLICY_IN_FORCE = described(
        "NO_POLICY_IN_FORCE",
        "接收地没有现行的互认政策 No policy is in force for the receiving region",
    )
    DRAFT_TOO_LARGE = described("DRAFT_TOO_LARGE", "草案超过256KB The draft is larger than 256 KB")
    DRAFT_TOO_DEEP = described(
        "DRAFT_TOO_DEEP",
        "草案的键或括号嵌套过深 Keys or brackets of the draft lie too deep in one another",
    )
    DRAFT_TOO_COSTLY = described(
        "DRAFT_TOO_COSTLY",
        "检查草案超出时间或内存上限 Checking the draft takes more time or memory than a hub gives "
        "it",
    )
    DRAFT_NOT_TOML = described(
        "DRAFT_NOT_TOML", "草案不是合格的 TOML The draft is not well-formed TOML"
    )
    DRAFT_UNSEEN_CHARACTER = described(
        "DRAFT_UNSEEN_CHARACTER",
        "草案含有看不见或改变书写方向的字符 The draft has a character that does not show, or "
        "turns the direction of writing",
    )
    DRAFT_SHAPE = described(
        "DRAFT_SHAPE",
        "草案缺少某项，或某项写法不对 A key of the draft is missing, or its value is not of the "
        "kind that it needs",
    )
    DRAFT_UNKNOWN_KEY = described(
        "DRAFT_UNKNOWN_KEY",
        "草案中有一个不认识的键 The draft has a key that a policy does not have",
    )
    DRAFT_TEXT_MISSING = described(
        "DRAFT_TEXT_MISSING",
        "草案的文字缺少中文或英文 A text of the draft lacks one of the two languages",
    )
    DRAFT_VALIDITY = described(
        "DRAFT_VALIDITY",
        "草案的有效期不成立 The draft does not begin before it ends, or its years are out of range",
    )
    DRAFT_ANNOUNCED_TOO_LATE = described(
        "DRAFT_ANNOUNCED_TOO_LATE",
        "草案公布得太晚，距生效不足48小时 The draft is announced less than 48 hours "
        "before it begins",
    )
    DRAFT_REPLACES = described(
        "DRAFT_REPLACES",
        "草案的 replaces 所指的版本不对 The draft replaces a version that is not a lower one",
    )
    DRAFT_UNKNOWN_ISSUER = described(
        "DRAFT_UNKNOWN_ISSUER",
        "草案提到未列出的发码机构 The draft names an issuer that it does not list",
    )
    DRAFT_HOME_ISSUER = described(
        "DRAFT_HOME_ISSUER",
        "草案的 home 与冲突次序不相配 The draft's home issuer and its order of conflicts do not "
        "fit",
    )
    DRAFT_ASKED = described(
        "DRAFT_ASKED", "草案的查询范围自相矛盾 Whom the draft asks does not fit the rest of it"
    )
    DRAFT_LISTS = described(
        "DRAFT_LISTS", "草案的名单与互认方式不相配 The draft's lists do not fit its mode"
    )
    DRAFT_DUPLICATE_RULE = described(
        "DRAFT_DUPLICATE_RULE", "草案有两条规则同名 Two rules of the draft have one name"
    )
    DRAFT_HISTORY_TOO_SHORT = described(
        "DRAFT_HISTORY_TOO_SHORT",
        "草案的规则回看的时间超过变色记录的留存时间 A rule of the draft looks further back than "
        "the history is kept",
    )
    DRAFT_RULE_WITHOUT_TESTS = described(
        "DRAFT_RULE_WITHOUT_TESTS", "草案有一条规则没有测试 A rule of the draft has no tests"
    )
    DRAFT_ADMITS_WITHOUT_GREEN = described(
        "DRAFT_ADMITS_WITHOUT_GREEN",
        "草案不是绿码却放行 A rule of the draft admits without a green",
    )
    DRAFT_MAKES_GREENER = described(
        "DRAFT_MAKES_GREENER",
        "草案比所依据的更宽，却没有写明 A rule of the draft is greener than its evidence and does "
        "not say so",
    )
    DRAFT_INVENTS_COLOR = described(
        "DRAFT_INVENTS_COLOR",
        "草案赋了没有机构报过的颜色 A rule of the draft sets a color that no issuer stated",
    )
    DRAFT_RELAXES_NOTHING = described(
        "DRAFT_RELAXES_NOTHING",
        "草案写了放宽，其实没有放宽 A rule of the draft is marked as a relaxation and relaxes "
        "nothing",
    )
    DRAFT_RELAXES_MANDATORY = described(
        "DRAFT_RELAXES_MANDATORY",
        "草案的放宽及于必查机构 A relaxation of the draft reaches a mandatory issuer",
    )
    DRAFT_UNREACHABLE = described(
        "DRAFT_UNREACHABLE", "草案有一条规则永远轮不到 A rule of the draft is never reached"
    )
    DRAFT_UNDECIDED = described(
        "DRAFT_UNDECIDED",
        "草案有一种情形没有任何规则处置 No rule of the draft decides on some case",
    )
    DRAFT_TOO_MANY_COMBINATIONS = described(
        "DRAFT_TOO_MANY_COMBINATIONS",
        "草案的规则区分的情形太多，无法逐一检查 The draft's rules tell too many cases apart to be "
        "checked one by one",
    )
    DRAFT_TOO_MANY_TESTS = described(
        "DRAFT_TOO_MANY_TESTS",
        "草案的测试太多，无法在时限内全部运行 The draft has too many tests to run them all in time",
    )
    DRAFT_TEST_FAILS = described(
        "DRAFT_TEST_FAILS", "草案的一条测试没有通过 A test of the draft fails"
    )
    DRAFT_OF_ANOTHER_REGION = described(
        "DRAFT_OF_ANOTHER_REGION",
        "草案不是所查地区的 The draft is for another region than the question",
    )
    DRAFT_ALREADY_PUBLISHED = described(
        "DRAFT_ALREADY_PUBLISHED",
        "草案就是已公布的首版政策，之前没有可比的政策 The draft is the region's first policy, "
        "which is published; nothing came before it",
    )
    DRAFT_NOTHING_BEFORE = described(
        "DRAFT_NOTHING_BEFORE",
        "草案生效之前，该地区没有可比的政策 No policy is in force in the region just before the "
        "draft begins",
    )
    TEXT_TOO_LONG = described(
        "TEXT_TOO_LONG", "文字过长 A text is longer than its description allows"
    )
    RECEIPT_INVALID = described(
        "RECEIPT_INVALID",
        "不是本平台出具给该接入系统的回执，请重新查询 No receipt that this hub gave to this "
        "client: ask about the traveler again",
    )
    RECEIPT_EXPIRED = described(
        "RECEIPT_EXPIRED",
        "回执已过有效期，请重新查询 The receipt's answer must not be used any more: ask about "
        "the traveler again",
    )
    RECEIPT_TOO_OLD = described(
        "RECEIPT_TOO_OLD",
        "回执已超过30天，请重新查询 Older than 30 days: ask about the traveler again",
    )
    HOLDER_UNKNOWN = described(
        "HOLDER_UNKNOWN",
        "回执未载明持码人，请按证件查询 The receipt names no holder, because no issuer confirmed "
        "number and name: ask by document",
    )
    DESTINATION_NOT_A_DISTRICT = described(
        "DESTINATION_NOT_A_DISTRICT",
        "目的地不是区县，请改填区县 The destination is a whole city or province: name a district",
    )
    DESTINATION_OUTSIDE_REGION = described(
        "DESTINATION_OUTSIDE_REGION",
        "目的地不在接收地之内，请按目的地所在的接收地查询 The traveler was recognized for "
        "another region than the destination's: ask again for that one",
    )
    DESTINATION_ANOTHER = described(
        "DESTINATION_ANOTHER",
        "回执已用于另一目的地，请先撤销 The receipt stands for an arrival in another district: "
        "withdraw that one first",
    )
    ARRIVAL_NOT_FOUND = described(
        "ARRIVAL_NOT_FOUND",
        "没有可由该接入系统办理的这条到达登记，请核对编号 This client may change no arrival of "
        "that id: check the id",
    )
    ARRIVAL_WITHDRAWN = described(
        "ARRIVAL_WITHDRAWN",
        "到达登记已撤销，不必再等候 The arrival has been withdrawn: nobody is to be waited for",
    )
    ANOTHER_HOLDER = described(
        "ANOTHER_HOLDER",
        "回执与证件不是同一人，请核对 The receipt does not name the holder of this document: "
        "check both",
    )
    ISSUER_UNKNOWN = described(
        "ISSUER_UNKNOWN",
        "信任列表中没有该发码机构，请核对编号 No issuer of this id is on the trust list: check "
        "the id",
    )
    ISSUER_SET_NO_COLOR = described(
        "ISSUER_SET_NO_COLOR",
        "不是该机构赋的码，请向 whoCan 所列机构申请 An issuer that set no color cannot clear "
        "one: report to one of whoCan",
    )
    ISSUER_TAKES_NO_REPORTS = described(
        "ISSUER_TAKES_NO_REPORTS",
        "该机构不在网上受理，请到窗口办理 The issuer takes no reports over the network: apply at "
        "its counter",
    )
    ISSUER_UNAVAILABLE = described(
        "ISSUER_UNAVAILABLE", "暂未送达，请稍后再试 The issuer was not reached: report again later"
    )
    CORRECTION_NOT_FOUND = described(
        "CORRECTION_NOT_FOUND",
        "没有这条纠错记录，请核对编号 This client has reported nothing under that id: check the id",
    )
    PASSES_NOT_OFFERED = described(
        "PASSES_NOT_OFFERED",
        "此平台不签发通行凭证 This hub issues no passes: it has no address of its own that fits "
        "into one",
    )
    PASS_NOT_FOUND = described(
        "PASS_NOT_FOUND",
        "没有可由该接入系统办理的这张凭证 This hub keeps no such pass, or another client issued it",
    )
    PASS_MALFORMED = described(
        "PASS_MALFORMED",
        "不是通行凭证 The text is no pass: another kind, cut off, or too long",
    )
    PASS_OF_ANOTHER_HUB = described(
        "PASS_OF_ANOTHER_HUB",
        "其他平台的凭证 The pass names another hub",
    )
    PASS_KEY_UNKNOWN = described(
        "PASS_KEY_UNKNOWN",
        "签发密钥不明 The pass is signed with none of this hub's keys",
    )
    PASS_KEY_REVOKED = described(
        "PASS_KEY_REVOKED",
        "签发密钥已吊销 The pass is signed with a key that was revoked",
    )
    PASS_ALTERED = described(
        "PASS_ALTERED",
        "凭证被改动 The signature of the pass does not fit",
    )
    PASS_EXPIRED = described(
        "PASS_EXPIRED",
        "凭证已到期 The pass has ended, and with it every copy",
    )
    TRUSTED_DOCUMENT_SYNTAX = described(
        "TRUSTED_DOCUMENT_SYNTAX",
        "文档有语法错误 The document has a syntax error",
    )
    TRUSTED_DOCUMENT_INVALID = described(
        "TRUSTED_DOCUMENT_INVALID",
        "文档与 GraphQL 结构不符，如字段不存在 The document does not fit the schema: a field "
        "that does not exist, a value of another type",
    )
    TRUSTED_DOCUMENT_TOO_LARGE = described(
        "TRUSTED_DOCUMENT_TOO_LARGE",
        "文档过长 The document is longer than the hub takes one",
    )
    TRUSTED_DOCUMENT_TOO_DEEP = described(
        "TRUSTED_DOCUMENT_TOO_DEEP",
        "文档嵌套过深 The document is nested deeper than the hub takes one",
    )
    TRUSTED_DOCUMENT_TOO_COMPLEX = described(
        "TRUSTED_DOCUMENT_TOO_COMPLEX",
        "文档的字段、别名、片段或指令过多 The document has too many fields, aliases, fragments "
        "or directives",
    )
    TRUSTED_DOCUMENT_INTROSPECTS = described(
        "TRUSTED_DOCUMENT_INTROSPECTS",
        "文档查询结构，此平台不提供结构自省 The document asks for the schema, and this hub does "
        "not offer introspection",
    )
    TRUSTED_DOCUMENT_UNNAMED = described(
        "TRUSTED_DOCUMENT_UNNAMED",
        "文档有几个操作，其中有没有名称的 The document has several operations, and one without "
        "a name",
    )
    TRUSTED_DOCUMENT_HOLDS_TEXTS = described(
        "TRUSTED_DOCUMENT_HOLDS_TEXTS",
        "文档写有文字或长数字，平台不予保存 The document holds a text or a long number, which "
        "may be a person's and is not kept",
    )
    TRUSTED_DOCUMENTS_FULL = described(
        "TRUSTED_DOCUMENTS_FULL",
        "已登记的文档过多 Too many documents are registered",
    )
    TRUSTED_DOCUMENT_NOT_FOUND = described(
        "TRUSTED_DOCUMENT_NOT_FOUND",
        "没有登记这个编号的文档 No document of that id is registered",
    )


@interface(
    description="未办理 Why something was not done. Read code and text of every type that "
    "implements this, and types that are added later are understood as well."
)
class Refusal:
    code: RefusalCode = strawberry.field(
        description="原因代码，供程序使用 The reason, for programs"
    )
    text: Text = strawberry.field(
        description="原因及下一步，供人阅读 The reason, and what to do next, for people"
    )
