"""What people read for each reason of a refusal: why, and what to do next."""

from collections.abc import Mapping
from types import MappingProxyType

from tongxing.schema.pass_texts import PASS_TEXTS
from tongxing.schema.refusal import RefusalCode
from tongxing.schema.values import Text

REFUSAL_TEXTS: Mapping[RefusalCode, Text] = MappingProxyType(
    {
        RefusalCode.DOCUMENT_FORM: Text(
            zh="证件号码格式不正确（只能用半角数字和大写字母），请核对后重新输入",
            en="the number does not have the form of this kind of document (ASCII digits and "
            "upper-case letters only); check it and type it again",
        ),
        RefusalCode.DOCUMENT_LENGTH: Text(
            zh="居民身份证号码应为18位，请核对后重新输入",
            en="a resident ID number has 18 characters; check it and type it again",
        ),
        RefusalCode.DOCUMENT_CHECK_CHARACTER: Text(
            zh="身份证号码有误（校验码不符），请核对后重新输入",
            en="the number is wrong (its check character does not fit, GB 11643); check it and "
            "type it again",
        ),
        RefusalCode.DOCUMENT_BIRTH_DATE: Text(
            zh="身份证号码第7至14位不是有效的出生日期（不存在、晚于今天或早于1880年），请核对后重"
            "新输入",
            en="digits 7 to 14 of the number are no valid birth date (there is no such day, or it "
            "is after today or before 1880); check it and type it again",
        ),
        RefusalCode.DOCUMENT_DIVISION: Text(
            zh="身份证号码前六位不是有效的行政区划代码，请核对后重新输入",
            en="the first six digits of the number are no valid division code; check it and type "
            "it again",
        ),
        RefusalCode.DOCUMENT_NAME: Text(
            zh="姓名为空、过长、没有文字，或含有不可见或编码不规范的字符，请按证件上的姓名重新输入",
            en="the name is empty, too long, has no letter, or has a character that cannot be seen "
            "or is not in its normal form (NFC); type it as the document has it",
        ),
        RefusalCode.DOCUMENT_INTERVAL_DOT: Text(
            zh="姓名间隔号须为“·”（U+00B7），且位于姓名两部分之间，请更正后重新输入",
            en="the dot between two parts of a name is U+00B7; no other dot, none at the ends; "
            "correct it and type it again",
        ),
        RefusalCode.CODE_UNREADABLE: Text(
            zh="无法识别此码：请本人刷新后重新亮码，或按证件查询",
            en="this is no code of any issuer: let the holder refresh it and show it again, or ask "
            "by document",
        ),
        RefusalCode.CODE_TOO_LONG: Text(
            zh="扫码内容过长，不是健康码：请重新扫码，或按证件查询",
            en="the scanned text is too long for a code: scan again, or ask by document",
        ),
        RefusalCode.REGION_MISSING: Text(
            zh="未写接收地：请为整份名单或此人写明六位行政区划代码后重新查询",
            en="no receiving region is named: name one (six digits) for the manifest or for this "
            "traveler, and ask again",
        ),
        RefusalCode.REGION_UNKNOWN: Text(
            zh="接收地不是有效的行政区划代码（六位数字，GB/T 2260），请核对后重新查询",
            en="the receiving region is no valid division code (six digits, GB/T 2260); check it "
            "and ask again",
        ),
        RefusalCode.REGION_NOT_GRANTED: Text(
            zh="该接入系统无权代表该接收地，请核对接收地，或向平台管理员申请",
            en="the client may not act for this receiving region; check it, or ask the hub's "
            "operator for it",
        ),
        RefusalCode.PURPOSE_MISSING: Text(
            zh="未写用途：请为整份名单或此人写明用途后重新查询",
            en="no purpose is named: name one for the manifest or for this traveler, and ask again",
        ),
        RefusalCode.PURPOSE_NOT_GRANTED: Text(
            zh="该接入系统未登记该用途，请核对用途，或向平台管理员申请",
            en="the client is not registered for this purpose; check it, or ask the hub's operator "
            "for it",
        ),
        RefusalCode.NO_POLICY_IN_FORCE: Text(
            zh="该接收地没有现行的互认政策，无法判定：请核对接收地，或向平台管理员反映；"
            "其间请现场核验身份证件",
            en="no recognition policy is in force for this receiving region, so nothing was "
            "decided: check the region, or tell the hub's operator, and check ID documents on the "
            "spot meanwhile",
        ),
        RefusalCode.TEXT_TOO_LONG: Text(
            zh="文字过长：编号（ref）和查验点各项均不得超过64个字符，请缩短后重新查询",
            en="a text is too long: ref and each text of the checkpoint have at most 64 "
            "characters; shorten it and ask again",
        ),
        RefusalCode.RECEIPT_INVALID: Text(
            zh="不是本平台出具给该接入系统的回执，请重新查询取得回执",
            en="this is no receipt that the hub gave to this client; ask again for one",
        ),
        RefusalCode.RECEIPT_EXPIRED: Text(
            zh="回执已过有效期，请重新查询", en="the receipt has run out; ask again"
        ),
        RefusalCode.HOLDER_UNKNOWN: Text(
            zh="此次查询不能确认持码人身份，回执未载明其人，请按证件重新查询",
            en="no issuer confirmed number and name, so the receipt names no holder; ask by "
            "document",
        ),
        RefusalCode.DESTINATION_NOT_A_DISTRICT: Text(
            zh="目的地须为区县（六位行政区划代码，GB/T 2260），请改填区县",
            en="the destination must be a district (six digits, GB/T 2260); give one",
        ),
        RefusalCode.DESTINATION_OUTSIDE_REGION: Text(
            zh="目的地不在该次互认的接收地之内，请按目的地所在的接收地重新查询",
            en="the destination does not lie in the region that the traveler was recognized for; "
            "ask again for the region of the destination",
        ),
        RefusalCode.DESTINATION_ANOTHER: Text(
            zh="该回执已用于登记另一目的地；登记有误的，请先撤销该到达登记，再登记新目的地；"
            "目的地有变的，请重新查询后登记",
            en="the receipt stands for an arrival in another district; if that one is wrong, "
            "withdraw it and record this one; if the destination changed, ask again and record "
            "that",
        ),
        RefusalCode.ARRIVAL_NOT_FOUND: Text(
            zh="没有可由该接入系统办理的这条到达登记，请核对编号",
            en="there is no such arrival that this client may change; check the id",
        ),
        RefusalCode.ARRIVAL_WITHDRAWN: Text(
            zh="该到达登记已撤销，不必再等候此人；旅客确实前往该地的，请重新查询后登记",
            en="this arrival has been withdrawn, so wait for nobody; if the traveler does go "
            "there, ask again and record that",
        ),
        RefusalCode.RECEIPT_TOO_OLD: Text(
            zh="回执已超过30天，请重新查询", en="the receipt is older than 30 days; ask again"
        ),
        RefusalCode.ANOTHER_HOLDER: Text(
            zh="回执所载的人与该证件（号码与姓名）不符，请按证件重新查询",
            en="the receipt does not name the holder of this document by number and name; ask "
            "again",
        ),
        RefusalCode.ISSUER_UNKNOWN: Text(
            zh="信任列表中没有该发码机构，请核对编号；可更改此颜色的机构列于 whoCan",
            en="no issuer of this id is on the trust list; check the id, or report to one of those "
            "named in whoCan",
        ),
        RefusalCode.ISSUER_SET_NO_COLOR: Text(
            zh="此颜色不是该机构赋的，该机构无权更改；请向下列机构申请",
            en="this issuer set no color and cannot change one; those named here can",
        ),
        RefusalCode.ISSUER_TAKES_NO_REPORTS: Text(
            zh="该机构不在网上受理纠错；请持有效证件到该机构指定的窗口或发码地村（社区）办理，"
            "可由家人代办",
            en="this issuer takes no reports over the network; apply at the counter that it names "
            "or at the village or community office of its place, with a valid document; family may "
            "do it",
        ),
        RefusalCode.ISSUER_UNAVAILABLE: Text(
            zh="纠错申请暂未送达，请稍后再试或拨打12345",
            en="the report has not reached the issuer; try again later, or call 12345",
        ),
        RefusalCode.CORRECTION_NOT_FOUND: Text(
            zh="该接入系统没有这条纠错记录，请核对编号",
            en="this client has reported no such mistake; check the id",
        ),
        RefusalCode.PASSES_NOT_OFFERED: Text(
            zh="此平台不签发通行凭证：请按证件查询",
            en="this hub issues no passes: ask by document",
        ),
        RefusalCode.PASS_NOT_FOUND: Text(
            zh="平台没有可由该接入系统办理的这张凭证：请重新申领，或按证件查询",
            en="the hub keeps no such pass that this client may act on: get a new one, or ask by "
            "document",
        ),
        **{
            code: PASS_TEXTS[code.name]
            for code in (
                RefusalCode.PASS_MALFORMED,
                RefusalCode.PASS_OF_ANOTHER_HUB,
                RefusalCode.PASS_KEY_UNKNOWN,
                RefusalCode.PASS_KEY_REVOKED,
                RefusalCode.PASS_ALTERED,
                RefusalCode.PASS_EXPIRED,
            )
        },
        RefusalCode.TRUSTED_DOCUMENT_SYNTAX: Text(
            zh="文档有语法错误：请按 line 和 column 所指改正后重新登记",
            en="the document has a syntax error: correct it at the place that line and column "
            "name, and register it again",
        ),
        RefusalCode.TRUSTED_DOCUMENT_INVALID: Text(
            zh="文档与 GraphQL 结构不符：请对照结构（tongxing sdl）改正后重新登记",
            en="the document does not fit the schema: compare it with the schema (tongxing "
            "sdl), and register it again",
        ),
        RefusalCode.TRUSTED_DOCUMENT_TOO_LARGE: Text(
            zh="文档过长，超过平台所受理的上限：请拆成几个文档",
            en="the document is longer than the hub takes one: split it",
        ),
        RefusalCode.TRUSTED_DOCUMENT_TOO_DEEP: Text(
            zh="文档嵌套过深：请减少层次",
            en="the document is nested too deep: use fewer levels",
        ),
        RefusalCode.TRUSTED_DOCUMENT_TOO_COMPLEX: Text(
            zh="文档的字段、别名、片段或指令过多：请拆成几个文档",
            en="the document has too many fields, aliases, fragments or directives: split it",
        ),
        RefusalCode.TRUSTED_DOCUMENT_INTROSPECTS: Text(
            zh="文档查询结构自身，此平台不提供结构自省：请删去这些字段",
            en="the document asks for the schema itself, which this hub does not offer: leave "
            "these fields out",
        ),
        RefusalCode.TRUSTED_DOCUMENT_UNNAMED: Text(
            zh="文档有几个操作，其中有没有名称的：请为每个操作命名",
            en="the document has several operations and one without a name: name each of them",
        ),
        RefusalCode.TRUSTED_DOCUMENT_HOLDS_TEXTS: Text(
            zh="文档写有文字或长数字，可能属于个人，平台不予保存：请改用变量传入",
            en="the document holds a text or a long number, which may be a person's and is not "
            "kept: take it as a variable",
        ),
        RefusalCode.TRUSTED_DOCUMENTS_FULL: Text(
            zh="已登记的文档数量或总长已达上限：请先撤销不用的文档",
            en="as many documents are registered as the hub keeps, by number or by length: "
            "withdraw those that are not used",
        ),
        RefusalCode.TRUSTED_DOCUMENT_NOT_FOUND: Text(
            zh="没有登记这个编号的文档，请核对编号；平台目录中的文档由平台管理员撤下",
            en="no document of that id is registered: check the id; those of the hub's folder "
            "are taken out by its operator",
        ),
    }
)
"""One for each code."""
