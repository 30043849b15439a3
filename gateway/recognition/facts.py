"""What a rule looked at, in words: the finding itself, and what a condition asks for.

Refuses personal data as ``reasons`` does: issuers, places, colors, bases and times, no holder.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tongxing.gateway.recognition.finding import Finding
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.recognition.reasons import COLOR_NAMES, LISTED, cause_text, place_text
from tongxing.schema import Basis, Color, Decision, HealthCode, Outcome, Text, Via, clock

UNKNOWN_NAME = Text(zh="未知", en="UNKNOWN")

DECISION_NAMES: Mapping[Decision, Text] = MappingProxyType(
    {
        Decision.ADMIT: Text(zh="放行", en="admitted"),
        Decision.INSPECT: Text(zh="核查", en="inspected"),
        Decision.REFUSE: Text(zh="不放行", en="not admitted"),
    }
)

OUTCOME_NAMES: Mapping[Outcome, Text] = MappingProxyType(
    {
        Outcome.VERIFIED: Text(zh="已验证", en="verified"),
        Outcome.NOT_ENROLLED: Text(zh="未查询到", en="not enrolled"),
        Outcome.NOT_THIS_ISSUER: Text(zh="不是该机构的码", en="another issuer's code"),
        Outcome.CODE_EXPIRED: Text(zh="码已过期", en="code expired"),
        Outcome.MUST_UPDATE: Text(zh="须更新申报", en="must declare again"),
        Outcome.NO_ACCESS: Text(zh="无查询权限", en="access denied"),
        Outcome.BUSY: Text(zh="繁忙或无法连接", en="overloaded or out of reach"),
        Outcome.TIMED_OUT: Text(zh="未及时答复", en="no answer in time"),
        Outcome.CIRCUIT_OPEN: Text(zh="暂停查询", en="not asked for now"),
        Outcome.MALFORMED: Text(zh="答复无法读取", en="answer not readable"),
        Outcome.UNMAPPED_VALUE: Text(zh="状态无法识别", en="unknown value"),
        Outcome.BAD_SIGNATURE: Text(zh="未通过验签", en="bad signature"),
        Outcome.WRONG_HOLDER: Text(zh="与此人身份不符", en="another person"),
        Outcome.STALE: Text(zh="信息不是最新", en="not current"),
        Outcome.NOT_PROVEN: Text(zh="仅凭转递平台的说法", en="only another hub's word"),
    }
)

BASIS_NAMES: Mapping[Basis, Text] = MappingProxyType(
    {
        Basis.DECLARED: Text(zh="本人申报", en="declared"),
        Basis.SYMPTOMS: Text(zh="有症状", en="symptoms"),
        Basis.MEDIUM_RISK_AREA: Text(zh="中风险地区", en="medium-risk area"),
        Basis.HIGH_RISK_AREA: Text(zh="高风险地区", en="high-risk area"),
        Basis.CLOSE_CONTACT: Text(zh="密切接触", en="close contact"),
        Basis.CONFIRMED_OR_SUSPECTED: Text(zh="确诊或疑似", en="confirmed or suspected"),
        Basis.ISOLATION_NOT_ENDED: Text(zh="隔离期未满", en="isolation not ended"),
        Basis.ARRIVED_WITHIN_14_DAYS: Text(zh="来（返）本地未满14天", en="arrived within 14 days"),
        Basis.ON_SITE_TEMPERATURE: Text(zh="现场测温异常", en="on-site temperature"),
        Basis.FALSE_DECLARATION: Text(zh="申报不实", en="false declaration"),
        Basis.CROSS_CHECK: Text(zh="数据比对", en="cross-check"),
        Basis.HOUSEHOLD_MEMBER: Text(zh="共同居住人员", en="household member"),
        Basis.CONVERTED: Text(zh="转码", en="converted"),
        Basis.DATA_NORMAL: Text(zh="数据无异常", en="data normal"),
        Basis.NOT_STATED: Text(zh="未说明", en="not stated"),
    }
)

CONDITION_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "color": Text(zh="颜色不同", en="another color"),
        "because": Text(zh="情形不同", en="another cause"),
        "issuer": Text(zh="发码机构不同", en="another issuer"),
        "mandatory": Text(zh="是否必查机构不同", en="an issuer that is or is not mandatory"),
        "evidence": Text(zh="证据类别不同", en="another kind of evidence"),
        "via": Text(zh="查询途径不同", en="another way, by asking or by list"),
        "basis": Text(zh="依据不同", en="another basis"),
        "basis_only": Text(zh="依据不限于此", en="no other basis than its own"),
        "age_within": Text(zh="状态已超过时限", en="a newer state"),
        "age_over": Text(zh="状态未超过时限", en="an older state"),
        "previous_color": Text(zh="此前颜色不同", en="another previous color"),
        "changed_within": Text(zh="近期没有变色", en="a more recent change"),
        "changed_over": Text(zh="变色未久", en="a change longer ago"),
        "changes_over": Text(zh="变色次数不多", en="more changes of the color"),
        "place": Text(zh="发码地不同", en="another place"),
        "place_outside": Text(zh="发码地在其范围内", en="a place outside its regions"),
        "newer_green_from": Text(
            zh="指定机构没有时间更晚的绿码", en="a newer green of another issuer"
        ),
        "document": Text(zh="证件种类不同", en="another kind of document"),
        "purpose": Text(zh="用途不同", en="another purpose"),
    }
)
"""What a rule that did not apply asks for and the finding has not; one for each condition."""


_HOW: Mapping[Via, Text] = MappingProxyType({Via.LIVE: Text(zh="", en=""), Via.LIST: LISTED})


def color_name(color: Color) -> Text:
    return COLOR_NAMES.get(color, UNKNOWN_NAME)


def fact(finding: Finding, policy: Policy) -> Text:
    """``finding`` as a sentence without its end."""
    if finding.cause is not None:
        return _without_color(finding, policy)
    code = finding.stated
    return UNKNOWN_NAME if code is None else _stated(finding, code, policy)


def _without_color(finding: Finding, policy: Policy) -> Text:
    why, code = cause_text(finding, policy), finding.behind
    if code is None or code.color is Color.UNKNOWN:
        return why
    color = COLOR_NAMES[code.color]
    return Text(
        zh=f"{why.zh}（{color.zh}截至{clock(code.as_of).zh}）",
        en=f"{why.en} ({color.en} as of {clock(code.as_of).en})",
    )


def _stated(finding: Finding, code: HealthCode, policy: Policy) -> Text:
    name, place = policy.issuers.name(code.issuer), place_text(code)
    color, bases = COLOR_NAMES[code.color], [BASIS_NAMES[basis] for basis in code.basis]
    changed, how = _changed(finding, code), _HOW[finding.via]
    return Text(
        zh=f"{name.zh}{how.zh}{place.zh}为{color.zh}"
        f"（{'、'.join(b.zh for b in bases) or '未说明'}），"
        f"截至{clock(code.as_of).zh}{changed.zh}",
        en=f"{name.en}{place.en}{how.en} states {color.en} "
        f"({', '.join(b.en for b in bases) or 'not stated'}) as of {clock(code.as_of).en}"
        f"{changed.en}",
    )


def _changed(finding: Finding, code: HealthCode) -> Text:
    zh = en = ""
    if code.changed_at is not None:
        zh, en = _since(code.previous_color, clock(code.changed_at))
    if number := len(finding.changes):
        zh = f"{zh}，近期变色至少{number}次"
        en = f"{en}, recent changes of its color: at least {number}"
    return Text(zh=zh, en=en)


def _since(before: Color | None, at: Text) -> tuple[str, str]:
    if before is None:
        return f"，{at.zh}变色", f", changed at {at.en}"
    name = color_name(before)
    return f"，{at.zh}由{name.zh}变色", f", changed from {name.en} at {at.en}"
