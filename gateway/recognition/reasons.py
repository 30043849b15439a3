"""The reasons of an answer, the deciding one first and none twice, in Chinese and in English.

Responsible for the words of the hub itself; the words of a place's rules stand in its policy file.
Refuses personal data: a reason names issuers, places, colors and times, never a holder.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
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
)

BEIJING = timezone(timedelta(hours=8))
"""All of China keeps one time; people read times in it, programs in UTC."""

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
            zh="{issuer}的答复未通过验签或并非关于此人，不能采信",
            en="The answer of {issuer} is not validly signed or is about somebody else",
        ),
        Cause.STALE: Text(
            zh="{issuer}的状态时间不在有效范围内，须取得新的状态",
            en="The state that {issuer} gave is not current; a new one is needed",
        ),
        Cause.UNMAPPED_VALUE: Text(
            zh="{issuer}给出了未知的码值，不能认作任何颜色",
            en="{issuer} gave a value that stands for no known color",
        ),
        Cause.MUST_UPDATE: Text(
            zh="本人须先在{issuer}更新申报",
            en="The holder must first renew the declaration with {issuer}",
        ),
        Cause.CODE_EXPIRED: Text(
            zh="{issuer}的码已过有效期",
            en="The code of {issuer} has expired",
        ),
        Cause.CHANNEL_ONLY: Text(
            zh="{issuer}的绿码没有签名，本地政策不予采信",
            en="The green of {issuer} is not signed, and this place does not rely on it",
        ),
        Cause.ISSUER_UNAVAILABLE: Text(
            zh="没有向{issuer}查询，请重新查询",
            en="{issuer} was not asked; ask again",
        ),
        Cause.LIST_UNAVAILABLE: Text(
            zh="{issuer}的每日名单缺失或已过期，也没有{issuer}给出的、可以确认本人的实时结论：请现场核查",
            en="The daily list of {issuer} is missing or has ended, and no live statement of "
            "{issuer} clears the holder: check on the spot",
        ),
        Cause.HOLDER_UNKNOWN: Text(
            zh="此码不显示持码人身份，无法查询{issuer}：请核验身份证件，并按证件查询",
            en="The scanned code does not say whose it is, so {issuer} could not be asked: "
            "check the document and ask by it",
        ),
        Cause.NO_RECORD: Text(
            zh="{issuer}没有可以作为依据的记录",
            en="{issuer} has no record to rely on",
        ),
    }
)

OUTCOME_TEXTS: Mapping[Outcome, Text] = MappingProxyType(
    {
        Outcome.NOT_THIS_ISSUER: Text(
            zh="所出示的不是{issuer}的码",
            en="What was shown is no code of {issuer}",
        ),
        Outcome.NO_ACCESS: Text(
            zh="{issuer}不准本系统查询",
            en="{issuer} denies this hub access",
        ),
        Outcome.BUSY: Text(
            zh="{issuer}繁忙或无法连接，请稍后重新查询",
            en="{issuer} is overloaded or cannot be reached; ask again later",
        ),
        Outcome.TIMED_OUT: Text(
            zh="{issuer}未能及时答复",
            en="{issuer} gave no answer in time",
        ),
        Outcome.CIRCUIT_OPEN: Text(
            zh="{issuer}近来屡次查询失败，本次没有查询，请稍后重新查询",
            en="{issuer} has failed repeatedly and was not asked this time; ask again later",
        ),
        Outcome.MALFORMED: Text(
            zh="{issuer}的答复格式有误，无法读取",
            en="The answer of {issuer} could not be read",
        ),
    }
)
"""For the outcomes that share a cause with others, of which its text would be untrue."""

NOBODY_HAS_A_RECORD = Text(
    zh="所查询的机构均没有可以作为依据的绿码记录",
    en="No issuer that was asked states a green to rely on",
)

COLOR_NAMES: Mapping[Color, Text] = MappingProxyType(
    {
        Color.GREEN: Text(zh="绿码", en="GREEN"),
        Color.YELLOW: Text(zh="黄码", en="YELLOW"),
        Color.RED: Text(zh="红码", en="RED"),
    }
)


def cause_reason(finding: Finding, cause: Cause, policy: Policy, rule: Rule | None) -> Reason:
    return Reason(
        code=REASON_CODES[cause],
        text=cause_text(finding, policy),
        rule=None if rule is None else strawberry.ID(rule.id),
        issuer=_id(finding.issuer),
    )


def rule_reason(finding: Finding, rule: Rule) -> Reason:
    return Reason(
        code=ReasonCode.RULE,
        text=rule.text,
        rule=strawberry.ID(rule.id),
        issuer=_id(finding.issuer),
    )


def conflict_reason(code: HealthCode, green: HealthCode, policy: Policy) -> Reason:
    """Names both statements, their times, and who can clear the restrictive one: a place that did
    not set a color cannot lift it."""
    mine, other = policy.issuers.name(code.issuer), policy.issuers.name(green.issuer)
    color = COLOR_NAMES[code.color]
    return Reason(
        code=ReasonCode.CONFLICT,
        text=Text(
            zh=f"说法不一：{mine.zh}{place_text(code).zh}{clock(code.as_of)}为{color.zh}，"
            f"{other.zh}{place_text(green).zh}{clock(green.as_of)}为绿码；"
            f"{color.zh}只能由{mine.zh}更改",
            en=f"Conflict: {mine.en}{place_text(code).en} states {color.en} as of "
            f"{clock(code.as_of)}, {other.en}{place_text(green).en} GREEN as of "
            f"{clock(green.as_of)}; only {mine.en} can change its {color.en}",
        ),
        issuer=_id(code.issuer),
    )


def overruled_reason(code: HealthCode, policy: Policy) -> Reason:
    mine, color = policy.issuers.name(code.issuer), COLOR_NAMES[code.color]
    return Reason(
        code=ReasonCode.CONFLICT,
        text=Text(
            zh=f"放宽：{mine.zh}{clock(code.as_of)}的{color.zh}按本地冲突次序未予采用",
            en=f"Relaxed: by this place's order of conflicts the {color.en} of {mine.en} as of "
            f"{clock(code.as_of)} does not decide",
        ),
        issuer=_id(code.issuer),
    )


def old_but_counts_reason(code: HealthCode, policy: Policy) -> Reason:
    mine, color = policy.issuers.name(code.issuer), COLOR_NAMES[code.color]
    return Reason(
        code=ReasonCode.STALE,
        text=Text(
            zh=f"{mine.zh}的{color.zh}为{clock(code.as_of)}的状态，已超过时限，但仍然有效",
            en=f"The {color.en} of {mine.en} is of {clock(code.as_of)} and past its age limit; "
            "it still counts",
        ),
        issuer=_id(code.issuer),
    )


def stand_in_reason(region: RegionCode, around: RegionCode) -> Reason:
    return Reason(
        code=ReasonCode.POLICY_ENDED,
        text=Text(
            zh=f"{region}的互认政策已失效，暂按{around}的政策处置",
            en=f"The policy of {region} has ended; that of {around} decides",
        ),
    )


def clock(moment: datetime) -> str:
    """``moment`` as people at a checkpoint read it, Beijing time to the minute."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def cause_text(finding: Finding, policy: Policy) -> Text:
    """Why ``finding``, which has a cause, is no color that can be relied on."""
    if finding.issuer is None or finding.cause is None:
        return NOBODY_HAS_A_RECORD
    name, template = policy.issuers.name(finding.issuer), CAUSE_TEXTS[finding.cause]
    if finding.outcome is not None:
        template = OUTCOME_TEXTS.get(finding.outcome, template)
    return Text(zh=template.zh.format(issuer=name.zh), en=template.en.format(issuer=name.en))


def place_text(code: HealthCode) -> Text:
    place: RegionCode = code.issuing_place
    if place == COUNTRY:
        return Text(zh="", en="")
    return Text(zh=f"（{place}）", en=f" ({place})")


def _id(issuer: str | None) -> strawberry.ID | None:
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
    relaxing = [ruled for ruled in trace if ruled.rule.relaxes and ruled not in against]
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
        cause_reason(finding, finding.cause, hearing.policy, None)
        for finding in hearing.aside
        if finding.cause is not None and id(finding) not in ruled_on
    ]


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
        doubts.append(conflict_reason(code, green, policy))
    if finding.at - code.as_of > policy.maximum_age[code.color]:
        doubts.append(old_but_counts_reason(code, policy))
    return doubts


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple({(r.code, r.rule, r.issuer, r.text.en): r for r in reasons}.values())
