"""Why the answer is what it is: the deciding rule, source and fact, and what would change it.

GraphQL, the command line and a replayed receipt all use these sentences.
"""

from collections.abc import Iterator, Sequence

from tongxing.gateway.recognition.decide import Judgement
from tongxing.gateway.recognition.facts import CONDITION_NAMES, DECISION_NAMES, color_name, fact
from tongxing.gateway.recognition.finding import Finding
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.recognition.reasons import issuer_id
from tongxing.gateway.recognition.ruling import Ruling
from tongxing.gateway.recognition.smallest_change import smallest_change
from tongxing.schema import Decision, Text
from tongxing.schema.case import Case
from tongxing.schema.explanation import ExplainedRuling, Explanation, PassedRule, SmallestChange

NO_CHANGE = Text(
    zh="未找到发码机构更改结果即可放宽这一处置的办法；请按现场要求办理，有疑问可拨打12345",
    en="No change in what issuers state was found that makes this milder; do as the staff ask, or "
    "call 12345",
)


_OF_ANOTHER_KIND = ("color", "because")
"""Rules about another color or cause do not concern this finding; the sentences omit them."""


def explain(judgement: Judgement, case: Case, policy: Policy) -> Explanation:
    """Explains ``judgement``, which ``recognize`` made of ``case`` and ``policy``."""
    change = smallest_change(judgement, case, policy)
    deciding, *others = (_explained(ruling, policy) for ruling in judgement.trace)
    return Explanation(
        deciding=deciding,
        others=others,
        smallest_change=change,
        lines=list(_lines(judgement, deciding, others, change)),
    )


def passed_over(policy: Policy, finding: Finding) -> list[PassedRule]:
    """The rules before the one that fits ``finding``, in their order."""
    return list(_passed_over(policy, finding))


def _passed_over(policy: Policy, finding: Finding) -> Iterator[PassedRule]:
    for rule in policy.rules:
        failed = next((c.key for c in rule.conditions if not c.holds(finding)), None)
        if failed is None:
            return
        yield PassedRule(rule=rule.shown, condition=failed, text=CONDITION_NAMES[failed])


def _explained(ruling: Ruling, policy: Policy) -> ExplainedRuling:
    finding, rule = ruling.finding, ruling.rule
    return ExplainedRuling(
        rule=rule.shown,
        text=rule.text,
        issuer=issuer_id(finding.issuer),
        fact=fact(finding, policy),
        color=rule.effect.color,
        decision=rule.effect.decision,
        unmet=passed_over(policy, finding),
    )


def _lines(
    judgement: Judgement,
    deciding: ExplainedRuling,
    others: Sequence[ExplainedRuling],
    change: SmallestChange | None,
) -> Iterator[Text]:
    color, decision = color_name(judgement.color), DECISION_NAMES[judgement.decision]
    yield Text(
        zh=f"{color.zh}，{decision.zh}：规则{deciding.rule.id}“{deciding.text.zh}”",
        en=f"{color.en}, {decision.en}: rule {deciding.rule.id}, “{deciding.text.en}”",
    )
    yield Text(zh=f"事实：{deciding.fact.zh}", en=f"The fact: {deciding.fact.en}")
    near = [each for each in deciding.unmet if each.condition not in _OF_ANOTHER_KIND]
    if near:
        yield _passed_line(near)
    yield from (_other_line(ruling) for ruling in others)
    yield from (reason.text for reason in judgement.reasons if reason.rule is None)
    if change is not None:
        yield change.text
    elif judgement.decision is not Decision.ADMIT:
        yield NO_CHANGE


def _passed_line(passed: Sequence[PassedRule]) -> Text:
    zh = "；".join(f"{each.rule.id}（{each.text.zh}）" for each in passed)
    en = "; ".join(f"{each.rule.id} (asks for {each.text.en})" for each in passed)
    return Text(zh=f"已对照、不适用的规则：{zh}", en=f"Rules that did not apply: {en}")


def _other_line(ruling: ExplainedRuling) -> Text:
    decision = DECISION_NAMES[ruling.decision]
    return Text(
        zh=f"另有：{ruling.fact.zh}（单看此项：{decision.zh}，规则{ruling.rule.id}）",
        en=f"Also: {ruling.fact.en} (this alone: {decision.en}, rule {ruling.rule.id})",
    )
