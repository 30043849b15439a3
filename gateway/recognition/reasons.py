"""The reasons of an answer, the deciding one first and none twice, in Chinese and in English.

Responsible for the words of the hub itself; the words of a place's rules stand in its policy file.
Refuses personal data: a reason names issuers, places, colors and times, never a holder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import strawberry

from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.hearing import Hearing
from tongxing.gateway.recognition.policy import Policy, Rule
from tongxing.gateway.recognition.ruling import Ruling, contested
from tongxing.schema import (
    COUNTRY,
    Color,
    Decision,
    HealthCode,
    Outcome,
    Reason,
    ReasonCode,
    RegionCode,
    Text,
    Via,
    clock,
    place_name,
)

REASON_CODES: Mapping[Cause, ReasonCode] = MappingProxyType(
    {
        Cause.EVIDENCE_INVALID: ReasonCode.EVIDENCE_INVALID,
        Cause.STALE: ReasonCode.STALE,
        Cause.UNMAPPED_VALUE: ReasonCode.UNMAPPED_VALUE,
        Cause.MUST_UPDATE: ReasonCode.MUST_UPDATE,
        Cause.CODE_EXPIRED: ReasonCode.CODE_EXPIRED,
        Cause.CHANNEL_ONLY: ReasonCode.RULE,
        Cause.ISSUER_UNAVAILABLE: ReasonCode.ISSUER_UNAVAILABLE,
        Cause.LIST_UNAVAILABLE: ReasonCode.LIST_UNAVAILABLE,
        Cause.HOLDER_UNKNOWN: ReasonCode.HOLDER_UNKNOWN,
        Cause.NO_RECORD: ReasonCode.NO_RECORD,
    }
)

CAUSE_TEXTS: Mapping[Cause, Text] = MappingProxyType(
    {
        Cause.EVIDENCE_INVALID: Text(
            zh="{issuer}返回的信息未通过验签，或与此人身份不符，不予采信：请核验身份证件",
            en="The answer of {issuer} could not be verified, or is about another person; "
            "check the ID document",
        ),
        Cause.STALE: Text(
            zh="{issuer}信息不是最新的，需更新后重新查询",
            en="What {issuer} says is not current; let it be renewed and ask again",
        ),
        Cause.UNMAPPED_VALUE: Text(
            zh="{issuer}返回的状态无法识别，不能判定颜色：请核验身份证件",
            en="{issuer} gave a state that stands for no known color; check the ID document",
        ),
        Cause.MUST_UPDATE: Text(
            zh="请本人在“{issuer}”更新健康申报，再重新查询",
            en="Let the holder renew the declaration with {issuer}, then ask again",
        ),
        Cause.CODE_EXPIRED: Text(
            zh="{issuer}已过期，请刷新后重新亮码",
            en="This code has expired (issuer: {issuer}); refresh it and show it again",
        ),
        Cause.CHANNEL_ONLY: Text(
            zh="{issuer}的绿码没有签名，本地政策不予采信：请核验身份证件",
            en="The green of {issuer} is not signed, and this place does not rely on it; "
            "check the ID document",
        ),
        Cause.ISSUER_UNAVAILABLE: Text(
            zh="没有向{issuer}查询（不是本人原因），请重新查询",
            en="{issuer} was not asked (no fault of the holder); ask again",
        ),
        Cause.LIST_UNAVAILABLE: Text(
            zh="{issuer}的每日名单缺失或已过期，也没有{issuer}确认本人的实时信息：请现场核查",
            en="The daily list of {issuer} is missing or has ended, and no live statement of "
            "{issuer} clears the holder: check on the spot",
        ),
        Cause.HOLDER_UNKNOWN: Text(
            zh="此码不显示持码人身份，无法查询{issuer}：请核验身份证件，并按证件查询",
            en="The scanned code does not say whose it is, so {issuer} could not be asked: "
            "check the document and ask by it",
        ),
        Cause.NO_RECORD: Text(
            zh="{issuer}没有可以作为放行依据的记录：请核验身份证件",
            en="{issuer} has no record to rely on; check the ID document",
        ),
    }
)

OUTCOME_TEXTS: Mapping[Outcome, Text] = MappingProxyType(
    {
        Outcome.BAD_SIGNATURE: Text(
            zh="{issuer}返回的信息未通过验签，不予采信（不一定是本人原因）：请核验身份证件",
            en="The answer of {issuer} could not be verified and is not believed (this may not be "
            "the holder's fault); check the ID document",
        ),
        Outcome.WRONG_HOLDER: Text(
            zh="{issuer}返回的信息与此人身份不符，不予采信：请核对证件号码和姓名，再重新查询",
            en="The answer of {issuer} is about another person and is not believed; compare number "
            "and name with the document, then ask again",
        ),
        Outcome.NOT_ENROLLED: Text(
            zh="未查询到此人的{issuer}信息：请核对姓名和证件号码；尚未申领的，请先申领",
            en="{issuer} has nothing about this person: compare name and number with the "
            "document; a holder who has no code yet applies for one first",
        ),
        Outcome.NOT_THIS_ISSUER: Text(
            zh="所出示的不是{issuer}，请重新亮码，或按证件查询",
            en="What was shown is no code of {issuer}; show another one, or ask by document",
        ),
        Outcome.NO_ACCESS: Text(
            zh="{issuer}暂时查询不到结果（系统原因：没有查询权限）：请核验身份证件",
            en="{issuer} could not be asked (a fault of the systems: it denies this hub access); "
            "check the ID document",
        ),
        Outcome.BUSY: Text(
            zh="{issuer}暂时查询不到结果（系统原因：繁忙或无法连接），请稍后重新查询",
            en="{issuer} could not be asked just now (a fault of the systems, not of the holder: "
            "it is overloaded or cannot be reached); ask again later",
        ),
        Outcome.TIMED_OUT: Text(
            zh="{issuer}暂时查询不到结果（系统原因：没有及时答复），请稍后重新查询",
            en="{issuer} gave no answer in time (a fault of the systems, not of the holder); ask "
            "again later",
        ),
        Outcome.CIRCUIT_OPEN: Text(
            zh="{issuer}暂时查询不到结果（系统原因：近来屡次失败，本次没有查询），请稍后重新查询",
            en="{issuer} has failed repeatedly and was not asked this time (a fault of the "
            "systems, not of the holder); ask again later",
        ),
        Outcome.MALFORMED: Text(
            zh="{issuer}暂时查询不到结果（系统原因：答复无法读取），请稍后重新查询",
            en="The answer of {issuer} could not be read (a fault of the systems, not of the "
            "holder); ask again later",
        ),
        Outcome.NOT_PROVEN: Text(
            zh="{issuer}的信息由其他平台转递，不能证明是关于此人的，绿码不予采信（不是本人原因）：请核验身份证件",
            en="What {issuer} says came through another hub, and nothing proves that it is about "
            "this person, so no green of it counts (no fault of the holder); check the ID document",
        ),
    }
)
"""For the outcomes that share a cause with others, of which its text would be untrue."""

ASIDE_TEXTS: Mapping[Outcome, Text] = MappingProxyType(
    {
        Outcome.BAD_SIGNATURE: Text(
            zh="{issuer}返回的信息未通过验签，不予采信（已列入预警）；该机构不是必查机构，以其他机构的结果为准",
            en="The answer of {issuer} could not be verified and is not believed (an alarm "
            "is raised); that issuer is not mandatory, and the others decide",
        ),
        Outcome.WRONG_HOLDER: Text(
            zh="{issuer}返回的信息与此人身份不符，不予采信（已列入预警）；该机构不是必查机构，以其他机构的结果为准",
            en="The answer of {issuer} is about another person and is not believed (an alarm "
            "is raised); that issuer is not mandatory, and the others decide",
        ),
        Outcome.STALE: Text(
            zh="{issuer}返回的信息不是最新的，不予采信；该机构不是必查机构，以其他机构的结果为准",
            en="The answer of {issuer} is not of a time that is believed and does not count; that "
            "issuer is not mandatory, and the others decide",
        ),
    }
)
"""Of an optional issuer whose fault takes nothing away: nobody at the gate has anything to do. A
wrong time raises no alarm if the hub's own clock may be the wrong one, so its text says nothing of
one."""

IN_PART_TEXT = Text(
    zh="{issuer}返回的信息不能全部采信；所报的黄码、红码仍然算数，绿码不算",
    en="Not all of the answer of {issuer} is believed; a yellow or red in it counts all the "
    "same, and a green does not",
)
"""Of spoiled evidence, whosever it is, if a yellow or red in it counts (docs/decisions/0014)."""

NOBODY_HAS_A_RECORD = Text(
    zh="所查询的各机构均未查询到有效绿码；尚未申领的，请先申领，没有智能手机的，可凭身份证件代查",
    en="No issuer that was asked has a green in force; a holder who has no code yet applies for "
    "one first, and without a phone can be asked about by ID document",
)

COLOR_NAMES: Mapping[Color, Text] = MappingProxyType(
    {
        Color.GREEN: Text(zh="绿码", en="GREEN"),
        Color.YELLOW: Text(zh="黄码", en="YELLOW"),
        Color.RED: Text(zh="红码", en="RED"),
    }
)


def cause_reason(finding: Finding, cause: Cause, policy: Policy, rule: Rule | None) -> Reason:
    text = cause_text(finding, policy)
    return Reason(
        code=REASON_CODES[cause],
        text=Text(zh=text.zh, en=text.en[:1].upper() + text.en[1:]),
        rule=None if rule is None else rule.shown,
        issuer=issuer_id(finding.issuer),
    )


def rule_reason(finding: Finding, rule: Rule) -> Reason:
    return Reason(
        code=ReasonCode.RULE,
        text=rule.text,
        rule=rule.shown,
        issuer=issuer_id(finding.issuer),
    )


LISTED = Text(zh="每日名单", en=" on its daily list")
ASKED = Text(zh="实时查询", en=" when asked")
_UNSAID = Text(zh="", en="")


def conflict_reason(
    code: HealthCode, green: HealthCode, policy: Policy, via: Via = Via.LIVE
) -> Reason:
    """Names both statements, their times, and who can clear the restrictive one: a place that did
    not set a color cannot lift it. ``via`` is how ``code`` came; a green is never of a list."""
    mine, other = policy.issuers.name(code.issuer), policy.issuers.name(green.issuer)
    color, at, later = COLOR_NAMES[code.color], clock(code.as_of), clock(green.as_of)
    listed = via is Via.LIST
    how, asked = (LISTED, ASKED) if listed else (_UNSAID, _UNSAID)
    here, there = place_text(code), place_text(green)
    return Reason(
        code=ReasonCode.CONFLICT,
        text=Text(
            zh=f"各码结果不一致：{mine.zh}{how.zh}{here.zh}{at.zh}为{color.zh}，"
            f"{other.zh}{asked.zh}{there.zh}{later.zh}为绿码；"
            f"{color.zh}须由赋码机构（{mine.zh}）更改，本人可申请纠错",
            en=f"Conflict: {mine.en}{here.en}{how.en} states {color.en} as of {at.en}, "
            f"{other.en}{there.en}{asked.en} GREEN as of {later.en}; only the issuer that set the "
            f"{color.en} ({mine.en}) can change it, and the holder can ask for a correction",
        ),
        issuer=issuer_id(code.issuer),
    )


def overruled_reason(code: HealthCode, policy: Policy) -> Reason:
    mine, color = policy.issuers.name(code.issuer), COLOR_NAMES[code.color]
    return Reason(
        code=ReasonCode.CONFLICT,
        text=Text(
            zh=f"放宽：{mine.zh}{clock(code.as_of).zh}的{color.zh}，按本地冲突次序不作为处置依据",
            en=f"Relaxed: by this place's order of conflicts the {color.en} of {mine.en} as of "
            f"{clock(code.as_of).en} does not decide",
        ),
        issuer=issuer_id(code.issuer),
    )


def old_but_counts_reason(code: HealthCode, policy: Policy) -> Reason:
    mine, color = policy.issuers.name(code.issuer), COLOR_NAMES[code.color]
    return Reason(
        code=ReasonCode.STALE,
        text=Text(
            zh=f"{mine.zh}的{color.zh}截至{clock(code.as_of).zh}，已超过时限，但仍然有效；"
            "情况有变的，本人可申请纠错",
            en=f"The {color.en} of {mine.en} is of {clock(code.as_of).en} and past its age limit; "
            "it still counts, and the holder can ask for a correction",
        ),
        issuer=issuer_id(code.issuer),
    )


def stand_in_reason(region: RegionCode, around: RegionCode) -> Reason:
    ended, standing_in = place_name(region), place_name(around)
    return Reason(
        code=ReasonCode.POLICY_ENDED,
        text=Text(
            zh=f"{ended.zh}的互认政策已失效，暂按{standing_in.zh}的互认政策处置",
            en=f"The policy of {ended.en} has ended; that of {standing_in.en} decides",
        ),
    )


def cause_text(finding: Finding, policy: Policy) -> Text:
    """Why ``finding``, which has a cause, is no color that can be relied on."""
    if finding.issuer is None or finding.cause is None:
        return NOBODY_HAS_A_RECORD
    name, template = policy.issuers.name(finding.issuer), CAUSE_TEXTS[finding.cause]
    if finding.outcome is not None:
        template = OUTCOME_TEXTS.get(finding.outcome, template)
        if finding.is_in_part and finding.outcome in ASIDE_TEXTS:
            template = IN_PART_TEXT
    return _filled(template, name)


def _filled(template: Text, name: Text) -> Text:
    return Text(zh=template.zh.format(issuer=name.zh), en=template.en.format(issuer=name.en))


def place_text(code: HealthCode) -> Text:
    if code.issuing_place == COUNTRY:
        return Text(zh="", en="")
    place = place_name(code.issuing_place)
    return Text(zh=f"（{place.zh}）", en=f" ({place.en})")


def issuer_id(issuer: str | None) -> strawberry.ID | None:
    return None if issuer is None else strawberry.ID(issuer)


def justify(
    trace: Sequence[Ruling], behind: Sequence[Finding], hearing: Hearing
) -> tuple[Reason, ...]:
    policy = hearing.policy
    reasons = [reason for ruled in _told(trace) for reason in _reasons_of(ruled, policy)]
    findings = [ruled.finding for ruled in trace]
    for finding in (*findings, *behind):
        if finding.color.is_restrictive:
            reasons += _doubts(finding, findings, policy)
    reasons += [overruled_reason(f.stated, policy) for f in behind if f.stated is not None]
    reasons += _aside(hearing, findings)
    if policy.stands_in_for is not None:
        reasons.append(stand_in_reason(policy.stands_in_for, policy.region))
    return _once(reasons)


def _told(trace: Sequence[Ruling]) -> Sequence[Ruling]:
    """If anything stops the traveler, list only what stops them. If nothing does, name each
    admitting rule once. A relaxation is named in any case."""
    against = [ruled for ruled in trace if ruled.rule.effect.decision is not Decision.ADMIT]
    relaxing = [ruled for ruled in trace if ruled.rule.relaxes]
    if against:
        return [*against, *relaxing]
    once: dict[str, Ruling] = {}
    for ruled in trace:
        once.setdefault(ruled.rule.id, ruled)
    return list(once.values())


def _aside(hearing: Hearing, findings: Sequence[Finding]) -> list[Reason]:
    """What was set aside is mentioned, unless it has been ruled on after all."""
    if not hearing.aside:
        return []
    ruled_on = {id(finding) for finding in findings}
    return [
        _aside_reason(finding, finding.cause, hearing.policy)
        for finding in hearing.aside
        if finding.cause is not None and id(finding) not in ruled_on
    ]


def _aside_reason(finding: Finding, cause: Cause, policy: Policy) -> Reason:
    told = cause_reason(finding, cause, policy, None)
    template = None if finding.outcome is None else ASIDE_TEXTS.get(finding.outcome)
    if template is None or finding.issuer is None or finding.is_in_part:
        return told
    return replace(told, text=_filled(template, policy.issuers.name(finding.issuer)))


def _reasons_of(ruled: Ruling, policy: Policy) -> list[Reason]:
    finding, rule = ruled.finding, ruled.rule
    if finding.cause is None:
        return [rule_reason(finding, rule)]
    return [cause_reason(finding, finding.cause, policy, rule), rule_reason(finding, rule)]


def _doubts(finding: Finding, findings: Sequence[Finding], policy: Policy) -> list[Reason]:
    """What an official should know of a yellow or red: a green that contradicts it, and its age."""
    code = finding.stated
    if code is None:
        return []
    doubts = []
    green = contested(code, finding.via, findings)
    if green is not None:
        doubts.append(conflict_reason(code, green, policy, finding.via))
    if finding.at - code.as_of > policy.maximum_age[code.color]:
        doubts.append(old_but_counts_reason(code, policy))
    return doubts


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple({(r.code, r.rule and r.rule.id, r.issuer, r.text.en): r for r in reasons}.values())
